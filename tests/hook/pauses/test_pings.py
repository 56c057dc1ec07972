"""What a ping counts in the ledger: once, under its own name, whoever tells of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cheaproute.hook.context import Context
from cheaproute.hook.event import Event
from cheaproute.hook.events import session_end
from cheaproute.hook.pauses import pings
from cheaproute.ledger import intern
from cheaproute.ledger.ingest import telemetry
from cheaproute.ledger.transactions import Immediate
from tests.hook.pauses.test_keep_warm import NOW, OPUS, ask, context, usage

__all__ = ["context"]  # a fixture

PING = 20 * 4_000 + 4 * 20_000 + 100_000 * 200  # what the answer tells, in nano-dollars


def book(context: Context, number: int = 1, **more: object) -> None:
    """The client's record of a ping arrives."""
    told = {
        "at": "2026-11-22T15:30:01.000Z",
        "request_id": f"req_011CQabcdefghij{number:08d}",
        "model": OPUS,
        "query_source": "hook_prompt",
        "input_tokens": 20,
        "output_tokens": 4,
        "cache_read_tokens": 100_000,
        "cache_creation_tokens": 0,
        "cost_usd_micros": PING // 1000,
        **more,
    }
    with Immediate(context.db):
        telemetry.book(context.db, [told], session="s", cwd="", now_ms=NOW, prices=context.prices)


def booked(context: Context) -> list[tuple[str, int, int]]:
    """`(name, nano-dollars, estimated)` of the helpers, oldest first."""
    return context.db.execute(
        "SELECT purpose, cost_nano, estimated FROM call WHERE source = 5 ORDER BY ts_ms, id"
    ).fetchall()


def helpers(context: Context) -> int:
    """What the ledger's sums hold of helpers."""
    row = context.db.execute("SELECT coalesce(sum(cost_nano), 0) FROM daily WHERE source = 5")
    return int(row.fetchone()[0])


@pytest.mark.parametrize("order", ["record", "answer", "answer only", "record twice"])
def test_a_ping_is_one_call_of_its_own_name(context: Context, order: str) -> None:
    """Told by the client's record, by its answer, or by both in any order."""
    assert "fork" in ask(context, "due")
    if order.startswith("record"):
        book(context)
    assert "wait_ms" in ask(context, "sent", **usage(100_000, 0))
    if order in ("answer", "record twice"):
        book(context)
    assert booked(context) == [("keep-warm", PING, 0)]
    assert helpers(context) == PING


def test_what_the_record_knows_better_holds(context: Context) -> None:
    """An answer does not say how long what it wrote is kept; the record that comes later does."""
    assert "fork" in ask(context, "due")
    ask(context, "sent", **usage(0, 100_000))
    book(context, cache_read_tokens=0, cache_creation_tokens=100_000,
         cache_creation_5m_tokens=0, cache_creation_1h_tokens=100_000)  # fmt: skip
    assert booked(context) == [("keep-warm", 20 * 4_000 + 4 * 20_000 + 100_000 * 8_000, 0)]


def test_pings_of_the_same_counts_are_two(context: Context) -> None:
    """Each waits for a record of its own, and a record that is told again is none."""
    for number in (1, 2):
        assert "fork" in ask(context, "due", last_ms=context.now_ms - 270_000)
        context.now_ms += 1_000
        ask(context, "sent", **usage(100_000, 0) | {"last_ms": context.now_ms})
        context.now_ms += 270_000
        if number == 2:
            for record in (1, 1, 2):
                book(context, record)
    assert booked(context) == [("keep-warm", PING, 0)] * 2


def test_another_modules_call_keeps_its_name(context: Context) -> None:
    """A prompt hook's request beside a ping is nobody's ping."""
    assert "fork" in ask(context, "due")
    book(context, 7, input_tokens=900, cache_read_tokens=0)
    ask(context, "sent", **usage(100_000, 0))
    book(context, 8)
    assert sorted(name for name, _, _ in booked(context)) == ["hook_prompt", "keep-warm"]


@pytest.mark.parametrize("first", ["the record", "the end"])
@pytest.mark.parametrize(
    "other",
    [
        {"model": "claude-sonnet-5-5"},
        {"cache_read_tokens": 300_000},
        {"cache_read_tokens": 40_000},
        {"query_source": "plugin_model_complete"},
        {"at": "2026-11-22T15:41:00.000Z"},  # eleven minutes later
    ],
)
def test_the_users_own_hook_is_no_ping_that_was_given_up(
    context: Context, first: str, other: dict[str, object]
) -> None:
    """Another model, another size, another's word, long after: both are counted."""
    assert "fork" in ask(context, "due")
    gone = {"reason": "aborted"}
    if first == "the end":
        ask(context, "sent", **gone)
    book(context, 7, **other)
    if first == "the record":
        ask(context, "sent", **gone)
    word = str(other.get("query_source", "hook_prompt"))
    assert sorted((name, guess) for name, _, guess in booked(context)) == sorted(
        [("keep-warm", 1), (word, 0)]
    )
    book(context, 8)
    named = ("keep-warm", PING, 0)
    assert named in booked(context)
    assert len(booked(context)) == 2


