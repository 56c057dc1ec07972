"""What the head or the tail of a transcript tells: the model it announces, whether a row is there.

The client may be 100 ms late with a row (seen on 2.1.330, on a busy machine: at PreToolUse every
third was still missing).
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

# An attachment row of 2.1.x: {"attachment": {"type": "model", "identity": {"modelId": ...}}, ...}
_MARK = b'"attachment":{"type":"model","identity":{"modelId":"'
# The rows before the first answer hold tool and skill listings: some tens of kilobytes.
_MOST_BYTES = 1 << 20
_STEP_S = 0.01
# The row stands at the end, with those of its siblings; a dispatch's prompt is some kilobytes.
_TAIL_BYTES = 1 << 18


def announced_model(path: str) -> str:
    """The main loop's model as the transcript at `path` announces it, "" if it does not."""
    try:
        with open(path, "rb") as file:
            head = file.read(_MOST_BYTES)
    except (OSError, ValueError):
        return ""
    start = head.rfind(_MARK)
    if start < 0:
        return ""
    start += len(_MARK)
    return head[start : head.find(b'"', start)].decode("utf-8", "replace")


def wait_for(transcript: str, agent: str, tool_uses: Iterable[str], patience_s: float) -> bool:
    """Wait for the rows of `tool_uses` in the loop of `agent` ("": the main one); if they came.

    They may have come since the transcript was last read: count again if so.
    """
    marks = [use.encode("utf-8", "replace") for use in tool_uses if use]
    path = file_of(transcript, agent)
    if not marks or not path:
        return False
    end = time.monotonic() + patience_s
    while not _has(path, marks):
        if time.monotonic() >= end:
            return False
        time.sleep(_STEP_S)
    return True


def file_of(transcript: str, agent: str) -> str:
    """The file that will have the row, "" where it cannot be told."""
    if not agent or not transcript:
        return transcript
    name = f"agent-{os.path.basename(agent)}.jsonl"
    path = os.path.join(transcript.removesuffix(".jsonl"), "subagents", name)
    return path if os.path.exists(path) else ""


def _has(path: str, marks: list[bytes]) -> bool:
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
    except (OSError, ValueError):
        return False
    return all(mark in tail for mark in marks)
