"""What a call counts as that an older client's helper made, of which nothing tells."""

from __future__ import annotations

from cheaproute.cap.fallback import unpriced
from cheaproute.days import DAY_MS
from cheaproute.usage import prices as tables
from cheaproute.usage.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cheaproute.usage.prices import Prices

# What a search and a compaction are to the client.
SEARCH, COMPACTION = "web_search_tool", "compact"
# What the clients without a module have helpers run on; a search is made on the session's own.
_SMALL = "claude-haiku-4-5"
# A helper knows nothing of its session: a short and a long prompt of one, in tokens.
_SHORT, _LONG = 5_000, 100_000
# So many of a kind, of this time, make an expectation; so many of them are looked at.
_ENOUGH, _MOST, _RECENT_MS = 20, 64, 90 * DAY_MS
# Written so that the index of helpers serves.
_KNOWN = (
    "SELECT cost_nano FROM call WHERE source = 5 AND ts_ms > ? AND purpose = ?"
    " AND cost_nano IS NOT NULL ORDER BY ts_ms DESC LIMIT ?"
)


def nano(
    db: sqlite3.Connection,
    own: str,
    usual: int,
    purpose: str,
    now_ms: int,
    models: Sequence[str] = (),
) -> int:
    """What nine of ten such helpers cost at most, nano-dollars, where 20 are known of.

    Else as much as a `usual` call of the session, on its `own` model: no less than a short prompt
    costs and no more (where nothing is known, no less) than a long one, on the dearest of `models`
    (none: the small one). A compaction reads the whole session: it is a call of that, whatever
    others cost.
    """
    if purpose == COMPACTION:
        return usual
    since = (now_ms - _RECENT_MS, purpose, _MOST)
    known: list[int] = sorted(row[0] for row in db.execute(_KNOWN, since))
    if len(known) >= _ENOUGH:
        return known[-(-len(known) * 9 // 10) - 1]
    runs = [own] if purpose == SEARCH else models or [_SMALL]
    return max(_guessed(model, usual, own, purpose, now_ms) for model in runs)


def _guessed(model: str, usual: int, own: str, purpose: str, now_ms: int) -> int:
    """What costs `usual` on the session's `own` model, on `model`, within a helper's bounds."""
    table = tables.load()
    there, here = table.of(model), table.of(own)
    if there is not None and here is not None:
        usual = usual * there.row(now_ms).base[0] // max(here.row(now_ms).base[0], 1)
    short, long = (_priced(model, tokens, purpose, table, now_ms) for tokens in (_SHORT, _LONG))
    return max(short, min(usual, long)) if usual else long


def _priced(model: str, tokens: int, purpose: str, table: Prices, now_ms: int) -> int:
    call = Call("", now_ms, model, input=tokens)
    call.web_search = int(purpose == SEARCH)
    return unpriced.counted(call, table)
