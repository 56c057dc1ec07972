from __future__ import annotations

import sqlite3
import time

import pytest

from cheaproute import money
from cheaproute.cap import limits, reservations
from cheaproute.cap import state as budget
from cheaproute.cap.answers import gate, messages
from cheaproute.cap.needs.way import Way
from cheaproute.cap.periods import Period
from cheaproute.cap.state import State
from cheaproute.days import DAY_MS
from cheaproute.ledger.query import sessions, totals
from cheaproute.money import NANO
from tests.cap.caplib import NOW, spend


def say(db: sqlite3.Connection, at_cap: str = "block", *, plan: bool = False) -> str:
    """What session 1 is told, on a clock that shows UTC."""
    state = budget.state(db, 1, NOW)
    return messages.message(
        *(state, gate.decide(state, at_cap)),
        Way(session=sessions.typeable(db, 1)), subscription=plan, zone=time.gmtime,
    )  # fmt: skip


def test_the_block_says_all_that_is_needed(db: sqlite3.Connection) -> None:
    """Period, spent, cap, reset and the two commands that help."""
    limits.put(db, {"month": 50 * NANO}, NOW)
    spend(db, 50.12)
    assert say(db) == (
        "[cheaproute] Monthly cap reached: $50.12 of $50.00 in November 2026 (UTC).\n"
        "No further API call is made. It resets Tue 1 Dec 00:00 your time.\n"
        "To go on now, in a terminal of your own: cheaproute cap raise 5\n"
        "For one more turn only: cheaproute cap finish 5 --session 1"
    )


def test_a_lower_bound_is_marked_and_a_day_is_said_as_one(db: sqlite3.Connection) -> None:
    """As on every screen that shows the sum: the end of its only call is missing."""
    limits.put(db, {"day": NANO}, NOW)
    spend(db, 1.2)
    db.execute("UPDATE call SET final = 0")
    said = gate.judge(db, 1, NOW, "block", subscription=lambda: False).message
    assert said.startswith("[cheaproute] Daily cap reached: ≥$1.20 of $1.00 on 2026-11-22 (UTC).\n")


def test_what_is_named_fits_the_need_not_the_cap(db: sqlite3.Connection) -> None:
    """Past a large cap neither many days' spending nor more than the session had is named."""
    limits.put(db, {"month": 640 * NANO}, NOW)
    spend(db, 638, session=2)
    spend(db, 3)
    said = say(db)
    assert "cap raise 5\n" in said
    assert "cap finish 5 --session 1" in said


