"""argparse, with errors of one line: they go through the funnel like every other."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from typing import NoReturn

from cheaproute.cli import cap_words, commands, complaints
from cheaproute.errors import UsageError
from cheaproute.report.terminal import draw, phrase

_EXITS = """\
exit codes: 0 done, 1 it could not be done, 2 usage,
  3 a bug, 4 cap reached, 130 interrupted
`cheaproute help COMMAND` says more about a command;
with --plain any of them speaks ASCII; the names
of your projects and files stay as they are."""


# What people call a command that has another name.
_MEANT = {
    "usage": "costs", "cost": "costs", "spend": "costs", "spent": "costs", "bill": "costs",
    "stats": "costs", "status": "doctor", "check": "doctor", "health": "doctor",
    "budget": "cap", "limit": "cap", "limits": "cap", "settings": "config", "set": "config set",
    "html": "report", "page": "report", "savings": "plan", "save": "plan", "optimize": "plan",
    "version": "--version", "install": "setup", "remove": "uninstall", "explain": "why",
}  # fmt: skip
# What no command of ours does.
_OFF = "`claude plugin disable cheaproute` switches it off, `CHEAPROUTE_DISABLE=1` for one shell"
_NEWER = "`claude plugin update cheaproute@cheaproute`; in a clone: git pull, then ./install.sh"
_ELSEWHERE = {
    **dict.fromkeys(("off", "disable", "stop", "pause"), _OFF),
    **dict.fromkeys(("update", "upgrade"), _NEWER),
}


def _whole(near: str, name: str, words: list[str]) -> str:
    """`costs today` for `cost today`, `cap set 50` for `set cap 50` and for `budget 50`."""
    if words and words[0] in commands.COMMANDS and near not in ("help", *commands.COMMANDS):
        return " ".join([words[0], name, *words[1:]])
    if near == "costs" and words and phrase.view(f"/costs {' '.join(words)}"):
        return " ".join([near, *words])
    amount = near == "cap" and words and cap_words.is_amount(words[0])
    return " ".join([near, "set", *words]) if amount else near


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
        views = (*phrase.VIEWS, *phrase.SPANS)
        known = (*commands.COMMANDS, *views, "help")
        near = phrase.of_costs(name) or complaints.near(name, known)
        near = phrase.of_costs(near) if near in views and near not in commands.COMMANDS else near
        near = _whole(_MEANT.get(name.lower(), near), name, list(words))
        hint = f"did you mean `cheaproute {near}`?" if near else "see `cheaproute --help`"
        hint = _ELSEWHERE.get(name.lower(), hint)
        raise UsageError(f"no command {name!r}: {hint}") from None
