"""A hook's input, narrowed: the only reader of Claude Code's field names (hot path).

Fields: https://code.claude.com/docs/en/hooks; as observed on 2.1.330.
"""

from __future__ import annotations

import os

from cheaproute import fastjson

# A payload over this is not parsed, only searched (a pasted file, a batch of read PDFs).
LIMIT_BYTES = 8_000_000
# The client names the session first; what follows may be of any length.
_HEAD_BYTES = 16_384
_HEAD_FIELDS = ("session_id", "transcript_path", "cwd", "hook_event_name", "agent_id", "tool_name")
_USE = b'"tool_use_id":"'
# At whose events hooks of type `prompt` were asked by the time of a gate: of a batch's tools, and
# of its own.
_ASKED_BY = {
    "PostToolBatch": ("PreToolUse", "PostToolUse", "PostToolBatch"),
    "UserPromptSubmit": ("UserPromptSubmit",),
    "Stop": ("Stop",),
    "SubagentStop": ("SubagentStop",),
}
_LONGEST_USE = 200
# What is waited for is the last call's row; a batch of more tool uses is named by its first.
_MOST_USES = 50


class Event:
    """One hook call. Texts are "" and tables {} where the client sent none, or another type.

    `torn`: it was too long, or no JSON, and holds only what its first kilobytes say.
    """

    __slots__ = ("raw", "torn", "uses")

    def __init__(
        self, raw: dict[str, object], *, torn: bool = False, uses: list[str] | None = None
    ) -> None:
        self.raw = raw
        self.torn = torn
        self.uses = uses

    def text(self, name: str) -> str:
        """The text field `name`."""
        value = self.raw.get(name)
        return value if isinstance(value, str) else ""

    def word(self, name: str) -> str:
        """The text field `name`; "" where no path can be that: a NUL or half a character."""
        value = self.text(name)
        try:
            return "" if b"\0" in os.fsencode(value) else value
        except UnicodeEncodeError:
            return ""

    def table(self, name: str) -> dict[str, object]:
        """The object field `name`."""
        value = self.raw.get(name)
        return value if isinstance(value, dict) else {}

    @property
    def name(self) -> str:
        """The event's name, `PreToolUse` and the like."""
        return self.text("hook_event_name")

    @property
    def session(self) -> str:
        """The session's id."""
        return self.word("session_id")

    @property
    def transcript(self) -> str:
        """Path of the session's main transcript."""
        return self.word("transcript_path")

    @property
    def cwd(self) -> str:
        """The session's working directory."""
        return self.word("cwd")

    @property
    def agent(self) -> str:
        """The subagent in which the event happened, "" in the main loop."""
        return self.word("agent_id")

    @property
    def ends_a_hooks_call(self) -> bool:
        """Whether a hook of type `agent` made a call just now: no transcript has it."""
        is_end = self.name in ("PostToolBatch", "SubagentStop")
        return is_end and self.agent.startswith("hook-agent-")

    @property
    def asked_hooks_of(self) -> tuple[str, ...]:
        """The events whose hooks of type `prompt` were asked by now; () where that is of none."""
        return _ASKED_BY.get(self.name, ())

    @property
    def prompt(self) -> str:
        """What the user typed (UserPromptSubmit)."""
        return self.text("prompt")

    @property
    def tool_use(self) -> str:
        """The tool use's id."""
        return self.text("tool_use_id")

    def tool_uses(self) -> list[str]:
        """The ids of the tool uses that the event is about: one, or those of a batch."""
        if self.uses is not None:
            return self.uses
        if self.tool_use:
            return [self.tool_use]
        calls = self.raw.get("tool_calls")
        found = (
            [text_in(one, "tool_use_id") for one in calls if isinstance(one, dict)]
            if (isinstance(calls, list))
            else []
        )
        return [use for use in found if use][:_MOST_USES]

    def background(self) -> list[str]:
        """The ids of what runs in the background (Stop; from 2.1.270 on)."""
        told = self.raw.get("background_tasks")
        tasks = told if isinstance(told, list) else []
        return [id_ for one in tasks if isinstance(one, dict) and (id_ := text_in(one, "id"))]

    @property
    def wakes(self) -> bool:
        """Whether the prompt is the client's own word on what ended in the background."""
        return self.prompt.lstrip().startswith("<task-notification>")

    @property
    def tool_input(self) -> dict[str, object]:
        """The tool's input."""
        return self.table("tool_input")

    @property
    def tool_response(self) -> dict[str, object]:
        """The tool's result."""
        return self.table("tool_response")


def parse(raw: bytes) -> Event:
    """The event in `raw`; what its first kilobytes say where it is too long, torn or no JSON.

    The hook was started for an event of a known kind all the same, and a gate must judge it.
    """
    if len(raw) <= LIMIT_BYTES:
        try:
            content = fastjson.loads(raw)
        except ValueError:
            pass
        else:
            if isinstance(content, dict):
                return Event(content)
    fields = {name: _said(raw, name) for name in _HEAD_FIELDS}
    return Event({k: v for k, v in fields.items() if v}, torn=True, uses=_uses(raw))


def _said(raw: bytes, name: str) -> str:
    """The text of the first field `name` in the head of `raw`: within a text its quotes differ."""
    mark = f'"{name}":'.encode()
    start = raw.find(mark, 0, _HEAD_BYTES) + len(mark)
    if start < len(mark):
        return ""
    while raw[start : start + 1] == b" ":
        start += 1
    end = start
    while raw[start : start + 1] == b'"':
        end = raw.find(b'"', end + 1, start + _HEAD_BYTES)
        if end < 0:
            return ""
        try:
            value = fastjson.loads(raw[start : end + 1])
        except ValueError:
            continue  # an escaped quote
        return value if isinstance(value, str) else ""
    return ""


def _uses(raw: bytes) -> list[str]:
    """The tool uses that a long event names, wherever in it they stand."""
    found: list[str] = []
    start = raw.find(_USE)
    while start >= 0 and len(found) < _MOST_USES:
        start += len(_USE)
        end = raw.find(b'"', start, start + _LONGEST_USE)
        if end > start:
            found.append(raw[start:end].decode("utf-8", "replace"))
        start = raw.find(_USE, start)
    return found


def text_in(table: dict[str, object], name: str) -> str:
    """The text field `name` of `table`, "" where there is none."""
    value = table.get(name)
    return value if isinstance(value, str) else ""


def path_in(table: dict[str, object], name: str) -> str:
    """The path in field `name` of `table`, "" where there is none or it could be none."""
    value = text_in(table, name)
    return "" if "\0" in value else value
