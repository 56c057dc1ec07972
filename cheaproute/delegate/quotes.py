"""Quotes held against the file they are said to be from: put right, or dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence

# `L12: text`, with whatever a list puts in front; the model is asked for this form.
_QUOTE = re.compile(r"^[\s>*-]*[`\"']?L(\d{1,9})[`\"']?\s*:\s?(.*)$")
_ELLIPSIS = re.compile(r"\s*(?:\.\.\.|\N{HORIZONTAL ELLIPSIS})\s*$")
# Shorter text stands in too many lines to be moved to another one.
_TELLING = 12
# A line is quoted up to here.
WIDTH = 300


class Checked:
    """A text with its quotes held against the file; how many were `right`, `moved`, `dropped`."""

    __slots__ = ("dropped", "moved", "right", "text")

    def __init__(self) -> None:
        self.text = ""
        self.right = self.moved = self.dropped = 0


def check(answer: str, lines: Sequence[str], first: int = 1, last: int = 0) -> Checked:
    """`answer` with every `L12: text` line verified against `lines` (the file's, from 1).

    A quote that stands at that line is replaced by the line itself; one that stands elsewhere gets
    the nearest right number; one that stands nowhere is left out. The search is kept to the lines
    `first` to `last` (0: the end), which are what the model was shown.
    """
    checked = Checked()
    kept: list[str] = []
    seen: set[int] = set()
    last = min(last or len(lines), len(lines))
    for row in answer.splitlines():
        found = _QUOTE.match(row)
        if found is None:
            kept.append(row.rstrip())
            continue
        said, quote = int(found[1]), _bare(found[2])
        number = _place(said, quote, lines, first, last)
        if number is None:
            checked.dropped += 1
            continue
        if number == said:
            checked.right += 1
        else:
            checked.moved += 1
        if number not in seen:
            seen.add(number)
            kept.append(f"L{number}: {_shown(lines[number - 1], quote)}")
    checked.text = "\n".join(kept).strip()
    return checked


def _place(said: int, quote: str, lines: Sequence[str], first: int, last: int) -> int | None:
    """The line of `quote` nearest to `said`, None if there is none."""
    if not quote:
        return None
    if first <= said <= last and quote in _flat(lines[said - 1]):
        return said
    if len(quote) < _TELLING:
        return None
    places = [n for n in range(first, last + 1) if quote in _flat(lines[n - 1])]
    return min(places, key=lambda n: abs(n - said), default=None)


def _bare(quote: str) -> str:
    """`quote` without the marks a model puts around it or at a cut."""
    text = _flat(_ELLIPSIS.sub("", quote))
    if len(text) > 1 and text[0] == text[-1] and text[0] in "`\"'":
        text = text[1:-1].strip()
    return text


def _flat(line: str) -> str:
    return " ".join(line.split())


def _shown(line: str, quote: str) -> str:
    """The line as it stands in the file; of a long one, what surrounds the quote."""
    line = line.strip()
    if len(line) <= WIDTH:
        return line
    start = max(0, line.find(quote[:40]))
    cut = line[start : start + WIDTH]
    return f"{'... ' if start else ''}{cut}{' ...' if start + WIDTH < len(line) else ''}"
