"""Whatever command is advised at a cap, it lets the next call through."""

from __future__ import annotations

import argparse
import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute import money
from cheaproute.cap import expected, limits, one_turn, periods, reservations, wording
from cheaproute.cap import state as budget
from cheaproute.cap.answers import gate, messages
from cheaproute.cap.needs.way import Way
from cheaproute.cap.periods import Period
from cheaproute.cap.state import State
from cheaproute.cap.typed import amounts as typed_amounts
from cheaproute.cap.typed import words as typed_words
from cheaproute.cli import cap
from cheaproute.ledger.module import loops
from cheaproute.money import NANO
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests import ledgers
from tests.cap.caplib import NOW, spend

amounts = st.integers(0, 2000 * NANO)
limit_sets = st.dictionaries(
    st.sampled_from(["month", "day", "session"]), st.integers(1, 2000 * NANO), min_size=1
)


def standing(
    caps: dict[str, int],
    spent: dict[str, int],
    held: tuple[int, int] = (0, 0),
    beyond: tuple[int, int] = (0, 0),
    extra: dict[str, int] | None = None,
) -> State:
    """The caps of a session; `held` is set aside by others and by itself."""
    others, own = held
    found = {
        name: Period(
            name, periods.keys(NOW, 1)[name], spent=spent[name], assumed=spent["assumed"],
            limit=caps[name] + (extra or {}).get(name, 0) if name in caps else None,
            reserved=own + (others if name != "session" else 0),
        )
        for name in ("month", "day", "session")
    }  # fmt: skip
    return State(found, NOW, 1, beyond=beyond)


