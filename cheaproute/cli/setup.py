"""`cheaproute setup`: build or repair the environment now, or put up the status line."""

from __future__ import annotations

import argparse
import os
import shlex

from cheaproute.cli.context import Context
from cheaproute.config import build, client_settings, environment, paths
from cheaproute.errors import ConfigError, UsageError

_KEY = "statusLine"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=("environment", "statusline"),
        default="environment",
        metavar="WHAT",
        help="environment (default), or statusline: session, day and month in Claude Code",
    )
    parser.add_argument("--remove", action="store_true", help="take the status line away again")


def run(args: argparse.Namespace, context: Context) -> int:
    """Make what is asked for.

    Raises:
        CheaprouteError: it could not be done, and why.
    """
    if args.what == "statusline":
        return _take_down(context) if args.remove else _put_up(context)
    if args.remove:
        raise UsageError("--remove goes with statusline; `install.sh --uninstall` removes the rest")
    build.build(context.env, lambda line: context.say(f"cheaproute: {line}"))
    context.out.line(f"ready: {environment.python(context.env)}")
    return 0


def _put_up(context: Context) -> int:
    path, said = _now(context)
    if said and not _ours(said, context):
        raise ConfigError(
            f"{path}: another status line is set ({said}): left alone; "
            "`cheaproute statusline` prints ours, for use in it"
        )
    if not os.path.isdir(environment.link(context.env)):
        build.build(context.env, lambda line: context.say(f"cheaproute: {line}"))
    client_settings.put(path, _KEY, {"type": "command", "command": _command(context)})
    context.out.line(f"the status line is set in {path}")
    return 0


def _take_down(context: Context) -> int:
    path, said = _now(context)
    if said and _ours(said, context):
        client_settings.put(path, _KEY, None)
        context.out.line(f"the status line is gone from {path}")
    return 0


def _now(context: Context) -> tuple[str, str]:
    """The user's settings file, and the command of its status line, "" if there is none."""
    path = os.path.join(paths.claude_dir(context.env), "settings.json")
    line = client_settings.read(path).get(_KEY)
    return path, str(line.get("command", "")) if isinstance(line, dict) else ""


def _command(context: Context) -> str:
    """What Claude Code runs. By the link, which an update of the plugin moves along."""
    launcher = os.path.join(environment.link(context.env), "hooks", "run")
    return f"{shlex.quote(launcher)} statusline"


def _ours(command: str, context: Context) -> bool:
    return command == _command(context) or "cheaproute statusline" in command
