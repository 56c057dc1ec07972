"""`cheaproute setup statusline`: Claude Code's `statusLine` setting, with the user's word only.

All else in the file stays byte for byte. The command goes through the data directory's link to the
plugin, which an update moves along.
"""

from __future__ import annotations

import argparse
import os
import shlex

from cheaproute import atomic
from cheaproute.cli.context import Context
from cheaproute.client import settings_edit
from cheaproute.config import changes, json_edit, paths
from cheaproute.config.venv import build
from cheaproute.errors import ConfigError

NAME = "statusline"
KEY = "statusLine"
# Between two of the client's own looks, too: what a hook counts after an answer, a cap changed in a
# terminal. Known to every supported client (in the settings' schema since 2.1.139 at the latest).
_AGAIN_S = 10


def put_up(args: argparse.Namespace, context: Context) -> int:
    """Write the setting; one that is there already is kept.

    Raises:
        ConfigError: another status line is set, or the settings are no JSON object.
        CheaprouteError: the environment that the command goes through could not be built.
    """
    from cheaproute.cli.changes import confirmed, show_diff

    path = settings_edit.file(context.env)
    before = changes.read(path)
    said = _command(before, path)
    if _ours(said, context):
        context.out.line(f"{path} has it already")
        return 0
    if said:
        raise ConfigError(
            f"{path}: another status line is set ({said}): left alone; "
            "`cheaproute statusline` prints ours, for use in it"
        )
    line = {"type": "command", "command": _wanted(context), "refreshInterval": _AGAIN_S}
    after = _with(before, line, path)
    show_diff(context, path, (before or b"").decode(), after.decode())
    if not confirmed(args, context, f"Write {path}?"):
        return 1
    if not os.path.isdir(paths.link(context.env)):
        build.build(context.env, lambda line: context.say(f"cheaproute: {line}"))
    changes.make(context.env, NAME, path, after, context.now_ms())
    context.say("new sessions show it; `cheaproute setup statusline --remove` takes it away")
    return 0


def take_down(context: Context) -> int:
    """Take our setting out: the file is as it was, or without the key where it was changed since.

    Raises:
        ConfigError: the settings are no JSON object, or cannot be written.
    """
    path = settings_edit.file(context.env)
    content = changes.read(path)
    if not _ours(_command(content, path), context):
        return 0
    ours = [change for change in changes.all_of(context.env, NAME) if change.path == path]
    if ours and changes.untouched(ours[-1]):
        changes.take_back(ours[-1])
    else:
        atomic.write(path, _with(content, None, path))
    context.say(f"the status line is gone from {path}")
    return 0


def _wanted(context: Context) -> str:
    """What Claude Code runs, in a shell."""
    launcher = os.path.join(paths.link(context.env), "hooks", "run")
    return f"{shlex.quote(launcher)} statusline"


def _ours(command: str, context: Context) -> bool:
    return command == _wanted(context) or "cheaproute statusline" in command


def _command(content: bytes | None, path: str) -> str:
    """The command of the status line that is set, "" if none is."""
    try:
        text = (content or b"").decode()
        line = json_edit.get(text, KEY) if text.strip() else None
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not a JSON object, so left alone: {error}") from error
    if line is None:
        return ""
    return str(line.get("command") or line) if isinstance(line, dict) else str(line)


def _with(content: bytes | None, value: object, path: str) -> bytes:
    try:
        return json_edit.put((content or b"").decode(), KEY, value).encode()
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not a JSON object, so left alone: {error}") from error
