from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator

import pytest

from cheaproute.cap import state
from cheaproute.cli.main import main
from cheaproute.days import DAY_MS, HOUR_MS, iso
from cheaproute.ledger.calls import retention
from cheaproute.machines import union
from cheaproute.report.terminal import command
from cheaproute.report.zone import Zone
from tests import ledgers
from tests.cli.test_costs import other_machine, run
from tests.ledgers import NOW_MS, TODAY

ZONES = [
    "America/Los_Angeles", "America/St_Johns", "Asia/Kolkata", "Pacific/Kiritimati",
    "Pacific/Chatham", "Pacific/Honolulu",
]  # fmt: skip
# Half past an hour of the ledger's first UTC day, and of the day on which clocks go back.
FIRST, CLOCKS_BACK = TODAY - 20, TODAY - 21
SPANS = ["all", "year", "since 2026-10-30", "30d", "all days", "all models", "all sessions"]


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zone]:
    """The machine's own time zone."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield Zone()
    monkeypatch.undo()
    time.tzset()


def add(db: sqlite3.Connection, *times_ms: int) -> None:
    """A call of a dollar at each time, all of one session."""
    session = ledgers.add_session(db, "one", "/a", times_ms[0] // DAY_MS, TODAY)
    for number, at in enumerate(times_ms):
        name = f"m{at}-{number}"
        ledgers.add_call(db, name, at // DAY_MS, session=session)
        db.execute("UPDATE call SET ts_ms = ? WHERE id = ?", (at, name))
    db.execute("UPDATE session SET first_ms = ?, last_ms = ?", (min(times_ms), max(times_ms)))


@pytest.mark.parametrize("hour", [1, 9, 15, 23])
@pytest.mark.parametrize("day", [FIRST, CLOCKS_BACK])
def test_all_has_the_first_day_wherever_it_is_read(
    day: int, hour: int, zone: Zone, ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first calls' day is the reader's: no span loses them, and none begins before them."""
    first = day * DAY_MS + hour * HOUR_MS + HOUR_MS // 2
    add(ledger, first, first + 1, (TODAY - 3) * DAY_MS)
    for span in SPANS:
        assert "$3.00" in run(capsys, *span.split()), span
    head = run(capsys, "all").splitlines()[0]
    assert f"{iso(zone.day_of(first))} to " in head
    assert json.loads(run(capsys, "all", "--json"))["total_usd"] == 3
    assert "$3.00" in command.answer("all", ledger, NOW_MS)
    assert main(["report", "all", "-o", "-"]) == 0
    assert "$3.00" in capsys.readouterr().out


def test_all_ends_with_what_is_dated_ahead(
    zone: Zone, ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clock that was ahead is no reason to lose a call."""
    add(ledger, (TODAY - 3) * DAY_MS, (TODAY + 9) * DAY_MS + 23 * HOUR_MS)
    shown = run(capsys, "all")
    assert "$2.00" in shown
    assert f"to {iso(zone.day_of((TODAY + 9) * DAY_MS + 23 * HOUR_MS))}" in shown.splitlines()[0]


@pytest.mark.usefixtures("zone")
def test_all_has_the_days_that_are_kept_as_sums(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of days whose single calls were dropped it is known which UTC day they were."""
    add(ledger, FIRST * DAY_MS + HOUR_MS, (TODAY - 3) * DAY_MS)
    retention.drop(ledger, 10, TODAY * DAY_MS)
    assert f"all: {iso(FIRST)} to " in run(capsys, "all")
    assert "$2.00" in run(capsys, "all")
    assert "$2.00" in run(capsys, "year")


def test_other_machines_may_have_begun_before(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Their days are drawn, though the ledger's own first day is later."""
    add(ledger, TODAY * DAY_MS)
    other_machine(ledger)
    with contextlib.closing(union.connect(state.data_dir(ledger))) as others:
        others.execute("UPDATE call SET day = day - 40, ts_ms = ts_ms - ?", (40 * DAY_MS,))
        others.commit()
    assert main(["costs", "all", "--all-machines"]) == 0
    shown = capsys.readouterr().out
    assert "$3.00" in shown
    assert f"all: {iso(TODAY - 40)} to " in shown
