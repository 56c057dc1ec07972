"""Keep-warm: when a ping goes out, and when none does any more; time is data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from cheaproute.days import HOUR_MS
from cheaproute.hook.context import Context
from cheaproute.hook.event import Event
from cheaproute.hook.pauses import keep_warm, session_compact
from cheaproute.hook.pauses.keep_warm import decide
from cheaproute.hook.pauses.last_answer import Last
from cheaproute.hook.pauses.pings import State
from cheaproute.ledger import intern
from cheaproute.ledger.module import loops
from cheaproute.usage.cache import FIVE_MINUTES_MS
from cheaproute.usage.call import ESTIMATED, EXACT
from tests.ledgers import add_call

NOW = 1_795_361_400_000
OPUS = "claude-opus-5-5"
MINUTE = 60_000


def last(minutes: float, ttl_ms: int = FIVE_MINUTES_MS) -> Last:
    """An answer so many minutes ago."""
    return Last(NOW - round(minutes * MINUTE), OPUS, 100_000, ttl_ms)


@pytest.mark.parametrize(
    ("stage", "ago", "ttl_ms", "sent", "want"),
    [
        ("idle", 0, FIVE_MINUTES_MS, 0, {"wait_ms": 270_000}),
        ("idle", 2, FIVE_MINUTES_MS, 0, {"wait_ms": 150_000}),
        ("idle", 0, HOUR_MS, 0, {"wait_ms": 54 * MINUTE}),
        ("due", 4.5, FIVE_MINUTES_MS, 0, {"fork": {"prompt": keep_warm.PROMPT}}),
        ("due", 2, FIVE_MINUTES_MS, 0, {"wait_ms": 150_000}),  # somebody was there meanwhile
        ("due", 54, HOUR_MS, 1, {"fork": {"prompt": keep_warm.PROMPT}}),
        ("due", 5.1, FIVE_MINUTES_MS, 0, {}),  # the machine slept: there is nothing to keep
        ("due", 4.5, FIVE_MINUTES_MS, 2, {}),  # enough
        ("sent", 0, FIVE_MINUTES_MS, 1, {"wait_ms": 270_000}),
        ("sent", 0, FIVE_MINUTES_MS, 2, {}),
    ],
)
def test_when_a_ping_goes_out(
    stage: str, ago: float, ttl_ms: int, sent: int, want: dict[str, object]
) -> None:
    """Shortly before the cache runs out, two of them at most, never on a cold one."""
    state = State(sent)
    assert decide(stage, last(ago, ttl_ms), 100_000, 2, 10**9, 1_000, state, NOW) == want


def test_what_ends_it() -> None:
    """The day's dollars, a miss in this session, a small context, nothing answered yet."""
    due = ("due", last(4.5))
    assert decide(*due, 100_000, 2, 10_000, 1_000, State(day_nano=9_001), NOW) == {}
    assert decide(*due, 100_000, 2, 10_000, 1_000, State(day_nano=9_000), NOW) != {}
    assert decide(*due, 100_000, 2, 10**9, 1_000, State(stopped=True), NOW) == {}
    assert decide(*due, 19_999, 2, 10**9, 1_000, State(), NOW) == {}
    assert decide("due", Last(), 100_000, 2, 10**9, 1_000, State(), NOW) == {}


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A session of 100,000 tokens, two pings allowed."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text("[plan]\nkeep_warm = 2\nkeep_warm_usd = 0.05\n")
    made = Context(dict(os.environ), NOW)
    session = intern.session_id(made.db, "s")
    add_call(made.db, "m", NOW // 86_400_000, session=session, tokens=(0, 10, 1_000, 0, 99_000))
    made.db.execute("UPDATE call SET ts_ms = ?", (NOW - 270_000,))
    return made


def ask(context: Context, stage: str, **more: object) -> dict[str, Any]:
    """What the brain answers."""
    told = {"session_id": "s", "stage": stage, "model": OPUS, "context_tokens": 100_000, **more}
    return dict(keep_warm.answer(Event(told), context, intern.session_id(context.db, "s")))


def usage(read: int, written: int) -> dict[str, object]:
    """What a fork says it used."""
    return {"last_ms": NOW, "usage": {
        "input_tokens": 20, "output_tokens": 4, "cache_read_input_tokens": read,
        "cache_creation_input_tokens": written,
    }}  # fmt: skip


def pings(context: Context) -> list[tuple[int, int]]:
    """`(nano-dollars, how sure)` of the pings in the ledger."""
    return context.db.execute(
        "SELECT cost_nano, estimated FROM call WHERE purpose = 'keep-warm' ORDER BY ts_ms"
    ).fetchall()


def test_two_pings_and_a_line(context: Context) -> None:
    """Each is booked as it goes out; after the last one a line says what they cost."""
    assert "fork" in ask(context, "due")
    assert pings(context) == [(50 * 4_000 + 10 * 20_000 + 100_000 * 200, ESTIMATED)]
    assert ask(context, "sent", **usage(100_000, 0)) == {"wait_ms": 270_000}
    assert pings(context) == [(20 * 4_000 + 4 * 20_000 + 100_000 * 200, EXACT)]
    context.now_ms += 270_000
    assert "fork" in ask(context, "due", last_ms=NOW)
    done = ask(context, "sent", **usage(100_000, 0))
    assert done["line"].startswith("Kept the cache warm: 2 pings, $0.04 in this session. ")
    assert "`cheaproute config set plan.keep_warm 0` turns it off" in done["line"]


def test_a_ping_that_our_own_gate_refused_costs_nothing(context: Context) -> None:
    """It never left: no estimate, no ping counted, and the session may be kept warm again."""
    assert "fork" in ask(context, "due")
    assert ask(context, "sent", denied=True) == {}
    assert pings(context) == []
    assert "fork" in ask(context, "due")
    ask(context, "sent", **usage(100_000, 0))
    context.now_ms += 270_000
    assert "fork" in ask(context, "due", last_ms=NOW)
    line = ask(context, "sent", denied=True)["line"]
    assert "1 ping, $0.02 in this session; the cap leaves too little for more" in line


def test_the_first_miss_is_the_last_ping(context: Context) -> None:
    """A ping that had to write says so, and the session sends no more of them."""
    assert "fork" in ask(context, "due")
    assert ask(context, "sent", **usage(0, 100_000))["line"].startswith(
        "Keep-warm stopped in this session: the cache was not there; $0.50"
    )
    assert ask(context, "idle") == {}
    assert ask(context, "due") == {}


def test_what_was_not_answered_counts_as_an_estimate(context: Context) -> None:
    """Nobody knows what it cost: about what it would have, and no other is sent."""
    assert "fork" in ask(context, "due")
    assert "its cost is an estimate" in ask(context, "sent", reason="aborted")["line"]
    assert ask(context, "due") == {}


def test_the_days_dollars_hold_for_all_sessions(context: Context) -> None:
    """$0.05 a day are two pings of two cents; the third waits for tomorrow."""
    for _ in range(2):
        assert "fork" in ask(context, "due")
        ask(context, "sent", **usage(100_000, 0))
        ask(context, "idle")
        context.now_ms += 270_000
    assert ask(context, "due") == {}
    context.now_ms += 86_400_000
    context.db.execute("UPDATE call SET ts_ms = ?", (context.now_ms - 270_000,))
    assert "fork" in ask(context, "due")


def test_none_at_the_cap(context: Context, tmp_path: Path) -> None:
    """A ping is a call like any other."""
    context.close()
    with (tmp_path / "config.toml").open("a") as file:
        file.write('[cap]\nmonth_usd = 0.01\nat_cap = "block"\n')
    assert ask(Context(dict(os.environ), NOW), "due") == {}


def test_a_context_that_was_kept_warm_is_no_cold_one(context: Context) -> None:
    """A return within the life of the last ping goes on; only past that is it asked about."""
    session = intern.session_id(context.db, "s")
    told = {"stage": "first", "trigger": "auto", "interactive": True, "model": OPUS}
    returned = Event(told | {"context_tokens": 150_000})
    context.settings["plan"] = {"cold_return": "ask", "keep_warm": 2}
    assert "fork" in ask(context, "due")
    ask(context, "sent", **usage(100_000, 0))
    context.now_ms += 280_000  # nine minutes after the answer
    assert set(session_compact.answer(returned, context, session)) == {"skip"}
    context.now_ms += 21_000
    assert "question" in session_compact.answer(returned, context, session)


@pytest.mark.parametrize(("ran", "kept"), [(f"{OPUS}[1m]", True), ("claude-sonnet-5-5", False)])
def test_a_ping_keeps_the_cache_of_its_own_model(context: Context, ran: str, kept: bool) -> None:
    """What another model of the loop had cached runs out as it would have."""
    session = intern.session_id(context.db, "s")
    loops.answered(context.db, session, "", ran=ran, at_ms=NOW - 270_000, ttl_s=300, size=0,
                   prompt_tokens=100_000, output_tokens=10)  # fmt: skip
    context.db.execute("UPDATE call SET ts_ms = ts_ms + 1")  # the later of the two
    assert "fork" in ask(context, "due")
    ask(context, "sent", **usage(100_000, 0))
    assert loops.read(context.db, session, "").warm(ran, NOW + 60_000) is kept
