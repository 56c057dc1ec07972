"""Whether what was just allowed lets a session's next call through, and how much does."""

from __future__ import annotations

from collections.abc import Collection

from cheaproute import money
from cheaproute.cap import expected, periods
from cheaproute.cap.answers import messages
from cheaproute.cap.needs.way import Way
from cheaproute.cap.state import State
from cheaproute.cap.wording import amounts
from cheaproute.cli import cap_shown
from cheaproute.cli.context import Context
from cheaproute.ledger.query import sessions

_CENT = money.NANO // 100


def too_little(context: Context, state: State, need: int) -> str:
    """A sentence where a cap that is not reached has less left than `need`, the next call's."""
    short = state.short(need)
    if not short or any(at.reached for at in state.every):
        return ""
    at_once = expected.next_call(
        context.ledger(), state.session_id, state.now_ms, context.prices, at_once=True
    )
    left = f"{money.show(min(map(state.room, short)))} is left"
    if not state.short(at_once):
        return (
            f"{left}: enough for the session's next call while its cache is warm (about "
            f"{money.show(at_once)}); once that has gone cold it may cost {money.show(need)}, and "
            "is refused."
        )
    cold = f" ({money.show(need)} once its cache has gone cold)" if at_once < need else ""
    return (
        f"{left}, and the session's next call may cost {money.show(at_once)}{cold}: then it is "
        "refused."
    )


def after_raise(context: Context, session: int, raised: Collection[str]) -> str:
    """A line where the caps still stop the session, "" where they do not or only warn.

    `raised` are those just raised; another one that stops it is named.
    """
    state, way = cap_shown.state_of(context, session), _way(context, session)
    if context.at_cap == "cheap":  # a call that has too little left goes out all the same
        way.need = 0
    short = messages.lacking(state, way.need)
    if context.at_cap == "warn" or not short:
        return ""
    missing = max(p.used + p.reserved + max(way.need, 1) - (p.limit or 0) for p in short)
    full = [p for p in short if p.reached]
    said = f"That is reached all the same; at the cap: {context.at_cap}. " if full else ""
    if others := [p for p in short if p.name not in raised]:
        at = others[0]
        does = "is reached, too" if at.reached else "leaves too little"
        said = f"The {periods.ADJECTIVES[at.name]} cap {does}: {amounts(at)}. "
    return (
        f"{said}The next call{_of(way)} needs at least {_cents(missing)} more: "
        f"`{messages.remedy(state, way)}`."
    )


def after_finish(context: Context, session: int) -> str:
    """A line where the session's next call is likely to cost more than its turn may spend now."""
    state, way = cap_shown.state_of(context, session), _way(context, session)
    if context.at_cap != "block" or not state.short(way.need):
        return ""
    command = messages.finish(state, way)
    return (
        f"Not enough: its next call is likely to cost {_cents(way.need)}"
        f"{f': `{command}`' if command else ''}."
    )


def _way(context: Context, session: int) -> Way:
    db = context.ledger()
    need = expected.next_call(db, session, context.now_ms(), context.prices)
    return Way(session=sessions.typeable(db, session), need=need)


def _of(way: Way) -> str:
    """Whose call it is, and what of the sum is for that."""
    return f" of session {way.session} (about {money.show(way.need)})" if way.need else ""


def _cents(nano: int) -> str:
    """The amount with no part of a cent left off."""
    return money.show(-(-max(nano, 1) // _CENT) * _CENT)
