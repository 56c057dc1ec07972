"""A row's text as a pattern: what stands in every row of its kind, and where its values are."""

from __future__ import annotations

import re

from cheaproute import fastjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What a value may be: a string, a string or null, a number that tell nothing; else a field.
_WORD, _ANY, _NUMBER = "word", "any", "number"
_COUNTS = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_input_tokens": "read",
    "cache_creation_input_tokens": "written",
    "cache_creation": {
        "ephemeral_1h_input_tokens": "hour",
        "ephemeral_5m_input_tokens": "five",
    },
}
_PASS: dict[str, Any] = {
    name: dict.fromkeys(kind, _NUMBER) if isinstance(kind, dict) else _NUMBER
    for name, kind in _COUNTS.items()
}
# What tells of the call itself: a row of its own has it, or an older client's within a row.
_ANSWER: dict[str, Any] = {
    "timestamp": "time",
    "uuid": _ANY,
    "requestId": "request",
    "requestRef": "ref",
    "message": {
        "id": "id",
        "model": "model",
        "stop_reason": _WORD,
        "stop_sequence": _ANY,
        "usage": {
            **_COUNTS,
            "output_tokens_details": {"thinking_tokens": _NUMBER},
            "server_tool_use": {"web_search_requests": "searches", "web_fetch_requests": _NUMBER},
            "iterations": _PASS,
        },
    },
}
_ROW: dict[str, Any] = {
    "uuid": _ANY,
    "parentUuid": _ANY,
    "promptId": _ANY,
    "version": _ANY,
    "gitBranch": _ANY,
    "slug": _ANY,
    "sessionId": "session",
    "cwd": "cwd",
}
_AGENT = {"agentId": "agent"}
# By the type of a row.
VALUES: dict[str, dict[str, Any]] = {
    "assistant": {**_ROW, **_ANSWER, **_AGENT},
    "progress": {**_ROW, "timestamp": _ANY, "data": {**_AGENT, "message": _ANSWER}},
}
NUMBERS = ("input", "output", "read", "written", "hour", "five", "searches")
WORDS = ("time", "id", "request", "model", "session", "cwd", "agent", "ref")
FIELDS = (*WORDS, *NUMBERS)
_SILENT = (_ANY, _WORD, _NUMBER)
# ASCII without quotes, backslashes and control characters; no more digits than any call counts.
STRING, _DIGITS = r"[ !#-\[\]-~]+", "0|[1-9][0-9]{0,6}"
# What is not kept as it stands is passed over at the speed of one comparison a letter; that no
# backslash, line's end or other than ASCII is in it, `Spelling.read` sees to for the row at once.
_PASSED = '[^"]+'
# The API's request ids, and a cloud's: of sixteen letters and digits at least.
_OF_THE_API, _OF_A_CLOUD = "req_[0-9A-Za-z]{16,}", "[0-9A-Za-z]{4}[0-9A-Za-z_-]*[0-9A-Za-z]{12}"
TIME = r"[-0-9T]{13}:[0-9][0-9]:[0-5][0-9]\.[0-9]{3}Z"
_FORMS = {
    "time": TIME,
    "request": _OF_THE_API,
    "cloud": _OF_A_CLOUD,
    "session": _PASSED,
    "cwd": _PASSED,
    _ANY: r'null|"[^"]*"',
    _WORD: _PASSED,
}


class Text:
    """A row's text in the making: the bytes between values, and what each value is."""

    __slots__ = ("_kinds", "_texts")

    def __init__(self) -> None:
        self._texts: list[list[str]] = [[]]
        self._kinds: list[str] = []

    @property
    def is_begun(self) -> bool:
        """Whether anything was written."""
        return bool(self._texts[0])

    @property
    def is_open(self) -> bool:
        """Whether any value stands in it."""
        return bool(self._kinds)

    @property
    def escapes(self) -> int:
        """How many backslashes stand between the values."""
        return sum("".join(part).count("\\") for part in self._texts)

    @property
    def kinds(self) -> list[str]:
        """The values that are captured, in their order."""
        kinds = ("request" if kind == "cloud" else kind for kind in self._kinds)
        return [kind for kind in kinds if kind not in _SILENT]

    def holds(self, text: str) -> bool:
        """Whether `text` stands between the values."""
        return any(text in "".join(part) for part in self._texts)

    def write(self, text: str) -> None:
        """Go on with `text`."""
        self._texts[-1].append(text)

    def value(self, kind: str) -> None:
        """Let a value of `kind` stand here."""
        self._kinds.append(kind)
        self._texts.append([])

    def first(self) -> str:
        """What stands before the first value."""
        return _bytes(self._texts[0])

    def last_count(self) -> tuple[int, int]:
        """Which of the captured values is the last count, from 1 on, and the length behind it."""
        captured = last = length = 0
        for kind, text in zip(self._kinds, self._texts[1:], strict=True):
            captured += kind not in _SILENT
            if kind in NUMBERS:
                last, length = captured, len(_bytes(text))
        return last, length

    def pattern(self) -> str:
        """A regular expression for the text, whatever its values."""
        parts = [re.escape(self.first())]
        for kind, text in zip(self._kinds, self._texts[1:], strict=True):
            form = _DIGITS if kind == _NUMBER or kind in NUMBERS else _FORMS.get(kind, STRING)
            opening = "(?:" if kind in _SILENT else "("
            parts += (opening, form, ")", re.escape(_bytes(text)))
        return "".join(parts)


def _bytes(text: list[str]) -> str:
    """The bytes that `text` is in a file, a character for each."""
    return "".join(text).encode().decode("latin-1")


def write(value: object, kinds: object, text: Text, tail: Text | None = None) -> Text:
    """Write `value` as the client does, its variable parts left open; where to go on writing.

    With a `tail` the message's content is still to come: what follows it is written there.
    """
    if type(value) is dict:
        inner = kinds if type(kinds) is dict else {}
        text.write("{")
        for number, (key, item) in enumerate(value.items()):
            text.write(f',"{key}":' if number else f'"{key}":')
            if key == "content" and tail is not None and inner.get("stop_reason") == _WORD:
                text.write("[")
                tail.write("]")
                text = tail
            else:
                text = write(item, inner.get(key), text, tail)
        text.write("}")
    elif type(value) is list:
        text.write("[")
        for number, item in enumerate(value):
            text.write("," * (number > 0))
            write(item, kinds, text)
        text.write("]")
    elif type(kinds) is str and _is_open(value, kinds):
        kind = _kind(value, kinds)
        quote = '"' * (type(value) is str and kind != _ANY)
        text.write(quote)
        text.value(kind)
        text.write(quote)
    elif type(value) is str:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        text.write(f'"{escaped}"')
    else:
        text.write(fastjson.dumps(value))
    return text


def _is_open(value: object, kind: str) -> bool:
    """Whether another value of its kind may stand in place of `value`."""
    if kind == _NUMBER or kind in NUMBERS:
        return type(value) is int
    return (value is None and kind == _ANY) or (type(value) is str and value != "")


def _kind(value: object, kind: str) -> str:
    """What may stand in place of `value`: the narrower form is the quicker one to match."""
    if kind == "request" and not str(value).startswith("req_"):
        return "cloud"
    return _WORD if kind == _ANY and value else kind
