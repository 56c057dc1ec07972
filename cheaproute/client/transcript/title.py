"""What a session is called: read from its transcript when it is shown, and never kept."""

from __future__ import annotations

import re

from cheaproute import fastjson
from cheaproute.client.transcript import peek

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# What names it best comes first: the user's own name, the client's, an old client's.
_NAMES = (
    (b'"custom-title"', "customTitle"),
    (b'"ai-title"', "aiTitle"),
    (b'"summary"', "summary"),
)
_HEAD_BYTES, _TAIL_BYTES = 262_144, 131_072
_LONGEST = 100
# `<command-name>/plan</command-name>`, in either order with its message; then its arguments.
_COMMAND = re.compile(r"<command-name>(.*?)</command-name>")
_ARGUMENTS = re.compile(r"<command-args>(.*?)</command-args>", re.DOTALL)
_TAG, _DONE_HERE = "<command-", b"<local-command-"
_CONTINUED = "This session is being continued from a previous conversation"


def read(path: str) -> str:
    """The title on one line, "" where the transcript is gone or names nothing.

    The client writes its titles anew at a session's end, so that head and tail are enough; where
    there is none, the first prompt serves, or the command that was typed as one.
    """
    lines = peek.head(path, _HEAD_BYTES).split(b"\n")
    lines += peek.tail(path, _TAIL_BYTES).split(b"\n")
    for mark, field in _NAMES:
        for line in reversed(lines):
            if mark in line and len(line) < 65_536:
                text = _field(line, field)
                if text:
                    return text
    return _first(lines)


def _first(lines: Sequence[bytes]) -> str:
    """What was typed first; what the client did by itself (`/model`) only where nothing else was.

    Such a command is followed by what it printed.
    """
    command, here = "", ""
    for line in lines:
        if _DONE_HERE in line:
            here, command = here or command, ""
        text = _prompt(line)
        if command and (text or b'"assistant"' in line):
            break
        if text and not text.startswith(_TAG):
            return text
        command = _as_typed(text) if text else command
    return command or here


def _as_typed(text: str) -> str:
    """A command with its arguments, `/plan 7757`."""
    name, arguments = _COMMAND.search(text), _ARGUMENTS.search(text)
    return _line(" ".join(part.group(1) for part in (name, arguments) if part))


def _field(line: bytes, name: str) -> str:
    try:
        row = fastjson.loads(line)
    except ValueError:
        return ""
    value = row.get(name) if isinstance(row, dict) else None
    return _line(value) if isinstance(value, str) else ""


def _prompt(line: bytes) -> str:
    """What a person typed in this row, a command as the client wraps it; "" if nobody did."""
    if b'"user"' not in line or len(line) > 65_536:
        return ""
    try:
        row = fastjson.loads(line)
    except ValueError:
        return ""
    if not isinstance(row, dict) or row.get("type") != "user":
        return ""
    if row.get("isMeta") or row.get("isCompactSummary"):
        return ""  # the client's own words
    message = row.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = next((text for text in texts if isinstance(text, str)), None)
    if not isinstance(content, str):
        return ""
    content = content.lstrip()
    if content.startswith(_TAG):
        return content
    if content.startswith(("<", "[", _CONTINUED)):
        return ""  # the client's own words, what was interrupted, or an older client's summary
    return _line(content)


def _line(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _LONGEST])
    return " ".join(shown.split())[:_LONGEST]
