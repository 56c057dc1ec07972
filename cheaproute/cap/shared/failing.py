"""Rounds with the folder or the team's server that fail: since when, and why (hot path)."""

from __future__ import annotations

from cheaproute.errors import CheaprouteError
from cheaproute.ledger import meta
from cheaproute.ledger.transactions import sqlite3

WITH = {"sync": "the synced folder", "team": "the team's server"}
_KEY = "failing."
# Sessions begin a round every few minutes: what failed before that may be wanted no more.
_NEWS_MS = 86_400_000
_MOST_TEXT = 300


class Failing:
    """That no round of `what` has succeeded since `since_ms`, and why the last one did not."""

    __slots__ = ("since_ms", "what", "why")

    def __init__(self, what: str, since_ms: int, why: str) -> None:
        self.what = what
        self.since_ms = since_ms
        self.why = why


class Noted:
    """A round of `what` ("sync", "team"), as a context: that it fails is kept till one succeeds."""

    __slots__ = ("db", "now_ms", "what")

    def __init__(self, db: sqlite3.Connection, what: str, now_ms: int) -> None:
        self.db = db
        self.what = what
        self.now_ms = now_ms

    def __enter__(self) -> None:
        """The round begins."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """It succeeded, or it is kept that it did not."""
        try:
            if error is None:
                over(self.db, self.what)
            elif isinstance(error, CheaprouteError):
                before = of(self.db, self.what, self.now_ms)
                since_ms = before.since_ms if before else self.now_ms
                said = f"{self.now_ms} {since_ms} {str(error)[:_MOST_TEXT]}"
                meta.put(self.db, _KEY + self.what, said)
        except sqlite3.Error:
            return  # a full disk, a locked ledger: the round's own end is the news


def over(db: sqlite3.Connection, what: str) -> None:
    """Forget that rounds of `what` fail."""
    if meta.get(db, _KEY + what):
        db.execute("DELETE FROM meta WHERE key = ?", (_KEY + what,))


def of(db: sqlite3.Connection, what: str, now_ms: int) -> Failing | None:
    """Since when rounds of `what` fail; None where the last of late did not, or there was none."""
    last, _, rest = meta.get(db, _KEY + what).partition(" ")
    since, _, why = rest.partition(" ")
    if not (last.isdigit() and since.isdigit()) or now_ms - int(last) > _NEWS_MS:
        return None
    return Failing(WITH[what], int(since), why)


def all_of(db: sqlite3.Connection, now_ms: int) -> list[Failing]:
    """Each of those that fail."""
    return [found for what in WITH if (found := of(db, what, now_ms))]
