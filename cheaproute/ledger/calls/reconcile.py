"""What the client's own totals hold and no transcript row tells: compactions, titles, lost rows.

A `cost-state` is a session's running total. What it holds beyond the calls listed until then is
booked as source `unlisted`, by model and day. The rows so booked are a function of the states and
calls in the ledger: they are made anew whenever either changes, so nothing is counted twice, and
a total below the listed calls (a client killed before it wrote one) books nothing.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger.calls import client_totals, retention
from cheaproute.ledger.calls.client_totals import WIDTH, Total
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.schema import UNLISTED
from cheaproute.usage.call import Call
from cheaproute.usage.prices import bounds_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from cheaproute.ledger.calls.client_totals import State
    from cheaproute.usage.prices import Prices

    Booking = tuple[Call, int | None]


def reconcile(db: sqlite3.Connection, sessions: Iterable[int], prices: Prices) -> None:
    """Book anew what is unlisted in `sessions` (row ids) and in their forks.

    A session without a total of its own is passed over. Inside the caller's transaction.
    """
    starts: set[int] = set()
    for session in sessions:
        starts.update(
            row[0]
            for row in db.execute("SELECT start_ms FROM cost_state WHERE session = ?", (session,))
        )
    since_ms = retention.horizon(db) * DAY_MS
    for start in sorted(starts):
        if start < since_ms:
            continue  # some of its calls were dropped: what was booked, stands
        states = client_totals.states(db, start)
        for session in sorted({state.session for state in states}):
            _replace(db, session, _bookings(db, session, states, prices), prices)


def _bookings(
    db: sqlite3.Connection, session: int, states: list[State], prices: Prices
) -> dict[str, Booking]:
    """The unlisted calls of `session`, by id: one for each model and day, with its price."""
    own = [state for state in states if state.session == session]
    base = client_totals.base(db, session, states)
    if not own[0].total.covers(base):
        base = Total()  # the client did not go on from there after all
    listed, since = base, 0
    bookings: dict[str, Booking] = {}
    booked: dict[str, tuple[int, ...]] = {}
    for state in own:
        listed = listed.plus(client_totals.listed(db, session, since, state.until_ms))
        since = state.until_ms
        if state.total.covers(listed):
            _complete(db, session, since)
        for model in state.names:
            counts, cost = _unlisted(model, state, listed, prices)
            before = booked.get(model, (0,) * (WIDTH + 1))
            more = [max(0, new - old) for new, old in zip(counts, before, strict=False)]
            booked[model] = (*map(max, counts, before), max(cost or 0, before[WIDTH]))
            if any(more):
                added = None if cost is None else booked[model][WIDTH] - before[WIDTH]
                _add(bookings, (session, model, state), more, added)
    return bookings


def _unlisted(
    model: str, state: State, listed: Total, prices: Prices
) -> tuple[tuple[int, ...], int | None]:
    """The counts of `model` in `state` beyond `listed`, and their price (None: unknown).

    The price is the client's where it can be right for these tokens (only the client knows which
    calls were above a step, or fast); else the list price at its lowest.
    """
    total, known = state.total.of(model), listed.of(model)
    counts = tuple(max(0, a - b) for a, b in zip(total[:WIDTH], known[:WIDTH], strict=True))
    call = Call("", state.at_ms, state.names[model])
    call.input, call.output, call.write_5m, call.write_1h, call.read, call.web_search = counts
    bounds = bounds_nano(call, prices)
    if bounds is None:
        return counts, None
    low, high = bounds
    claimed = total[WIDTH] - known[WIDTH]
    rounding = listed.calls + 1
    plausible = model not in listed.inexact and low - rounding <= claimed <= high + rounding
    return counts, claimed if plausible and claimed > low + rounding else low


def _add(
    bookings: dict[str, Booking],
    key: tuple[int, str, State],
    counts: list[int],
    cost: int | None,
) -> None:
    """Add `counts` to the booking of the state's model and day."""
    session, model, state = key
    identity = f"unlisted:{session}:{model}:{state.at_ms // DAY_MS}"
    call, before = bookings.get(identity, (Call(identity, state.at_ms, state.names[model]), 0))
    call.input += counts[0]
    call.output += counts[1]
    call.write_5m += counts[2]
    call.write_1h += counts[3]
    call.read += counts[4]
    call.web_search += counts[5]
    bookings[identity] = call, None if cost is None or before is None else before + cost


def _replace(
    db: sqlite3.Connection, session: int, bookings: dict[str, Booking], prices: Prices
) -> None:
    """Let `bookings` be the unlisted calls of `session`."""
    db.execute("DELETE FROM call WHERE session = ? AND source = ?", (session, UNLISTED))
    row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
    place = Place(UNLISTED, session=session, project=row[0])
    recorder = Recorder(db, prices)
    for call, cost in bookings.values():
        recorder.insert(call, place, cost)


def _complete(db: sqlite3.Connection, session: int, until_ms: int) -> None:
    """Lift the flag of calls without their final row: the client's total makes them good."""
    db.execute(
        "UPDATE call SET final = 1 WHERE session = ? AND final = 0 AND ts_ms <= ?",
        (session, until_ms),
    )
