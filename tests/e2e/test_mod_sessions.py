"""Every kind of session in the real client: the books say what the API billed, the cap holds."""

from __future__ import annotations

import http.server
import json
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from cheaproute.ledger import seats, store
from cheaproute.ledger.schema import HELPER
from tests.api import Api, Billed, Reply, Request, Tool
from tests.delegate.backends.test_http import certificate, serving
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy, started
from tests.e2e.session import Machine, Result
from tests.e2e.test_mod_books import bill_usd

USAGE = {
    "input_tokens": 900, "output_tokens": 80,
    "cache_read_input_tokens": 12_000, "cache_creation_input_tokens": 3_000,
}  # fmt: skip
MARK = "MAINTASK"


@dataclass
class Way:
    """What a session does: its script, options, variables, the settings of its project."""

    script: Callable[[Request], Reply]
    least: int  # requests that it makes
    options: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)
    prompt: str = MARK


def said(text: str = "Said.") -> Reply:
    """An end, which serves a summary as well."""
    return Reply(f"<summary>{text}</summary>", usage=USAGE)


def in_turn(*tools: list[Tool]) -> Callable[[Request], Reply]:
    """A main loop that uses these tools one after the other; whoever else asks is an agent."""

    def main(request: Request) -> Reply:
        if request.tool_results < len(tools):
            return Reply("", tools[request.tool_results], USAGE)
        return said()

    return scripts.conversations(main, lambda _request: said("Found."), MARK)


def message(to: str) -> Tool:
    """Another message to an agent."""
    return Tool("SendMessage", {"to": to, "message": "AGENT again", "summary": "again"})


@contextmanager
def fallback(_place: Path) -> Iterator[Way]:
    """The session's model is overloaded: the fallback answers."""

    def script(request: Request) -> Reply:
        if "opus" in request.model:
            return Reply(status=529, headers={"retry-after": "0"})
        return said() if request.tool_results else Reply("", [scripts.bash("echo 1")], USAGE)

    yield Way(script, 2, ("--fallback-model", "sonnet"))


BACKGROUND = [
    [scripts.agent(f"Look {n}", "AGENT root-cause", run_in_background=True)] for n in range(2)
]
WOKEN = [
    [scripts.agent("Find x", "AGENT root-cause the deadlock", name="finder")],
    [message("finder")],
]
WORKFLOW = """export const meta = { name: "w", description: "d", phases: [{title: "Work"}] }
for (let i = 0; i < 3; i++) await agent("AGENT task " + i, {label: "a" + i, phase: "Work"})
await agent("AGENT small", {label: "b", phase: "Work", model: "haiku"})
return "done"
"""
FLOW = [[Tool("Workflow", {"script": WORKFLOW})]]
TEAM = [
    [Tool("TeamCreate", {"team_name": "crew", "description": "d"})],
    [scripts.agent("help", "AGENT help", name="mate", team_name="crew")],
    [message("mate")],
]
TEAMS = {"CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS": "1"}
JUDGE = {"type": "prompt", "prompt": "JUDGE $ARGUMENTS"}
JUDGES = {
    "PreToolUse": [{"matcher": "Bash", "hooks": [JUDGE]}],
    "Stop": [{"hooks": [{**JUDGE, "type": "agent"}]}],
}


@contextmanager
def background(_place: Path) -> Iterator[Way]:
    """Agents in the background, whose ends wake the main loop."""
    yield Way(in_turn(*BACKGROUND), 6)


@contextmanager
def woken(_place: Path) -> Iterator[Way]:
    """A subagent that is sent another message after it ended."""
    yield Way(in_turn(*WOKEN), 6)


@contextmanager
def workflow(_place: Path) -> Iterator[Way]:
    """A script that runs agents, one of them on another model."""
    yield Way(in_turn(*FLOW), 7)


@contextmanager
def teammate(_place: Path) -> Iterator[Way]:
    """A member of a team, woken by a message, and its notices to the lead."""
    yield Way(in_turn(*TEAM), 6, env=TEAMS)


