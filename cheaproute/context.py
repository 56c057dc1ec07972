"""The surroundings of the program: environment, clock, settings, prices, ledger.

Each is opened when first asked for (hot path). Hooks and commands add what is theirs.
"""

from __future__ import annotations

import os
import time

from cheaproute.config import paths, snapshot
from cheaproute.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from cheaproute.cap.limits import Limit
    from cheaproute.usage.prices import Prices

# Variables that say which settings are read.
PLACES = ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR")
_FULL = 100
_PLAN_FULL = "Your plan's limit is full"
_EXTRA_USAGE = "Extra usage is on, and nothing tells how full your plan is"
_GATEWAY = (
    "A gateway answers, and nothing tells that your plan pays "
    "(`cheaproute config set billing plan` does)"
)
_OPTION = "CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"


class Surroundings:
    """What hooks, commands, workers and the guide's API have in common; `close` it when done."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = env
        self._settings: dict[str, object] | None = None
        self._prices: Prices | None = None
        self._subscription: bool | None = None
        self._db: sqlite3.Connection | None = None
        self.lost = False  # the ledger is new although there was one

    def time_ms(self) -> int:
        """The time, in UTC milliseconds."""
        return int(time.time() * 1000)

    @property
    def settings(self) -> dict[str, object]:
        """The user's settings, nested by section, defaults filled in; a team's prices over theirs.

        While config.toml is wrong they are the last good ones where `wrong` goes on.

        Raises:
            ConfigError: config.toml is wrong.
        """
        if self._settings is None:
            try:
                self._settings = snapshot.load(self.env)
            except ConfigError as error:
                self.wrong(error)
                self._settings = snapshot.last_good(self.env)
            place = paths.data_dir(self.env)
            if os.path.exists(f"{place}/team.json"):
                from cheaproute.cap.shared import lease

                self._settings = lease.priced(self._settings, place)
        return self._settings

    def wrong(self, error: ConfigError) -> None:
        """What is done about a config.toml that is wrong: nothing goes on."""
        raise error

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

    def transcripts(self) -> list[str]:
        """Where this user's transcripts lie, by the environment and the settings."""
        from cheaproute.client.transcript import layout

        return layout.projects(self.env, self.section("ledger").get("claude_dirs"))

    @property
    def config_dir(self) -> str:
        """The directory of config.toml."""
        return paths.config_dir(self.env)

    @property
    def plugin_data(self) -> str:
        """The client's own folder for the plugin; "" where it named none."""
        place = self.env.get("CLAUDE_PLUGIN_DATA", "")
        return place if os.path.isabs(place) else ""

    @property
    def subscription(self) -> bool:
        """Whether a subscription pays, not each token: amounts are list-price equivalents."""
        if self._subscription is None:
            from cheaproute.client import login

            self._subscription = login.kind(self.env, self.settings) == "plan"
        return self._subscription

    @property
    def plan_pays(self) -> bool:
        """Whether a plan pays for the next call, so that a cap need not stop it."""
        return self.subscription and not self.plan_doubt

    @property
    def plan_doubt(self) -> str:
        """Why the next call of who has a plan may be billed by the token; "" where nothing says so.

        Where the plan's limit is full and requests go on, they are. Where extra usage is on, or a
        gateway answers, nobody knows until how full the plan is has been told.
        """
        from cheaproute.client import login
        from cheaproute.ledger.module import rate_limits

        windows = rate_limits.read(self.db, self.time_ms())
        if windows:
            return _PLAN_FULL if any(window.percent >= _FULL for window in windows) else ""
        if login.is_behind_gateway(self.env, self.settings):
            return _GATEWAY
        return _EXTRA_USAGE if login.pays_past_the_plan(self.env) else ""

    @property
    def at_cap(self) -> str:
        """What happens at a cap, by the setting and by who pays: `block`, `cheap` or `warn`."""
        from cheaproute.cap.answers import gate

        return gate.at_cap(self.section("cap").get("at_cap"), subscription=self.plan_pays)

    @property
    def db(self) -> sqlite3.Connection:
        """The user's ledger, created if there is none.

        Raises:
            LedgerError: it cannot be opened or trusted.
        """
        if self._db is None:
            from cheaproute.ledger import store

            self._db = store.connect(paths.ledger_file(self.env))
            if self._db.mended:
                self.recount(self._db)
        return self._db

    def recount(self, db: sqlite3.Connection) -> None:
        """Make the sums anew where others had changed what keeps them, and log it."""
        from cheaproute import log
        from cheaproute.ledger.upkeep import recount

        found = recount.where_due(db)
        if found is not None:
            log.write(self.env, "triggers", found)

    def sync_caps(self) -> None:
        """Take over what config.toml and the plugin's option newly say of the caps.

        Raises:
            ConfigError: config.toml is wrong.
            LedgerError: the ledger cannot be used.
        """
        from cheaproute.cap import limits

        places = [place for place in (self.config_dir, self.plugin_data) if place]
        if not limits.known(self.db) and any(os.path.exists(f"{p}/{limits.KEPT}") for p in places):
            self.lost = limits.restore(self.db, *places)
        limits.sync(
            self.db, self.options(), self.section("cap"), self.time_ms(), confirms=self.confirms
        )

    def confirms(self, _origin: str) -> bool:
        """Whether a limit that allows more is the user's word: a variable may name another file."""
        from cheaproute.client import ancestry

        return not ancestry.whose_word(self.env)

    def coming_caps(self) -> dict[str, Limit]:
        """What a gate will take over of the caps at its next event, for who shows or tells them.

        Nothing is written: only a gate, or a person at a terminal, loosens what holds.
        """
        from cheaproute.cap import limits, periods

        words = periods.said(self.options(), self.section("cap"))
        return limits.coming(self.db, words, self.time_ms(), self.foresees)

    def foresees(self, origin: str) -> bool:
        """Whether a gate would take for the user's word what allows more.

        Within a client only where the places are the client's own.
        """
        from cheaproute.client import ancestry

        if self.confirms(origin) or not ancestry.whose_word(self.env, terminal=False):
            return True
        return ancestry.as_in_the_client(self.env, PLACES)

    def options(self) -> dict[str, str]:
        """The plugin's option by install, as the client handed it to us: one or none."""
        if _OPTION not in self.env:
            return {}
        from cheaproute.client import settings

        return settings.option_given(self.env)

    def close(self) -> None:
        """Close what was opened."""
        if self._db is not None:
            self._db.close()
            self._db = None
