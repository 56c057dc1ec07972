"""What a handler may use besides its event: the clock, the environment, settings and ledger."""

from __future__ import annotations

import time

from cheaproute.config import paths, snapshot
from cheaproute.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from cheaproute.usage.prices import Prices


class Context:
    """One hook call's surroundings. Settings, prices and ledger are opened when first asked for."""

    def __init__(self, env: Mapping[str, str], now_ms: int | None = None) -> None:
        self.env = env
        self.now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        self._settings: dict[str, object] | None = None
        self._prices: Prices | None = None
        self._plan: bool | None = None
        self._db: sqlite3.Connection | None = None

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

    def section(self, name: str) -> dict[str, object]:
        """One section of the settings."""
        section = self.settings.get(name)
        return section if isinstance(section, dict) else {}

    @property
    def prices(self) -> Prices:
        """The price table with the user's overrides."""
        if self._prices is None:
            from cheaproute.usage import prices

            overrides = self.section("prices").get("overrides")
            self._prices = prices.load(overrides if isinstance(overrides, dict) else {})
        return self._prices

    @property
    def plan(self) -> bool:
        """Whether a subscription pays, not each token: amounts are list-price equivalents."""
        if self._plan is None:
            from cheaproute.client import login

            self._plan = login.kind(self.env, self.settings) == "plan"
        return self._plan

    @property
    def ledger(self) -> sqlite3.Connection:
        """The ledger, opened.

        Raises:
            LedgerError: it cannot be opened or trusted.
        """
        if self._db is None:
            from cheaproute.ledger import store

            self._db = store.connect(paths.ledger_file(self.env))
        return self._db

    def leave(self) -> None:
        """Before the process ends as it stands, without `close`."""
        if self._db is not None:
            from cheaproute.ledger import store

            store.tidy(self._db, paths.ledger_file(self.env))

    def close(self) -> None:
        """Close what was opened; for callers that live on."""
        if self._db is not None:
            self._db.close()
            self._db = None