def judged(script: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """The same, where what JUDGES ask is answered well."""

    def answer(request: Request) -> Reply:
        if "JUDGE" in request.text + request.system and MARK not in request.text:
            return Reply('{"ok": true}', usage=USAGE)
        return script(request)

    return answer


@contextmanager
def judges(_place: Path) -> Iterator[Way]:
    """A `prompt` hook and an `agent` hook of the user's: calls of their own."""
    yield Way(judged(in_turn([scripts.bash("echo 1")])), 5, settings={"hooks": JUDGES})


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """A page that is long enough to be read by a model."""
        body = b"<html><body>" + b"<p>Some words of a page.</p>" * 2000 + b"</body></html>"
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def page(place: Path) -> Iterator[tuple[list[list[Tool]], dict[str, str]]]:
    """Tools that read a page and search the web; the variables with which the client may."""
    pem, key = certificate(place)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    with serving(_Page, context) as port:
        fetch = Tool("WebFetch", {"url": f"https://127.0.0.1:{port}/", "prompt": "READER what?"})
        search = Tool("WebSearch", {"query": "claude prices"})
        yield [[fetch], [search]], {"NODE_EXTRA_CA_CERTS": pem}


def searched(script: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """The same, where the searcher's own request finds something."""
    found = {**USAGE, "server_tool_use": {"web_search_requests": 2}}

    def answer(request: Request) -> Reply:
        tools = request.body.get("tools") or []
        if any(str(tool.get("type")).startswith("web_search") for tool in tools):
            return Reply("Found on the web.", usage=found)
        return script(request)

    return answer


@contextmanager
def web(place: Path) -> Iterator[Way]:
    """A page read by WebFetch's reader, a search by WebSearch's searcher."""
    with page(place) as (tools, env):
        settings = {"skipWebFetchPreflight": True}
        yield Way(searched(in_turn(*tools)), 5, env=env, settings=settings)


def not_yet(place: Path) -> dict[str, object]:
    """A Stop hook that sends the turn on twice."""
    count = place / "count"
    more = f'echo x >>"{count}"; [ $(wc -l <"{count}") -lt 3 ] || exit 0; '
    block = json.dumps({"decision": "block", "reason": "Not yet."})
    return {"hooks": [{"type": "command", "command": f"{more}echo '{block}'"}]}


@contextmanager
def blocked(place: Path) -> Iterator[Way]:
    """A user's own Stop hook that sends the turn on twice."""
    hooks = {"Stop": [not_yet(place)]}
    yield Way(lambda _request: said(), 3, settings={"hooks": hooks})


@contextmanager
def everything(place: Path) -> Iterator[Way]:
    """All of them in one session, which ends on its fallback model."""
    with page(place) as (pages, env):
        steps = [*BACKGROUND, *WOKEN, *FLOW, *TEAM, *pages, [scripts.bash("echo 1")]]
        main = searched(in_turn(*steps))

        def script(request: Request) -> Reply:
            if request.tool_results >= len(steps) and "opus" in request.model:
                return Reply(status=529, headers={"retry-after": "0"})
            return main(request)

        hooks = {**JUDGES, "Stop": [*JUDGES["Stop"], not_yet(place)]}
        settings = {"skipWebFetchPreflight": True, "hooks": hooks}
        fall = ("--fallback-model", "sonnet")
        yield Way(judged(script), 30, fall, {**env, **TEAMS}, settings)


WAYS = [background, blocked, fallback, judges, teammate, web, woken, workflow]


# More than the first request of a session is thought to cost; three of `dear`'s on Opus.
CAP_USD = 0.15


def dear(script: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """The same answers, each of which costs $0.06 on Opus 5.5."""

    def answer(request: Request) -> Reply:
        return replace(script(request), usage={"input_tokens": 15_000, "output_tokens": 80})

    return answer


def ways(*short: Callable[[Path], object]) -> pytest.MarkDecorator:
    """All ways in the newest client, all but the `short` ones under the marker `long`."""
    return pytest.mark.parametrize(
        "way",
        [
            pytest.param(way, marks=[] if way in short else [pytest.mark.long], id=way.__name__)
            for way in WAYS
        ],
    )


def go(machine: Machine, place: Path, way: Way) -> Result:
    """One session of this way."""
    plugin = place / "plugin"
    machine.api.script = way.script
    if not plugin.exists():
        copy(str(plugin))
    settings = Path(machine.project, ".claude", "settings.json")
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps(way.settings))
    options = ("--plugin-dir", str(plugin), *way.options)
    return machine.run(way.prompt, *options, plugin=False, model="opus", **way.env)


@pytest.mark.parametrize("version", [NEWEST])
@ways(background)
def test_the_books_say_what_was_billed(
    machine: Machine, api: Api, tmp_path: Path, way: Callable[[Path], object]
) -> None:
    """Each request once and at its price, before and after the transcripts are imported."""
    with way(tmp_path) as made:  # type: ignore[attr-defined]
        result = go(machine, tmp_path, made)
    assert len(api.bill) >= made.least, api.models
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert result.cost_usd == billed
    report = machine.costs()
    assert report["total_usd"] == billed
    assert sum(model["messages"] for model in report["by_model"]) == len(api.bill)
    assert machine.cheaproute("import").returncode == 0
    assert machine.costs()["total_usd"] == billed
    assert machine.cheaproute("ledger", "check").returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH])
