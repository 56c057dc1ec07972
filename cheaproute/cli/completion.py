"""`cheaproute completion SHELL`: the shell's own completion of every command and option."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

from cheaproute.cli import commands, parser
from cheaproute.cli.context import Context
from cheaproute.config import table
from cheaproute.report import date_range, projects
from cheaproute.report.terminal import phrase

_WORDS = {
    "span": date_range.WORDS,
    "words": (*phrase.VIEWS, *date_range.WORDS),
    "key": tuple(table.SETTINGS),
}
_VALUES = {"since": ("today", "yesterday", "7d", "30d"), "until": ("today", "yesterday")}
# The user's own projects, asked for when they are completed.
NAMES = "projects"
_ASK = f"cheaproute completion {NAMES} 2>/dev/null"
_PROJECTS = {
    "bash": "_cheaproute_projects",
    "zsh": "_cheaproute_projects",
    "fish": f"({_ASK})",
    "preamble": {
        "bash": f'_cheaproute_projects() {{ compgen -W "$({_ASK})" -- "$1"; }}',
        "zsh": f'_cheaproute_projects() {{ compadd -- ${{(f)"$({_ASK})"}}; }}',
    },
}
SHELLS = ("bash", "zsh", "fish", "tcsh")
_HOW = {
    "bash": 'eval "$(cheaproute completion bash)" in ~/.bashrc',
    "zsh": "cheaproute completion zsh > a directory of your $fpath, as _cheaproute",
    "fish": "cheaproute completion fish > ~/.config/fish/completions/cheaproute.fish",
    "tcsh": "cheaproute completion tcsh > ~/.cheaproute.tcsh, and source it in ~/.tcshrc",
}


def add_arguments(options: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    options.add_argument(
        "shell", choices=SHELLS, metavar="SHELL", help=f"one of {', '.join(SHELLS)}"
    )
    options.add_argument(f"--{NAMES}", action="store_true", help=argparse.SUPPRESS)


def as_options(words: Sequence[str]) -> list[str]:
    """What the scripts ask, `completion projects`: whatever the shell."""
    return [SHELLS[0], f"--{NAMES}"] if list(words) == [NAMES] else list(words)


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the script, how to have it loaded goes to stderr of a terminal; or the projects."""
    if args.projects:
        for name in projects.names(context.ledger()):
            context.out.line(name)
        return 0
    import shtab

    context.out.write(shtab.complete(whole(), shell=args.shell))
    if context.out.terminal:
        context.say(f"to have it: {_HOW[args.shell]}")
    return 0


def whole() -> argparse.ArgumentParser:
    """One parser with every command's words in it."""
    top = parser.Parser(prog="cheaproute", description="Route cheap, run all day")
    actions = top.add_subparsers(metavar="COMMAND")
    for name, (module, summary) in commands.COMMANDS.items():
        import_module(module).add_arguments(actions.add_parser(name, help=summary))
    _offer(top)
    return top


def _offer(options: argparse.ArgumentParser) -> None:
    """Offer the words that a place for days, views, settings takes; only here are they a list."""
    for action in options._actions:  # noqa: SLF001 - argparse has no other way in
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for parser_ in action.choices.values():
                _offer(parser_)
        elif action.dest == "project":
            vars(action)["complete"] = _PROJECTS
        elif not action.choices:
            offered = _VALUES if action.option_strings else _WORDS
            action.choices = offered.get(action.dest)
