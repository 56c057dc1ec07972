"""Which session a command of the cap is about, and its name for people."""

from __future__ import annotations

from cheaproute.cap import process_identity
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import UsageError
from cheaproute.ledger.query import sessions, totals
from cheaproute.report.terminal import command, draw, labels

_TITLE = 40


def meant(context: Context, said: str) -> int:
    """The session meant: by number or uuid, else the one we run in, else the latest; 0 for none.

    Raises:
        UsageError: `said` names none.
    """
    db = context.ledger()
    if said:
        found = totals.find_session(db, said)
        if found is None:
            if totals.beginning(db, said):
                raise UsageError(f"more than one session's id begins with {said!r}")
            raise UsageError(f"no session {said!r} in the ledger")
        return found
    return totals.session_id(db, context.running) or totals.latest_session(db)


def shown(context: Context) -> int:
    """The session whose sum is shown: the one we run in, else one that is open, else the latest.

    0 where there is none, or the one we run in has no sum yet.
    """
    db, running = context.ledger(), context.running
    if running:
        return totals.session_id(db, running) or 0
    return next(iter(_open(context)), 0) or totals.latest_session(db)


def whose(context: Context, session: int) -> str:
    """Of which session a sum is, in words; "" for 0."""
    if not session:
        return ""
    if session == totals.session_id(context.ledger(), context.running):
        return "this session"
    return label(context, session)


def stopped(context: Context, said: str) -> tuple[int, list[int]]:
    """As `meant`, but one that is open rather than the latest; and all others that are open.

    Raises:
        UsageError: `said` names none.
    """
    if not said and totals.session_id(context.ledger(), context.running) is None:
        first, *others = _open(context) or [0]
        if first:
            return first, others
    return meant(context, said), []


def _open(context: Context) -> list[int]:
    """The sessions whose client still runs, as far as its module was heard; the latest first.

    A client's earlier ones (before /clear) are over.
    """
    found: dict[int, tuple[int, int, int]] = {}
    for session, pid, started, seen_ms, last_ms in context.ledger().execute(
        "SELECT seat.session, seat.pid, seat.started, seat.seen_ms, session.last_ms"
        " FROM seat JOIN session ON session.id = seat.session ORDER BY seat.seen_ms"
    ):
        if process_identity.alive(pid, started):
            found[pid] = (max(seen_ms, last_ms), seen_ms, session)
    return [session for *_, session in sorted(found.values(), reverse=True)]


def next_to_call(context: Context, said: str | None) -> int:
    """The session whose next call is spoken of: the one that was named or is open; 0 for none."""
    if said:
        return meant(context, said)
    running = totals.session_id(context.ledger(), context.running)
    return running or next(iter(_open(context)), 0)


def label(context: Context, session: int) -> str:
    """`Session 49d3b0a8 (~/proj, "fix the parser")`, as other screens name it."""
    known = sessions.named(context.ledger(), session)
    place = draw.path(known.project, paths.home(context.env)) if known.project else ""
    title = known.title if command.titled(context.settings) else ""
    more = [place, f'"{labels.cut(title, _TITLE)}"' if title else ""]
    said = ", ".join(filter(None, more))
    return f"Session {known.short}" + (f" ({said})" if said else "")