def test_the_books_of_everything_at_once(machine: Machine, api: Api, tmp_path: Path) -> None:
    """The same in the clients that are not the newest, all ways in one session."""
    test_the_books_say_what_was_billed(machine, api, tmp_path, everything)
    assert {one.model.split("-")[1] for one in api.bill} == {"opus", "sonnet", "haiku"}


@pytest.mark.parametrize("version", [NEWEST])
@ways()
def test_nothing_leaves_past_the_cap(
    machine: Machine, api: Api, tmp_path: Path, way: Callable[[Path], object]
) -> None:
    """Once answered requests have reached the cap the API hears no more, of whomever."""
    assert machine.cheaproute("cap", "set", str(CAP_USD)).returncode == 0
    with way(tmp_path) as made:  # type: ignore[attr-defined]
        for _ in range(3):
            told = go(machine, tmp_path, replace(made, script=dear(made.script)))
    reached_s = reached(api, CAP_USD)
    # Reached, or so near that the next request did not fit.
    assert reached_s or "Not sent" in told.text, told.text
    assert [call.model for call in api.calls if reached_s and call.at_s > reached_s] == []
    assert bill_usd(api.bill) < CAP_USD + 0.07
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-5)


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH])
def test_a_cap_is_reached_in_each_of_them(
    machine: Machine, api: Api, tmp_path: Path, version: str
) -> None:
    """One cap after the other: nothing leaves then, in the oldest no step of any loop.

    What goes past it there is of helpers alone, and in the books.
    """
    for way in WAYS:
        place = tmp_path / way.__name__
        place.mkdir()
        spent = bill_usd(api.bill)
        assert machine.cheaproute("cap", "set", str(spent + CAP_USD)).returncode == 0
        with way(place) as made:  # type: ignore[operator]
            told = go(machine, place, replace(made, script=dear(made.script)))
        machine.cheaproute("import")
        reached_s = reached(api, spent + CAP_USD)
        assert reached_s is not None or "cap" in told.text, (way.__name__, told.text)
        late = [one for one in api.bill if reached_s and one.sent_s > reached_s]
        assert set(booked_as(machine, late)) <= ({HELPER} if version == FIRST_MODULE else set())
        assert version == FIRST_MODULE or api.calls[-1].at_s < (reached_s or api.calls[-1].at_s + 1)
        assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-5)
    assert "cap reached" in go(machine, place, Way(lambda _request: said(), 0)).text
    assert cap_seen(machine) == (seats.BETWEEN if version == FIRST_MODULE else seats.EXACT)


