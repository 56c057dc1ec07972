"""The limits the user set: by the plugin's option, by command, in config.toml; the last wins.

A source counts as written when its value differs from what was last seen of it (table `meta`), so
`cap set 5` in one terminal holds although every hook of an older session still carries the option
of 40. Table `cap` has one row a period (`month`), and for `raise --until-reset` one a period key
(`month:2026-11`) that holds an extra amount and means nothing once the month is over.
"""

from __future__ import annotations

import os

from cheaproute.cap import periods
from cheaproute.days import DAY_MS
from cheaproute.ledger.transactions import Immediate, sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cheaproute.cap.periods import Word

# After any time at which a month was read whole.
_LATER_THAN_ALL_MS = 1 << 52
# Beside config.toml: a ledger that is lost takes no limit set by command with it.
KEPT = "caps.json"
_KEPT_MS = 90 * DAY_MS


class Limit:
    """What is allowed in a period: `base + extra` nano-dollars; `base` None: no cap."""

    __slots__ = ("base", "extra", "origin", "set_ms")

    def __init__(self, base: int | None, extra: int, origin: str, set_ms: int) -> None:
        self.base = base
        self.extra = extra
        self.origin = origin  # 'option', 'command', 'config', '' if never set
        self.set_ms = set_ms

    @property
    def nano(self) -> int | None:
        """The whole limit."""
        return None if self.base is None else self.base + self.extra


def limits(db: sqlite3.Connection, keys: Mapping[str, str]) -> dict[str, Limit]:
    """The limit of each period of `keys` (`period.keys`), by name."""
    wanted = (*keys, *keys.values())
    marks = ",".join("?" * len(wanted))
    rows = db.execute(
        f"SELECT period, limit_nano, origin, set_ms FROM cap WHERE period IN ({marks})",  # noqa: S608
        wanted,
    )
    found = {row[0]: row[1:] for row in rows}
    answer = {}
    for name, key in keys.items():
        base, origin, set_ms = found.get(name, (None, "", 0))
        extra = found[key][0] if key in found else 0
        answer[name] = Limit(base, extra, origin, set_ms)
    return answer


def known(db: sqlite3.Connection) -> bool:
    """Whether a limit was ever set or unset here."""
    return db.execute("SELECT 1 FROM cap LIMIT 1").fetchone() is not None


def sync(
    db: sqlite3.Connection,
    options: Mapping[str, str],
    config: Mapping[str, object],
    now_ms: int,
    *,
    confirms: Callable[[str], bool] = lambda _origin: True,
) -> None:
    """Take over what the plugin's options (by install) and `config` (the cap section) newly say.

    An option that is absent says nothing: the command line is not given it. 0 says "no cap". What
    is no amount says nothing. Options are seen per install: two installs with different ones would
    else take turns for ever. What allows more is taken over only if `confirms(origin)`: a
    variable can make a file of it that is not the user's. Costs one read where nothing changed.
    """
    words = periods.said(options, config)
    if not _news(db, words):
        return
    with Immediate(db):
        for key, stands in _due(db, words, confirms):
            value, name, origin = words[key]
            db.execute("INSERT OR REPLACE INTO meta VALUES(?, ?)", (key, value))
            if not stands:
                _write(db, name, int(value) or None, origin, now_ms)


def coming(
    db: sqlite3.Connection, words: Mapping[str, Word], now_ms: int, confirms: Callable[[str], bool]
) -> dict[str, Limit]:
    """The limits that `sync` would write of `words` now, by period; here nothing is written."""
    due = [words[key] for key, stands in _due(db, words, confirms) if not stands]
    return {name: Limit(int(nano) or None, 0, origin, now_ms) for nano, name, origin in due}


def put(
    db: sqlite3.Connection,
    wanted: Mapping[str, int | None],
    now_ms: int,
    place: str = "",
    *,
    heard: Iterable[tuple[str, Word]] = (),
) -> None:
    """Set (nano-dollars) or unset (None) the limits of `wanted`'s periods, by command.

    They are kept in the directory `place`, too, if it is named and can be written. What else
    says of them (`heard`) was said before, also where it was not confirmed: no news later.
    """
    with Immediate(db):
        for name, nano in wanted.items():
            _write(db, name, nano, "command", now_ms)
        rows = [(key, value) for key, (value, name, _) in heard if name in wanted]
        db.executemany("INSERT OR REPLACE INTO meta VALUES(?, ?)", rows)
    if place:
        save(db, place)


def save(db: sqlite3.Connection, directory: str) -> None:
    """Write down in `directory` what limits hold; it may be one that cannot be written."""
    from cheaproute.cap.fallback import kept

    rows = dict(db.execute("SELECT period, limit_nano FROM cap").fetchall())
    said = {name: rows[name] for name in periods.NAMES if name in rows}
    kept.write(os.path.join(directory, KEPT), said)


