"""What every command is given: the environment, the clock, the ledger, the output."""

from __future__ import annotations

import sqlite3
import sys
import time
from collections.abc import Mapping
from typing import TextIO

from cheaproute.cap import limits
from cheaproute.cli.output import Output
from cheaproute.client import login
from cheaproute.config import paths, snapshot
from cheaproute.ledger import store


class Context:
    """The edges of the program, opened when first used; close it when done."""

    def __init__(
        self,
        env: Mapping[str, str],
        *,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        self.env = env
        self.stdin = stdin or sys.stdin
        self.out = Output(stdout or sys.stdout, env)
        self.err = Output(stderr or sys.stderr, env)
        self._settings: dict[str, object] | None = None
        self._ledger: sqlite3.Connection | None = None

    def now_ms(self) -> int:
        """The time, in UTC milliseconds."""
        return int(time.time() * 1000)

    @property
    def settings(self) -> dict[str, object]:
        """The user's settings, nested by section, defaults filled in.

        Raises:
            ConfigError: config.toml is wrong.
        """
        if self._settings is None:
            self._settings = snapshot.load(self.env)
        return self._settings

    @property
    def plan(self) -> bool:
        """Whether the user pays by subscription, so that amounts are list-price equivalents."""
        return login.kind(self.env, self.settings) == "plan"

    def ledger(self) -> sqlite3.Connection:
        """The user's ledger, created if there is none, with the caps as config.toml has them.

        Raises:
            ConfigError: config.toml is wrong.
            LedgerError: it cannot be opened or trusted.
        """
        if self._ledger is None:
            section = self.settings["cap"]
            assert isinstance(section, dict)  # noqa: S101  # a section of the defaults
            self._ledger = store.connect(paths.ledger_file(self.env))
            limits.sync(self._ledger, self.env, section, self.now_ms())
        return self._ledger

    def say(self, text: str) -> None:
        """Tell the user something that is not data: one line on stderr."""
        self.err.line(text)

    def confirm(self, question: str) -> bool:
        """Whether the user answers yes; no where nobody can be asked."""
        if not (self.stdin.isatty() and self.err.terminal):
            return False
        self.err.write(f"{question} [y/N] ")
        return self.stdin.readline().strip().lower() in ("y", "yes")

    def close(self) -> None:
        """Close what was opened."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None