def test_what_is_missing_by_cents_is_not_a_tenth_of_the_cap(db: sqlite3.Connection) -> None:
    """A raise gives the request and some tens like it, by what they cost, on a cap of any size."""
    limits.put(db, {"month": 518 * NANO + NANO // 50}, NOW)
    spend(db, 517.99)
    state = budget.state(db, 1, NOW)
    for cents, words in ((8.4, "raise 5"), (50, "raise 20"), (300, "raise 100")):
        need = int(cents * NANO / 100)
        said = messages.too_dear(state, need, Way(session="1", need=need))
        assert f"cap {words}\n" in said
    assert messages.finish(state, Way(session="1", need=NANO // 10)).split()[3] == "5"


def test_below_the_cap_nothing_is_said(db: sqlite3.Connection) -> None:
    """Silence is the default."""
    limits.put(db, {"month": 50 * NANO}, NOW)
    assert say(db) == ""


def test_on_a_plan_amounts_are_list_prices(db: sqlite3.Connection) -> None:
    """Who pays no bill per token is not told of one."""
    limits.put(db, {"day": 5 * NANO}, NOW)
    spend(db, 6)
    assert say(db, "warn", plan=True) == (
        "[cheaproute] Daily cap passed: $6.00 of $5.00 at list prices (your plan does not bill "
        "them) on 2026-11-22 (UTC). Nothing is stopped (at_cap is warn). It resets Mon 23 Nov "
        "00:00 your time."
    )


@pytest.mark.parametrize(
    ("dollars", "does"), [(5, "reached"), (5.004, "reached"), (5.01, "passed")]
)
def test_a_cap_that_is_met_is_not_passed(db: sqlite3.Connection, dollars: float, does: str) -> None:
    """Where both amounts read alike."""
    limits.put(db, {"day": 5 * NANO}, NOW)
    spend(db, dollars)
    assert say(db, "warn").startswith(f"[cheaproute] Daily cap {does}: ${dollars:.2f} of $5.00 ")


def test_a_session_cap_names_the_session(db: sqlite3.Connection) -> None:
    """The command works in any terminal, so it says which session."""
    limits.put(db, {"session": 2 * NANO}, NOW)
    spend(db, 2)
    spend(db, None)
    said = say(db, "cheap")
    assert "Session cap reached: $2.00+ of $2.00 in this session." in said
    assert "A new session starts at zero." in said
    assert "cheaproute cap raise 0.5 --session 1" in say(db)


@pytest.mark.parametrize(("limit", "left", "cost"), [(22, 0.36, 0.40), (1, 0.5, 3), (50, 0, 0.1)])
def test_a_request_that_does_not_fit_is_given_room(
    db: sqlite3.Connection, limit: float, left: float, cost: float
) -> None:
    """What is named lets more than this one through: the next may be judged dearer by a little."""
    limits.put(db, {"day": round(limit * NANO)}, NOW)
    spend(db, limit - left)
    nano = round(cost * NANO)
    said = messages.too_dear(budget.state(db, 1, NOW), nano, Way(need=nano))
    assert f"likely to cost {money.show(nano)}, and " in said
    raised = float(said.split("cheaproute cap raise ")[1].removesuffix(" --day"))
    assert raised >= min(limit / 6, 5)
    assert raised >= (cost - left) * 1.25


@pytest.mark.parametrize("limit", [0.05, 0.2, 1, 5, 40, 50, 100, 777, 12_345])
@pytest.mark.parametrize("over", [1, 1.02, 1.5, 9])
def test_the_command_helps(db: sqlite3.Connection, limit: float, over: float) -> None:
    """Whatever was spent, doing what the message says opens the gate."""
    limits.put(db, {"month": round(limit * NANO)}, NOW)
    spend(db, limit * over)
    state = budget.state(db, 1, NOW)
    assert gate.decide(state, "block").action == "block"
    command = messages.remedy(state, Way()).split()
    assert command[:3] == ["cheaproute", "cap", "raise"]
    limits.add(db, "month:2026-11", money.parse(command[3]), NOW)
    assert gate.decide(budget.state(db, 1, NOW), "block").action == "none"


def test_several_reached_caps_are_all_told(db: sqlite3.Connection) -> None:
    """Two reached caps are both named, and the one command has for each what it needs."""
    limits.put(db, {"month": 50 * NANO, "session": 2 * NANO}, NOW)
    spend(db, 90)
    said = say(db)
    assert "Session cap reached: $90.00 of $2.00 in this session." in said
    assert "The monthly cap is reached, too: $90.00 of $50.00." in said
    assert "cheaproute cap raise 100 --session 1 --month 50" in said


def test_a_large_raise_is_not_twice_what_is_needed(db: sqlite3.Connection) -> None:
    """What is over a cap is known to the cent: a quarter more at most, from some dollars on."""
    limits.put(db, {"month": 18 * NANO}, NOW)
    spend(db, 518.44)
    assert "cheaproute cap raise 600" in say(db)
    limits.put(db, {"month": 30 * NANO}, NOW)
    assert "cheaproute cap raise 500" in say(db)


def test_each_cap_is_raised_by_what_it_needs_alone(db: sqlite3.Connection) -> None:
    """What the month is over by is nothing to the day, in the command and in config.toml."""
    limits.put(db, {"month": 300 * NANO, "day": 3 * NANO // 2}, NOW)
    spend(db, 1.6)
    spend(db, 333.14, now_ms=NOW - 3 * DAY_MS)
    state = budget.state(db, 1, NOW)
    way = Way(here=True, config="config.toml")
    said = messages.message(state, gate.decide(state, "block"), way)
    assert "terminal of your own: cheaproute cap raise --month 40 --day 0.5\n" in said
    assert "`month_usd = 340`, `day_usd = 2` under [cap]" in said
    assert "type it here: /cheaproute cap raise --month 40 --day 0.5 (" in said


def test_one_sum_for_two_caps_is_said_once(db: sqlite3.Connection) -> None:
    """Where both need the same, it stands before their names."""
    limits.put(db, {"month": 60 * NANO, "day": 50 * NANO}, NOW)
    spend(db, 50)
    spend(db, 10, now_ms=NOW - 3 * DAY_MS)
    assert "cheaproute cap raise 5\n" in say(db)
    limits.put(db, {"day": 1000 * NANO, "session": 60 * NANO}, NOW)
    assert "cheaproute cap raise 5 --month --session 1\n" in say(db)


def test_what_is_set_aside_is_told_where_it_tips_the_scale(db: sqlite3.Connection) -> None:
    """A block below the limit says why."""
    limits.put(db, {"month": 50 * NANO}, NOW)
    spend(db, 49)
    reservations.reserve(db, NANO, "ask", NOW)
    assert "reached: $49.00 and $1.00 set aside of $50.00 in" in say(db)


@pytest.mark.parametrize(
    ("uuids", "named"),
    [
        (["49d3b0a8-2222-4333-8444-555555555555"], "49d3b0a8"),
        (["49d3b0a8-1", "49d3b0a8-2"], "49d3b0a8-1"),
        (["$(reboot)"], "1"),
        (["--help-me"], "1"),
        (["日本語のセッション名"], "1"),
        (["abc"], "abc"),
        ([""], "1"),
        ([], "1"),
    ],
)
def test_a_stop_names_the_session_as_every_screen_does(
    db: sqlite3.Connection, uuids: list[str], named: str
) -> None:
    """By what a shell and the command take: the short id, the whole one where two begin so."""
    for uuid in uuids:
        db.execute("INSERT INTO session(uuid) VALUES(?)", (uuid,))
    limits.put(db, {"session": 2 * NANO}, NOW)
    spend(db, 2)
    assert f"cap raise 0.5 --session {named}\n" in say(db)
    assert say(db).endswith(f" --session {named}")
    assert not uuids or totals.find_session(db, named) == 1


def test_a_cap_far_below_what_was_spent_names_how_it_is_taken_away(db: sqlite3.Connection) -> None:
    """A raise alone would have the user name a sum for a slip; what is near has none of it."""
    limits.put(db, {"month": 5 * NANO, "day": 400 * NANO}, NOW)
    spend(db, 6)
    assert "unset" not in say(db)
    spend(db, 334)
    assert "cap raise 400 (or without that cap: cheaproute cap unset --month)\n" in say(db)


def test_a_raise_of_a_slip_leaves_room(db: sqlite3.Connection) -> None:
    """What is missing of a cap far below is a round sum by chance: there is some to go on with."""
    limits.put(db, {"month": 20 * NANO}, NOW)
    spend(db, 519.68)
    more = float(say(db).partition("cap raise ")[2].split()[0])
    assert 519.68 + 5 <= 20 + more < 640


def test_a_cap_that_is_reached_by_what_is_set_aside_says_that_it_is_freed() -> None:
    """So that nobody raises a cap for calls that end in a moment."""
    for spent, freed in ((4, True), (6, False)):
        at = Period("month", "month:2026-11", spent=spent * NANO, limit=5 * NANO, reserved=2 * NANO)
        others = {name: Period(name, f"{name}:1") for name in ("day", "session")}
        state = State({"month": at, **others}, NOW, 1)
        said = messages.message(state, gate.decide(state, "block"), zone=time.gmtime)
        assert ("what they do not cost is free as they end" in said) == freed
