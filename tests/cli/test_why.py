from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute import days
from cheaproute.cli.main import main
from cheaproute.ledger import meta, schema
from cheaproute.ledger.query import coverage
from cheaproute.ledger.upkeep import catch_up
from cheaproute.report.terminal import decisions
from cheaproute.report.terminal.draw import Look
from cheaproute.usage import prices
from tests import ledgers, transcripts
from tests.ledgers import TODAY


@pytest.fixture
def two(ledger: sqlite3.Connection) -> sqlite3.Connection:
    """A routed search of two calls, and a debugging that was left alone."""
    session = ledgers.add_session(ledger, "s-1", "/a", TODAY, TODAY)
    file = ledger.execute(
        "INSERT INTO file(path, session, agent) VALUES('x', ?, 'a1b2') RETURNING id", (session,)
    ).fetchone()[0]
    for n in range(2):
        ledgers.add_call(
            ledger, f"m{n}", TODAY, model="claude-haiku-5-5", source=schema.SUBAGENT,
            session=session, file=file, agent="a1b2",
            cost_nano=200_000_000, saved_nano=1_000_000_000,
        )  # fmt: skip
    ledgers.add_dispatch(
        ledger, "toolu_01SEARCH", TODAY, session=session, agent_type="Explore", category="search",
        tier="haiku", confidence=0.97, reason="asks where something is", action="routed",
        routed="haiku", instead="claude-opus-5-5", resolved="claude-haiku-5-5", agent="a1b2",
        status="ok", turns=3,
    )  # fmt: skip
    ledgers.add_dispatch(
        ledger, "toolu_02DEBUG", TODAY - 1, session=session, category="debug", tier="opus",
        reason="asks for a root cause", action="same", resolved="claude-opus-5-5",
    )  # fmt: skip
    return ledger


@pytest.mark.usefixtures("two")
def test_the_latest_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    """Newest first: id, age, cost, what was done, and why."""
    assert main(["why"]) == 0
    assert capsys.readouterr().out == (
        "01SEARCH  15 h ago      $0.40  Explore: haiku instead of claude-opus-5-5\n"
        "          asks where something is\n"
        "_02DEBUG  39 h ago          -  debug: left on claude-opus-5-5 (same)\n"
        "          asks for a root cause\n"
    )


