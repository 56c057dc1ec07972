"""`cheaproute limits`: how full a plan's windows are, in the view that has them; else the caps."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from cheaproute.cli import cap, costs
from cheaproute.cli.context import Context
from cheaproute.ledger.module import rate_limits

_UNTOLD = (
    "Claude Code has not yet said how full the 5 hours and the week are: it does with an answer of "
    "a session on the plan. The caps of cheaproute:"
)
_WITH_A_KEY = "5 hours and weeks are a plan's limits, and you pay by key. The caps of cheaproute:"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has no words of its own."""
    parser.add_argument("--json", action="store_true", help="the caps as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Show the costs, whose screen has the windows, where those are known; else the caps."""
    windows = rate_limits.read(context.ledger(), context.now_ms()) if context.plan else []
    if windows and not args.json:
        return costs.run(_parsed(costs.add_arguments), context)
    if not args.json:
        context.out.prose(_UNTOLD if context.plan else _WITH_A_KEY)
    shown = _parsed(cap.add_arguments)
    shown.json = args.json
    return cap.run(shown, context)


def _parsed(add_arguments: Callable[[argparse.ArgumentParser], None]) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args([])