@pytest.mark.parametrize("first", ["the record", "the end"])
def test_a_dated_name_is_the_same_model(context: Context, first: str) -> None:
    """The client's record may spell it otherwise."""
    assert "fork" in ask(context, "due")
    if first == "the record":
        book(context, model=f"{OPUS}-20260901")
    ask(context, "sent", reason="aborted")
    if first == "the end":
        book(context, model=f"{OPUS}-20260901")
    assert booked(context) == [("keep-warm", PING, 0)]


@pytest.mark.parametrize(
    ("told", "rows", "says"),
    [
        ({"reason": "aborted"}, [20_400_000], "its cost is an estimate"),
        ({"reason": ""}, [20_400_000], "its cost is an estimate"),
        ({"reason": "api-error", "status": None}, [20_400_000], "its cost is an estimate"),
        (
            {"reason": "aborted"} | usage(60_000, 0),
            [20 * 4_000 + 4 * 20_000 + 60_000 * 200],
            "its cost is an estimate",
        ),
        ({"reason": "api-error", "status": 529}, [], "it was not answered; $0.00"),
        ({"reason": "nothing-to-fork"}, [], "it was not answered; $0.00"),
    ],
)
def test_a_ping_without_an_answer(
    context: Context, told: dict[str, Any], rows: list[int], says: str
) -> None:
    """It may have been billed: a marked estimate; where the API refused it, nothing was."""
    assert "fork" in ask(context, "due")
    assert says in ask(context, "sent", **told)["line"]
    assert booked(context) == [("keep-warm", nano, 1) for nano in rows]
    assert ask(context, "due") == {}
    book(context)  # it was answered after all
    assert booked(context) == [("keep-warm" if rows else "hook_prompt", PING, 0)]
    assert helpers(context) == PING


@pytest.mark.parametrize("heard", ["nothing", "before", "after"])
def test_a_ping_that_the_session_ends_under(context: Context, heard: str) -> None:
    """The client leaves without a word of it: counted at the session's end, and once."""
    assert "fork" in ask(context, "due")
    if heard == "before":
        book(context)
    for _ in range(2):
        session_end.handle(Event({"session_id": "s", "hook_event_name": "SessionEnd"}), context)
    if heard == "after":
        book(context)
    want = ("keep-warm", 20_400_000, 1) if heard == "nothing" else ("keep-warm", PING, 0)
    assert booked(context) == [want]


@pytest.mark.parametrize("end", ["answered", "aborted", "the session's end", "a prompt"])
def test_a_brain_that_fails_amid_it_counts_the_ping_once(
    context: Context, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """It is asked again with the same answer, after the client's record has come."""

    def told() -> None:
        if end == "the session's end":
            pings.ended(Event({"session_id": "s"}), context)
        elif end == "a prompt":
            ask(context, "idle")
        else:
            ask(context, "sent", **(usage(100_000, 0) if end == "answered" else {"reason": end}))

    def fails(*_: object) -> None:
        raise OSError(28, "no space left")

    assert "fork" in ask(context, "due")
    with monkeypatch.context() as broken:
        broken.setattr(pings, "save", fails)
        with pytest.raises(OSError, match="no space"):
            told()
    book(context)
    told()
    assert booked(context) == [("keep-warm", PING, 0)]
    state = pings.read(context, intern.session_id(context.db, "s"))
    assert (state.out_ms, state.session_nano, state.day_nano) == (0, PING, PING)


def test_a_ping_of_which_the_brain_was_never_told(context: Context) -> None:
    """Its end was lost (no brain, a turn that began): the next pause counts it, the day, too."""
    assert "fork" in ask(context, "due")
    context.now_ms += 60_000
    assert "wait_ms" in ask(context, "idle", last_ms=context.now_ms)
    assert booked(context) == [("keep-warm", 20_400_000, 1)]
    assert "wait_ms" in ask(context, "sent", **usage(100_000, 0))  # it comes late, and is counted
    assert booked(context) == [("keep-warm", 20_400_000, 1)]
    book(context)
    assert booked(context) == [("keep-warm", PING, 0)]


@pytest.mark.parametrize(
    ("hour", "user", "project", "sends"),
    [
        (False, {}, {}, True),  # with five minutes the client does nothing by itself
        (False, {"idleCompaction": True}, {}, False),
        (False, {"idleCompaction": False}, {}, True),
        (True, {}, {}, False),  # on by default
        (True, {"idleCompaction": False}, {}, True),
        (True, {}, {"idleCompaction": False}, False),  # it is the user's own setting
        (True, {"idleCompaction": False}, {"idleCompaction": True}, False),
        (True, None, {}, False),  # what cannot be read may say so
    ],
)
def test_never_both(
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    hour: bool,
    user: dict[str, bool] | None,
    project: dict[str, bool],
    sends: bool,
) -> None:
    """Where Claude Code compacts an idle session no ping is sent, as the settings are now."""
    monkeypatch.setitem(context.env, "CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    for folder, said in (("claude", user), ("p/.claude", project)):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        text = "{" if said is None else json.dumps(said)
        (tmp_path / folder / "settings.json").write_text(text)
    if hour:
        context.db.execute("UPDATE call SET write_1h = write_5m, write_5m = 0")
        context.db.execute("UPDATE call SET ts_ms = ?", (NOW - 54 * 60_000,))
    found = ask(context, "due", cwd=str(tmp_path / "p"))
    assert ("fork" in found) is sends
    assert sends or found["line"].startswith("Keep-warm rests: Claude Code compacts idle")
    assert sends or ask(context, "due", cwd=str(tmp_path / "p")) == {}  # said once a week
