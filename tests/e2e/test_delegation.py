"""Bulk reads by Haiku in the real client: what the API is sent, and what the session costs."""

from __future__ import annotations

import json
import os
import re
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.ledger import store
from tests.api import Reply, Request, Script, Tool
from tests.conftest import ROOT
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.marks import in_long

OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"
CANARY = "CANARY-4711"
LOG = "".join(f"10:{n // 60 % 60:02}:{n % 60:02} INFO {n}\n" for n in range(4000))
DIGEST = "WHAT: a log of four thousand lines\nL4: 10:00:03 INFO 3"


def usage(request: Request) -> dict[str, int]:
    """A token every three bytes: the conversation written to the cache, the rest read from it.

    A request without tools is ours, and caches nothing.
    """
    messages = len(request.text) // 3
    if not request.body.get("tools"):
        return {"input_tokens": messages, "output_tokens": 50}
    return {
        "input_tokens": 5,
        "cache_creation_input_tokens": messages,
        "cache_read_input_tokens": len(json.dumps(request.body)) // 3 - messages,
        "output_tokens": 50,
    }


def uses(*plan: Tool) -> Script:
    """One tool use after the other, then the end; what is handed on is digested."""

    def script(request: Request) -> Reply:
        if not request.body.get("tools"):
            return Reply(DIGEST)
        done = request.tool_results
        return Reply("", [plan[done]]) if done < len(plan) else Reply("Read it.")

    return script


def reads(*paths: str, digest: Reply | None = None) -> Script:
    """A session that reads `paths` one after the other; Haiku answers with `digest`."""

    def script(request: Request) -> Reply:
        if not request.body.get("tools"):
            return digest or Reply(DIGEST, usage=usage(request))
        if request.tool_results < len(paths):
            tool = Tool("Read", {"file_path": paths[request.tool_results]})
            return Reply("", [tool], usage=usage(request))
        return Reply("Read it.", usage=usage(request))

    return script


def project(machine: Machine, name: str, text: str) -> str:
    """A file of the project; its path."""
    return machine.write(os.path.join(machine.project, name), text)


def delegated(machine: Machine) -> list[Request]:
    """The requests that offered no tools: what was handed to Haiku."""
    return [call for call in machine.api.calls if not call.body.get("tools")]


def test_a_long_log_reaches_the_main_model_as_a_digest(machine: Machine) -> None:
    """The session costs less than half, and the delegated call is in the ledger."""
    machine.prepare()
    path = project(machine, "app.log", LOG)
    machine.api.script = reads(path)
    without = machine.run("What is in app.log?", plugin=False, model="opus")
    assert "4000\\t10:06:39 INFO 3999" in machine.api.calls[-1].text
    machine.api.requests.clear()
    result = machine.run("What is in app.log?", model="opus")
    assert result.text == "Read it."
    (asked,) = {call.model for call in delegated(machine)}
    assert asked == HAIKU
    assert all("What is in app.log?" in call.text for call in delegated(machine))
    seen = machine.api.calls[-1].text
    assert "[cheaproute] In place of app.log (4,000 lines, " in seen
    assert "L4: 10:00:03 INFO 3" in seen
    assert "10:00:04 INFO 4" not in seen
    report = machine.costs()
    ours = sum(
        row["input_tokens"] * 0.1e-6 + row["output_tokens"] * 0.5e-6
        for row in report["by_model"]
        if row["model"] == HAIKU
    )
    assert ours > 0
    assert result.cost_usd + ours < without.cost_usd / 2
    spent = without.cost_usd + result.cost_usd + ours  # what ran without us was caught up
    assert report["total_usd"] == pytest.approx(spent, abs=1e-6)
    assert 0 < report["saved_usd"] < without.cost_usd - result.cost_usd - ours


@pytest.mark.long
def test_lines_and_a_second_read_pass(machine: Machine) -> None:
    """Read with offset and limit, and the same file once more, get the text itself."""
    machine.prepare()
    path = project(machine, "app.log", LOG)
    plan = [
        Tool("Read", {"file_path": path}),
        Tool("Read", {"file_path": path, "offset": 100, "limit": 2}),
        Tool("Read", {"file_path": path}),
    ]

    machine.api.script = uses(*plan)
    machine.run("Read it", model="opus")
    assert len(delegated(machine)) == 2  # the parts of one digest
    seen = machine.api.calls[-1].text
    assert "100\\t10:01:39 INFO 99\\n101\\t10:01:40 INFO 100" in seen
    assert "4000\\t10:06:39 INFO 3999" in seen


