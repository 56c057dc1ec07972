"""Is the call behind a tool use written down yet: the client may be 100 ms late with its row.

Seen on 2.1.330, on a busy machine: at PreToolUse every third row was still missing.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.event import Event

PATIENCE_S = 1.0
_STEP_S = 0.01
# The row stands at the end, with those of its siblings; a dispatch's prompt is some kilobytes.
_TAIL_BYTES = 1 << 18


def came(event: Event, patience_s: float = PATIENCE_S) -> bool:
    """Wait for the row of the event's tool use; whether it is there.

    It may have come since the transcript was last read: count again in either case.
    """
    mark = event.tool_use.encode()
    path = _transcript(event)
    if not mark or not path:
        return False
    end = time.monotonic() + patience_s
    while not _has(path, mark):
        if time.monotonic() >= end:
            return False
        time.sleep(_STEP_S)
    return True


def _transcript(event: Event) -> str:
    """The file that will have the row, "" where it cannot be told."""
    if not event.agent or not event.transcript:
        return event.transcript
    directory = os.path.join(event.transcript.removesuffix(".jsonl"), "subagents")
    path = os.path.join(directory, f"agent-{event.agent}.jsonl")
    return path if os.path.exists(path) else ""


def _has(path: str, mark: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            return mark in file.read()
    except OSError:
        return False
