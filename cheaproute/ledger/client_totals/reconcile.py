"""What the client's own totals hold and no transcript row tells: compactions, titles, lost rows.

A `cost-state` is a session's running total. What it adds to the one it went on from, beyond the
calls that its run listed, is put to those that were booked by its growth (`told.settle`); what is
left is booked as source `unlisted`, by model and day. A run that was killed wrote none, and the
next went on from the one before: its calls are listed, and never set off against others'. Where it
cannot be told where a run began, the booking is a lower bound and marked so. What is booked is a
function of the states and calls in the ledger: it is made anew whenever either changes, so nothing
is counted twice.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger.calls import retention, told
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.client_totals import states as written
from cheaproute.ledger.client_totals.held import Held, held
from cheaproute.ledger.client_totals.sums import WIDTH, Total, beyond
from cheaproute.ledger.schema import NEVER, UNLISTED
from cheaproute.usage.bounds import sum_nano
from cheaproute.usage.call import ESTIMATED, Call
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from cheaproute.ledger.client_totals.states import State
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
        states = written.states(db, start)
        for session in sorted({state.session for state in states}):
            _replace(db, session, _bookings(db, session, states, prices), prices)


def _bookings(
    db: sqlite3.Connection, session: int, states: list[State], prices: Prices
) -> dict[str, Booking]:
    """The unlisted calls of `session`, by id: one for each model and day, with its price."""
    own = [state for state in states if state.session == session]
    base = written.base(db, session, states)
    bookings: dict[str, Booking] = {}
    parted: dict[tuple[int, int], int] = {}
    grown, recorder = told.provisional(db, session), Recorder(db, prices)
    for number, state in enumerate(own):
        before = _gone_on_from(db, state, own[:number], parted)
        began = before.total if before else base
        if not state.total.covers(began):
            began, before = Total(), None
        added = state.total.minus(began)
        if before:  # the row after it is known in its own file only
            same = before.file == state.file and before.until_ms != NEVER
            since = (before.until_ms if same else before.at_ms) + 1
        else:
            since = 0 if began.sums else _counted_from(db, state)
        if state.run_ms:
            floor = max(before.at_ms, before.ended_ms) + 1 if before else since
            since = _known_start(db, state, floor, added)
        listed = _held(db, state, since, added, first=before is None)
        if not listed.left:
            _complete(db, session, since, state.until_ms)
        ended_ms = max(state.at_ms, state.ended_ms)
        reach = ended_ms if state.until_ms == NEVER else state.until_ms
        for model in state.names:
            counts, cost, exact = _unlisted(model, state, added, listed.total, prices)
            held = [one for one in grown if one[1] <= reach and canonical(one[2]) == model]
            if held and (any(counts) or state is own[-1]):
                counts, cost = told.settle(recorder, [one[0] for one in held], counts, cost)
                grown = [one for one in grown if one not in held]
            if any(counts):
                sure = listed.is_sure(model) and exact
                _add(bookings, (session, model, state), counts, cost, sure=sure)
    return bookings


def _gone_on_from(
    db: sqlite3.Connection,
    state: State,
    earlier: list[State],
    parted: dict[tuple[int, int], int],
) -> State | None:
    """The total that `state` went on from: the last before it in its file.

    Or in another file of the session, from before it was gone on with in two.
    """
    for one in reversed(earlier):
        if one.file == state.file or not one.file or not state.file:
            return one
        key = (state.file, one.file)
        if key not in parted:
            parted[key] = written.parted_ms(db, state.session, *key)
        if one.at_ms < parted[key]:
            return one
    return None


def _counted_from(db: sqlite3.Connection, state: State) -> int:
    """From when on calls are in a total that went on from none: before, a run may have been killed.

    A clock that was set back meanwhile shows by calls that make up the total.
    """
    whole = written.listed(db, state.session, 0, state.until_ms, state.file, state.total)
    return 0 if state.total.is_just(whole) else state.start_ms


def _known_start(db: sqlite3.Connection, state: State, floor: int, added: Total) -> int:
    """From when on calls are of a run whose first prompt is known.

    A run that begins with a compaction may have helpers' calls from before that.
    """
    first = max(state.run_ms, floor)
    if written.has_helper(db, state.session, floor, state.until_ms):
        whole = written.listed(db, state.session, floor, state.until_ms, state.file, added)
        if added.is_just(whole):  # a program's `/compact` looked like a run's first prompt
            return floor
    start = written.helpers_from(db, state.session, floor, first)
    with_them = written.listed(db, state.session, start, state.until_ms, state.file, added)
    return start if added.covers(with_them) else first


def _held(db: sqlite3.Connection, state: State, since: int, added: Total, *, first: bool) -> Held:
    """The calls from `since` on that are in `added`, what the run of `state` added to the total.

    Some of those that it cannot hold may be a killed run's, if it is not known when this one began.
    """
    span = (state.session, since, state.until_ms, state.file)
    listed = written.listed(db, *span, added)
    if added.covers(listed):
        found = Held(listed, sure=True)
    else:
        calls = written.each(db, *span)
        known, names = state.run_ms != 0, not state.older
        found = held(added, calls, state.at_ms, known_run=known, names_asked=names)
    found.sure = found.sure and (state.run_ms != 0 or first or added.is_just(found.total))
    return found


def _unlisted(
    model: str, state: State, added: Total, listed: Total, prices: Prices
) -> tuple[tuple[int, ...], int | None, bool]:
    """The counts of `model` in `added` beyond `listed`, their price (None: unknown), whether sure.

    The price is the list's; what the client says they cost chooses between its rates.
    """
    total, known = added.of(model), listed.of(model)
    counts = beyond(total, known)[:WIDTH]
    call = Call("", state.at_ms, state.names[model])
    call.input, call.output, call.write_5m, call.write_1h, call.read, call.web_search = counts
    known_nano = None if model in listed.inexact else known[WIDTH]
    rounding = listed.calls + 1
    cost, sure = sum_nano(call, known[:WIDTH], known_nano, total[WIDTH], rounding, prices)
    return call.counts(), cost, sure


def _add(
    bookings: dict[str, Booking],
    key: tuple[int, str, State],
    counts: tuple[int, ...],
    cost: int | None,
    *,
    sure: bool,
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
    call.final = call.final and sure
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


def _complete(db: sqlite3.Connection, session: int, first_ms: int, until_ms: int) -> None:
    """Lift the flag of calls without their final row: the client's total makes them good.

    Not of one that was broken off: what it had answered is an estimate in that total, too.
    """
    db.execute(
        "UPDATE call SET final = 1 WHERE session = ? AND final = 0 AND odd = 0 AND source != ?"
        " AND estimated != ? AND ts_ms >= ? AND ts_ms <= ?",
        (session, UNLISTED, ESTIMATED, first_ms, until_ms),
    )