@pytest.mark.long
def test_a_page_of_a_longer_file_is_digested_whole(machine: Machine) -> None:
    """What the client cuts at its token cap, Haiku sees to the end."""
    machine.prepare()
    lines = [f"2026-11-22T10:00:00Z INFO request {n:05} served in 12 ms\n" for n in range(4000)]
    path = project(machine, "app.log", "".join(lines))
    machine.api.script = reads(path)
    machine.run("What is in app.log?", model="opus")
    sent = "".join(str(call.body["messages"][0]["content"]) for call in delegated(machine))
    assert all(line in sent for line in lines[::499])
    assert len(delegated(machine)) == 3
    assert "A PARTIAL view, if noted below" in machine.api.calls[-1].text


def test_a_file_too_long_to_be_shown_is_not_digested(machine: Machine) -> None:
    """The client's error stands alone; what the next read is shown of it may become a digest."""
    machine.prepare()
    path = project(machine, "app.log", "".join(f"{n:05} {'x' * 74}\n" for n in range(4000)))
    machine.api.script = uses(Tool("Read", {"file_path": path}))
    machine.run("Read it", model="opus")
    _, after = [c.text for c in machine.api.calls if c.body.get("tools")]
    assert "exceeds maximum allowed size" in after
    assert "[cheaproute]" not in after
    assert delegated(machine) == []


def test_a_digest_whose_file_is_read_whole_after_all_saves_nothing(machine: Machine) -> None:
    """What it had kept out is written to the cache all the same; its cost stays."""
    machine.prepare()
    path = project(machine, "app.log", LOG)
    machine.api.script = reads(path, path)
    machine.run("Read it, and read it again", model="opus")
    assert "4000\\t10:06:39 INFO 3999" in machine.api.calls[-1].text
    report = machine.costs()
    (haiku,) = [row for row in report["by_model"] if row["model"] == HAIKU]
    assert report["saved_usd"] == pytest.approx(-haiku["cost_usd"])


def test_what_is_secret_is_never_handed_on(machine: Machine) -> None:
    """`.env`, a log of that name, and what a rule names: read by the session, sent nowhere else."""
    machine.prepare()
    secret = "".join(f"KEY_{n}={CANARY}\n" for n in range(4000))
    machine.write(".claude/settings.json", '{"permissions": {"ask": ["Read(./asked.log)"]}}')
    names = (".env", ".env.log", "asked.log")
    paths = [project(machine, name, secret) for name in names]
    machine.api.script = reads(*paths)
    result = machine.run("Read them all", model="opus")
    assert result.text == "Read it."
    assert machine.api.calls[-1].text.count("4000\\tKEY_3999") >= 2
    assert [call for call in delegated(machine) if CANARY in call.text] == []
    doctor = machine.cheaproute("doctor").stdout
    assert "looks like a secret" in doctor


@pytest.mark.parametrize(
    ("reply", "config"),
    [
        in_long(Reply(status=429, headers={"retry-after": "1"}), ""),
        in_long(Reply("I", stop_reason="refusal"), ""),
        (Reply(hang_up=True), ""),
        in_long(Reply("late", delay_s=30), "[digest]\ntimeout_s = 3\n"),
        in_long(Reply(DIGEST), "[cap]\nmonth_usd = 0.001\nat_cap = 'warn'\n"),
    ],
    ids=["429", "refusal", "down", "slow", "over the cap"],
)
def test_whatever_happens_the_session_is_unharmed(
    machine: Machine, reply: Reply, config: str
) -> None:
    """The original stands, and the turn goes on to its end."""
    machine.prepare()
    machine.write(".config/cheaproute/config.toml", config)
    path = project(machine, "app.log", LOG)
    machine.api.script = reads(path, digest=reply)
    result = machine.run("What is in app.log?", model="opus")
    assert (result.code, result.text) == (0, "Read it.")
    assert "4000\\t10:06:39 INFO 3999" in machine.api.calls[-1].text
    assert "[cheaproute] In place of" not in machine.api.calls[-1].text
    if not config:
        assert delegated(machine)
    if "cap" in config:
        assert not delegated(machine)


