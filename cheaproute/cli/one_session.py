"""`cheaproute costs session ID --json`: all of one session, for programs."""

from __future__ import annotations

from cheaproute import days
from cheaproute.cli.context import Context
from cheaproute.ledger.query import sessions
from cheaproute.report import as_json
from cheaproute.report.terminal import views

FIELDS = ("session", "project", "last_day", "model", *as_json.FIELDS)


def row(one: sessions.Session) -> tuple[object, ...]:
    """What `FIELDS` name of a session."""
    last = days.iso(days.day_of(one.last_ms))
    return (one.uuid, one.project, last, one.model, *as_json.fields(one.sums).values())


def whole(context: Context, said: str) -> dict[str, object]:
    """The session that `said` names, its sums, and the same by model and by agent.

    Raises:
        CheaprouteError: there is no such session, or it made no call.
    """
    db = context.ledger()
    one = views.found(said, db)
    parts = {
        f"by_{key}": [
            {key: name, **as_json.fields(sums)}
            for name, sums in sessions.breakdown(db, one.id, key)
        ]
        for key in ("model", "agent")
    }
    return dict(zip(FIELDS, row(one), strict=True)) | parts
