"""The module in the terminal's client: the standing figure, commands, what Esc leaves."""

from __future__ import annotations

import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.ledger import store
from tests.api import Api, Reply, Request, Tool
from tests.e2e import scripts
from tests.e2e.client import CLASSIC, FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy
from tests.e2e.scripts import agent
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd, run
from tests.e2e.test_mod_screen import quiet
from tests.e2e.tui import Tui
from tests.marks import in_long

pytestmark = pytest.mark.usefixtures("tmux")


@pytest.mark.parametrize("version", [NEWEST])
def test_figures_and_commands_show(machine: Machine, api: Api, tmp_path: Path) -> None:
    """A line under the prompt has today's sum and how far the cap holds; `/costs` is a command."""
    api.script = lambda _request: Reply("Seen.")
    machine.cheaproute("cap", "set", "50")
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        tui.type("say something")
        tui.wait("Seen.")
        tui.wait("cap: exact")
        tui.settle()
        calls = len(api.calls)
        tui.type("/costs")
        screen = tui.wait("By model")
        assert "blocked" not in screen
        assert len(api.calls) == calls
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@pytest.mark.parametrize("version", [NEWEST])
def test_in_a_pause_the_figure_follows_what_others_do(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """A cap set elsewhere, by config.toml, none any more, and another session's cost show."""
    api.script = lambda _request: Reply("Seen.", usage={"input_tokens": 50_000, "output_tokens": 0})
    machine.cheaproute("cap", "set", "50")
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("say something")
        tui.wait("Seen.")
        tui.wait("month $0.20 of $50.00")
        calls = len(api.calls)
        machine.cheaproute("cap", "set", "30")
        tui.wait("month $0.20 of $30.00")
        machine.write(".config/cheaproute/config.toml", "[cap]\nmonth_usd = 70\n")
        tui.wait("month $0.20 of $70.00")
        machine.person("cap", "unset", "--month")
        tui.wait(lambda shown: "month $0.20\n" in shown)
        assert len(api.calls) == calls
        machine.run("say something", model="opus")
        tui.wait("month $0.40")


@pytest.mark.parametrize("version", [in_long(FIRST_MODULE), NEWEST])
def test_a_typed_command_leaves_the_box_empty(
    machine: Machine, api: Api, tmp_path: Path, version: str
) -> None:
    """`cheaproute ...` typed as a prompt is answered, and what is typed next is a prompt alone.

    Where the client draws rows of a module (2.1.322), no hook is said to have blocked it.
    """
    api.script = lambda _request: Reply("Seen.")
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        tui.type("say something")
        tui.wait("Seen.")
        tui.settle()
        calls = len(api.calls)
        tui.type("cheaproute costs week")
        tui.wait("By source")
        screen = tui.settle(2)
        assert len(api.calls) == calls
        assert ("operation blocked" in screen) == (version == FIRST_MODULE)
        assert screen.count("cheaproute costs week") == (version != FIRST_MODULE)  # the row's head
        tui.type("cheaproute is a plugin, is it?")
        tui.wait(lambda shown: shown.count("Seen.") == 2)
    prompts = [one for one in api.calls if "is it?" in one.text]
    assert prompts
    assert not [one for one in api.calls if "costs week" in one.text]


@pytest.mark.parametrize("version", [in_long(FIRST_FETCH), NEWEST])
def test_a_command_is_answered_while_the_session_is_busy(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """`/cheaproute` does not wait for the turn's end, and the turn goes on."""
    api.script = lambda _request: Reply("Seen.", pause_s=25)
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("say something")
        tui.wait("esc to interrupt")
        tui.type("/cheaproute ")
        screen = tui.wait("no calls yet", 15)
        assert "esc to interrupt" in screen
        screen = tui.wait(lambda shown: "esc to interrupt" not in shown, 60)
        assert screen.count("no calls yet") == 1


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
def test_what_is_typed_while_a_command_is_answered_stands_alone(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """The client puts a dropped prompt back behind it: neither is sent with the other."""
    api.script = lambda _request: Reply("Seen.")
    plugin = copy(str(tmp_path / "plugin"))
    brain = Path(plugin, "cheaproute", "hook", "console", "command_run.py")
    slow = '    if event.prompt:\n        __import__("time").sleep(4)\n    if event.prompt:'
    brain.write_text(brain.read_text().replace("    if event.prompt:", slow, 1))
    with machine.begun(plugin) as tui:
        tui.type("say something")
        tui.wait("Seen.")
        tui.settle()
        tui.type("cheaproute costs week")
        tui.settle(0.5)
        tui.type("what about the tests", enter=False)
        tui.wait("By source")
        tui.settle(2)
        tui.key("Enter")
        tui.wait(lambda shown: shown.count("Seen.") == 2)
    assert not [one for one in api.calls if "costs week" in one.text]
    assert [one for one in api.calls if "what about the tests" in one.text]


@pytest.mark.parametrize(
    ("version", "begins"),
    [
        in_long(FIRST_MODULE, ""),
        in_long(FIRST_FETCH, ""),
        (NEWEST, ""),
        in_long(NEWEST, "/clear"),
    ],
)
def test_esc_is_counted_as_an_estimate(
    machine: Machine, api: Api, tmp_path: Path, version: str, begins: str
) -> None:
    """What was interrupted is booked by what the client's own total grew, as a lower bound.

    After `/clear` that total has begun anew. That of older clients (2.1.286, 2.1.322) has nothing
    of it: its prompt alone is booked.
    """

    def script(request: Request) -> Reply:
        if "LONG" in request.text and "AGAIN" not in request.text:
            return Reply(
                "word " * 400, usage={"input_tokens": 9000, "output_tokens": 700}, pause_s=9
            )
        return Reply("Short.", usage={"input_tokens": 50_000, "output_tokens": 100})

    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        if begins:
            tui.type("a beginning")
            tui.wait("Short.")
            tui.settle(2)
            tui.type(begins)
            tui.settle(2)
        tui.type("LONG story")
        tui.wait("word word")
        tui.key("Escape")
        tui.wait("Interrupted")
        tui.settle()
        tui.type("AGAIN please")
        tui.wait(lambda _: len(api.bill) == 1 + bool(begins))
        tui.settle()
        reports = [machine.costs()]
    for _ in range(2):  # once the client has written its own total
        reports.append(machine.costs())
        machine.cheaproute("import")
    told = bill_usd(api.bill)
    # 9000 tokens of prompt for sure, the words that were shown at the client's own guess.
    sure = told + 0.036 + (0.001 if version == NEWEST else 0)
    for report in reports:
        assert sure < report["total_usd"] < told + 0.036 + 0.02
        assert report["lower_bound"] is True


@pytest.mark.parametrize("version", [NEWEST])
def test_esc_before_the_first_word_leaves_its_mark(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Whether such a request is billed nobody is told: the figure is a lower bound from then on."""
    api.script = lambda request: Reply("Short.", delay_s=20 if "LONG" in request.text else 0)
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("a beginning")
        tui.wait("Short.")
        tui.wait(lambda shown: "session $" in shown)
        tui.type("LONG story")
        tui.wait(lambda _: len(api.calls) == 2)
        tui.key("Escape")
        tui.wait(lambda shown: "session ≥$" in shown)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH, NEWEST])
def test_a_session_of_everything(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Tools, agents, a search, a failed send, `/btw`, `/compact`, `/clear`, resume, fork, a kill.

    What a transcript tells of is right to the nano-dollar, call by call; all together to a
    millionth a request.
    """
    failed: list[str] = []
    usage = {
        "input_tokens": 900, "output_tokens": 80,
        "cache_read_input_tokens": 12_000, "cache_creation_input_tokens": 3_000,
    }  # fmt: skip
    found = {**usage, "server_tool_use": {"web_search_requests": 2}}
    background = scripts.agent("later", "AGENTTASK two", run_in_background=True)

    def script(request: Request) -> Reply:
        text = request.text
        if any(
            tool.get("type", "").startswith("web_search")
            for tool in request.body.get("tools") or []
        ):
            return Reply("Found on the web.", usage=found)
        if "AGENTTASK" in text and "MAINTASK" not in text:
            return Reply("Found.", usage=usage)
        if "KILLED" in text and not request.tool_results:
            return Reply("", [scripts.bash("sleep 60")], usage)
        if "FAILONCE" in text and not failed:
            failed.append(text)
            return Reply(status=529)
        if "MAINTASK" in text and "BTW" not in text and request.tool_results < 4:
            return [
                Reply("", [scripts.bash("echo 1")], usage),
                Reply("", [scripts.agent("look", "AGENTTASK one")], usage),
                Reply("", [background], usage),
                Reply("", [Tool("WebSearch", {"query": "claude prices"})], usage),
            ][request.tool_results]
        return Reply("<summary>It went well.</summary> Said.", usage=usage)

    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        typed(tui)
        quiet(api)
        assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-5)
    projects = Path(machine.home, ".claude/projects")
    session = min(projects.glob("*/*.jsonl"), key=lambda path: path.stat().st_ctime_ns).stem
    run(machine, plugin, "resumed", "--resume", session)
    run(machine, plugin, "forked", "--resume", session, "--fork-session")
    killed(machine, api, "KILLED amid it", "--resume", session, "--plugin-dir", plugin)
    run(machine, plugin, "resumed again", "--resume", session)
    machine.cheaproute("import")
    booked = by_request(machine)
    rows = "".join(path.read_text() for path in projects.rglob("*.jsonl"))
    told = [one for one in api.bill if one.request_id in rows]
    assert len(told) > len(api.bill) / 2
    assert [booked[one.request_id] for one in told] == [
        round(bill_usd([one]) * 1e9) for one in told
    ]
    report = machine.costs()
    paid = [one["messages"] for one in report["by_model"] if one["cost_usd"]]  # 2.1.286 has a row
    assert sum(paid) == len(api.bill)  # of its own, of no dollars, for what was cut off
    assert report["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert failed
    sources = {one["source"] for one in report["by_source"]} if report["by_source"] else set()
    assert "helper" in str(sources or report["by_source"])


def typed(tui: Tui) -> None:
    """What a person does in it before it ends."""
    tui.type("MAINTASK do it")
    tui.wait("Said.", 60)
    tui.settle(3)
    tui.type("/btw BTW what is this?")
    tui.settle(3)
    tui.key("Escape")
    tui.settle()
    tui.type("FAILONCE then go on")
    tui.settle(4)
    tui.type("/compact")
    tui.settle(4)
    tui.type("after that")
    tui.settle(3)
    tui.type("/clear")
    tui.settle(2)
    tui.type("anew")
    tui.wait("Said.")
    tui.settle(2)


def killed(machine: Machine, api: Api, prompt: str, *options: str) -> None:
    """A run of `prompt` whose client is killed once its first answer is booked."""
    calls = len(api.bill)
    command = [machine.claude, "-p", prompt, *machine.options(plugin=False, model="opus"), *options]
    with subprocess.Popen(
        command, cwd=machine.project, env=machine.env, stdin=subprocess.DEVNULL
    ) as client:
        deadline = time.monotonic() + 60
        while len(api.bill) == calls or machine.costs()["total_usd"] < bill_usd(api.bill) - 1e-5:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        client.kill()


def by_request(machine: Machine) -> dict[str, int]:
    """The ledger's calls: their nano-dollars by request id."""
    with closing(store.connect(f"{machine.data}/ledger.db")) as db:
        return dict(db.execute("SELECT request, cost_nano FROM call").fetchall())


@pytest.mark.long
@pytest.mark.parametrize("version", [CLASSIC, NEWEST])
def test_what_was_done_is_seen_under_the_answer(
    machine: Machine, api: Api, tmp_path: Path, version: str
) -> None:
    """`show = line`: a line with dollars under the answer, once; `quiet`: no line, no figures."""
    task = {"subagent_type": "Explore"}
    usage = {"input_tokens": 60_000, "output_tokens": 400}
    asked = agent("Find usages of load", "FINDTASK Find all usages of load and list them.", **task)
    main = scripts.dispatch([asked])

    def script(request: Request) -> Reply:
        if "FINDTASK" in request.text and "MAINTASK" not in request.text:
            return Reply("In a.py.", usage=usage)
        return Reply("Later.") if "MAINTASK" not in request.text else main(request)

    api.script = script
    plugin = copy(str(tmp_path / "plugin"))

    def session(done: str) -> str:
        with machine.begun(plugin) as tui:
            tui.type("MAINTASK look")
            tui.wait(done, 60)
            tui.settle(4)
            return tui.screen

    said = "Explore ran on Haiku, saved $"
    screen = session(said)
    assert screen.count(said) == 1
    assert machine.cheaproute("config", "set", "show", "quiet").returncode == 0
    screen = session("All done.")
    assert said not in screen
    assert "· today $" not in screen
    assert machine.cheaproute("config", "set", "show", "status").returncode == 0
    screen = session("All done.")
    assert said not in screen
    assert ("today $" in screen) == (version == NEWEST)


@pytest.mark.long
def test_advice_is_a_line_of_its_own(machine: Machine, api: Api, tmp_path: Path) -> None:
    """`routing.main = "advise"`: the model that would do is named, the turn stays as it is."""
    machine.write(".config/cheaproute/config.toml", '[routing]\nmain = "advise"\n')
    api.script = lambda _request: Reply("Seen.")
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        tui.type("list the files here")
        tui.wait("Seen.")
        tui.wait("would do for this turn")
    assert set(api.models) == {"claude-opus-5-5"}


class Subscriber(Machine):
    """A machine whose user pays by subscription: no key anywhere."""

    @property
    def env(self) -> dict[str, str]:
        """The environment without a key, and without a proxy, which hides the plan's headers."""
        left_out = ("ANTHROPIC_API_KEY", "HTTPS_PROXY", "HTTP_PROXY")
        env = {name: value for name, value in super().env.items() if name not in left_out}
        return env | {"CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-" + "x" * 60}


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
def test_a_subscribers_windows_stand_under_the_prompt(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """How full the plan is, by the client's own figures, without a status line being set up."""
    soon = int(time.time())
    unified = "anthropic-ratelimit-unified-"
    told = {
        "status": "allowed", "reset": str(soon + 7200), "representative-claim": "five_hour",
        "5h-utilization": "0.42", "5h-reset": str(soon + 7200),
        "7d-utilization": "0.13", "7d-reset": str(soon + 400_000),
    }  # fmt: skip
    headers = {unified + name: value for name, value in told.items()}
    api.script = lambda _request: Reply("Seen.", headers=headers)
    machine = Subscriber(machine.home, machine.project, machine.claude, machine.api, machine.extra)
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        tui.type("say something")
        tui.wait("5 h 42 % · week 13 %")
        tui.type("/costs")
        screen = tui.wait("By model")
    assert "5-hour block       42 %" in screen
    assert "an hour, at list price" in screen
