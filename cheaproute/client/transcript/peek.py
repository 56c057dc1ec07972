"""The head and the tail of a transcript, and what they tell: its model, whether a row is there.

The client may be 100 ms late with a row (seen on 2.1.330, on a busy machine: at PreToolUse every
third was still missing).
"""

from __future__ import annotations

import os
import time
from stat import S_ISREG

from cheaproute import days

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# An attachment row of 2.1.x: {"attachment": {"type": "model", "identity": {"modelId": ...}}, ...}
ANNOUNCED = b'"attachment":{"type":"model","identity":{"modelId":"'
# A command with a model of its own, for the turn: {"type": "command_permissions", "model": ...}
COMMAND = b'"attachment":{"type":"command_permissions"'
# What each check of a goal leaves, and setting one: {"type": "goal_status", "met": false, ...}
_GOAL, _OPEN = b'"type":"goal_status"', b'"met":false'
# What the client says of work in the background once it is done.
_NOTICE, _TASK = b"<task-notification>", b"<task-id>"
_TURNS_BYTES = 1 << 25
# The prompt by which `/cheap` begins its turn; tools' results and a skill's text are no prompts.
_CHEAP, _NO_PROMPT = b"cheap</command-name>", (b'"tool_use_id"', b'"isMeta":true')
# The rows before the first answer hold tool and skill listings: some tens of kilobytes.
_MOST_BYTES = 1 << 20
_STEP_S = 0.01
# The row stands at the end, with those of its siblings; a dispatch's prompt is some kilobytes.
_TAIL_BYTES = 1 << 18
_FILE, _LONGEST_PATH = b'"file_path":"', 1 << 15


def announced_model(path: str) -> str:
    """The main loop's model as the transcript at `path` announces it, "" if it does not."""
    return announced(head(path, _MOST_BYTES))


def announced(text: bytes) -> str:
    """The model that was announced last in a transcript's `text`, "" if none was."""
    start = text.rfind(ANNOUNCED)
    if start < 0:
        return ""
    start += len(ANNOUNCED)
    return text[start : text.find(b'"', start)].decode("utf-8", "replace")


def head(path: str, most: int) -> bytes:
    """The first `most` bytes of the file at `path`, b"" where it cannot be read."""
    return _part(path, most, last=False)


def tail(path: str, most: int) -> bytes:
    """The last `most` bytes of the file at `path`, b"" where it cannot be read."""
    return _part(path, most, last=True)


def goal_stands(path: str) -> bool:
    """Whether a goal of the session (`/goal`) is still to be met, as the last megabyte tells."""
    text = tail(path, _MOST_BYTES)
    start = text.rfind(_GOAL)
    return start >= 0 and _OPEN in text[start:].partition(b"\n")[0]


def files_named(path: str, most: int) -> Iterator[str]:
    """The files that the tool uses in the last `most` bytes of the transcript at `path` name."""
    return paths_in(tail(path, most).replace(b'"file_path": "', _FILE), _FILE)


def paths_in(text: bytes, key: bytes) -> Iterator[str]:
    """The paths that stand in a transcript's `text` behind `key`, its colon and first quote."""
    from cheaproute import fastjson

    for part in text.split(key)[1:]:
        # Up to the first quote that is not escaped; no path is longer.
        value = part[:_LONGEST_PATH].replace(b"\\\\", b"\\u005c").replace(b'\\"', b"\\u0022")
        try:
            named = fastjson.loads(b'"' + value.partition(b'"')[0] + b'"')
        except ValueError:
            continue
        if isinstance(named, str) and "\0" not in named:
            yield named


def cheap_ms(path: str) -> int:
    """When the last turn of the transcript at `path` was begun by `/cheap`; 0 where it was not."""
    for row in reversed(tail(path, _MOST_BYTES).split(b"\n")):
        if b'"type":"user"' in row and not any(sign in row for sign in _NO_PROMPT):
            return _row_ms(row) if _CHEAP in row else 0
    return 0


