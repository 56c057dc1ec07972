"""The debug log's line about one hook call (setting `debug`): how long, how much, which kinds."""

from __future__ import annotations

import os
import time

from cheaproute import fastjson, log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

_SESSION_LETTERS = 8


def leave(name: str, size: int, output: bytes, event: Event, context: Context) -> None:
    """Log what this call was like: sizes, milliseconds, the answer's keys; nobody's text."""
    took = time.time_ns() // 1_000_000 - context.now_ms
    cpu = time.process_time_ns() // 1_000_000
    facts = [
        f"{took} ms ({cpu} of the processor)",
        f"{size} bytes in",
        f"answer {_kinds(output)}",
        f"session {_letters(event.session)}",
        f"transcript {_size(event.transcript)}",
    ]
    log.debug(context.env, name, ", ".join(facts))


def _kinds(output: bytes) -> str:
    """The keys of an answer, which are the client's words."""
    if not output:
        return "none"
    answer = fastjson.loads(output)
    inner = answer.get("hookSpecificOutput")
    return "+".join([*answer, *(inner if isinstance(inner, dict) else ())])


def _letters(session: str) -> str:
    """The first letters of the session's id, if it looks like one."""
    start = session[:_SESSION_LETTERS]
    return start if start.isalnum() and start.isascii() else "?"


def _size(path: str) -> str:
    try:
        return f"{os.stat(path).st_size} bytes"
    except (OSError, ValueError):
        return "missing"
