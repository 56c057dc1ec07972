"""`cheaproute cap ...` typed as a prompt: run here and answered with no API call.

So nobody is locked in by a cap, and it is the user who raises it: the command itself refuses to
allow more where a model may have run it.
"""

from __future__ import annotations

import sys

from cheaproute.config import paths
from cheaproute.hook import answer, gate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from cheaproute.cli.main import main; sys.exit(main())"
)
_ACTIONS = ("show", "set", "unset", "raise", "suggest", "--json", "--help", "-h")
_TIMEOUT_S = 6


def said(event: Event, context: Context) -> str | None:
    """What the command answers; None if the prompt is no such command."""
    words = event.prompt.removeprefix("!").split()
    if words[:2] != ["cheaproute", "cap"] or "\n" in event.prompt.strip():
        return None
    if len(words) > 2 and words[2] not in _ACTIONS:
        return None  # a question that begins so
    import subprocess

    gate.meter(event, context)
    context.close()  # the command writes; our own connection need not be there
    env = dict(context.env)
    env["CLAUDE_CODE_SESSION_ID"] = event.session
    if not env.get("CLAUDE_CODE_ENTRYPOINT", "").startswith("sdk"):
        env.pop("CLAUDECODE", None)  # a person typed it; `claude -p` can be run by a model
    done = subprocess.run(
        [sys.executable, "-I", "-c", _START, paths.ROOT, *words[1:]],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    text = (done.stdout + done.stderr).decode("utf-8", "replace").rstrip()
    return f"{answer.TAG}\n{text}"
