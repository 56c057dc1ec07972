"""A turn that `/cheap` sent to Haiku, as its line tells it (hot path)."""

from __future__ import annotations

from cheaproute.ledger import schema
from cheaproute.ledger.module import loops
from cheaproute.usage.models import family

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

# The tokens of a text from which on a read becomes a digest elsewhere, 40 kB.
_BULK = 10_000


def told(
    db: sqlite3.Connection, session: int, since: int, find: Callable[[], str] | None
) -> list[tuple[str, int]]:
    """What it cost and left in the conversation, where there is one; what it saved nobody knows."""
    ran = loops.read(db, session, "").ran
    if ran and family(ran) != "haiku":
        return []
    of_main = "FROM call JOIN model ON model.id = model WHERE session = ? AND source = ? AND ts_ms"
    asked = f"SELECT name {of_main} > ? ORDER BY ts_ms DESC LIMIT 1"
    last = db.execute(asked, (session, schema.MAIN, since)).fetchone()
    if last is None or family(last[0]) != "haiku":
        return []
    from cheaproute.client.transcript import peek
    from cheaproute.money import show

    paths = db.execute("SELECT path FROM file WHERE session = ? AND agent = ''", (session,))
    began_ms = peek.cheap_ms((paths.fetchone() or ("",))[0] or (find() if find else ""))
    if began_ms <= since:
        return []
    prompt = "input + write_5m + write_1h + read"
    spent = f"SELECT sum(cost_nano), max({prompt}) - min({prompt}) {of_main} >= ?"
    nano, grown = db.execute(spent, (session, schema.MAIN, began_ms)).fetchone()
    # What a file's digest would have kept out of the session's own model's next prompt.
    stays = f", {grown:,} tokens of what it read stay in the conversation" if grown > _BULK else ""
    return [(f"this turn ran on Haiku{f': {show(nano)}' if nano else ''}{stays}", 0)]
