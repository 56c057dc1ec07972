"""Calls of unknown price, priced when a price has come: an update, or the user's own row."""

from __future__ import annotations

from cheaproute.ledger.calls.record import Recorder, unpack
from cheaproute.ledger.client_totals.reconcile import reconcile
from cheaproute.ledger.schema import UNLISTED
from cheaproute.ledger.transactions import Immediate

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.prices import Prices


def price_unknown(db: sqlite3.Connection, prices: Prices) -> int:
    """Price what can be priced now; how many calls that were. Costs one read if there are none."""
    models = db.execute(
        "SELECT id, name FROM model WHERE id IN (SELECT model FROM call WHERE cost_nano IS NULL)"
    ).fetchall()
    priced = [number for number, name in models if prices.of(name) is not None]
    if not priced:
        return 0
    with Immediate(db):
        recorder = Recorder(db, prices)
        before = _unpriced(db)
        for model in priced:
            for (identity,) in db.execute(
                "SELECT id FROM call WHERE model = ? AND cost_nano IS NULL AND source != ?",
                (model, UNLISTED),
            ).fetchall():
                again(recorder, identity)
        # What only the client's totals know follows from the listed calls and their prices.
        unlisted = db.execute(
            "SELECT DISTINCT session FROM call WHERE cost_nano IS NULL AND source = ?", (UNLISTED,)
        ).fetchall()
        reconcile(db, recorder.changed | {row[0] for row in unlisted}, prices)
        return before - _unpriced(db)


def again(recorder: Recorder, identity: str) -> None:
    """Price again a call that the ledger has."""
    known, held, saved = unpack(identity, row := recorder.read(identity))
    instead = recorder.db.execute(
        "SELECT instead FROM file JOIN dispatch ON dispatch.id = file.dispatch "
        "WHERE file.id = ? AND routed != ''",
        (held.file,),
    ).fetchone()
    recorder.remove(identity, row)
    recorder.price(known, held, saved, instead[0] if instead else "")


def unknown(db: sqlite3.Connection) -> list[tuple[str, int]]:
    """The models without a price, and how many calls each has; most calls first."""
    return db.execute(
        "SELECT name, count(*) FROM call JOIN model ON model.id = call.model "
        "WHERE cost_nano IS NULL GROUP BY name ORDER BY 2 DESC, 1"
    ).fetchall()


def _unpriced(db: sqlite3.Connection) -> int:
    count: int = db.execute("SELECT count(*) FROM call WHERE cost_nano IS NULL").fetchone()[0]
    return count
