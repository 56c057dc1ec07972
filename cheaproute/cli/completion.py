"""`cheaproute completion SHELL`: the shell's own completion of every command and option."""

from __future__ import annotations

import argparse
from importlib import import_module

from cheaproute.cli import commands, parser
from cheaproute.cli.context import Context
from cheaproute.report import date_range
from cheaproute.report.terminal import phrase

_WORDS = {"span": date_range.WORDS, "words": (*phrase.VIEWS, *date_range.WORDS)}
SHELLS = ("bash", "zsh", "fish", "tcsh")
_HOW = {
    "bash": 'eval "$(cheaproute completion bash)" in ~/.bashrc',
    "zsh": "cheaproute completion zsh > a directory of your $fpath, as _cheaproute",
    "fish": "cheaproute completion fish > ~/.config/fish/completions/cheaproute.fish",
    "tcsh": "cheaproute completion tcsh > ~/.cheaproute.tcsh, and source it in ~/.tcshrc",
}


def add_arguments(options: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    options.add_argument("shell", choices=SHELLS)


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the script; how to have it loaded goes to stderr of a terminal."""
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
    """Offer the words that a place for days or views takes; only here are they a closed list."""
    for action in options._actions:  # noqa: SLF001 - argparse has no other way in
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for parser_ in action.choices.values():
                _offer(parser_)
        elif action.dest in _WORDS and not action.option_strings:
            action.choices = _WORDS[action.dest]