def reached(api: Api, cap_usd: float) -> float | None:
    """When answered requests had reached the cap; None where they did not."""
    total = 0.0
    for one in sorted(api.bill, key=lambda one: one.at_s):
        total += bill_usd([one])
        if total >= cap_usd:
            return one.at_s
    return None


def booked_as(machine: Machine, billed: list[Billed]) -> list[int]:
    """What kind of call each of `billed` is in the ledger."""
    with closing(store.connect(f"{machine.data}/ledger.db")) as db:
        known = dict(db.execute("SELECT request, source FROM call").fetchall())
    return [known[one.request_id] for one in billed]


def cap_seen(machine: Machine) -> str:
    """How far the cap was said to hold in the session that was heard of last."""
    with closing(store.connect(f"{machine.data}/ledger.db")) as db:
        seat = seats.latest(db)
    assert seat is not None
    return seat.cap


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("kept", [True, False], ids=["kept", "no-session-persistence"])
def test_a_client_that_is_killed(machine: Machine, api: Api, tmp_path: Path, *, kept: bool) -> None:
    """SIGKILL while a tool runs: what was answered is in the books, once, also when it goes on."""
    plugin = copy(str(tmp_path / "plugin"))

    def script(request: Request) -> Reply:
        if "RESUMED" in request.text or request.tool_results > 2:
            return said()
        rest = "sleep 60" if request.tool_results == 2 else "echo 1"
        return Reply("", [scripts.bash(f"{rest}; echo {request.tool_results}")], USAGE)

    api.script = script
    options = ["-p", MARK, *machine.options(plugin=False, model="opus"), "--plugin-dir", plugin]
    options += [] if kept else ["--no-session-persistence"]
    command = [machine.claude, *options]
    with subprocess.Popen(
        command, cwd=machine.project, env=machine.env, stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as client:
        deadline = time.monotonic() + 60
        while machine.costs()["total_usd"] < bill_usd(api.bill) or len(api.bill) < 3:
            assert time.monotonic() < deadline, api.models
            time.sleep(0.2)
        client.kill()
    if kept:
        session = next(Path(machine.home).glob(".claude/projects/*/*.jsonl")).stem
        more = ("--resume", session, "--plugin-dir", plugin)
        machine.run("RESUMED", *more, plugin=False, model="opus")
        fork = ("--resume", session, "--fork-session", "--plugin-dir", plugin)
        machine.run("RESUMED again", *fork, plugin=False, model="opus")
        assert len(api.bill) >= 5
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed
    assert machine.cheaproute("ledger", "check").returncode == 0


BESIDE = """
const step = async function* ($, e, next) {
  if (e.index === 1) for (;;);
  return yield* next(e)
}
export const register = on => { on("turn.step", step) }
"""


def plain(request: Request) -> Reply:
    """Three tools, then an end."""
    if request.tool_results < 3:
        return Reply("", [scripts.bash(f"echo {request.tool_results}")], USAGE)
    return said()


def plugin_beside(place: Path, source: str) -> str:
    """Another plugin, whose module is `source`; its path."""
    for name, text in (
        (".claude-plugin/plugin.json", '{"name": "o", "version": "0.0.1", "description": "o"}'),
        ("hooks/hooks.json", '{"modules": ["./mod.js"], "hooks": {}}'),
        ("hooks/mod.js", source),
    ):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(place)


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("cap", [False, True], ids=["books", "cap"])
def test_a_worker_that_is_killed(machine: Machine, api: Api, tmp_path: Path, *, cap: bool) -> None:
    """Another module spins: all modules are loaded anew and nothing is lost, and the cap holds."""
    if cap:
        machine.cheaproute("cap", "set", str(CAP_USD))
    other = plugin_beside(tmp_path / "other", BESIDE)
    endless = dear(scripts.endless(USAGE))
    way = Way(endless if cap else plain, 4, ("--plugin-dir", other))
    go(machine, tmp_path, way)
    if cap:
        assert 2 <= len(api.calls) <= 3
    else:
        assert len(api.bill) == 4
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("cap", [False, True], ids=["books", "cap"])
def test_two_copies_of_the_module(machine: Machine, api: Api, tmp_path: Path, *, cap: bool) -> None:
    """The plugin is loaded twice, under two names: each request is booked once, the cap holds."""
    if cap:
        machine.cheaproute("cap", "set", str(CAP_USD))
    second = Path(copy(str(tmp_path / "second")))
    manifest = second / ".claude-plugin" / "plugin.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"name": "again"}))
    endless = dear(scripts.endless(USAGE))
    go(machine, tmp_path, Way(endless if cap else plain, 4, ("--plugin-dir", str(second))))
    assert len(api.bill) == (3 if cap else 4)
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize("version", [NEWEST])
def test_a_terminal_s_session(machine: Machine, api: Api, tmp_path: Path) -> None:
    """Title, background agent, `/clear`, `/model` by hand: to the millionth, the model kept."""
    machine.extra = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": ""}
    machine.write(".config/cheaproute/config.toml", '[routing]\nmain = "auto"\n')
    agent = scripts.agent("Look", "AGENT root-cause", run_in_background=True)
    api.script = in_turn([agent])
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        tui.type(f"{MARK} prove that the lock is sound")
        tui.wait("Said.", 60)
        tui.settle(4)
        tui.type("/clear")
        tui.settle(2)
        tui.type(f"{MARK} list the files")
        tui.wait(lambda screen: "Said." in screen, 60)
        tui.settle(4)
        tui.type("/model sonnet")
        tui.settle(2)
        tui.type(f"{MARK} prove it again")
        tui.settle(4)
    api.outside.clear()  # what the client reaches for where it may
    loops = [call for call in api.calls if call.body.get("tools")]  # and no title
    by_hand = [call.model for call in loops if "prove it again" in call.text]
    assert by_hand, api.models
    assert set(by_hand) == {"claude-sonnet-5-5"}
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    report = machine.costs()
    assert report["total_usd"] == billed
    assert len(loops) < len(api.calls), "no title was asked for"
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("cap", ["", "1000"])
def test_what_starts_for_a_request(machine: Machine, api: Api, tmp_path: Path, cap: str) -> None:
    """Far from the cap: one booking a request, which nothing waits for; no gate, no batch."""
    if cap:
        machine.cheaproute("cap", "set", cap)
    log, requests = started(tmp_path / "plugin"), 20

    def script(request: Request) -> Reply:
        if request.tool_results >= requests - 1:
            return said()
        return Reply("", [scripts.bash(f"echo {request.tool_results}")], USAGE, delay_s=0.5)

    go(machine, tmp_path, Way(script, requests))
    begun = log.read_text().split()
    assert len(api.bill) == requests
    once = {"session_start": 1, "user_prompt_submit": 1, "session_end": 1}
    # The start of the session and of the turn, its end; the first batch may come before its record.
    assert begun.count("mod") <= requests + 3, begun
    assert begun.count("post_tool_batch") <= 1
    others = [one for one in begun if one not in ("mod", "post_tool_batch")]
    assert {one: others.count(one) for one in others} == once
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
def test_what_goes_in_circles_is_looked_at(machine: Machine, api: Api, tmp_path: Path) -> None:
    """The same tools again: the batch's hook counts them, for a runaway is its matter."""
    log = started(tmp_path / "plugin")
    machine.write(".config/cheaproute/config.toml", '[cap]\nmonth_usd = 1000\nrunaway = "stop"\n')
    api.script = lambda request: (
        said("Nothing stopped me.")
        if request.tool_results > scripts.ENOUGH
        else Reply("", [scripts.bash("echo again")], USAGE)
    )
    options = ("--plugin-dir", str(tmp_path / "plugin"))
    machine.run(MARK, *options, plugin=False, model="opus")
    assert log.read_text().split().count("post_tool_batch") >= 5
    assert len(api.bill) <= 7
