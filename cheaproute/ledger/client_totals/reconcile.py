"""What the client's own totals hold and no transcript row tells: compactions, titles, lost rows.

A `cost-state` is a session's running total. What it adds to the one it went on from, beyond the
calls that its run listed, is put to those that were booked by its growth (`told.settle`); what is
left is booked as source `unlisted`, by model and time. A run that was killed wrote none, and the
next went on from the one before: its calls are listed, and never set off against others'. Where it
cannot be told where a run began, the booking is a lower bound and marked so. What is booked is a
function of the states and calls in the ledger: it is made anew whenever either changes, so nothing
is counted twice. Where calls of a run were dropped since, what was booked of it stands.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS
from cheaproute.ledger.calls import owners, retention, told
from cheaproute.ledger.calls.record import Recorder
from cheaproute.ledger.client_totals import killed, origin
from cheaproute.ledger.client_totals import states as written
from cheaproute.ledger.client_totals.bookings import Bookings
from cheaproute.ledger.client_totals.held import Held, held
from cheaproute.ledger.client_totals.moments import Moments
from cheaproute.ledger.client_totals.order import in_order, is_same_file
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

    Grown = tuple[str, int, str]


def reconcile(db: sqlite3.Connection, sessions: Iterable[int], prices: Prices) -> None:
    """Book anew what is unlisted in `sessions` (row ids) and in their forks.

    A session without a total of its own is passed over. Inside the caller's transaction.
    """
    recorder = Recorder(db, prices)
    for session in sessions:
        owners.give_back(recorder, session)
    alike = (
        "SELECT DISTINCT o.session FROM cost_state c JOIN cost_state o ON o.start_ms = c.start_ms"
        " WHERE c.session = ?"
    )
    found: set[int] = set()
    for session in recorder.changed.union(sessions):
        found.update(row[0] for row in db.execute(alike, (session,)))
    kept_ms = retention.horizon(db) * DAY_MS
    for session in sorted(found):
        bookings, grown = Bookings(session), told.provisional(db, session)
        for start in written.starts(db, session):
            states = written.states(db, start)
            grown = _book(db, states, bookings, grown, Recorder(db, prices), kept_ms)
        bookings.write(db, prices, kept_ms)


def _book(
    db: sqlite3.Connection,
    states: list[State],
    bookings: Bookings,
    grown: list[Grown],
    recorder: Recorder,
    kept_ms: int,
) -> list[Grown]:
    """Book what is unlisted in a session by its own of `states`, the totals of one counting.

    `grown` was booked by the total's growth; what of it is in none of these is given back. Calls
    from before `kept_ms` were dropped.
    """
    session, prices = bookings.session, recorder.prices
    own = in_order([state for state in states if state.session == session])
    base = origin.base(db, own[0], states)
    one_file = len({state.file for state in own}) == 1
    parted: dict[tuple[int, int], int] = {}
    for number, state in enumerate(own):
        before = _gone_on_from(db, state, own[:number], parted)
        ended_ms = max(state.at_ms, state.ended_ms)
        reach = ended_ms if state.until_ms == NEVER else state.until_ms
        if kept_ms and _began(state, before) < kept_ms:
            bookings.stand(state.at_ms)
            grown = [one for one in grown if one[1] > reach]
            continue
        began, doubtful = (before.total, frozenset()) if before else (base.total, base.doubtful)
        if not state.total.covers(began):
            began, before, doubtful = Total(), None, frozenset()
        added = state.total.minus(began)
        since = _since(db, state, before, began, added)
        listed = _held(db, state, since, added, first=before is None)
        if not listed.left:
            _complete(db, session, since, state.until_ms)
        if one_file:
            first_ms = (
                before.at_ms + 1 if before else origin.began_ms(db, own[0]) * bool(began.sums)
            )
            killed.note(db, state, first_ms, since, listed)
        moments = Moments(db, session, since, state.at_ms, first=before is None)
        for model in state.names:
            counts, cost, exact = _unlisted(
                model, state, moments.last_ms(model), added, listed.total, prices
            )
            held = [one for one in grown if one[1] <= reach and canonical(one[2]) == model]
            if held and (any(counts) or state is own[-1]):
                counts, cost = told.settle(recorder, [one[0] for one in held], counts, cost)
                grown = [one for one in grown if one not in held]
            if any(counts):
                sure = listed.is_sure(model) and exact and model not in doubtful
                bookings.add(
                    state,
                    model,
                    moments.parts(model, counts, cost, prices.of(state.names[model])),
                    sure=sure,
                )
            elif model in listed.hides or model in doubtful:
                bookings.add(state, model, [(state.at_ms, counts, 0)], sure=False)
    return grown


def _began(state: State, before: State | None) -> int:
    """From when on the run of `state` may have made calls, after the total `before` it."""
    first_ms = _after(state, before) if before else state.start_ms
    return max(first_ms, state.run_ms)


def _after(state: State, before: State) -> int:
    """When what came after the total `before` began; the row after it is known in its own file."""
    same = before.file == state.file and before.until_ms != NEVER
    last_ms = before.until_ms if same else before.at_ms
    return max(before.at_ms, min(last_ms, state.low_ms)) + 1


def _since(
    db: sqlite3.Connection, state: State, before: State | None, began: Total, added: Total
) -> int:
    """From when on calls may be in `added`, what the run of `state` added to `began`."""
    from_start = 0 if before or began.sums else _counted_from(db, state)
    since = _after(state, before) if before else from_start
    if state.run_ms:
        floor = max(before.at_ms, before.ended_ms) + 1 if before else since
        since = _known_start(db, state, floor, added)
    return since


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
        if is_same_file(one, state):
            return one
        key = (state.file, one.file)
        if key not in parted:
            parted[key] = written.parted_ms(db, state.session, *key)
        if one.at_ms < parted[key]:
            return one
    return None


def _counted_from(db: sqlite3.Connection, state: State) -> int:
    """From when on calls are in a total that went on from none: before, a run may have been killed.

    A clock that was set back meanwhile shows by that, or by calls that make up the total.
    """
    if state.low_ms != NEVER:
        return 0
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
    Where the clock mixes runs which these are is not known, and none is.
    """
    mixed = state.low_ms != NEVER
    span = (state.session, since, state.until_ms, state.file)
    listed = written.listed(db, *span, added)
    if added.covers(listed):
        found = Held(listed, sure=True)
    else:
        calls = written.each(db, *span)
        known, names = state.run_ms != 0 or mixed, not state.older
        found = held(added, calls, state.at_ms, known_run=known, names_asked=names)
    known = state.run_ms != 0 or (first and not mixed)
    found.sure = found.sure and (known or added.is_just(found.total))
    return found


