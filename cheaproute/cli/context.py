"""What every command is given: the environment, the clock, the ledger, the output."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

from cheaproute.cli.output import Output
from cheaproute.client import settings as client_settings
from cheaproute.context import Surroundings
from cheaproute.report.terminal import draw

if TYPE_CHECKING:
    import sqlite3

    from cheaproute.errors import ConfigError


class Context(Surroundings):
    """The edges of the program, opened when first used; close it when done."""

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        super().__init__(env)
        self._synced = False
        self.stdin = stdin or sys.stdin
        self.out = Output(stdout or sys.stdout, env)
        self.err = Output(stderr or sys.stderr, env)

    def now_ms(self) -> int:
        """The time, in UTC milliseconds."""
        return self.time_ms()

    def wrong(self, error: ConfigError) -> None:
        """Say what is wrong in config.toml; the settings from before hold."""
        self.say(f"cheaproute: {error}; the settings from before hold")

    @property
    def running(self) -> str:
        """The session that this is typed in, by the client's name for it; "" outside of one."""
        return self.env.get("CLAUDE_CODE_SESSION_ID", "")

    @property
    def plan(self) -> bool:
        """Whether the user pays by subscription, so that amounts are list-price equivalents."""
        return self.subscription

    def options(self) -> dict[str, str]:
        """As the client keeps it: a command is not given it.

        What it says now was said before this command, and must not win later as news.
        """
        return client_settings.options(self.env)

    def ledger(self) -> sqlite3.Connection:
        """The user's ledger, created if there is none, with the caps as config.toml has them.

        Raises:
            ConfigError: config.toml is wrong.
            LedgerError: it cannot be opened or trusted.
        """
        if not self._synced:
            self.sync_caps()
            self._synced = True
        return self.db

    def say(self, text: str) -> None:
        """Tell the user something that is not data: one line on stderr, behind what was printed."""
        with contextlib.suppress(OSError, ValueError):  # nobody reads it any more
            self.out.stream.flush()
        self.err.line(text)

    @property
    def person_there(self) -> bool:
        """Whether somebody reads our questions and can answer."""
        return self.stdin.isatty() and self.err.terminal

    def confirm(self, question: str) -> bool:
        """Whether the user answers yes; no where nobody can be asked.

        What was typed before the question stands on the screen is no answer to it.
        """
        if not self.person_there:
            return False
        _forget_typed(self.stdin)
        asked = "\n".join(draw.fill(f"{question} [y_N]", self.err.width))  # `/` may end a line
        self.err.write(asked.replace("[y_N]", "[y/N]") + " ")
        return self.stdin.readline().strip().lower() in ("y", "yes")


def _forget_typed(terminal: TextIO) -> None:
    if sys.platform == "win32":
        return
    import termios

    with contextlib.suppress(OSError, ValueError, termios.error):
        termios.tcflush(terminal.fileno(), termios.TCIFLUSH)