@pytest.mark.long
@pytest.mark.usefixtures("tmux")
def test_a_terminals_digest_is_booked_by_the_model_that_reads(
    machine: Machine, tmp_path: Path
) -> None:
    """The first turn's, and that of one on another model, whose rows come after the hook.

    What is said under the answer names the file and a saving.
    """
    machine.prepare()
    paths = [project(machine, name, LOG) for name in ("first.log", "second.log")]

    def script(request: Request) -> Reply:
        if not request.body.get("tools"):
            return Reply(DIGEST, usage=usage(request))
        done = request.tool_results
        if done < 1 + ("look into the second" in request.text):
            return Reply("", [Tool("Read", {"file_path": paths[done]})], usage=usage(request))
        return Reply("Read both." if done == 2 else "Read it.", usage=usage(request))

    machine.api.script = script
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("look into the first")
        tui.wait("first.log read as a digest, saved $0.")
        tui.type("/model sonnet")
        tui.wait("Switch model?")
        tui.settle(0.5)
        tui.key("Enter")
        tui.wait("Set model to Sonnet")
        tui.type("look into the second")
        tui.wait("second.log read as a digest, saved $0.")
    with closing(store.connect(os.path.join(machine.data, "ledger.db"))) as db:
        opus, sonnet = [n for (n,) in db.execute("SELECT saved_nano FROM digest ORDER BY id")]
    assert 0 < sonnet < opus


@pytest.mark.usefixtures("tmux")
def test_cheap_runs_on_haiku_and_a_failure_is_told(machine: Machine) -> None:
    """In the terminal: one turn on Haiku, the next on the session's model, and one line more."""
    machine.prepare()
    path = project(machine, "app.log", LOG)

    def script(request: Request) -> Reply:
        if not request.body.get("tools"):
            return Reply(status=400)
        if "list the colours" not in request.text:
            return Reply("Ready.")
        if "look into the log" not in request.text:
            return Reply("As ever." if "and now" in request.text else "Red and green.")
        return (
            Reply("Looked.")
            if request.tool_results
            else Reply("", [Tool("Read", {"file_path": path})])
        )

    machine.api.script = script
    with machine.tui(model="opus") as tui:
        tui.ready()
        tui.type("/cheaproute:cheap list the colours")
        tui.wait("Red and green.")
        tui.wait("this turn ran on Haiku: $0.")
        # The client may keep the row that asks for a read until its hooks have ended: what stands
        # before it tells the model.
        tui.type("and now")
        tui.wait("As ever.")
        tui.type("look into the log")
        tui.wait("Looked.")
        tui.wait("a digest could not be made")
    turns = [c for c in machine.api.calls if c.body.get("tools") and "list the colours" in c.text]
    assert [c.model for c in turns if "look into the log" not in c.text] == [HAIKU, OPUS]
    assert {c.model for c in turns if "look into the log" in c.text} == {OPUS}


@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize("lines", [in_long(4_000), 20_000])  # shown, and too long to be
def test_what_cheap_reads_is_not_read_by_haiku_first(machine: Machine, lines: int) -> None:
    """In the terminal, where the row of the read comes late: it runs on Haiku already."""
    machine.prepare()
    path = project(machine, "app.log", "".join(f"10:00:00 INFO {n}\n" for n in range(lines)))
    machine.api.script = reads(path)
    with machine.tui(model="opus") as tui:
        tui.ready()
        tui.type("/cheaproute:cheap what is in the log")
        tui.wait("Read it.", 60)
    assert delegated(machine) == []
    assert machine.api.models == [HAIKU, HAIKU]


@pytest.mark.long
def test_cheap_runs_on_haiku_in_print_mode(machine: Machine) -> None:
    """`/cheaproute:cheap` and the short form alike."""
    machine.api.script = lambda _request: Reply("Red and green.")
    for command in ("/cheaproute:cheap", "/cheap"):
        machine.api.requests.clear()
        assert machine.run(f"{command} list the colours", model="opus").text == "Red and green."
        assert set(machine.api.models) == {HAIKU}, command