def _unlisted(
    model: str, state: State, at_ms: int, added: Total, listed: Total, prices: Prices
) -> tuple[tuple[int, ...], int | None, bool]:
    """The counts of `model` in `added` beyond `listed`, their price at `at_ms`, and if it is sure.

    The price is the list's, None if unknown; what the client says it was chooses between its rates.
    """
    total, known = added.of(model), listed.of(model)
    counts = beyond(total, known)[:WIDTH]
    call = Call("", at_ms, state.names[model])
    call.input, call.output, call.write_5m, call.write_1h, call.read, call.web_search = counts
    known_nano = None if model in listed.inexact else known[WIDTH]
    rounding = listed.calls + 1
    cost, sure = sum_nano(call, known[:WIDTH], known_nano, total[WIDTH], rounding, prices)
    return call.counts(), cost, sure


def _complete(db: sqlite3.Connection, session: int, first_ms: int, until_ms: int) -> None:
    """Lift the flag of calls without their final row: the client's total makes them good.

    Not of one that was broken off: what it had answered is an estimate in that total, too.
    """
    db.execute(
        "UPDATE call SET final = 1 WHERE session = ? AND final = 0 AND odd = 0 AND source != ?"
        " AND estimated != ? AND ts_ms >= ? AND ts_ms <= ?",
        (session, UNLISTED, ESTIMATED, first_ms, until_ms),
    )
