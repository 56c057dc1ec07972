from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cap import limits, reservations
from cheaproute.cap import state as budget
from cheaproute.cap.answers import gate
from cheaproute.cap.periods import Period
from cheaproute.cap.state import State
from cheaproute.ledger import meta, store
from cheaproute.ledger.query import coverage
from cheaproute.money import NANO
from cheaproute.report import statusline
from cheaproute.report.terminal import caps
from tests.cap.caplib import DAY_MS, NOW, spend


def test_a_state_without_caps_binds_nothing(db: sqlite3.Connection) -> None:
    """Spending is seen, nothing limits it."""
    spend(db, 3)
    state = budget.state(db, 1, NOW)
    assert state.periods["month"].spent == 3 * NANO
    assert state.binding is None
    assert gate.decide(state, "block").action == "none"


def test_each_period_counts_its_own(db: sqlite3.Connection) -> None:
    """Month, day and session are separate sums of the same calls."""
    db.execute("INSERT INTO session(id, uuid) VALUES(7, 'abc')")
    spend(db, 1, session=7)
    spend(db, 2, session=8)
    spend(db, 4, session=7, now_ms=NOW - DAY_MS)
    spend(db, 8, session=7, now_ms=NOW - 40 * DAY_MS)
    state = budget.state(db, "abc", NOW)
    assert {n: p.spent // NANO for n, p in state.periods.items()} == {
        "month": 7,
        "day": 3,
        "session": 13,
    }


def test_the_fullest_cap_binds(db: sqlite3.Connection) -> None:
    """Of several caps the one with the highest share decides."""
    limits.put(db, {"month": 50 * NANO, "day": 5 * NANO, "session": 2 * NANO}, NOW)
    spend(db, 4, session=3)
    state = budget.state(db, 1, NOW)
    assert state.binding is not None
    assert (state.binding.name, state.binding.share) == ("day", 0.8)


def test_an_unknown_session_has_no_session_cap(db: sqlite3.Connection) -> None:
    """Calls that belong to no session fill nobody's session cap."""
    limits.put(db, {"session": NANO}, NOW)
    spend(db, 5, session=0)
    assert gate.decide(budget.state(db, "never seen", NOW), "block").action == "none"
    assert gate.decide(budget.state(db, 0, NOW), "block").action == "none"


def test_calls_of_unknown_price_are_told(db: sqlite3.Connection) -> None:
    """A sum that misses calls says so."""
    spend(db, None)
    assert budget.state(db, 1, NOW).periods["month"].unpriced == 1


@pytest.mark.parametrize(
    ("spent", "at_cap", "action"),
    [
        (49.999999999, "block", "none"),
        (50, "block", "block"),
        (50, "warn", "warn"),
        (500, "warn", "warn"),
        (50, "cheap", "cheap"),
        (54.9, "cheap", "cheap"),
        (55, "cheap", "block"),
        (49, "cheap", "none"),
    ],
)
def test_the_gate(db: sqlite3.Connection, spent: float, at_cap: str, action: str) -> None:
    """At the limit the setting decides; `cheap` blocks at 110 %."""
    limits.put(db, {"month": 50 * NANO}, NOW)
    spend(db, spent)
    assert gate.decide(budget.state(db, 1, NOW), at_cap).action == action


def test_the_month_rolls_over_in_mid_session(db: sqlite3.Connection) -> None:
    """A blocked session goes on in the new month; its session sum goes on, too."""
    limits.put(db, {"month": NANO}, NOW)
    spend(db, 2)
    assert gate.decide(budget.state(db, 1, NOW), "block").action == "block"
    later = budget.state(db, 1, NOW + 9 * DAY_MS)
    assert gate.decide(later, "block").action == "none"
    assert later.periods["session"].spent == 2 * NANO


def test_a_clock_set_back_counts_in_the_month_it_names(db: sqlite3.Connection) -> None:
    """After a jump to an earlier month, spending there is held against that month's cap."""
    limits.put(db, {"month": NANO}, NOW)
    spend(db, 2)
    past = NOW - 300 * DAY_MS
    assert gate.decide(budget.state(db, 1, past), "block").action == "none"
    spend(db, 1, now_ms=past)
    assert gate.decide(budget.state(db, 1, past), "block").action == "block"
    assert gate.decide(budget.state(db, 1, NOW), "block").action == "block"


