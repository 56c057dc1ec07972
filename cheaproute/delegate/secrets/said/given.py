"""What stands behind the name of a secret and is of something else: arguments, numbers (pure)."""

from __future__ import annotations

import re

# A name that a program was made small with; the flow cell of a sequencer's read.
_SMALL = re.compile(r"[A-Z]Pw")
_READ, _LANE = re.compile(r"@[\w\-]{1,30}:\d{1,5}:\Z"), re.compile(r":\d{1,2}:\d{1,5}:\d")
_ARGUMENT = re.compile(r"[a-z_]{2,40}[,)]")
# Of a vocabulary each word has its number, of a record few things have.
_ROW = r"[\"'][^\"'\n]{1,60}[\"']\s{0,4}:\s{0,4}\d{1,7}\b"
_ABOVE = re.compile(rf"(?:{_ROW},\s{{0,40}}){{1,20}}[\"']\Z")
_BELOW = re.compile(rf"(?:\s{{0,4}},\s{{0,40}}{_ROW}){{1,20}}")
_ROWS, _AROUND = 10, 600  # letters
_DIGITS = 8  # what has as many is no place in a list
_ESCAPED = re.compile(r"[^\s\"'`,;<>&\\]*(?:\\u0[0-9a-fA-F]{3}[^\s\"'`,;<>&\\]*)+")


def coded(name: str, text: str, start: int) -> bool:
    """Whether `name`, at `start` of `text`, is an id, or too short to say anything."""
    if _SMALL.fullmatch(name):
        return True
    read = _READ.search(text[max(0, start - 40) : start])
    return read is not None and _LANE.match(text, start + len(name)) is not None


def end(text: str, start: int, stop: int) -> int:
    """Where the word ends of which `text` has letters from `start` to `stop`, escaped or not."""
    found = _ESCAPED.match(text, start)
    return max(stop, found.end()) if found else stop


def away(name: str, text: str, start: int, stop: int) -> bool:
    """Whether a function is given what stands behind `name`, or that word has it for a number."""
    if text[start - 1 : start] == "(" and _ARGUMENT.match(text, start):
        return True
    if not text[start:stop].isdigit() or stop - start >= _DIGITS:
        return False
    before = text[max(0, start - len(name) - _AROUND) : start].rstrip(": \"'").removesuffix(name)
    rows = (_ABOVE.search(before), _BELOW.match(text, stop))
    return sum(found[0].count(":") for found in rows if found) >= _ROWS
