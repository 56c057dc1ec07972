"""What the main model is after, told from the end of a transcript (hot path).

Only the end is read, so that the time it takes does not grow with the session.
"""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.client.transcript import peek

TAIL_BYTES = 512_000
PROMPT_CHARS = 2_000


class Turn:
    """The turn under way: the user's `prompt` (cut), and the `model` at work; "" if not found."""

    __slots__ = ("model", "prompt")

    def __init__(self, prompt: str = "", model: str = "") -> None:
        self.prompt = prompt
        self.model = model


def latest(transcript: str) -> Turn:
    """The turn at the end of `transcript`.

    An answer's row may come late; the client tells of another model before it is asked, and of the
    one that a command names for this turn.
    """
    turn = Turn()
    begun = False  # whether the prompt's own row was passed: what stands before is of other turns
    for line in reversed(_tail(transcript)):
        if peek.ANNOUNCED in line:
            turn.model = turn.model or peek.announced(line)
        elif b'"assistant"' in line and not turn.model:
            turn.model = _model(_row(line))
        elif peek.COMMAND in line:
            turn.model = turn.model or ("" if begun else _command_model(_row(line)))
        elif b'"last-prompt"' in line or b'"user"' in line:
            row = _row(line)
            said = _prompt(row)[:PROMPT_CHARS]
            turn.prompt = turn.prompt or said
            begun = begun or bool(said and row.get("type") == "user")
        if turn.prompt and turn.model:
            break
    return turn


def _tail(path: str) -> list[bytes]:
    text = peek.tail(path, TAIL_BYTES)
    lines = text.split(b"\n")
    return lines[1:] if len(text) == TAIL_BYTES else lines  # the first is perhaps half a line


def _row(line: bytes) -> dict[str, object]:
    try:
        row = fastjson.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _model(row: dict[str, object]) -> str:
    message = row.get("message")
    if row.get("type") != "assistant" or not isinstance(message, dict):
        return ""
    model = _text(message.get("model"))
    return "" if model.startswith("<") else model  # `<synthetic>`: nobody spoke


def _command_model(row: dict[str, object]) -> str:
    told = row.get("attachment")
    return _text(told.get("model")) if isinstance(told, dict) else ""


def _prompt(row: dict[str, object]) -> str:
    if row.get("type") == "last-prompt":
        return _text(row.get("lastPrompt"))
    message = row.get("message")
    if row.get("type") != "user" or row.get("isMeta") or not isinstance(message, dict):
        return ""
    content = message.get("content")
    if isinstance(content, list):
        texts = [_text(block.get("text")) for block in content if isinstance(block, dict)]
        return "\n".join(text for text in texts if text)
    return _text(content)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
