"""Seen at work: what the one line says, when, and only once."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute import days
from cheaproute.ledger import bulk_reads, schema
from cheaproute.ledger.calls import choices
from cheaproute.ledger.module import loops
from cheaproute.ledger.query import agent_runs
from cheaproute.report import seen
from cheaproute.report.terminal import decisions
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY

STAYS = "61,000 tokens of what it read stay in the conversation"
UUID = "11111111-2222-3333-4444-555555555555"


def told_line(db: sqlite3.Connection, session: int, now_ms: int, *more: Any) -> str:
    """What is told then."""
    return seen.told(db, session, now_ms, *more)[0]


def ran(db: sqlite3.Connection, n: int, session: int, **columns: object) -> None:
    """A subagent that ended a minute ago and saved six cents."""
    file = db.execute(
        "INSERT INTO file(path, session, agent) VALUES(?, ?, ?) RETURNING id",
        (f"a{n}", session, f"a{n}"),
    ).fetchone()[0]
    ledgers.add_call(
        db, f"m{n}", TODAY, source=schema.SUBAGENT, file=file, session=session, agent=f"a{n}",
        saved_nano=60_000_000,
    )  # fmt: skip
    usual: dict[str, object] = {
        "session": session, "agent": f"a{n}", "agent_type": "Explore", "action": "routed",
        "routed": "haiku", "resolved": "claude-haiku-5-5", "ended_ms": NOW_MS - 60_000,
    }  # fmt: skip
    ledgers.add_dispatch(db, f"t{n}", TODAY, **{**usual, **columns})


def test_what_was_done_is_said_once(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Alike runs are one, a digest has its file's name, and the next turn says nothing of it."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    ran(db, 1, session)
    ran(db, 2, session)
    ran(db, 3, session, agent_type="debugger", routed="sonnet", resolved="claude-sonnet-5-5",
        action="escalated")  # fmt: skip
    log = tmp_path / 'build "é".log'
    transcript = tmp_path / "s.jsonl"
    row = {"message": {"content": [{"input": {"file_path": str(log)}}]}}
    transcript.write_text(json.dumps(row) + "\n")
    db.execute("INSERT INTO file(path, session) VALUES(?, ?)", (str(transcript), session))
    key = bulk_reads.key(UUID, os.path.realpath(log))
    bulk_reads.note(
        db, session=session, path_hash=key, size=90_000, outcome="made", now_ms=NOW_MS - 1,
        saved_nano=310_000_000,
    )  # fmt: skip
    assert told_line(db, session, NOW_MS) == (
        "2 x Explore ran on Haiku, saved $0.12"
        " · debugger ran on Sonnet, the same task again, saved $0.06"
        ' · build "é".log read as a digest, saved $0.31'
    )
    assert told_line(db, session, NOW_MS + 1) == ""


@pytest.mark.parametrize(
    ("status", "why"),
    [("ok", "the same task again"), ("running", "the same task again"),
     ("error", "after Haiku failed"), ("empty", "after Haiku failed")],
)  # fmt: skip
def test_haiku_failed_only_where_that_is_known(
    db: sqlite3.Connection, status: str, why: str
) -> None:
    """One that ended well and was merely sent again did not fail: in the line, and in `why`."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    ran(db, 1, session, status=status)
    ran(db, 2, session, follows="t1", routed="sonnet", resolved="claude-sonnet-5-5",
        action="escalated")  # fmt: skip
    assert f"Explore ran on Sonnet, {why}, saved" in told_line(db, session, NOW_MS)
    run = agent_runs.matching(db, "t2")[0]
    assert decisions.verdict(run).startswith(f"sonnet (one tier up: {why})")
    stays = {"routed": "", "instead": "claude-sonnet-5-5", "resolved": "claude-sonnet-5-5"}
    ran(db, 3, session, follows="t1", action="fits", tier="haiku", **stays)
    run = agent_runs.matching(db, "t3")[0]
    assert decisions.verdict(run) == f"left on claude-sonnet-5-5 ({why})"


