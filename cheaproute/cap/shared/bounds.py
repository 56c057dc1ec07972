"""Limits that no command on this machine raises: its share of the month, its part of a team's."""

from __future__ import annotations

from cheaproute.cap.shared import lease

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# A part that is used up, or has ended where its owner wants that closed: a full limit of next to
# nothing, since a limit of 0 is none.
_NOTHING = 1


class Bound:
    """A limit in nano-dollars and what of it is spent; `at_cap` is its owner's word, "" if none.

    `name` is 'share' or 'team'; `key` names the period, or the team's cap that has no more.
    """

    __slots__ = ("at_cap", "key", "limit", "name", "spent")

    def __init__(self, name: str, key: str, spent: int, limit: int, at_cap: str = "") -> None:
        self.name = name
        self.key = key
        self.spent = spent
        self.limit = limit
        self.at_cap = at_cap


def of(
    db: sqlite3.Connection,
    place: str,
    month: str,
    own: int,
    limit: int | None,
    session: int,
    share: float | None,
) -> list[Bound]:
    """The bounds that hold on this machine.

    `place` is the ledger's directory, `month` the period's key, `own` what this machine spent in
    it, `limit` the user's own cap, `session` the session's row id, `share` its part of the month.
    """
    found = []
    if share and limit is not None:
        found.append(Bound("share", month, own, int(limit * share)))
    held = lease.read(place)
    if held is None:
        return found
    if not held.live(month.partition(":")[2]):
        if held.out_of_touch == "closed":
            found.append(Bound("team", "", _NOTHING, _NOTHING, held.at_cap))
        return found
    part = held.part(_project(db, session) if len(held.parts) > 1 else "")
    spent = own - part.base_nano
    if part.nano <= 0:
        found.append(Bound("team", held.full_cap, max(spent, _NOTHING), _NOTHING, held.at_cap))
    else:
        found.append(Bound("team", "", max(spent, 0), part.nano, held.at_cap))
    return found


def _project(db: sqlite3.Connection, session: int) -> str:
    """The name of the session's project, "" where it is not known."""
    row = db.execute(
        "SELECT path FROM project JOIN session ON session.project = project.id"
        " WHERE session.id = ?",
        (session,),
    ).fetchone()
    return str(row[0]).rpartition("/")[2] if row else ""
