"""Where the money went, where of many calls only the start of the answer is on record."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace

from cheaproute.ledger.query import coverage
from cheaproute.money import NANO
from cheaproute.plan import as_json, went
from cheaproute.plan.replay.parts import ANSWERS, COLD, LONG, READ, WRITTEN
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.went import Lacking
from cheaproute.report import costs, notes
from cheaproute.usage import prices
from tests.ledgers import NOW_MS, TODAY, add_call

SPENT = {READ: 65 * NANO, WRITTEN: 30 * NANO, ANSWERS: 3 * NANO, "subagents": 2 * NANO}
PLAN = Plan(0, 30, 100 * NANO, 98 * NANO, 0, {**SPENT, LONG: 9 * NANO, COLD: NANO}, (), 0, 0, 0, ())
OPEN = "of 8,880 calls of the main loop only the start of the answer is on record"


def test_answers_that_lack_their_end_are_marked() -> None:
    """They are at least that, what was sent is at most that; with what is likely in all."""
    assert went.parts(PLAN, None).endswith("cache writes 30 %, answers 3 %, subagents 2 %")
    lack = Lacking(8_880, 17 * NANO, 18 * NANO)
    assert went.parts(PLAN, lack) == (
        "cache reads ≤65 %, cache writes ≤30 %, answers ≥3 %"
        f" ({OPEN}, likely about $17 more: about 17 % then), subagents 2 %"
    )
    assert went.avoidable(PLAN, lack) == f"9 % {LONG}; ≤1 % {COLD}"
    shown = as_json.render(PLAN, {}, lack)
    assert shown["answers_open_calls"] == 8_880
    assert (shown["answers_likely_add_usd"], shown["open_calls_likely_add_usd"]) == (17, 18)


def test_shares_add_up() -> None:
    """Four parts that would each round up, or down, are a hundred together."""
    went_to = {READ: 576 * NANO, WRITTEN: 296 * NANO, ANSWERS: 86 * NANO, "subagents": 42 * NANO}
    said = went.parts(replace(PLAN, spent=1_000 * NANO, went=went_to), None)
    assert sum(map(int, re.findall(r"(\d+) %", said))) == 100


def test_what_is_likely_is_said_only_where_it_is_known() -> None:
    """Too few others ended: the bound alone; subagents lack more by far: no bound at all."""
    assert f"answers ≥3 % ({OPEN})" in went.parts(PLAN, Lacking(8_880, None, None))
    assert went.parts(PLAN, Lacking(8_880, NANO, 90 * NANO)) == went.parts(PLAN, None)


def test_what_answers_lack_is_the_sum_of_costs(db: sqlite3.Connection) -> None:
    """The main loop's part of it apart from subagents'; nothing where the sum is no bound."""
    table = prices.load()
    for n in range(20):
        add_call(db, f"ended {n}", TODAY, tokens=(10, 1_000, 0, 0, 0))
    assert went.lacking(db, TODAY, TODAY + 1, table) is None
    add_call(db, "open", TODAY, final=0)
    found = notes.open_calls(db, costs.build(db, NOW_MS), table)
    assert found is not None
    assert found.likely
    assert went.lacking(db, TODAY, TODAY + 1, table) == (1, found.likely, found.likely)
    add_call(db, "agent's", TODAY, final=0, source=1)
    both = went.lacking(db, TODAY, TODAY + 1, table)
    assert both == (1, found.likely, 2 * found.likely)
    assert coverage.open_calls(db, 0, NOW_MS + 1, table).calls == 2