def restore(db: sqlite3.Connection, *directories: str) -> bool:
    """Set again what was kept, in a ledger that knows of no limit; whether there was anything."""
    if known(db):
        return False
    from cheaproute.cap.fallback import kept

    return again(db, kept.read(*(os.path.join(place, KEPT) for place in directories)))


def again(db: sqlite3.Connection, said: object) -> bool:
    """Set the limits of `said` (nano-dollars by period) anew; whether there were any.

    They are older than the ledger: all of a month that is read again counts.
    """
    from cheaproute.cap.fallback import kept

    amounts = kept.amounts(said)
    wanted: dict[str, int | None] = {n: amounts[n] for n in periods.NAMES if n in amounts}
    if wanted:
        put(db, wanted, _LATER_THAN_ALL_MS)
    return bool(wanted)


def is_new(db: sqlite3.Connection) -> bool:
    """Whether the ledger knows of no limit but what was set again."""
    row = db.execute("SELECT 1 FROM cap WHERE set_ms != ? LIMIT 1", (_LATER_THAN_ALL_MS,))
    return row.fetchone() is None


def told(db: sqlite3.Connection) -> dict[str, int]:
    """The limits that hold, nano-dollars by period: for whoever is to remember them."""
    rows = dict(db.execute("SELECT period, limit_nano FROM cap WHERE limit_nano > 0").fetchall())
    return {name: rows[name] for name in periods.NAMES if name in rows}


def add(db: sqlite3.Connection, key: str, nano: int, now_ms: int) -> None:
    """Allow `nano` more in the one period `key` (`month:2026-11`); said twice, it adds up."""
    with Immediate(db):
        db.execute("DELETE FROM cap WHERE origin = 'raise' AND set_ms < ?", (now_ms - _KEPT_MS,))
        db.execute(
            "INSERT INTO cap VALUES(?, ?, 'raise', ?) ON CONFLICT DO UPDATE"
            " SET limit_nano = limit_nano + excluded.limit_nano, set_ms = excluded.set_ms",
            (key, nano, now_ms),
        )
        _forget_alerts(db, key.partition(":")[0])


def beyond(db: sqlite3.Connection, session: int, spent_nano: int, now_ms: int) -> tuple[int, int]:
    """What the session's turn may spend past its caps in all, and what is left of that."""
    said = "SELECT nano, from_nano FROM cap_override WHERE session = ? AND until_ms > ?"
    try:
        row = db.execute(said, (session, now_ms)).fetchone() if session else None
    except sqlite3.Error:  # an older ledger
        return 0, 0
    return (row[0], max(0, min(row[0], row[0] + row[1] - spent_nano))) if row else (0, 0)


def _write(db: sqlite3.Connection, name: str, nano: int | None, origin: str, now_ms: int) -> None:
    db.execute("INSERT OR REPLACE INTO cap VALUES(?, ?, ?, ?)", (name, nano, origin, now_ms))
    # A limit newly said is the whole of it: an earlier raise was of the earlier limit.
    db.execute("DELETE FROM cap WHERE period > ? AND period < ?", (f"{name}:", f"{name};"))
    _forget_alerts(db, name)


def _forget_alerts(db: sqlite3.Connection, name: str) -> None:
    """Let a threshold be said again that is no longer passed: the limit under it has moved."""
    db.execute(
        "DELETE FROM alert WHERE period > ? AND period < ? AND abs(percent) / 100.0 * coalesce("
        " (SELECT limit_nano FROM cap WHERE period = ?)"
        " + coalesce((SELECT limit_nano FROM cap WHERE cap.period = alert.period), 0), 1e18)"
        " > coalesce((SELECT cost_nano FROM spent WHERE spent.period = alert.period), 0)",
        (f"{name}:", f"{name};", name),
    )


def _due(
    db: sqlite3.Connection, words: Mapping[str, Word], confirms: Callable[[str], bool]
) -> list[tuple[str, bool]]:
    """The keys of `words` that are news and taken over, in order; whether that stands already."""
    held: dict[str, tuple[int | None, str]] = {}
    found = []
    for key in _news(db, words):
        value, name, origin = words[key]
        if name not in held:
            read = "SELECT limit_nano, origin FROM cap WHERE period = ?"
            held[name] = db.execute(read, (name,)).fetchone() or (None, "")
        wanted, (limit, whose) = int(value) or None, held[name]
        loosens = limit is not None and (wanted is None or wanted > limit)
        if loosens and not confirms(origin):
            continue
        stands = (wanted, origin, whose) == (limit, "option", "option")
        found.append((key, stands))  # what stands is no new word
        held[name] = (wanted, origin)
    return found


def _news(db: sqlite3.Connection, said: Mapping[str, Word]) -> list[str]:
    """The keys of `said` whose value was not the last one seen; never seen is like "no cap"."""
    marks = ",".join("?" * len(said))
    seen = dict(db.execute(f"SELECT key, value FROM meta WHERE key IN ({marks})", tuple(said)))  # noqa: S608
    return [key for key, (value, _, _) in said.items() if value != seen.get(key, "0")]