def started_since(path: str, running: Iterable[str], since_ms: int) -> bool:
    """Whether work in the background was begun since then, and runs or has its end to be told yet.

    `running` are the ids of what runs: such work is older where an older row names it.
    """
    text = tail(path, _TURNS_BYTES)
    for task in running:
        at = text.find(task.encode("utf-8", "replace"))
        if at < 0:  # begun by an agent, say, whose transcript is another file
            return True
        row = text[text.rfind(b"\n", 0, at) + 1 :].partition(b"\n")[0]
        if _row_ms(row) >= since_ms:
            return True
    waiting: dict[bytes, int] = {}
    for row in text.split(b"\n") if _NOTICE in text else ():
        change = _told(row) if _NOTICE in row and _row_ms(row) >= since_ms else 0
        for part in row.split(_TASK)[1:] if change else ():
            task_id = part.partition(b"<")[0]
            waiting[task_id] = waiting.get(task_id, 0) + change
    return any(count > 0 for count in waiting.values())


def _told(row: bytes) -> int:
    """1 where a notice was put in the queue, -1 where it left it, 0 for any other row."""
    fields = _fields(row)
    if fields.get("type") == "queue-operation":
        return 1 if fields.get("operation") == "enqueue" else -1
    message = fields.get("message")
    said = message.get("content") if isinstance(message, dict) else None
    if isinstance(said, list) and said and isinstance(said[0], dict):
        said = said[0].get("text")
    begins = isinstance(said, str) and said.startswith(_NOTICE.decode())
    return -1 if fields.get("type") == "user" and begins else 0


def _row_ms(row: bytes) -> int:
    return days.parse_ms(_fields(row).get("timestamp"))


def _fields(row: bytes) -> dict[str, object]:
    from cheaproute import fastjson

    try:
        found = fastjson.loads(row) if row else {}
    except ValueError:  # cut off at the head of what was read
        return {}
    return found if isinstance(found, dict) else {}


def agent_path(transcript: str, agent: str) -> str:
    """The transcript of subagent `agent` of the session whose main one is at `transcript`."""
    name = f"agent-{os.path.basename(agent)}.jsonl"
    return os.path.join(transcript.removesuffix(".jsonl"), "subagents", name)


def _part(path: str, most: int, *, last: bool) -> bytes:
    try:
        if not S_ISREG(os.stat(path).st_mode):
            return b""  # a pipe or a device might never end
        with open(path, "rb") as file:
            if last:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - most))
            return file.read(most)
    except (OSError, ValueError):
        return b""


def wait_for(
    transcript: str,
    agent: str,
    tool_uses: Iterable[str],
    patience_s: float,
    most: int = _TAIL_BYTES,
) -> bool:
    """Wait for the rows of `tool_uses` in the loop of `agent` ("": the main one); if they came.

    They are looked for in the last `most` bytes, and may have come since the transcript was last
    read: count again if so.
    """
    uses = [use for use in tool_uses if use]
    path = file_of(transcript, agent)
    if not uses or not path:
        return False
    end = time.monotonic() + patience_s
    while not _has(path, uses, most):
        if time.monotonic() >= end:
            return False
        time.sleep(_STEP_S)
    return True


def file_of(transcript: str, agent: str) -> str:
    """The file that will have the row, "" where it cannot be told."""
    if not agent or not transcript:
        return transcript
    path = agent_path(transcript, agent)
    return path if os.path.exists(path) else ""


def has_use(text: bytes, use: str) -> bool:
    """Whether the answer is in `text` whose tool use has that id; its result's row is no answer."""
    value = use.encode("utf-8", "replace")
    return b'"id":"%b"' % value in text or b'"id": "%b"' % value in text


def _has(path: str, uses: list[str], most: int) -> bool:
    text = tail(path, most)
    return all(has_use(text, use) for use in uses)
