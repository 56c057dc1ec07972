"""What a transcript tells besides calls: prompts, tool uses and their outputs, compactions.

Total, like `rows`: a row of no known shape tells of nothing. Texts pass through to the caller, who
classifies and measures them; they are not for keeping.
"""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.client import tools
from cheaproute.client.transcript import peek
from cheaproute.days import parse_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# A line that holds none of these tells of nothing.
MARKS = (b'"user"', b'"tool_use"', b'"tool_result"', b'"compact_boundary"', b'"type":"text"')
# Of an answer the end is handed on: what a prompt goes on from.
SAID_CHARS = 600
# Rows of role `user` that no user typed.
_WRAPPED = (
    "<task-notification",
    "<local-command",
    "<bash-",
    "<system-reminder",
    "<user-memory",
    "[Request interrupted",
    "Caveat: ",
)
_COMMAND = ("<command-name>", "<command-message>")
_NOTICE, _DONE_HERE = "<task-notification", "<local-command"
# A turn that began further back is not looked for.
_TURN_BYTES = 1 << 22
AGENT_TOOLS = ("Agent", "Task")


class Moment:
    """One thing that happened. Times are UTC milliseconds.

    `kind` is 'prompt' (`text`; `plan`: in plan mode), 'command' (a slash command: what it asks for
    is not in the row), 'use' (`id`, `tool`, `input`), 'result' (`id`, `text`, `failed`, `detail`:
    the client's own record of the result), 'said' (`text`: the end of an answer) or 'compact'.
    `agent` is "" in the main loop.
    """

    __slots__ = (
        "agent",
        "detail",
        "failed",
        "id",
        "input",
        "kind",
        "plan",
        "session",
        "text",
        "tool",
        "ts_ms",
    )

    def __init__(self, kind: str, ts_ms: int, session: str, agent: str) -> None:
        self.kind = kind
        self.ts_ms = ts_ms
        self.session = session
        self.agent = agent
        self.id = ""
        self.tool = ""
        self.text = ""
        self.plan = False
        self.failed = False
        self.input: dict[str, Any] = {}
        self.detail: dict[str, Any] = {}

    @property
    def changes(self) -> bool:
        """Whether a use changed something, or may have."""
        return tools.changes(self.tool, self.input)


def moments(row: object) -> list[Moment]:
    """What the decoded `row` tells of, in its order."""
    if not isinstance(row, dict):
        return []
    kind, carrier, agent = row.get("type"), row, _text(row.get("agentId"))
    if kind == "progress":
        data = _map(row.get("data"))
        carrier, agent = _map(data.get("message")), _text(data.get("agentId"))
        kind = carrier.get("type")
    at = parse_ms(carrier.get("timestamp") or row.get("timestamp"))
    session = _text(row.get("sessionId"))
    if kind == "system" and row.get("subtype") == "compact_boundary":
        return [Moment("compact", at, session, agent)]
    if kind not in ("assistant", "user"):
        return []
    content = _map(carrier.get("message")).get("content")
    blocks = content if isinstance(content, list) else [{"type": "text", "text": content}]
    found = []
    for block in blocks:
        if not isinstance(block, dict):
            continue
        if block.get("type") == "tool_use" and kind == "assistant":
            moment = Moment("use", at, session, agent)
            moment.id, moment.tool = _text(block.get("id")), _text(block.get("name"))
            moment.input = _map(block.get("input"))
            found.append(moment)
        elif block.get("type") == "text" and kind == "assistant" and not agent:
            moment = Moment("said", at, session, "")
            moment.text = _text(block.get("text"))[-SAID_CHARS:]
            found.append(moment)
        elif block.get("type") == "tool_result" and kind == "user":
            moment = Moment("result", at, session, agent)
            moment.id, moment.text = _text(block.get("tool_use_id")), _words(block.get("content"))
            moment.failed = block.get("is_error") is True
            moment.detail = _map(row.get("toolUseResult"))
            found.append(moment)
    if kind == "user" and not found and not agent and _typed(row):
        found += _prompt(row, Moment("prompt", at, session, ""), _words(content))
    own = ("prompt", "command", "said")
    return [moment for moment in found if moment.kind in own or moment.id]


def typed_since(path: str, since_ms: int) -> bool | None:
    """Whether a person began the last turn since then, not the end of something in the background.

    None where the transcript at `path` has none. A command that the client did itself is no turn.
    """
    here = False
    for line in reversed(peek.tail(path, _TURN_BYTES).split(b"\n")):
        if b'"user"' not in line or b'"tool_use_id"' in line:
            continue
        try:
            row = fastjson.loads(line)
        except ValueError:
            continue  # cut off at the head, or still being written
        if not isinstance(row, dict) or row.get("type") != "user" or not _typed(row):
            continue
        if parse_ms(row.get("timestamp")) < since_ms:
            return None
        said = _words(_map(row.get("message")).get("content")).lstrip()
        if said.startswith(_NOTICE):
            return False
        if said.startswith(_DONE_HERE):
            here = True
        elif said.startswith(_COMMAND) and here:
            here = False
        elif moments(row):
            return True
    return None


def _typed(row: dict[str, Any]) -> bool:
    """Whether a user's row may be a prompt of the user."""
    hidden = ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly", "isSidechain")
    return not any(row.get(name) is True for name in hidden) and "toolUseResult" not in row


def _prompt(row: dict[str, Any], moment: Moment, text: str) -> list[Moment]:
    said = text.lstrip()
    if not said or said.startswith(_WRAPPED):
        return []
    moment.plan = row.get("permissionMode") == "plan"
    if said.startswith(_COMMAND):
        moment.kind = "command"
    else:
        moment.text = text
    return [moment]


def _words(content: object) -> str:
    """The text of a content, whether a string or blocks."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    return "\n".join(_text(block.get("text")) for block in content if isinstance(block, dict))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _map(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
