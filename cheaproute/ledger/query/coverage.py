"""What the sums rest on: calls that are still open, what could not be read, since when all is seen.

Whoever shows a sum says by this what it lacks. Days are days since 1970-01-01, UTC.
"""

from __future__ import annotations

from cheaproute.days import DAY_MS, month_of, span
from cheaproute.ledger import intern, meta, schema
from cheaproute.usage.call import ESTIMATED, Call
from cheaproute.usage.prices import cost_nano

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from cheaproute.usage.prices import Prices

# meta: when cheaproute first saw a session; the month of which all transcripts were read, and when
# that was so; "1" while that is under way.
SINCE_MS, WHOLE_MONTH, WHOLE_MS = "since.ms", "history.month", "history.month_ms"
READING_MS = "history.reading_ms"
# "40 1795660000000": so much of the bytes was read at that time; gone when all of it is.
PROGRESS = "history.progress"
WHOLE_NANO = "history.month_nano"  # what the month had come to when first whole, nano-dollars
MOST_OUTPUT = 128_000  # tokens: no answer is longer
# So many of the last calls that ended are looked at; of fewer nothing follows.
_LAST, _ENOUGH = 2_000, 20
_UNKNOWN = float("inf")
_READING_MS = 1_800_000  # a reading that was begun so long ago was killed
# The month is not whole yet; a limit that was set again, not by the user now, is no older.
_NEVER_MS = 1 << 52


class Unended:
    """Calls that lack their final row, and what their answers may add, in nano-dollars.

    `likely` is as others ended, `nine` what nine of ten of those stay under, `most` as long as an
    answer can be. None: a price is unknown, or too few others ended to say.
    """

    __slots__ = ("calls", "likely", "most", "nine")

    def __init__(self) -> None:
        self.calls = 0
        self.likely: int | None = 0
        self.nine: int | None = 0
        self.most: int | None = 0


def open_calls(
    db: sqlite3.Connection, first_ms: int, past_ms: int, prices: Prices, source: int | None = None
) -> Unended:
    """The calls of that time which lack their end; only days that have some are looked through.

    Each is priced by its model, and its mode where its rows tell one. `source`: of these alone.
    """
    found = Unended()
    groups: dict[tuple[str, str, int], tuple[Call, list[float]]] = {}
    calls = db.execute(
        "SELECT name, ts_ms, mode, output, input + write_5m + write_1h + read FROM"
        " (SELECT DISTINCT day AS d FROM daily"
        " WHERE partial > 0 AND day BETWEEN ?1 / ?3 AND ?2 / ?3) CROSS JOIN call ON ts_ms >= d * ?3"
        " AND ts_ms < (d + 1) * ?3 JOIN model ON model.id = model"
        " WHERE final = 0 AND ts_ms >= ?1 AND ts_ms < ?2 AND source = coalesce(?4, source)",
        (first_ms, past_ms, DAY_MS, source),
    ).fetchall()
    if not calls:
        return found
    ended = _Lengths(db, 1 + max(one[1] for one in calls), past_ms)
    for name, ts_ms, mode, output, prompt in calls:
        found.calls += 1
        price = prices.of(name)
        rate = price.row(ts_ms).rates(prompt)[1] if price else 0
        group = groups.get((name, mode, rate))
        if group is None:
            one = Call("", ts_ms, name, input=prompt)
            one.mode = mode
            group = groups[name, mode, rate] = (one, [0, 0, 0])
        more = (*ended.beyond(name, output), max(0, MOST_OUTPUT - output))
        group[1][:] = [so_far + tokens for so_far, tokens in zip(group[1], more, strict=True)]
    for one, tokens in groups.values():
        bare = cost_nano(one, prices)
        for field, count in zip(("likely", "nine", "most"), tokens, strict=True):
            ended_so = one.replace(output=round(count)) if count < _UNKNOWN else None
            whole = None if ended_so is None else cost_nano(ended_so, prices)
            so_far = getattr(found, field)
            known = bare is not None and whole is not None and so_far is not None
            setattr(found, field, so_far + whole - bare if known else None)
    return found


