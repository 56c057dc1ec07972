"""A hook's input, narrowed: the only reader of Claude Code's field names (hot path).

Fields: https://code.claude.com/docs/en/hooks; as observed on 2.1.330.
"""

from __future__ import annotations

from cheaproute import fastjson

# A payload over this is not ours to parse (a pasted file can be in a prompt; 8 MB is ample).
LIMIT_BYTES = 8_000_000


class Event:
    """One hook call. Texts are "" and tables {} where the client sent none, or another type."""

    __slots__ = ("raw",)

    def __init__(self, raw: dict[str, object]) -> None:
        self.raw = raw

    def text(self, name: str) -> str:
        """The text field `name`."""
        value = self.raw.get(name)
        return value if isinstance(value, str) else ""

    def word(self, name: str) -> str:
        """The text field `name` where it may go into a path: no NUL, which no path can hold."""
        value = self.text(name)
        return "" if "\0" in value else value

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
    def prompt(self) -> str:
        """What the user typed (UserPromptSubmit)."""
        return self.text("prompt")

    @property
    def tool_use(self) -> str:
        """The tool use's id."""
        return self.text("tool_use_id")

    @property
    def tool_input(self) -> dict[str, object]:
        """The tool's input."""
        return self.table("tool_input")

    @property
    def tool_response(self) -> dict[str, object]:
        """The tool's result."""
        return self.table("tool_response")


def parse(raw: bytes) -> Event | None:
    """The event in `raw`; None if it is not one JSON object of a sane size."""
    if not raw or len(raw) > LIMIT_BYTES:
        return None
    try:
        content = fastjson.loads(raw)
    except (ValueError, RecursionError):
        return None
    return Event(content) if isinstance(content, dict) else None


def text_in(table: dict[str, object], name: str) -> str:
    """The text field `name` of `table`, "" where there is none."""
    value = table.get(name)
    return value if isinstance(value, str) else ""


def path_in(table: dict[str, object], name: str) -> str:
    """The path in field `name` of `table`, "" where there is none or it could be none."""
    value = text_in(table, name)
    return "" if "\0" in value else value
