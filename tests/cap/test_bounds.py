"""What other machines spent, a share of the cap, a team's lease: each counts in every gate."""

from __future__ import annotations

import json
import os
import sqlite3

import pytest

from cheaproute.cap import limits, reservations, state
from cheaproute.cap.answers import gate, messages
from cheaproute.cap.shared import elsewhere, lease
from cheaproute.cap.shared.lease import Lease, Part
from cheaproute.errors import CapReached
from tests.cap.caplib import NOW, spend

NANO = 1_000_000_000
MONTH = "2026-11"


def place(db: sqlite3.Connection) -> str:
    """The ledger's directory."""
    return state.data_dir(db)


def hold(
    db: sqlite3.Connection, usd: float, *, base: int = 0, ended: bool = False, **terms: str
) -> None:
    """A lease of so many dollars."""
    lease.write(
        place(db),
        Lease(
            {"": Part(round(usd * NANO), base)},
            month=MONTH,
            taken_ms=lease.running_ms() - (2000 if ended else 0),
            hold_ms=1000 if ended else 600_000,
            **terms,
        ),
    )


def test_what_others_spent_counts_for_month_and_day(db: sqlite3.Connection) -> None:
    """Own and theirs together reach the cap; the session's own cap knows nothing of it."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    spend(db, 6)
    key = f"month:{MONTH}"
    elsewhere.write(place(db), {key: (5 * NANO, 0, 0, False)}, {"two": NOW}, None)
    found = state.state(db, 1, NOW)
    assert found.periods["month"].spent == 11 * NANO
    assert found.periods["month"].elsewhere == 5 * NANO
    assert gate.decide(found, "block").blocks


def test_a_reservation_minds_what_others_spent(db: sqlite3.Connection) -> None:
    """A delegated call is refused for their spending as for the own."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    elsewhere.write(place(db), {f"month:{MONTH}": (9 * NANO, 0, 0, False)}, {}, None)
    with pytest.raises(CapReached):
        reservations.reserve(db, 2 * NANO, "digest", NOW)
    reservations.release(db, reservations.reserve(db, NANO, "digest", NOW))


def test_junk_of_other_machines_can_only_be_none(db: sqlite3.Connection) -> None:
    """No limit is read from that file, no amount below nothing."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    path = os.path.join(place(db), elsewhere.FILE)
    for content in ("{", "[]", '{"periods": {"month:2026-11": [-9, 0]}, "cap": 99}'):
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        assert state.state(db, 1, NOW).periods["month"].spent == 0


def test_a_share_holds_each_machine_to_its_part(db: sqlite3.Connection) -> None:
    """Half of ten dollars is five, whatever the others are last known to have spent."""
    limits.put(db, {"month": 10 * NANO}, NOW)
    elsewhere.write(place(db), {}, {}, 0.5)
    spend(db, 4)
    assert not gate.decide(state.state(db, 1, NOW), "block").blocks
    spend(db, 1)
    verdict = gate.decide(state.state(db, 1, NOW), "block")
    assert verdict.blocks
    assert "share" in messages.message(verdict.state, verdict)


def test_a_lease_is_a_limit_from_where_it_was_taken(db: sqlite3.Connection) -> None:
    """What was told before it does not count against it."""
    spend(db, 3)
    hold(db, 2, base=3 * NANO)
    assert not gate.decide(state.state(db, 1, NOW), "warn").blocks
    spend(db, 2)
    verdict = gate.decide(state.state(db, 1, NOW), "warn")  # this user's own word is no matter
    assert verdict.blocks
    assert "team" in messages.message(verdict.state, verdict)


@pytest.mark.parametrize(("out_of_touch", "blocks"), [("open", False), ("closed", True)])
def test_out_of_touch_is_the_owners_word(
    db: sqlite3.Connection, out_of_touch: str, *, blocks: bool
) -> None:
    """A lease that has ended: open, or closed, and said."""
    hold(db, 2, ended=True, out_of_touch=out_of_touch)
    verdict = gate.decide(state.state(db, 1, NOW), "block")
    assert verdict.blocks is blocks
    if blocks:
        assert "out of reach" in messages.message(verdict.state, verdict)


@pytest.mark.parametrize("content", [None, "", "{", '{"parts": 5}'])
@pytest.mark.parametrize(("word", "blocks"), [("open", False), ("closed", True)])
def test_a_lease_that_was_taken_away_is_one_that_has_ended(
    db: sqlite3.Connection, content: str | None, word: str, *, blocks: bool
) -> None:
    """Deleted or torn: this machine is in a team all the same, and its owner's word holds."""
    with open(os.path.join(place(db), lease.JOINED), "w", encoding="utf-8") as file:
        json.dump({"url": "x", "projects": False, "at_cap": "block", "out_of_touch": word}, file)
    if content is not None:
        with open(os.path.join(place(db), lease.FILE), "w", encoding="utf-8") as file:
            file.write(content)
    assert gate.decide(state.state(db, 1, NOW), "block").blocks is blocks


def test_a_full_team_cap_is_named(db: sqlite3.Connection) -> None:
    """A lease of nothing says which cap left nothing; the owner may only warn."""
    hold(db, 0, full_cap="person month", at_cap="warn")
    verdict = gate.decide(state.state(db, 1, NOW), "block")
    assert verdict.action == "warn"
    assert "person month" in messages.message(verdict.state, verdict)