@pytest.mark.parametrize(
    ("command", "model", "grown", "said"),
    [
        ("/cheaproute:cheap", "claude-haiku-5-5", 9_000, "this turn ran on Haiku: $0.004"),
        ("/cheap", "claude-haiku-5-5", 0, "this turn ran on Haiku: $0.004"),
        (
            *("/cheap", "claude-haiku-5-5", 61_000),
            f"this turn ran on Haiku: $0.004, {STAYS}",
        ),
        ("/mine", "claude-haiku-5-5", 0, ""),
        ("/cheap", "claude-opus-5-5", 0, ""),  # the turn after it
    ],
)
def test_a_turn_of_cheap_says_what_it_cost(
    db: sqlite3.Connection, tmp_path: Path, command: str, model: str, grown: int, said: str
) -> None:
    """Once; its own calls alone, whatever came between the prompt and the answer."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    at = "2026-11-22T14:00:00.000Z"
    began_ms = days.parse_ms(at)
    rows = [
        {"type": "user", "timestamp": at, "message": {"content": f"<command-name>{command}"}},
        {"type": "user", "timestamp": at, "isMeta": True, "message": {"content": "x"}},
        {"type": "user", "message": {"content": [{"tool_use_id": "toolu_1"}]}},
    ]
    transcript = tmp_path / "s.jsonl"
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    transcript.write_text(text.replace(command, f"{command}</command-name>"))
    db.execute("INSERT INTO file(path, session) VALUES(?, ?)", (str(transcript), session))
    for n, (after_ms, nano) in enumerate(
        ((-5_000, 9_000_000), (1_000, 3_000_000), (2_000, 1_000_000))
    ):
        ledgers.add_call(db, f"m{n}", TODAY, model=model, session=session, cost_nano=nano)
        more = grown if n == 2 else 0
        db.execute(
            "UPDATE call SET ts_ms = ?, write_5m = write_5m + ? WHERE id = ?",
            (began_ms + after_ms, more, f"m{n}"),
        )
    line, _ = seen.told(db, session, began_ms + 3_000, beside=lambda ms: f", {ms}")
    assert line == said.replace("$0.004", f"$0.004, {began_ms}")
    assert told_line(db, session, began_ms + 3_001) == ""


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            83_000_000,
            "build.log was read whole after all: $0.083 not saved, its digest cost $0.008",
        ),
        (-2_000_000, "build.log was read whole after all: its digest cost $0.008"),
    ],
)
def test_a_digest_in_vain_is_said(
    db: sqlite3.Connection, tmp_path: Path, made: int, said: str
) -> None:
    """Once, under the answer in which the file was read whole; what it cost stays."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    transcript = tmp_path / "s.jsonl"
    transcript.write_text(json.dumps({"input": {"file_path": "/p/build.log"}}) + "\n")
    db.execute("INSERT INTO file(path, session) VALUES(?, ?)", (str(transcript), session))
    key, worth = bulk_reads.key(UUID, "/p/build.log"), made + 8_000_000
    bulk_reads.note(
        db, session=session, path_hash=key, size=90_000, outcome="made", now_ms=NOW_MS - 9,
        saved_nano=made,
    )  # fmt: skip
    bulk_reads.stands_in(db, UUID, "", key, worth, NOW_MS - 9)
    assert "read as a digest" in told_line(db, session, NOW_MS - 8)
    for _ in range(2):
        bulk_reads.take_back(db, session, UUID, "", key, NOW_MS - 1)
    assert told_line(db, session, NOW_MS) == said
    assert told_line(db, session, NOW_MS + 1) == ""


