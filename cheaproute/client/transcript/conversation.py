"""What a transcript's conversation holds now: since the last compaction, on the living branch."""

from __future__ import annotations

import io

from cheaproute import fastjson
from cheaproute.client.transcript import peek

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# More of a transcript is not read; its newest end is what counts.
_MOST_BYTES = 64_000_000
_TASK_TOOLS = ("TaskCreate", "TaskUpdate", "TodoWrite")


class Conversation:
    """`said` are `(who, text)`: `user`, `assistant`, `tool` (a use), `result` (of a tool).

    `request` is the last thing a person asked for, `open` the tasks on the list that are not done.
    """

    __slots__ = ("open", "request", "said")

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.request = ""
        self.open: list[str] = []

    def text(self) -> str:
        """Everything said, for searching."""
        return "\n".join(text for _, text in self.said)


def read(path: str, besides: str = "") -> Conversation:
    """The conversation of the transcript at `path`; an empty one where it cannot be read.

    `besides` is a prompt that has just been typed: it is not part of what was said.
    """
    found = Conversation()
    todo: dict[str, str] = {}
    created: dict[str, str] = {}
    for row in _branch(_rows(path)):
        message = row.get("message")
        content = message.get("content") if isinstance(message, dict) else None
        who = str(row.get("type"))
        for kind, text, block in _parts(content):
            if kind == "text" and text and not (who == "user" and text == besides):
                found.said.append((who, text))
                if who == "user" and not row.get("isMeta") and not text.startswith("<"):
                    found.request = text
            elif kind == "tool_use":
                name, given = str(block.get("name")), block.get("input")
                found.said.append(("tool", f"{name} {_dumped(given)}"))
                if name in _TASK_TOOLS and isinstance(given, dict):
                    _tasks(name, given, str(block.get("id")), todo, created)
            elif kind == "tool_result":
                found.said.append(("result", text))
                _numbered(str(block.get("tool_use_id")), text, todo, created)
    found.open = list(todo.values())
    return found


def _rows(path: str) -> list[dict[str, Any]]:
    """The main loop's messages, oldest first, from the last compaction on."""
    rows: list[dict[str, Any]] = []
    for line in io.BytesIO(peek.tail(path, _MOST_BYTES)):
        if b'"user"' not in line and b'"assistant"' not in line and b"compact_boundary" not in line:
            continue
        try:
            row = fastjson.loads(line.decode("utf-8", "replace"))
        except ValueError:
            continue
        if not isinstance(row, dict) or row.get("isSidechain") is True:
            continue
        if row.get("subtype") == "compact_boundary":
            rows.clear()
        elif row.get("type") in ("user", "assistant"):
            rows.append(row)
    return rows


def _branch(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that the last row descends from; all of them where the links are broken."""
    by_id = {row.get("uuid"): row for row in rows}
    found: list[dict[str, Any]] = []
    row = rows[-1] if rows else None
    seen: set[object] = set()
    while row is not None and row.get("uuid") not in seen:
        seen.add(row.get("uuid"))
        found.append(row)
        row = by_id.get(row.get("parentUuid"))
    whole = len(found) * 2 >= len(rows)  # links lead past rows of other kinds
    return found[::-1] if whole else rows


def _parts(content: object) -> list[tuple[str, str, dict[str, Any]]]:
    """`(kind, text, block)` of each part of a message."""
    if isinstance(content, str):
        return [("text", content, {})]
    found = []
    for block in content if isinstance(content, list) else ():
        if not isinstance(block, dict):
            continue
        kind = str(block.get("type"))
        inner = block.get("text") if kind == "text" else block.get("content")
        if isinstance(inner, list):
            texts = [one.get("text") for one in inner if isinstance(one, dict)]
            inner = "\n".join(text for text in texts if isinstance(text, str))
        found.append((kind, inner if isinstance(inner, str) else "", block))
    return found


def _tasks(
    tool: str, given: dict[str, Any], use: str, todo: dict[str, str], created: dict[str, str]
) -> None:
    """Follow the task list through one use of a task tool."""
    if tool == "TodoWrite":
        todo.clear()
        for number, one in enumerate(given.get("todos") or ()):
            if isinstance(one, dict) and one.get("status") != "completed":
                todo[str(number)] = str(one.get("content") or "")
    elif tool == "TaskCreate":
        created[use] = str(given.get("subject") or given.get("description") or "")
    elif given.get("status") in ("completed", "deleted"):
        todo.pop(str(given.get("taskId")), None)


def _numbered(use: str, result: str, todo: dict[str, str], created: dict[str, str]) -> None:
    """A created task gets the number that its result names."""
    subject = created.pop(use, "")
    if subject:
        number = "".join(c if c.isdigit() else " " for c in result).split()
        todo[number[0] if number else use] = subject


def _dumped(value: object) -> str:
    return fastjson.dumps(value) if isinstance(value, dict) else ""
