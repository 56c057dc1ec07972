"""One round with the team's server: tell what was spent, take what may be spent. In the background.

Both are one statement each, under one row's lock.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass

from cheaproute.cap import periods
from cheaproute.cap.shared import lease
from cheaproute.cap.shared.lease import Lease, Part
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError
from cheaproute.machines.identity import Machine
from cheaproute.machines.team import connection, policy, sizing, skew, telling
from cheaproute.machines.team.member import Member, forget, note, still

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection


@dataclass(frozen=True, slots=True)
class Told:
    """How many rows the server had not known, and the lease that was taken."""

    rows: int
    lease: Lease


def run(
    env: Mapping[str, str],
    ledger: sqlite3.Connection,
    db: Connection[tuple[object, ...]],
    machine: Machine,
    member: Member,
    now_ms: int,
) -> Told:
    """One round.

    Raises:
        CheaprouteError: the server refuses, or goes away; the lease at hand stays as it is. Or this
            machine's clock is far off: then the lease has nothing in it, and its bound holds. Or it
            has left the team meanwhile: then nothing of it stays, here or there.
    """
    with connection.refusals():
        with closing(telling.kept(env)) as said:
            ledger.execute("BEGIN")  # rows and total of one moment
            try:
                month = periods.keys(now_ms, 0)["month"]
                base = _month_nano(ledger, month)
                fresh = telling.tell(ledger, said, db, machine, member)
            finally:
                ledger.execute("COMMIT")
        skew_s = skew.of(db, now_ms)
        taken = take(
            ledger, db, machine, member, month.partition(":")[2], base, now_ms, skew_s=skew_s
        )
        costs = policy.prices(db)
    lease.write(paths.data_dir(env), taken)
    if not still(env, member):
        lease.forget(paths.data_dir(env))
        _release(db, machine)
        raise CheaprouteError("this machine has left the team meanwhile")
    note(env, member, taken, costs)
    if skew_s > skew.MOST_S:
        raise CheaprouteError(
            f"this machine's clock is {skew_s / 3_600:.1f} hours off the team's server: set it "
            "right, no part of the budget is had till then"
        )
    return Told(fresh, taken)


def end(
    env: Mapping[str, str],
    ledger: sqlite3.Connection,
    db: Connection[tuple[object, ...]],
    machine: Machine,
    member: Member,
) -> int:
    """Tell what was spent, leave, and give back what is left of the lease; how many rows were new.

    It is left before that is given back: a round that hangs sees it, and gives back what it took.

    Raises:
        CheaprouteError: the server refuses, or goes away; maybe it is left, and maybe not.
    """
    with connection.refusals(), closing(telling.kept(env)) as said:
        fresh = telling.tell(ledger, said, db, machine, member)
    forget(env)
    _release(db, machine)
    return fresh


def _release(db: Connection[tuple[object, ...]], machine: Machine) -> None:
    with connection.refusals():
        db.execute("SELECT cheaproute.release(%s)", (machine.id,))


def _month_nano(ledger: sqlite3.Connection, key: str) -> int:
    row = ledger.execute("SELECT cost_nano FROM spent WHERE period = ?", (key,)).fetchone()
    return int(row[0]) if row else 0


def take(
    ledger: sqlite3.Connection,
    db: Connection[tuple[object, ...]],
    machine: Machine,
    member: Member,
    month: str,
    base: int,
    now_ms: int,
    *,
    skew_s: int,
) -> Lease:
    """The general part, and one for each project here that has a cap of its own.

    Where this machine's clock is far off (`skew_s`) its calls may be another month's:
    nothing is in them.
    """
    far = skew_s > skew.MOST_S
    parts: dict[str, Part] = {}
    begun_ms = lease.running_ms()
    wanted, capped = [""], None
    seconds, full, at_cap, out_of_touch = 0, "", "block", "open"
    while wanted:
        project = wanted.pop()
        row = db.execute(
            "SELECT nano, seconds, at_cap, out_of_touch, full_cap, capped_projects "
            "FROM cheaproute.take(%s, %s, %s, %s)",
            (machine.id, machine.name, project, 1 if far else sizing.size(ledger, now_ms, project)),
        ).fetchone()
        assert row is not None  # noqa: S101  # a function answers with one row
        parts[project] = Part(0 if far else int(str(row[0])), base)
        seconds, at_cap, out_of_touch = int(str(row[1])), str(row[2]), str(row[3])
        full = full or str(row[4])
        if capped is None:
            capped = row[5] if isinstance(row[5], list) and member.projects else []
            wanted = [name for name in capped if sizing.works_in(ledger, name)]
    return Lease(
        parts,
        month=month,
        taken_ms=begun_ms,
        hold_ms=max(0, seconds - skew.margin_s(skew_s, seconds)) * 1000,
        at_cap=at_cap,
        out_of_touch=out_of_touch,
        full_cap=full,
    )
