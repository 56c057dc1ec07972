"""`cheaproute setup`: build or repair the environment now, with the user watching."""

from __future__ import annotations

import argparse

from cheaproute.cli.context import Context
from cheaproute.config import build, environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No words: there is one environment."""
    parser.set_defaults(setup=True)


def run(_args: argparse.Namespace, context: Context) -> int:
    """Build what is missing.

    Raises:
        CheaprouteError: it could not be built, and why.
    """
    build.build(context.env, lambda line: context.say(f"cheaproute: {line}"))
    context.out.line(f"ready: {environment.python(context.env)}")
    return 0
