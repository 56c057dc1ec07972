"""What a handler may use besides its event; what could not be read does not end the call."""

from __future__ import annotations

import os
import time

from cheaproute import client
from cheaproute.config import paths
from cheaproute.context import PLACES, Surroundings
from cheaproute.errors import LedgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from typing import TypeVar

    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.errors import ConfigError
    from cheaproute.ledger.module.seats import Seats

    T = TypeVar("T")

# Seconds that a hook waits for others, all waits together (it gives up at 8), and while they get
# nothing written; the latter where that was seen in vain just before.
PATIENCE_S = 6.5
STALL_S, AGAIN_S = 1.5, 0.1
_READ_ONLY = 8  # SQLITE_READONLY
_A_LEDGER = "SELECT cap.limit_nano, spent.cost_nano FROM cap, spent LIMIT 1"


class Context(Surroundings):
    """One hook call's surroundings.

    `trouble` is the first thing that failed beside the judgement, `notices` what the user is to be
    told of it; `known` is the judgement as it stands, for whoever must answer in a hurry;
    `stands_in`: the ledger is one in memory, and what is written into it is gone with the process.
    `doubt` is told what fails, and may end the process: other code answers where files are damaged.
    `more_s`: so much longer a person who typed waits, then `late` is said; `client_pid`: who asks.
    """

    def __init__(
        self, env: Mapping[str, str], now_ms: int | None = None, patience_s: float = 0.0
    ) -> None:
        super().__init__(env)
        self.now_ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
        self._patient_until_s = time.monotonic() + (patience_s or PATIENCE_S)
        self._held = False
        self.stands_in = False
        self.trouble: Exception | None = None
        self.notices: list[str] = []
        self.known: Verdict | None = None
        self.doubt: Callable[[Exception, bytes | None], None] = lambda _error, _raw: None
        self.raw: bytes | None = None
        self.more_s, self.late = 0.0, ""
        self.unseen = 0  # nano-dollars that could not be written down
        self.client_pid = client.pid()

    def until(self, seconds: float) -> float:
        """When a wait of `seconds` that begins now has to end (`time.monotonic`)."""
        return min(time.monotonic() + seconds, self._patient_until_s)

    def time_ms(self) -> int:
        """The time of the event: one for the whole call."""
        return self.now_ms

    def wrong(self, error: ConfigError) -> None:
        """Log what is wrong in config.toml; the settings from before hold."""
        from cheaproute import log

        log.write(self.env, "settings", error)

    @property
    def db(self) -> sqlite3.Connection:
        """The ledger; where it cannot be written (disk, version, locks), for reading alone.

        Where it cannot even be read an empty one in memory stands in.
        """
        if self._db is None:
            from cheaproute.ledger import locks, store
            from cheaproute.ledger.transactions import Budget, sqlite3

            path = paths.ledger_file(self.env)
            self._held = locks.held(os.path.dirname(path))
            Budget.end_s = self._patient_until_s
            Budget.stall_s = AGAIN_S if self._held else STALL_S
            Budget.stalled = Budget.wrote = False
            try:
                self._db = db = store.connect(path)
                if db.mended:
                    self.attempt("triggers", lambda: self.recount(db), None)
                self._db.execute(_A_LEDGER).fetchone()  # not just any database
            except (LedgerError, sqlite3.DatabaseError) as error:
                self._db = self._otherwise(path, error)
        return self._db

    def _otherwise(self, path: str, error: Exception) -> sqlite3.Connection:
        """The ledger that cannot be opened, for reading; else an empty one in memory.

        With that goes on what the session's own files and the limits kept elsewhere tell.
        """
        from cheaproute.ledger import read_only, store

        if not isinstance(error, LedgerError):
            from cheaproute import kinds

            error = kinds.ledger(error, path)
        try:
            db = read_only.connect(path, error)
        except LedgerError:
            db = store.in_memory()
            self.stands_in = True
        self.fail("ledger", error)
        return db

    @property
    def ledger(self) -> sqlite3.Connection:
        """As `db`."""
        return self.db

    @property
    def is_one_run(self) -> bool:
        """Whether the client answers one prompt and ends (`-p`): a next turn it will not have."""
        from cheaproute.client import command_line

        one = self.env.get("CLAUDE_CODE_ENTRYPOINT") == "sdk-cli"
        return one and not command_line.is_led(command_line.command())

    @property
    def attended(self) -> bool:
        """Whether a person sees what is said here: what nobody saw does not count as said."""
        from cheaproute.client import ancestry

        return ancestry.attended(self.env)

    def config_way(self) -> str:
        """config.toml where a person may have no terminal: `-p`, an SDK, the cloud; else ""."""
        cloud = self.env.get("CLAUDE_CODE_ENTRYPOINT", "").startswith("remote")
        return paths.config_file(self.env) if cloud or not self.attended else ""

    def seat(self, session: str) -> Seats | None:
        """The seats of the module that `session` has in this very client, None without one."""

        def look() -> Seats | None:
            known = "SELECT id FROM session JOIN seat ON session = id WHERE uuid = ?"
            row = self.ledger.execute(known, (session,)).fetchone()
            return self.live_seat(row[0]) if row else None

        return self.attempt("seat", look, None)

    def live_seat(self, session: int) -> Seats | None:
        """The same of the session with that number in the ledger."""
        from cheaproute.ledger.module import seats

        def started(pid: int) -> str:
            from cheaproute.cap import process_identity  # where there is a module

            return process_identity.started(pid)

        return seats.live(self.ledger, session, self.client_pid, started)

    def shows_dialogs(self, session: int) -> bool:
        """Whether a person sees the module's dialogs there, one of which may raise a cap."""
        if self.env.get("CLAUDE_CODE_ENTRYPOINT") != "cli" or not self.attended:
            return False
        module = self.attempt("way on", lambda: self.live_seat(session), None)
        return module is not None and module.shows_dialogs

    def take_up(self, session: str) -> None:
        """What stands before a judgement: new settings, and that hooks run in `session`."""
        from cheaproute.ledger import intern

        self.attempt("caps", self.sync_caps, None)
        if self.lost:  # a leave may have been given while no limit stood there
            from cheaproute.cap import reservations

            self.attempt("leaves", lambda: reservations.end_leaves(self.ledger), None)
        self.attempt("goes on", lambda: intern.goes_on(self.ledger, session, self.now_ms), None)

    def keep_caps(self) -> None:
        """Have what limits hold stand in a third place, too: ledger and caps.json may both go."""
        from cheaproute.cap import limits

        if self.plugin_data and not self.stands_in and limits.known(self.ledger):
            limits.save(self.ledger, self.plugin_data)

    def confirms(self, origin: str) -> bool:
        """Whether settings and option are where the client itself has them."""
        from cheaproute.client import ancestry, settings

        if not ancestry.as_in_the_client(self.env, PLACES):
            return False
        return origin != "option" or self.options().items() <= settings.options(self.env).items()

    foresees = confirms

    def attempt(self, what: str, do: Callable[[], T], otherwise: T) -> T:
        """What `do` answers; `otherwise` if it fails, which is noted and breaks nothing."""
        try:
            return do()
        except Exception as error:  # noqa: BLE001  # whatever it is, the judgement stands
            self.fail(what, error)
            return otherwise

    def fail(self, what: str, error: Exception) -> None:
        """Note that `what` could not be done."""
        self.doubt(error, self.raw)
        from cheaproute import log

        if self.trouble is not None and getattr(error, "sqlite_errorcode", 0) & 0xFF == _READ_ONLY:
            return  # as was to be expected of a ledger that could be opened for reading alone
        self.trouble = self.trouble or error
        self._give_up_waiting(error)
        log.write(self.env, what, error)

    def _give_up_waiting(self, error: Exception) -> None:
        """The ledger was waited for once, if that is what `error` says: not again, by nobody."""
        from cheaproute.ledger import locks, transactions

        if transactions.busy(error):
            transactions.Budget.end_s = 0.0
            if transactions.Budget.stalled:  # else it was a long queue, which goes on
                locks.note_held(os.path.dirname(paths.ledger_file(self.env)))

    def close(self) -> None:
        """Close what was opened; who lives on has its own patience again."""
        from cheaproute.ledger.transactions import Budget

        self._tell_held()
        super().close()
        Budget.end_s = Budget.stall_s = float("inf")
        Budget.wait_s = 0.0

    def leave(self) -> None:
        """Before the process ends as it stands, without `close`."""
        if self._db is not None and not self.stands_in:
            from cheaproute.ledger import store

            self._tell_held()
            store.tidy(self._db, paths.ledger_file(self.env))

    def _tell_held(self) -> None:
        """Take back that the ledger is held, where this process has written to it."""
        if self._held and self._db is not None:
            from cheaproute.ledger import locks
            from cheaproute.ledger.transactions import Budget

            if Budget.wrote:
                locks.forget_held(os.path.dirname(paths.ledger_file(self.env)))
