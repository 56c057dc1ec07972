"""`cheaproute completion SHELL`: the shell's own completion of every command and option."""

from __future__ import annotations

import argparse
from importlib import import_module

from cheaproute.cli import commands, parser
from cheaproute.cli.context import Context

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
    return top
