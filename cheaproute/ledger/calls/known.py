"""Which calls a first import need not look for: of each id that it wrote, its hash."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

# Ids that are remembered at the most, some 70 bytes each; with more each id is looked for again.
MOST = 500_000


class Known:
    """The ids that a ledger may have: of any other it is sure that there is no such call.

    So from an empty ledger on, until another process writes. An id that is remembered for nothing
    (its call was taken back, or another's hash is the same) is merely looked for. Whoever writes
    calls over several transactions keeps one, and tells it of each.
    """

    __slots__ = ("_hashes", "_version", "whole")

    def __init__(self) -> None:
        self.whole = True
        self._hashes: set[int] = set()
        self._version = -1

    def look(self, db: sqlite3.Connection) -> bool:
        """Find out whether nobody else wrote since the last look; inside a transaction that writes.

        Whether all that may be there is known.
        """
        if self.whole:
            (version,) = db.execute("PRAGMA data_version").fetchone()
            if self._version < 0:
                self._version = version
                self.whole = db.execute("SELECT 1 FROM call LIMIT 1").fetchone() is None
            elif version != self._version:
                self.lose()
        return self.whole

    def among(self, ids: set[str]) -> list[str]:
        """Those of `ids` that may be there."""
        if not self.whole:
            return list(ids)
        hashes = self._hashes
        return [identity for identity in ids if hash(identity) in hashes] if hashes else []

    def add(self, ids: Iterable[str]) -> None:
        """Remember the `ids` of calls that were written."""
        if self.whole:
            self._hashes.update(map(hash, ids))
            if len(self._hashes) > MOST:
                self.lose()

    def lose(self) -> None:
        """Be sure of nothing any more: calls were written that it was not told of."""
        self.whole = False
        self._hashes = set()
