"""From stdin to stdout: one event, at most one answer, and always exit 0 (hot path)."""

from __future__ import annotations

import contextlib
import json
import os
import sys

from cheaproute.config import trust
from cheaproute.hook import event as events
from cheaproute.hook.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.hook.answer import Answer

# Seconds after which a hook gives up in silence; the client's own timeout is longer.
BUDGET_S = 8
LONG_BUDGET_S = {"post_tool_use_read": 25}


def run(name: str) -> None:
    """Answer the event on stdin with the handler `name`, and end the process with 0."""
    _watchdog(LONG_BUDGET_S.get(name, BUDGET_S))
    raw = sys.stdin.buffer.read(events.LIMIT_BYTES + 1)
    output = respond(name, raw, os.environ)
    if output:
        with contextlib.suppress(OSError):  # nobody listens any more
            os.write(1, output)
    os._exit(0)  # without the interpreter's teardown, which costs as much as the work


def respond(name: str, raw: bytes, env: Mapping[str, str]) -> bytes:
    """The answer as JSON, b"" for silence; every error ends in the log."""
    context = Context(env)
    try:
        event = events.parse(raw)
        if event is None:
            return b""
        context.env = trust.environment(env, event.cwd)
        if context.env.get("CHEAPROUTE_DISABLE") == "1":  # the launcher was in doubt
            return b""
        answer = _handler(name)(event, context)
    except Exception as error:  # noqa: BLE001  # the one catch-all: a session is never broken
        answer = _failed(name, error, context)
    finally:
        context.close()
    return json.dumps(answer).encode() if answer else b""


def _handler(name: str) -> _Handler:
    handler: _Handler = __import__(f"cheaproute.hook.on_{name}", fromlist=["handle"]).handle
    return handler


def _failed(name: str, error: Exception, context: Context) -> Answer | None:
    """Log `error`; a deny only where the user wants a cap gate to fail closed."""
    from cheaproute import log

    log.write(context.env, name, error)
    try:
        if context.settings.get("on_error") != "closed":
            return None
        from cheaproute.hook import gate

        return gate.closed(name)
    except Exception:  # noqa: BLE001  # no settings, no answer
        return None


def _watchdog(seconds: int) -> None:
    """End in silence when stdin never closes or something hangs."""
    try:
        import signal

        signal.signal(signal.SIGALRM, lambda _number, _frame: os._exit(0))
        signal.alarm(seconds)
    except (ImportError, AttributeError, ValueError):
        return  # no SIGALRM on Windows: the client's timeout serves


if TYPE_CHECKING:
    from typing import Protocol

    from cheaproute.hook.event import Event

    class _Handler(Protocol):
        def __call__(self, event: Event, context: Context, /) -> Answer | None: ...
