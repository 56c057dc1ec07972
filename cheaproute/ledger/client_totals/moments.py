"""When it was that what no row tells was used, within the run whose total has it.

A compaction leaves a row with its time, and a title is made at a session's first prompt. Of the
rest nothing is known but that it was before the total, whose time it has.
"""

from __future__ import annotations

from cheaproute.ledger.client_totals import origin
from cheaproute.ledger.schema import HELPER, MAIN
from cheaproute.usage.call import COUNTS
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.prices import Price

    Part = tuple[int, tuple[int, ...], int | None]

# A title is no longer than this, in tokens.
_TITLE_TOKENS = 256
_OUTPUT = COUNTS.index("output")
# A helper's record of a compaction is as near to its row.
_NEAR_MS = 600_000
# A compaction, with the model that was asked and what it had been sent by the call before it.
_COMPACTIONS = (
    "SELECT t.ts_ms, (SELECT name FROM model WHERE id = CASE c.requested WHEN 0 THEN c.model"  # noqa: S608
    " ELSE c.requested END), c.input + c.write_5m + c.write_1h + c.read + c.output"
    " FROM turn t JOIN call c ON c.id = coalesce((SELECT id FROM call WHERE session = ?1"
    f" AND source = {MAIN} AND ts_ms <= t.ts_ms ORDER BY ts_ms DESC, id LIMIT 1), ?5)"
    " AND (?5 = '' OR NOT EXISTS (SELECT 1 FROM turn o WHERE o.kind = 'compact'"
    " AND o.ts_ms = t.ts_ms AND o.session != ?1))"
    " WHERE t.session = ?1 AND t.kind = 'compact' AND t.category != 'killed'"
    " AND t.ts_ms BETWEEN ?2 AND ?3"
    f" AND NOT EXISTS (SELECT 1 FROM call WHERE session = ?1 AND source = {HELPER}"
    " AND purpose = 'compact' AND ts_ms BETWEEN t.ts_ms - ?4 AND t.ts_ms + ?4) ORDER BY t.ts_ms"
)


class Moments:
    """The times at which a session used something hidden, from `since_ms` to its total's.

    `first`: its total went on from none of its own.
    """

    def __init__(
        self, db: sqlite3.Connection, session: int, since_ms: int, at_ms: int, *, first: bool
    ) -> None:
        self._at_ms = at_ms
        self._title_ms = 0
        self._answered: set[str] = set()
        if first:
            rows = db.execute(
                "SELECT min(ts_ms), (SELECT name FROM model WHERE id = call.model) FROM call"
                " WHERE session = ? AND source = ? AND ts_ms BETWEEN ? AND ? GROUP BY model",
                (session, MAIN, since_ms, at_ms),
            ).fetchall()
            self._title_ms = min((row[0] for row in rows), default=0)
            self._answered = {canonical(name) for _, name in rows}
        # What a fork took over stands before its own.
        _, copy, copied_ms = origin.last_copied(db, session) if first else (0, "", 0)
        span = (session, max(since_ms, copied_ms), at_ms, _NEAR_MS, copy)
        self._compactions = db.execute(_COMPACTIONS, span).fetchall()

    def last_ms(self, model: str) -> int:
        """When the last compaction of `model` was; the time of the total if there was none."""
        times = (ts_ms for ts_ms, name, _ in self._compactions if canonical(name) == model)
        return max(times, default=self._at_ms)

    def parts(
        self, model: str, counts: tuple[int, ...], cost: int | None, price: Price | None
    ) -> list[Part]:
        """What was hidden of `model` (canonical), at its times: each with its counts and price.

        Compactions share it by what they had before them. `cost` is by the `price` of the last; of
        one from before a change it is by that time's.
        """
        times = [(ts_ms, size or 1) for ts_ms, name, size in self._compactions
                 if canonical(name) == model]  # fmt: skip
        if not times:
            title = self._title_ms and model not in self._answered
            small = title and counts[_OUTPUT] <= _TITLE_TOKENS
            return [(self._title_ms if small else self._at_ms, counts, cost)]
        whole, so_far = sum(size for _, size in times), 0
        amounts, given = (*counts, cost or 0), (0,) * (len(counts) + 1)
        found: list[Part] = []
        for ts_ms, size in times:
            so_far += size
            until = tuple(amount * so_far // whole for amount in amounts)
            *part, nano = (a - b for a, b in zip(until, given, strict=True))
            if price:
                nano = _as_of(price, ts_ms, times[-1][0], part, nano)
            found.append((ts_ms, tuple(part), None if cost is None else nano))
            given = until
        return found


def _as_of(price: Price, ts_ms: int, last_ms: int, counts: list[int], nano: int) -> int:
    """What `counts` cost at `ts_ms` that came to `nano` by the price at `last_ms`."""
    if price.row(ts_ms) is price.row(last_ms):
        return nano
    then, last = (price.plain(at, *counts[:-1]) for at in (ts_ms, last_ms))
    return nano * then // last if last else nano