@pytest.mark.long
@pytest.mark.parametrize("backend", ["api", "claude"])
def test_a_digest_given_up_is_in_the_books(machine: Machine, backend: str) -> None:
    """Each call that the API was sent is counted once, by about what it bills: no lower bound.

    What a digest before it saved is not eaten up by it.
    """
    machine.prepare()
    names = ("first.log", "second.log")
    paths = [project(machine, name, LOG) for name in names]

    def within(timeout_s: int) -> None:
        settings = f'[digest]\ntimeout_s = {timeout_s}\n[delegate]\nbackend = "{backend}"\n'
        machine.write(".config/cheaproute/config.toml", settings)

    def script(request: Request) -> Reply:
        if not request.body.get("tools"):
            delay_s = 50 if names[1] in request.text else 0
            return Reply(DIGEST, usage=usage(request), delay_s=delay_s)
        done = request.tool_results
        if done < 1 + ("the second" in request.text):
            return Reply("", [Tool("Read", {"file_path": paths[done]})], usage=usage(request))
        return Reply("Read both." if done == 2 else "Read it.", usage=usage(request))

    machine.api.script = script
    within(40)
    with machine.tui(model="opus") as tui:
        tui.ready()
        tui.type("read the first")
        tui.wait("first.log read as a digest, saved $0.", 60)
        within(20)
        tui.type("read the second")
        tui.wait("Read both.", 60)
        said = "a digest took longer than 20 s: the files were read as they are, $0.0"
        tui.wait(lambda screen: said in " ".join(screen.split()))
    asked = delegated(machine)
    assert {call.model for call in asked} == {HAIKU}
    assert len(asked) == 4  # the two parts of each digest, none of them twice
    report = machine.costs()
    (row,) = [row for row in report["by_model"] if row["model"] == HAIKU]
    assert row["messages"] == len(asked)
    billed = sum(usage(call)["input_tokens"] * 0.1 + 50 * 0.5 for call in asked) / 1e6
    assert row["cost_usd"] == pytest.approx(billed, rel=0.05)
    assert not report["lower_bound"]
    assert report["saved_usd"] > 0


def test_the_headless_client_is_a_way_to_haiku(machine: Machine) -> None:
    """One request without tools, no hook of the user's, no transcript, one call in the ledger."""
    machine.prepare()
    marker = os.path.join(machine.home, "hook-ran")
    hook = {"hooks": [{"type": "command", "command": f"touch {marker}"}]}
    hooks = {name: [hook] for name in ("SessionStart", "UserPromptSubmit", "Stop", "SessionEnd")}
    machine.write(".claude/settings.json", json.dumps({"hooks": hooks}))
    machine.write(".claude/CLAUDE.md", CANARY)
    machine.write(".config/cheaproute/config.toml", '[delegate]\nbackend = "claude"\n')
    machine.api.script = lambda request: Reply("Haiku is live.", usage=usage(request))
    path = f"{os.path.dirname(machine.claude)}:{machine.env['PATH']}"
    done = machine.cheaproute("ping", PATH=path)
    assert (done.returncode, done.stdout) == (0, "Haiku is live.\n"), done.stderr
    (call,) = machine.api.calls
    assert call.model == HAIKU
    assert call.body["tools"] == []
    assert call.body["max_tokens"] == 200
    assert "thinking" not in call.body
    assert "Do exactly as told." in call.system
    assert CANARY not in call.text + call.system
    assert not os.path.exists(marker)
    assert not os.path.exists(os.path.join(machine.home, ".claude", "projects"))
    (row,) = machine.costs()["by_model"]
    assert (row["messages"], row["input_tokens"]) == (1, usage(call)["input_tokens"])
    assert re.fullmatch(r"all is well: claude-haiku-5-5 \(claude\): .*\n", done.stderr)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "the API does not accept these credentials: check ANTHROPIC_API_KEY (401)"),
        in_long(429, "rate limit reached: wait a minute and try again (429)"),
    ],
)
def test_the_headless_client_fails_in_one_line(machine: Machine, status: int, said: str) -> None:
    """Its own errors are told like the API's."""
    machine.prepare()
    machine.write(".config/cheaproute/config.toml", '[delegate]\nbackend = "claude"\n')
    machine.api.script = lambda _request: Reply(status=status)
    path = f"{os.path.dirname(machine.claude)}:{machine.env['PATH']}"
    done = machine.cheaproute("ping", PATH=path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"cheaproute: {said}\n")


def test_the_parts_cost_next_to_nothing_when_not_used(machine: Machine) -> None:
    """Skills and the reader agent add under 80 tokens to every session, as the client counts."""
    for words in (("marketplace", "add", ROOT), ("install", "cheaproute@cheaproute")):
        assert machine.client("plugin", *words).returncode == 0
    told = machine.client("plugin", "details", "cheaproute").stdout
    found = re.search(r"Always-on:\s+~(\d+) tok", told)
    assert found, told
    assert int(found[1]) < 80