def test_what_is_next_to_nothing_is_no_word_in_a_message() -> None:
    """Below a cent and a hundredth of the cap; it counts all the same."""
    for assumed, told in ((NANO // 3000, False), (NANO // 50, True), (NANO // 200, True)):
        limit = NANO // 5 if assumed == NANO // 200 else 20 * NANO
        at = Period("month", "month:2026-11", spent=limit, assumed=assumed, limit=limit)
        assert at.used == limit + assumed
        assert ("not in the books" in wording.amounts(at)) == told


def raised(command: str, state: State) -> dict[str, int]:
    """What a raise adds to each cap, as `cap raise` reads it."""
    command, _, without = command.partition(" (or without that cap: ")
    if without:
        at = state.periods[without.removesuffix(")").rpartition(" --")[2]]
        assert at.limit is not None
        assert at.reached
    words = command.split()
    assert words[:3] == ["cheaproute", "cap", "raise"]
    parser = argparse.ArgumentParser()
    cap.add_arguments(parser)
    args = parser.parse_args(typed_words.in_options(words[2:]))
    named = typed_amounts.raises(args.usd, args.month, args.day, args.session)
    reached = [p.name for p in state.periods.values() if p.reached]
    there = [p.name for p in state.periods.values() if p.limit is not None]
    assert named or reached or len(there) == 1  # else the command asks which
    return named or dict.fromkeys(reached or there, money.parse(args.usd))


@given(
    caps=limit_sets,
    spent=st.fixed_dictionaries(
        {"month": amounts, "day": amounts, "session": amounts, "assumed": st.integers(0, 9 * NANO)}
    ),
    held=st.tuples(st.integers(0, 9 * NANO), st.integers(0, 9 * NANO)),
    allowed=st.integers(0, 3 * NANO),
    need=st.integers(1, 60 * NANO),
)
def test_what_is_advised_lets_the_next_call_through(
    caps: dict[str, int], spent: dict[str, int], held: tuple[int, int], allowed: int, need: int
) -> None:
    """Whatever is spent, set aside and allowed already, by a raise as by one turn's sum."""
    state = standing(caps, spent, held, (allowed, allowed))
    verdict = gate.decide(state, "block")
    if not verdict.blocks and not state.short(need):
        return
    way = Way(session="1", need=need)
    if verdict.blocks:
        said = messages.message(state, verdict, way)
    else:
        said = messages.too_dear(state, need, way)
    lines = said.splitlines()
    more = raised(lines[-2].rpartition("terminal of your own: ")[2], state)
    after = standing(caps, spent, held, extra=more)
    assert not gate.decide(after, "block").blocks
    assert not after.short(need)
    turn = lines[-1].removeprefix("For one more turn only: ").split()
    assert turn[:3] + turn[4:] == ["cheaproute", "cap", "finish", "--session", "1"]
    past = money.parse(turn[3])
    after = standing(caps, spent, held, (past, past))
    assert not gate.decide(after, "block").blocks
    assert not after.short(need)


@given(
    caps=limit_sets,
    spent=st.fixed_dictionaries(
        {"month": amounts, "day": amounts, "session": amounts, "assumed": st.integers(0, 9 * NANO)}
    ),
    need=st.integers(1, 60 * NANO),
)
def test_what_is_advised_where_no_turn_follows_lets_the_next_run_through(
    caps: dict[str, int], spent: dict[str, int], need: int
) -> None:
    """The next `claude -p` is another session: a raise of this one's own cap would not help it."""
    state = standing(caps, spent)
    verdict = gate.decide(state, "block")
    if not verdict.blocks and not state.short(need):
        return
    way = Way(session="1", need=need, turn=False)
    said = messages.too_dear(state, need, way)
    if verdict.blocks:
        said = messages.message(state, verdict, way)
    said = said.splitlines()[-1].rpartition("terminal of your own: ")[2]
    assert "--session" not in said
    commands = said.partition(" (the next")[0].split(" and ")
    caps = caps.copy()
    if commands[0].startswith("cheaproute cap set session "):
        caps["session"] = money.parse(commands.pop(0).rpartition(" ")[2])
    more = raised(commands[0], state) if commands else {}
    for own in (0, spent["session"]):  # a new session, and this one resumed
        after = standing(caps, {**spent, "session": own}, extra=more)
        assert not gate.decide(after, "block").blocks
        assert not after.short(need)


def asked(db: sqlite3.Connection, nano: int) -> str:
    """What session 1 is told of a request that is likely to cost so much."""
    return gate.refusal(
        db, budget.state(db, 1, NOW), nano, "block",
        subscription=lambda: False, command=lambda: "cheaproute",
    )  # fmt: skip


def done(db: sqlite3.Connection, said: str, which: str) -> str:
    """The amount of the `raise` or `finish` that was said, once it is done."""
    word = said.partition(f"cap {which} ")[2].split()[0]
    if which == "raise":
        limits.add(db, "session:1", money.parse(word), NOW)
    else:
        one_turn.allow(db, 1, money.parse(word), NOW)
    return word


@pytest.mark.parametrize("which", ["raise", "finish"])
def test_a_dear_context_at_a_small_cap(db: sqlite3.Connection, which: str) -> None:
    """A twentieth of the cap is no call of such a session."""
    limits.put(db, {"session": NANO}, NOW)
    spend(db, 2.03)
    loops.answered(
        db, 1, "", ran="claude-haiku-4-5", at_ms=NOW, ttl_s=300, size=0, prompt_tokens=900_000,
        output_tokens=100,
    )  # fmt: skip
    likely = expected.next_call(db, 1, NOW)
    assert likely > NANO  # the cache lives no longer than it takes to read and type
    said = asked(db, 0)
    assert said.startswith("[cheaproute] Session cap reached: $2.03 of $1.00 in this session.")
    done(db, said, which)
    assert asked(db, likely) == ""


@pytest.mark.parametrize("which", ["raise", "finish"])
def test_what_a_turn_was_allowed_is_told_where_it_is_too_little(
    db: sqlite3.Connection, which: str
) -> None:
    """Of the five cents all is left, and the sums that are named next are enough."""
    limits.put(db, {"session": NANO}, NOW)
    spend(db, 2.03)
    one_turn.allow(db, 1, NANO // 20, NOW)
    nano = NANO * 16 // 100
    said = asked(db, nano)
    assert said == (
        "[cheaproute] Not sent: this request is likely to cost $0.16, and $0.00 is left of the "
        "session cap ($2.03 of $1.00 in this session).\n"
        "Of the $0.05 that this turn may spend past its caps $0.05 is left, and $0.16 is "
        "needed.\n"
        "To go on now, in a terminal of your own: cheaproute cap raise 2 --session 1\n"
        "For one more turn only: cheaproute cap finish 0.2 --session 1"
    )
    done(db, said, which)
    if which == "raise":
        one_turn.end(db, 1)
    assert asked(db, nano) == ""


def test_a_turn_is_allowed_before_its_cap_is_reached(db: sqlite3.Connection) -> None:
    """A request dearer than what is left is let through by the sum that is named."""
    limits.put(db, {"session": NANO}, NOW)
    spend(db, 0.95)
    said = asked(db, NANO // 5)
    assert done(db, said, "finish") == "0.5"
    assert asked(db, NANO // 5) == ""


def test_calls_under_way_take_of_what_a_turn_was_allowed(db: sqlite3.Connection) -> None:
    """Two requests at once do not each spend the whole of it: one waits for the other."""
    limits.put(db, {"session": NANO}, NOW)
    spend(db, 2)
    one_turn.allow(db, 1, NANO // 5, NOW)
    reservations.hold(db, NANO // 10, "request", NOW, session_id=1)
    assert asked(db, NANO // 10) == ""
    assert asked(db, NANO // 5)
    assert budget.state(db, 1, NOW).fits(NANO // 5)


def test_a_session_s_first_call_costs_what_late_ones_did(db: sqlite3.Connection) -> None:
    """The dearest first call of the main loop among late sessions, not what they grew to."""
    for session, nanos in ((1, (5, 90)), (2, (7, 80))):
        db.execute("INSERT INTO pace VALUES(?, ?)", (session, max(nanos)))
        for n, nano in enumerate(nanos):
            ledgers.add_call(db, f"{session}-{n}", n, cost_nano=nano, session=session)
    assert expected.next_call(db, 3, NOW) == 7
    assert expected.next_call(db, 0, NOW) == 0


def test_a_next_call_costs_its_context_again(db: sqlite3.Connection) -> None:
    """By what is known: the loop as the module sees it, else the last row, else dear calls."""
    assert expected.next_call(db, 1, NOW) == 0
    db.execute("INSERT INTO pace VALUES(1, 7)")
    assert expected.next_call(db, 1, NOW) == 7
    spend(db, 0.5)
    db.execute("INSERT INTO model VALUES(1, 'claude-opus-5-5')")
    db.execute("UPDATE call SET write_5m = 100000, output = 1000")

    def priced(**counts: int) -> int:
        call = Call("", NOW, "claude-opus-5-5")
        call.output = 1000
        for name, count in counts.items():
            setattr(call, name, count)
        return prices.cost_nano(call, prices.load()) or 0

    assert expected.next_call(db, 1, NOW) == priced(write_5m=101_000)
    db.execute("UPDATE call SET write_5m = 0, write_1h = 100000")
    assert expected.next_call(db, 1, NOW) == priced(read=100_000, write_1h=1000)
    assert expected.next_call(db, 1, NOW + 3_600_000) == priced(write_1h=101_000)


def test_a_team_is_not_passed_with_the_caps() -> None:
    """One turn's sum is this user's word alone."""
    month = Period("month", "month:2026-11", spent=3, limit=2)
    team = Period("team", "", spent=5, limit=5)
    found = {"month": month, "day": Period("day", ""), "session": Period("session", "")}
    state = State(found, NOW, 1, (team,), "block", (9, 9))
    assert gate.decide(state, "block").period is team
    assert state.short(1) == [team]
    state = State(found, NOW, 1, (team,), "block")
    said = messages.message(state, gate.decide(state, "block"), Way(session="1"))
    assert "Nothing is left of your team's budget, either: `cheaproute team status`" in said