def test_what_is_reserved_counts(db: sqlite3.Connection) -> None:
    """A session's next call waits for the worst case of a digest in flight, and no longer."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    spend(db, 6)
    held = reservations.reserve(db, 4 * NANO, "digest", NOW, session_id=1)
    state = budget.state(db, 1, NOW)
    assert {n: p.reserved // NANO for n, p in state.periods.items()} == {
        "month": 4,
        "day": 4,
        "session": 4,
    }
    assert state.periods["month"].left == 0
    assert gate.decide(state, "block").action == "block"
    reservations.release(db, held)
    assert gate.decide(budget.state(db, 1, NOW), "block").action == "none"


def test_the_cost_of_a_state_does_not_grow(db: sqlite3.Connection) -> None:
    """Every statement of a state is a search by key; none scans `spent`, `cap` or `call`."""
    statements: list[str] = []
    db.set_trace_callback(statements.append)
    budget.state(db, "x", NOW)
    db.set_trace_callback(None)
    plans = [
        row[3] for sql in statements for row in db.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()
    ]
    assert [plan for plan in plans if "SCAN" in plan] == ["SCAN reservation"]


def test_the_hot_path_stays_light() -> None:
    """The cap's modules load nothing heavy under -I -S."""
    heavy = (
        "dataclasses typing pathlib logging tomllib argparse subprocess tempfile hashlib inspect"
    )
    script = (
        f"import sys; sys.path.insert(0, {sys.path[0]!r}); "
        "from cheaproute.cap import runaway, state, limits; "
        "from cheaproute.cap.alerts import thresholds; "
        "from cheaproute.cap.answers import gate, messages; "
        f"print(sorted(set({heavy.split()!r}) & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_binding_prefers_the_cap_that_lasts() -> None:
    """Two full caps: the month is named, because waiting for midnight would not help."""
    periods = {
        "month": Period("month", "month:2026-11", spent=5, limit=5),
        "day": Period("day", "day:20779", spent=5, limit=5),
    }
    binding = State(periods, NOW, 0).binding
    assert binding is not None
    assert binding.name == "month"


def test_a_state_is_one_moments_view(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A call settled while the state is read is seen as reserved or as spent, never as neither."""
    limits.put(db, {"month": NANO}, NOW)
    held = reservations.reserve(db, NANO, "race", NOW)
    reads = 0

    def settle(statement: str) -> None:
        nonlocal reads
        reads += statement.startswith("SELECT")
        if reads == 2:  # after the first SELECT, before the next
            reads += 1
            with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as other:
                reservations.release(other, held)
                spend(other, 1)

    db.set_trace_callback(settle)
    state = budget.state(db, 0, NOW)
    db.set_trace_callback(None)
    assert reads > 2
    month = state.periods["month"]
    assert month.spent + month.reserved == NANO
    assert budget.state(db, 0, NOW).periods["month"].spent == NANO


def test_what_is_left_is_asked_of_every_cap(db: sqlite3.Connection) -> None:
    """A month that is far off does not hide a day that is nearly used up."""
    limits.put(db, {"month": 500 * NANO, "day": 5 * NANO}, NOW)
    spend(db, 3)
    state = budget.state(db, 1, NOW)
    assert [at.name for at in state.short(3 * NANO)] == ["day"]
    assert not state.short(2 * NANO)
    limits.put(db, {"month": None, "day": None}, NOW)
    assert not budget.state(db, 1, NOW).short(10**15)


def test_a_history_brought_in_later_does_not_shut_a_cap_set_before(
    db: sqlite3.Connection,
) -> None:
    """A cap of $20 was set, then $300 of the month's earlier days were read: $5 since count."""
    limits.put(db, {"month": 20 * NANO}, NOW)
    spend(db, 300, now_ms=NOW - DAY_MS)
    spend(db, 5, now_ms=NOW + 60_000)
    meta.put(db, coverage.WHOLE_MS, str(NOW + 1))
    meta.put(db, coverage.WHOLE_NANO, str(300 * NANO))
    state = budget.state(db, 1, NOW + 120_000)
    month = state.periods["month"]
    assert (month.spent, month.before) == (5 * NANO, 300 * NANO)
    heading = caps.forecasts(db, state)
    said = "\n".join(caps.lines(month, heading["month"], NOW + 120_000))
    narrow = caps.lines(month, None, NOW + 120_000, width=48)  # behind the client's `cheaproute: `
    assert narrow[0] == f"Month    {'█' * 5}{'░' * 15} 25 %"
    assert "$305.00 this month, $5.00 of it since the cap was set" in said
    assert (heading["month"] or 0) >= 305 * NANO
    assert caps.as_json(month, None)["before_usd"] == 300
    line = statusline.render("", state, plan=False, color=False)
    assert "month $5.00 of $20.00 (25 %) + $300.00 before" in line
    limits.put(db, {"month": 21 * NANO}, NOW + 120_000)  # the user's word, all being known
    assert gate.decide(budget.state(db, 1, NOW + 120_000), "block").action == "block"