class _Lengths:
    """How many tokens the answers had that ended last before a time, the first that has enough."""

    def __init__(self, db: sqlite3.Connection, *past_ms: int) -> None:
        self._of = [_ended(db, past) for past in past_ms]

    def beyond(self, model: str, output: int) -> tuple[float, float]:
        """What they have beyond `output`: on average, and nine of ten; endless: not known.

        Those of the same model, where there are enough.
        """
        from bisect import bisect_right

        found = [of[name] for name in (model, "") for of in self._of if name in of]
        if not found:
            return _UNKNOWN, _UNKNOWN
        lengths, sums = found[0]
        count = len(lengths)
        at = bisect_right(lengths, output)
        average = (sums[at] - output * (count - at)) / count
        return average, max(0, lengths[count * 9 // 10] - output)


def _ended(db: sqlite3.Connection, past_ms: int) -> dict[str, tuple[Sequence[int], Sequence[int]]]:
    """The lengths of all, under "", and by model, the shortest first; without what has too few."""
    found: dict[str, list[int]] = {"": []}
    for name, output in db.execute(
        "SELECT name, output FROM (SELECT model, output FROM call WHERE final = 1 AND"
        " estimated != ? AND ts_ms < ? ORDER BY ts_ms DESC LIMIT ?) JOIN model ON id = model"
        " ORDER BY output",
        (ESTIMATED, past_ms, _LAST),
    ):
        found.setdefault(name, []).append(output)
        found[""].append(output)
    return {name: (of, _sums(of)) for name, of in found.items() if len(of) >= _ENOUGH}


def _sums(lengths: Sequence[int]) -> list[int]:
    """What `lengths` come to from each of them on; 0 behind the last."""
    sums = [0]
    for length in reversed(lengths):
        sums.append(sums[-1] + length)
    return sums[::-1]


def lower(db: sqlite3.Connection, key: str) -> bool:
    """Whether the sum kept under `key` (`month:2026-11`, `day:20414`, `session:17`) is one."""
    kind, _, name = key.partition(":")
    if kind == "session":
        query = "SELECT coalesce(sum(final = 0), 0), count(*) FROM call WHERE session = ?"
        counts = db.execute(query, (int(name),)).fetchone()
        return _is_lower(db, counts, 0, schema.NEVER, int(name))
    return lower_of_days(db, *(span(name) if kind == "month" else (int(name), int(name) + 1)))


def lower_of_days(db: sqlite3.Connection, first: int, past: int) -> bool:
    """Whether what was spent on the days `first` to before `past` (UTC) is a lower bound."""
    counts = db.execute(
        "SELECT coalesce(sum(partial), 0), coalesce(sum(calls), 0) FROM daily"
        " WHERE day >= ? AND day < ?",
        (first, past),
    ).fetchone()
    return _is_lower(db, counts, first * DAY_MS, past * DAY_MS)


def _is_lower(db: sqlite3.Connection, counts: Sequence[int], *reach: int) -> bool:
    gone = 0
    if schema.any_given_up(db):
        from cheaproute.ledger.module import given_up  # seldom

        gone, _ = given_up.between(db, *reach)
    return schema.is_lower(counts[0], counts[1], gone + len(schema.compactions(db, *reach)))


def is_whole(db: sqlite3.Connection, now_ms: int) -> bool:
    """Whether every transcript of the running month was read once, by hooks or from history."""
    since = int(meta.get(db, SINCE_MS) or now_ms)
    kept, month = meta.get(db, WHOLE_MONTH), month_of(now_ms // DAY_MS)
    return bool(kept) and (kept == month or since < span(month)[0] * DAY_MS)


def progress(db: sqlite3.Connection, first_ms: int, now_ms: int) -> int | None:
    """How many percent of the history are read, where sums since `first_ms` still grow by it."""
    percent, _, at = (meta.get(db, PROGRESS) or "").partition(" ")
    if not (at.isdecimal() and 0 <= now_ms - int(at) < _READING_MS):
        return None
    older = first_ms < span(month_of(now_ms // DAY_MS))[0] * DAY_MS
    return int(percent) if older or not is_whole(db, now_ms) else None


def spent_between(db: sqlite3.Connection, first_ms: int, past_ms: int) -> int:
    """Nano-dollars of the calls of a span of time; reads them one by one, by index."""
    query = "SELECT coalesce(sum(cost_nano), 0) FROM call WHERE ts_ms >= ? AND ts_ms < ?"
    return int(db.execute(query, (first_ms, past_ms)).fetchone()[0])


def is_read(db: sqlite3.Connection, now_ms: int) -> bool:
    """Whether the running month is being read for the first time: its sum means nothing yet."""
    begun = meta.get(db, READING_MS) or (meta.get(db, PROGRESS) or "").partition(" ")[2]
    if not begun.isdecimal() or not 0 <= now_ms - int(begun) < _READING_MS:
        return False
    return not is_whole(db, now_ms)


def judged(
    db: sqlite3.Connection, key: str, spent: int, limit: int, set_ms: int, now_ms: int
) -> int:
    """What a cap judges of the `spent` nano-dollars of the period `key` (`month:2026-11`).

    All of it; but where the limit was set at `set_ms`, before the month was whole, and what was
    brought in from before is past it by itself: only what was spent since. An answer of the user
    sets the limit anew, after the month was whole, and then all counts. While it is being read,
    nobody knows how much that is: only what was spent since. What came after the month
    was whole counts whatever time its rows claim; and what a session made in which hooks ran
    before anything else was known of it, whenever that was.
    """
    whole_ms = int(meta.get(db, WHOLE_MS) or 0) or (_NEVER_MS if is_read(db, now_ms) else 0)
    if not whole_ms or set_ms >= whole_ms or not key.startswith("month:") or spent < limit:
        return spent
    brought = int(meta.get(db, WHOLE_NANO) or 0)
    first, past = (day * DAY_MS for day in span(key[6:]))
    since = spent_between(db, set_ms, past) + _going_on(db, first, min(set_ms, past))
    if whole_ms == _NEVER_MS:
        return min(since, spent)
    since = max(since, spent - brought)
    return since if min(brought, spent - since) >= limit else spent


def _going_on(db: sqlite3.Connection, first_ms: int, past_ms: int) -> int:
    """As `spent_between`, of the sessions whose start the ledger is too young to know."""
    (cost,) = db.execute(
        "SELECT coalesce(sum(cost_nano), 0) FROM call WHERE ts_ms >= ? AND ts_ms < ? AND session IN"
        " (SELECT session.id FROM told JOIN session ON uuid = told.session WHERE what = ?)",
        (first_ms, past_ms, intern.GOES_ON),
    ).fetchone()
    return int(cost)