def test_a_list_says_where_it_goes_on(
    two: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where there is more than is listed, and nowhere else."""
    assert main(["why", "2"]) == 0
    assert "lists more" not in capsys.readouterr().err
    assert main(["why", "1"]) == 0
    said = capsys.readouterr()
    assert "01SEARCH" in said.out
    assert "_02DEBUG" not in said.out
    assert "`cheaproute why 10` lists more" in said.err
    assert "lists more" not in decisions.screen(two, TODAY, Look())
    for number in range(decisions.SHOWN):
        ledgers.add_dispatch(
            two, f"toolu_03{number:06d}", TODAY, session=1, category="search", tier="haiku",
            reason="asks where something is", action="same", resolved="claude-opus-5-5",
        )  # fmt: skip
    assert "lists more" in decisions.screen(two, TODAY, Look())


def test_costs_why_says_where_the_main_loops_turns_are(
    two: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are in `why`, where there are any."""
    said = "`cheaproute why` has the main loop's turns, too."
    assert main(["costs", "why"]) == 0
    assert said not in " ".join(capsys.readouterr().out.split())
    row = ("req_1", 1, "t1", TODAY * days.DAY_MS, "claude-sonnet-5-5", "claude-opus-5-5", 1, 1, 0)
    two.execute("INSERT INTO choice VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    assert main(["costs", "why"]) == 0
    assert said in " ".join(capsys.readouterr().out.split())


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("words", [["--last"], ["SEARCH"], ["a1b2"]])
def test_one_in_full(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One decision, by the end of its id, its subagent's id or as the last, is told whole."""
    assert main(["why", *words]) == 0
    told = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines() if line)
    assert told["Decision"] == "toolu_01SEARCH"
    assert told["Because"] == "asks where something is"
    assert told["Needs"] == "haiku, confidence 0.97"
    assert told["Ran"] == "on       claude-haiku-5-5"
    assert told["Cost"] == "$0.40 in 2 calls"
    assert told["Saved"] == "(net)  $2.00"
    assert told["Ended"] == "ok 3 turns"


def test_what_an_id_ends_with_may_be_left_out_and_an_old_start_is_no_running(
    two: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """`520019` of `toolu_18520019_0`; of a subagent of days ago nothing says that it still runs."""
    ledgers.add_dispatch(two, "toolu_18520019_0", TODAY - 3, status="running")
    assert main(["why", "520019"]) == 0
    shown = capsys.readouterr().out
    assert "toolu_18520019_0" in shown
    assert shown.count("not known") >= 2
    assert "running" not in shown
    assert "not known yet" not in shown


@pytest.mark.usefixtures("two")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON a decision has the ledger's columns; what is not known is null."""
    assert main(["why", "--json"]) == 0
    search, debug = json.loads(capsys.readouterr().out)
    assert (search["id"], search["cost_usd"], search["session"]) == ("toolu_01SEARCH", 0.4, "s-1")
    assert (debug["category"], debug["cost_usd"]) == ("debug", None)


def test_nothing_yet(ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any decision nothing is data, and stderr says why."""
    assert main(["why"]) == 0
    own = (
        "your own prompts have no row: they run on the session's model, for `routing.main` is off;"
        " `cheaproute costs` has what they cost, as the main loop\n"
    )
    assert capsys.readouterr() == ("", f"no subagent has been sent out yet\n{own}")
    assert ledger


def test_subagents_that_nothing_tells_of_are_not_denied(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where their calls are in the books, none is said to have been sent out."""
    ledgers.add_call(ledger, "m1", TODAY, source=schema.SUBAGENT, cost_nano=200_000_000)
    assert main(["costs", "why"]) == 0
    assert "is still to be read from the transcripts" in capsys.readouterr().out
    said = "no decision to show: of the subagents that made 1 call ($0.20) no transcript that"
    assert main(["why"]) == 0
    assert capsys.readouterr().err.startswith(said)
    assert main(["costs", "why"]) == 0
    assert said[:40] in capsys.readouterr().out


def sent_out(tool: str) -> dict[str, Any]:
    """An answer that sends an Explore agent out by the tool of that name."""
    row = transcripts.assistant(ts="2026-11-22T09:53:16.303Z")
    task = {"description": "d", "prompt": "Find all callers of parse", "subagent_type": "Explore"}
    row["message"]["content"] = [{"type": "tool_use", "id": "toolu_1", "name": tool, "input": task}]
    return row


def test_what_nobody_read_yet_is_read(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Sums are counted before it is read who sent a subagent: whoever asks gets both."""
    row = sent_out("Agent")
    transcripts.write(tmp_path / "projects" / "p" / f"{transcripts.SESSION}.jsonl", row)
    catch_up.run(ledger, [str(tmp_path)], ledgers.NOW_MS, prices.load({}))
    ledgers.add_call(ledger, "m1", TODAY, source=schema.SUBAGENT)
    assert main(["why"]) == 0
    assert "Explore: " in capsys.readouterr().out


def test_what_an_older_client_wrote_into_the_sessions_own_transcript_has_its_dollars(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Its calls stand beside the main loop's and another agent's, and name it: model and cost."""
    sent = sent_out("Task")
    done = {
        "type": "user", "sessionId": transcripts.SESSION, "timestamp": "2026-11-22T09:54:16.303Z",
        "message": {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": "found"}
        ]},
        "toolUseResult": {"status": "completed", "agentId": "a1"},
    }  # fmt: skip
    rows = [
        transcripts.progress("msg_p1", agent="a1", output=1000),
        transcripts.progress("msg_p2", agent="a1", output=1000),
        transcripts.progress("msg_other", agent="a2", output=9999),
    ]
    where = tmp_path / "projects" / "p" / f"{transcripts.SESSION}.jsonl"
    transcripts.write(where, sent, *rows, done)
    catch_up.run(ledger, [str(tmp_path)], ledgers.NOW_MS, prices.load({}))
    main(["plan", "--since", "2026-01-01"])
    capsys.readouterr()
    assert main(["why", "--json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    own = ledger.execute("SELECT sum(cost_nano) FROM call WHERE agent = 'a1'").fetchone()[0]
    assert (told["calls"], told["cost_usd"], told["resolved"]) == (
        2,
        own / 1e9,
        "claude-sonnet-5-5",
    )
    assert main(["why"]) == 0
    assert "Explore: ran on claude-sonnet-5-5" in (said := capsys.readouterr()).out
    assert "-: " not in said.err


def test_what_has_no_reason_leaves_no_empty_line(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of an old one whose task is not on record nothing is known; "-" is explained below."""
    ledgers.add_dispatch(ledger, "toolu_1", TODAY, agent_type="Explore")
    assert main(["why"]) == 0
    said = capsys.readouterr()
    assert all(line.strip() for line in said.out.splitlines())
    assert "-: none of its calls is on record" in said.err
    assert "Explore" in decisions.screen(ledger, TODAY * days.DAY_MS, Look())


@pytest.mark.usefixtures("two")
def test_costs_tells_one_decision(capsys: pytest.CaptureFixture[str]) -> None:
    """`costs why ID` is that one, as `why ID` tells it; an id that is none is said to be none."""
    assert main(["costs", "why", "01SEARCH"]) == 0
    told = capsys.readouterr().out
    assert main(["why", "01SEARCH"]) == 0
    assert capsys.readouterr().out.strip() in told
    assert main(["costs", "why", "01SEARCX"]) == 1
    assert "no decision '01SEARCX'" in capsys.readouterr().err


def test_flag(two: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """A flag is kept, shown, and can be taken back."""
    capsys.readouterr()
    assert main(["flag", "DEBUG", "bad"]) == 0
    said = capsys.readouterr().err.strip()
    assert said.startswith("bad: ")
    assert said.endswith("[bad]")
    assert main(["why"]) == 0
    assert "left on claude-opus-5-5 (same) [bad]" in capsys.readouterr().out
    assert main(["flag", "DEBUG", "good"]) == 0
    assert capsys.readouterr().err.strip().endswith("[good]")
    assert main(["flag", "DEBUG", "none"]) == 0
    assert "[" not in capsys.readouterr().err
    assert two.execute("SELECT DISTINCT flag FROM dispatch").fetchall() == [("",)]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["flag", "nope", "good"], "no decision 'nope'"),
        (["why", "nope"], "no decision 'nope'"),
    ],
)
def test_no_such_decision(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An id that names nothing is an expected failure."""
    assert main(words) == 1
    assert said in capsys.readouterr().err


def test_an_id_must_name_one(two: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """An ending that several share is refused, and they are named."""
    ledgers.add_dispatch(two, "toolu_03SEARCH", TODAY)
    assert main(["flag", "SEARCH", "good"]) == 1
    assert "names 2 decisions" in capsys.readouterr().err


def test_what_did_not_start_is_not_said_to_have_run(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refused agent did not start; what ran earlier is told from what cheaproute let be."""
    session = ledgers.add_session(ledger, "s-1", "/a", TODAY, TODAY)
    meta.put(ledger, coverage.SINCE_MS, str(TODAY * days.DAY_MS))
    sent: tuple[tuple[str, int, dict[str, object]], ...] = (
        ("toolu_refused", TODAY, {}), ("toolu_routedno", TODAY, {"action": "routed"}),
        ("toolu_ran", TODAY, {"agent": "a1", "resolved": "claude-opus-5-5"}),
        ("toolu_before", TODAY - 9, {"agent": "a2", "resolved": "claude-opus-4-5"}),
        ("toolu_unheard", TODAY - 9, {}),
        ("toolu_nothing", TODAY, {"action": "routed", "routed": "haiku", "status": "empty"}),
    )  # fmt: skip
    for name, day, fields in sent:
        ledgers.add_dispatch(ledger, name, day, session=session, agent_type="Explore", **fields)
    ledger.execute(
        "INSERT INTO tool(session, id, ts_ms, name, failed) SELECT session, id, ts_ms, 'Agent', 1"
        " FROM dispatch WHERE id IN ('toolu_refused', 'toolu_routedno', 'toolu_nothing')"
    )
    assert main(["why"]) == 0
    told = capsys.readouterr().out
    assert told.count("did not start: refused, or its tool failed") == 2
    assert "ran on claude-opus-5-5, as Claude Code chose" in told
    assert "ran on claude-opus-4-5, before cheaproute came" in told
    assert "sent out before cheaproute came, nothing of it is on record" in told
    assert "Explore: haiku\n" in told


@pytest.mark.parametrize(
    ("heard", "first_ms", "cause"),
    [
        (True, 0, "no answer came in time"),
        (False, days.DAY_MS, "it ran before the plugin was ready"),
        (False, 0, "not known why"),
    ],
)
def test_why_nothing_was_decided_is_named(
    ledger: sqlite3.Connection,
    capsys: pytest.CaptureFixture[str],
    cause: str,
    first_ms: int,
    *,
    heard: bool,
) -> None:
    """By what the module was told of the agent's answers, and since when it was told of any."""
    session = ledgers.add_session(ledger, "s-1", "/a", TODAY, TODAY)
    meta.put(ledger, coverage.SINCE_MS, str(TODAY * days.DAY_MS))
    ran: dict[str, object] = {
        "agent": "a1",
        "resolved": "claude-opus-5-5",
        "tier": "haiku",
        "confidence": 0.99,
    }
    ledgers.add_dispatch(ledger, "toolu_1", TODAY, session=session, agent_type="Explore", **ran)
    ledgers.add_call(ledger, "m", TODAY, session=session)
    ledger.execute("UPDATE call SET client_nano = 1, ts_ms = ?", (TODAY * days.DAY_MS + first_ms,))
    if heard:
        ledger.execute(
            "INSERT INTO loop(session, agent, ran) VALUES(?, 'a1', 'claude-opus-5-5')", (session,)
        )
    for words in (["why"], ["why", "--last"]):
        assert main(words) == 0
        told = " ".join(capsys.readouterr().out.split())
        assert f"ran on claude-opus-5-5, as Claude Code chose: {cause}" in told


def test_what_answered_is_what_it_ran_on(
    two: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client names the model it asked for; its calls tell which one was billed."""
    two.execute("UPDATE dispatch SET resolved = 'claude-opus-5-5', routed = '', action = ''")
    assert main(["why"]) == 0
    told = capsys.readouterr().out
    assert "ran on claude-haiku-5-5, " in told


@pytest.mark.parametrize("status", ["cut", "error", "running"])
@pytest.mark.parametrize("action", ["routed", "fits", ""])
def test_what_was_never_answered_ran_on_no_model(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], action: str, status: str
) -> None:
    """Whatever the client says later: it names the model it asked for. An answer makes it one."""
    session = ledgers.add_session(ledger, "s-1", "/a", TODAY, TODAY)
    meta.put(ledger, coverage.SINCE_MS, str(TODAY * days.DAY_MS))
    sent: dict[str, object] = {
        "action": action, "routed": "sonnet" if action == "routed" else "", "agent": "a1",
        "resolved": "claude-opus-5-5", "status": status, "turns": 1,
    }  # fmt: skip
    ledgers.add_dispatch(ledger, "toolu_1", TODAY, session=session, agent_type="Explore", **sent)
    file = ledger.execute(
        "INSERT INTO file(path, session, agent) VALUES('x', ?, 'a1') RETURNING id", (session,)
    ).fetchone()[0]

    def call(model: str, *tokens: int) -> None:
        counts = (0, 0, 0, 0, sum(tokens))
        ledgers.add_call(
            ledger, model, TODAY, model=model, cost_nano=sum(tokens), tokens=counts,
            source=schema.SUBAGENT, session=session, file=file, agent="a1",
        )  # fmt: skip

    call("<synthetic>")
    launched = status == "running" and not action  # believed where nothing was decided
    assert _ran_on(capsys) == ("claude-opus-5-5" if launched else "")
    call("claude-opus-5-5", 9)
    assert _ran_on(capsys) == "claude-opus-5-5"


def test_what_did_not_start_cost_nothing(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, or its tool failed: nothing is still to be known of it."""
    session = ledgers.add_session(ledger, "s-1", "/a", TODAY, TODAY)
    ledgers.add_dispatch(
        ledger, "toolu_1", TODAY, session=session, agent_type="Explore", action="routed",
        routed="haiku", status="error",
    )  # fmt: skip
    ledger.execute(
        "INSERT INTO tool(session, id, ts_ms, name, failed) VALUES(?, 'toolu_1', 1, 'Agent', 1)",
        (session,),
    )
    assert main(["why", "--last"]) == 0
    said = capsys.readouterr().out
    assert said.count("nothing: it did not run") == 2
    assert "not known" not in said
    assert main(["why", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["cost_usd"] == 0


@pytest.mark.parametrize(
    ("tools", "edits", "said"),
    [(3, 0, "3 turns, 3 tools"), (3, 1, "3 tools (1 of them may have changed something)"),
     (1, 1, "1 tool (it may have changed something)"),
     (2, 2, "2 tools (all may have changed something)")],
)  # fmt: skip
def test_a_use_that_may_change_something_is_called_no_edit(
    two: sqlite3.Connection, capsys: pytest.CaptureFixture[str], tools: int, edits: int, said: str
) -> None:
    """A command of a program that nobody knows is one."""
    two.execute("UPDATE dispatch SET tools = ?, edits = ?", (tools, edits))
    assert main(["why", "01SEARCH"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert said in text
    assert "edit" not in text


def _ran_on(capsys: pytest.CaptureFixture[str]) -> str:
    """What the latest ran on, by JSON; the screens say the same."""
    assert main(["why", "--json"]) == 0
    [told] = json.loads(capsys.readouterr().out)
    for words in (["why"], ["why", "--last"]):
        assert main(words) == 0
        said = capsys.readouterr().out.lower()
        ran = "claude-opus-5-5" in said
        assert ran == bool(told["resolved"])
        assert ("never sent" in said) == (told["status"] == "cut" and not ran)
        assert "1 turn" not in said or "never sent" not in said
    return str(told["resolved"])


def test_a_number_says_how_many_everywhere(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Up to four digits; an id of digits alone is named by five or more. In `/costs` as here."""
    for number in range(3):
        ledgers.add_dispatch(ledger, f"toolu_x1234{number}", TODAY - number, category="search")
    for words in (["why"], ["costs", "why"]):
        assert main([*words, "2"]) == 0
        said = capsys.readouterr()
        assert (said.out.count("12340"), said.out.count("12342")) == (1, 0)
        assert "your own prompts" in (said.err + said.out).lower()
        assert main([*words, "12340"]) == 0
        said = capsys.readouterr()
        assert "Decision     toolu_x12340" in said.out
        assert "your own prompts" not in (said.err + said.out).lower()
