"""What a handler may use besides its event; what could not be read does not end the call."""

from __future__ import annotations

import time

from cheaproute.config import paths, snapshot
from cheaproute.context import Surroundings
from cheaproute.errors import ConfigError, LedgerBusy, LedgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from cheaproute.cap.verdict import Verdict

    T = TypeVar("T")

# Seconds that a hook waits for others' writes, all waits together; it gives up at 8.
PATIENCE_S = 6.5


class Context(Surroundings):
    """One hook call's surroundings.

    `trouble` is the first thing that failed beside the judgement, `notices` what the user is to be
    told of it; `known` is the judgement as it stands, for whoever must answer in a hurry.
    """

    def __init__(self, env: Mapping[str, str], now_ms: int | None = None) -> None:
        super().__init__(env)
        self.now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        self.patient_until_s = time.monotonic() + PATIENCE_S
        self.trouble: Exception | None = None
        self.notices: list[str] = []
        self.known: Verdict | None = None

    def time_ms(self) -> int:
        """The time of the event: one for the whole call."""
        return self.now_ms

    @property
    def settings(self) -> dict[str, object]:
        """All settings, nested by section; the last good ones while config.toml is wrong."""
        if self._settings is None:
            try:
                self._settings = snapshot.load(self.env)
            except ConfigError as error:
                from cheaproute import log

                log.write(self.env, "settings", error)
                self._settings = snapshot.last_good(self.env)
        return self._settings

    @property
    def db(self) -> sqlite3.Connection:
        """The ledger; where it cannot be written (disk, version, locks), for reading alone.

        Raises:
            LedgerError: it cannot even be read.
        """
        if self._db is None:
            from cheaproute.ledger import store, transactions

            transactions.end_s = self.patient_until_s
            path = paths.ledger_file(self.env)
            try:
                self._db = store.connect(path)
            except LedgerError as error:
                self._db = store.connect_read_only(path, error)
                self.fail("ledger", error)
        return self._db

    @property
    def ledger(self) -> sqlite3.Connection:
        """As `db`."""
        return self.db

    def confirms(self, origin: str) -> bool:
        """Whether settings and option are where the client itself has them."""
        from cheaproute.client import ancestry, settings

        if not ancestry.as_in_the_client(self.env, ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR")):
            return False
        return origin != "option" or self.options().items() <= settings.options(self.env).items()

    def attempt(self, what: str, do: Callable[[], T], otherwise: T) -> T:
        """What `do` answers; `otherwise` if it fails, which is noted and breaks nothing."""
        try:
            return do()
        except Exception as error:  # noqa: BLE001  # whatever it is, the judgement stands
            self.fail(what, error)
            return otherwise

    def fail(self, what: str, error: Exception) -> None:
        """Note that `what` could not be done."""
        from cheaproute import log

        self.trouble = self.trouble or error
        if isinstance(error, LedgerBusy) and self._db is not None:
            self._db.execute("PRAGMA busy_timeout = 0")  # it was waited for once
        if isinstance(error, LedgerBusy) and self._db is not None:
            self._db.execute("PRAGMA busy_timeout = 0")  # it was waited for once
        log.write(self.env, what, error)

    def close(self) -> None:
        """Close what was opened; who lives on has its own patience again."""
        from cheaproute.ledger import transactions

        super().close()
        transactions.end_s = float("inf")

    def leave(self) -> None:
        """Before the process ends as it stands, without `close`."""
        if self._db is not None:
            from cheaproute.ledger import store

            store.tidy(self._db, paths.ledger_file(self.env))
