"""argparse, with errors of one line: they go through the funnel like every other."""

from __future__ import annotations

import argparse
import gettext
import shutil
from collections.abc import Sequence
from typing import NoReturn

from cheaproute.cli import commands, complaints
from cheaproute.errors import UsageError
from cheaproute.report.terminal import draw, phrase

_EXITS = """\
exit codes: 0 done, 1 it could not be done, 2 usage,
  3 a bug, 4 cap reached, 130 interrupted
`cheaproute help COMMAND` says more about a command;
with --plain any of them speaks ASCII; the names
of your projects and files stay as they are."""


def _no_catalogue(*_where: object, all: bool = False, **_languages: object) -> list[str] | None:  # noqa: A002
    """Nothing of ours is translated; a catalogue that a variable names could be anything."""
    return [] if all else None


gettext.find = _no_catalogue  # type: ignore[assignment]  # argparse asks it as it complains


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is a UsageError, not an exit."""

    def error(self, message: str) -> NoReturn:
        """Raise the complaint as a UsageError, in our words."""
        raise UsageError(f"{complaints.said(self, message)} (see `{self.prog} --help`)")


def top(version: str) -> Parser:
    """The parser of what stands before the command's own words."""
    width = max((len(name) for name in commands.COMMANDS), default=0)
    room = shutil.get_terminal_size().columns
    rows = "\n".join(
        line
        for name, row in commands.COMMANDS.items()
        if name not in commands.MOVED
        for line in draw.hang(f"  {name:<{width}}  {row[1]}", room)
    )
    parser = Parser(
        prog="cheaproute",
        usage="cheaproute COMMAND [...]",
        description=f"Route cheap, run all day.\n\ncommands:\n{rows}",
        epilog=_EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"cheaproute {version}")
    return parser


def command(name: str, words: Sequence[str] = ()) -> tuple[str, str]:
    """The table's row for `name`; `words` are what stands behind it.

    Raises:
        UsageError: there is no such command; the nearest name is offered, with what is behind it.
    """
    try:
        return commands.COMMANDS[name]
    except KeyError:
        near = phrase.instead([name, *words], commands.COMMANDS)
        hint = f"did you mean `cheaproute {near}`?" if near else "see `cheaproute --help`"
        hint = phrase.ELSEWHERE.get(name.lower(), hint)
        raise UsageError(f"no command {name!r}: {hint}") from None
