"""`cheaproute statusline`: the line for Claude Code's own status line, which pipes JSON in."""

from __future__ import annotations

import argparse

from cheaproute.cli.context import Context
from cheaproute.errors import UsageError
from cheaproute.hook import statusline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No words: what it needs comes on stdin."""
    parser.epilog = "`cheaproute setup statusline` has Claude Code show it, by a quicker way."


def run(_args: argparse.Namespace, context: Context) -> int:
    """Print the line."""
    if context.stdin.isatty():
        raise UsageError("statusline reads Claude Code's JSON on stdin: `cheaproute costs` shows")
    raw = context.stdin.read().encode("utf-8", "surrogatepass")
    context.out.colored(statusline.respond(raw, context.env, context.now_ms()))
    return 0