def test_a_digest_has_its_name_before_the_transcript_is_counted(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """Where the ledger does not know the session's transcript yet, it is looked for."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    transcript = tmp_path / "s.jsonl"
    transcript.write_text(json.dumps({"input": {"file_path": "/p/build.log"}}) + "\n")
    bulk_reads.note(
        db, session=session, path_hash=bulk_reads.key(UUID, "/p/build.log"), size=90_000,
        outcome="made", now_ms=NOW_MS - 1, saved_nano=310_000_000,
    )  # fmt: skip
    said = told_line(db, session, NOW_MS, None, lambda: str(transcript))
    assert said == "build.log read as a digest, saved $0.31"


def test_a_line_that_came_too_late_is_said_again(db: sqlite3.Connection) -> None:
    """With what was done since; what the user has seen is not said twice."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    assert seen.told_ms(db, UUID) == 0
    ran(db, 1, session)
    assert told_line(db, session, NOW_MS) == "Explore ran on Haiku, saved $0.06"
    told_ms = seen.told_ms(db, UUID)
    assert told_line(db, session, NOW_MS + 1, told_ms) == ""  # that one was shown
    ran(db, 2, session, ended_ms=NOW_MS + 5)
    for n in (10, 20):
        assert told_line(db, session, NOW_MS + n, 0) == "2 x Explore ran on Haiku, saved $0.12"
    assert told_line(db, session, NOW_MS + 25, told_ms) == "Explore ran on Haiku, saved $0.06"
    assert told_line(db, session, NOW_MS + 30) == ""


def test_what_did_not_happen_is_not_said(db: sqlite3.Connection) -> None:
    """Left alone, swapped by the client, still running, kept or long ago: silence."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    ran(db, 1, session, routed="", action="fits", resolved="claude-opus-5-5")
    ran(db, 2, session, resolved="claude-sonnet-5-5")
    ran(db, 3, session, ended_ms=0)
    ran(db, 4, session, ended_ms=NOW_MS - 9 * 3_600_000)
    bulk_reads.note(
        db, session=session, path_hash="x", size=9, outcome="kept:secret", now_ms=NOW_MS - 1
    )
    assert told_line(db, session, NOW_MS) == ""
    assert told_line(db, 999, NOW_MS) == ""


def test_a_loss_is_said_as_one_and_a_crowd_is_summed(db: sqlite3.Connection) -> None:
    """What cost more has a plus; past three things the rest is one."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    for n in range(5):
        ran(db, n, session, agent_type=f"kind{n}")
    db.execute("UPDATE call SET saved_nano = -20000000 WHERE id = 'm0'")
    text = told_line(db, session, NOW_MS)
    assert text.startswith("kind0 ran on Haiku, cost $0.02 more · ")
    assert text.endswith(" · 2 more, saved $0.12")


def test_the_users_word(db: sqlite3.Connection) -> None:
    """`show` = status or quiet: no line."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    ran(db, 1, session)
    assert seen.after_answer({"show": "quiet"}, db, session, NOW_MS) == ""
    assert seen.after_answer({"show": "status"}, db, session, NOW_MS) == ""
    assert seen.after_answer({"show": "line"}, db, session, NOW_MS)


def test_a_turn_that_ran_on_a_cheaper_model_is_said(db: sqlite3.Connection) -> None:
    """With what it saved; not where its own model answered, not twice, not of a turn before."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    loop = loops.Loop(turn="t1", over="claude-opus-5-5", model="sonnet", base="claude-opus-5-5")

    def answered(ran: str, at_ms: int) -> None:
        loops.chose(db, session, "", loop)
        loops.answered(db, session, "", ran=ran, at_ms=at_ms, ttl_s=300, size=1,
                       prompt_tokens=1, output_tokens=1)  # fmt: skip

    ledgers.add_call(db, "m1", TODAY, session=session, saved_nano=14_000_000)
    db.execute("UPDATE call SET ts_ms = ?", (NOW_MS - 60_000,))
    answered("claude-sonnet-5-5", NOW_MS - 60_000)
    assert told_line(db, session, NOW_MS) == "this turn ran on Sonnet, saved $0.014"
    assert told_line(db, session, NOW_MS + 1) == ""
    answered("claude-opus-5-5", NOW_MS + 10)
    assert told_line(db, session, NOW_MS + 20) == ""
    loop.model = ""
    answered("claude-opus-5-5", NOW_MS + 30)
    assert told_line(db, session, NOW_MS + 40) == ""


def test_what_the_way_back_to_the_own_model_cost_is_said(db: sqlite3.Connection) -> None:
    """Once, why, and by its dollars; nothing where it cost nothing."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    opus, at_ms = "claude-opus-5-5", NOW_MS - 60_000
    for turn, reason in (("t1", "everyday work: words"), ("t2", "hard: architecture")):
        choices.decide(db, session, turn, at_ms + (turn == "t2"), opus, reason)
    for name, switch in (("req_1", 0), ("req_2", -65_000_000)):
        row = (name, session, "t1", at_ms, opus, opus, 80_000_000, 0, switch)
        db.execute("INSERT INTO choice VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        told = (
            "this turn ran on Opus again (hard), its cache written anew, cost $0.065 more"
            if switch
            else ""
        )
        assert told_line(db, session, NOW_MS) == told
    assert told_line(db, session, NOW_MS + 1) == ""


def test_why_a_loop_came_back_that_nothing_was_decided_for(db: sqlite3.Connection) -> None:
    """Not by what sent the turn before away: since routing is off, or for no known reason."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    opus, sonnet, at_ms = "claude-opus-5-5", "claude-sonnet-5-5", NOW_MS - 60_000
    choices.decide(db, session, "t1", at_ms, opus, "everyday work, as before")
    for ran_on, switch in ((sonnet, 0), (opus, -65_000_000)):
        row = (f"req_{ran_on}", session, "t1", at_ms, ran_on, opus, 80_000_000, 0, switch)
        db.execute("INSERT INTO choice VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    said = "this turn ran on Opus again{}, its cache written anew, cost $0.065 more"
    assert told_line(db, session, NOW_MS) == said.format("")
    db.execute("DELETE FROM told")
    settings: dict[str, object] = {"show": "line", "routing": {"main": "off"}}
    off = " (routing of the main loop is off)"
    assert seen.after_answer(settings, db, session, NOW_MS) == said.format(off)


def test_an_end_by_a_clock_ahead_is_said_once(db: sqlite3.Connection) -> None:
    """A run that ended after the look began, by its rows, is not told by the next look again."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    ran(db, 1, session, ended_ms=NOW_MS + 2_000)
    assert told_line(db, session, NOW_MS) == "Explore ran on Haiku, saved $0.06"
    assert told_line(db, session, NOW_MS + 5_000) == ""
    ran(db, 2, session, ended_ms=NOW_MS + 3_000)
    assert told_line(db, session, NOW_MS + 6_000) == "Explore ran on Haiku, saved $0.06"


def test_an_agent_is_told_of_when_it_has_ended(db: sqlite3.Connection) -> None:
    """One that waits for what it has in the background stops, too: not then, and later once."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    ran(db, 1, session)
    assert seen.told(db, session, NOW_MS, working=["a1"]) == ("", 0)
    ran(db, 2, session, agent_type="debugger", ended_ms=NOW_MS - 1)
    assert seen.told(db, session, NOW_MS, working=["a1"])[0] == "debugger ran on Haiku, saved $0.06"
    # Its end was noted while the client still had it at work: it is told though no other comes.
    settings = {"show": "line"}
    assert seen.after_answer(settings, db, session, NOW_MS + 5, ["a1"]) == ""
    told = seen.after_answer(settings, db, session, NOW_MS + 9, [])
    assert told == "Explore ran on Haiku, saved $0.06"
    assert told_line(db, session, NOW_MS + 10) == ""


def test_a_line_is_said_though_that_cannot_be_written(db: sqlite3.Connection) -> None:
    """The hand remembers up to when it told: nothing is said twice, and it is written later."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    ran(db, 1, session)
    db.execute(
        "CREATE TEMP TRIGGER held BEFORE INSERT ON main.told BEGIN SELECT no_such_function(); END"
    )
    wrong: list[Exception] = []
    line, heard_ms = seen.told(db, session, NOW_MS, fail=wrong.append)
    assert (line, heard_ms, len(wrong)) == ("Explore ran on Haiku, saved $0.06", NOW_MS, 1)
    assert seen.told_ms(db, UUID) == 0
    with pytest.raises(sqlite3.OperationalError):
        told_line(db, session, NOW_MS)  # nobody would remember it
    db.execute("DROP TRIGGER held")
    told = seen.told(db, session, NOW_MS + 5, heard_ms=heard_ms, fail=wrong.append)
    assert told == ("", heard_ms)
    assert (seen.told_ms(db, UUID), len(wrong)) == (heard_ms, 1)


def test_a_line_that_comes_under_the_next_prompt_says_so() -> None:
    """It names the turn it speaks of."""
    assert seen.late("this turn ran on Sonnet, saved $0.04 · a.log read as a digest") == (
        "the turn before ran on Sonnet, saved $0.04 · a.log read as a digest"
    )
    assert seen.late("Explore ran on Haiku") == "in the turn before: Explore ran on Haiku"


def test_two_looks_at_once_say_it_once(
    db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The module's look and the hook's, which both found the mark as it was: one of them speaks."""
    session = ledgers.add_session(db, UUID, "/p", TODAY, TODAY)
    ran(db, 1, session)
    found = agent_runs.ended_since
    said = []

    def meanwhile(*words: Any) -> list[agent_runs.Dispatch]:
        rows = found(*words)
        monkeypatch.undo()
        said.append(told_line(db, session, NOW_MS))
        return rows

    monkeypatch.setattr(agent_runs, "ended_since", meanwhile)
    said.append(told_line(db, session, NOW_MS + 1))
    assert said == ["Explore ran on Haiku, saved $0.06", ""]
