"""Hexadecimal keys that a name above or beside them governs, in a list, a map, a block (pure).

By themselves they are taken for hashes and ids; whatever else is drawn, other rules hold.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from cheaproute.delegate.secrets.rules import blocks, looks
from cheaproute.delegate.secrets.whole import heads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

KIND = "a key below a name for it"
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_HEX = rf"(?:{_UUID}|(?:0x)?[0-9a-fA-F]{{20,256}})"
_VALUE = re.compile(rf"(?<![\w#@/.+\-]){_HEX}(?![\w\-/@+]|\.\w)")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")  # of a contract: there are tokens of another sort
_REACH, _LINES, _MOST = 1_500, 40, 8  # letters, lines, values that a head may govern
_OBJECT = 24  # letters of an object's id
_OFTEN = 200  # heads between two looks at the clock
_BRACKETS = re.compile(r"[\[\](){}]")
_MARKS = r"[\s>#/|]*(?:(?:[-*+\u2022]|\d{1,3}[.)])[ \t]+)*"
_OPENED = r"(?:[A-Za-z]{1,2}(?=[\"'`]))?[\"'`*<]{0,3}"
_BARE = re.compile(rf"{_MARKS}{_OPENED}")
_LABELLED = re.compile(
    rf"{_MARKS}[\"'`*:]{{0,3}}(?P<label>[A-Za-z_][\w.@\- ]{{0,40}}?)[\"'`*]{{0,3}}"
    rf"(?:\s{{0,20}}(?:=>|->|[:=|>\u2192])\s{{0,20}}|[ \t]+){_OPENED}"
)
_CUT = re.compile(r"[,\[({;<\n]")
_ENDED = re.compile(
    r"[\"'`*.,;>\]})]{0,4}[ \t]*(?:(?:#|//|--)[^\n]*|\(?[\w@.\- ]{1,40}\)|"
    r"[\w@.\-]{1,30}|\\|<br>)?(?=\n|\Z)"
)
_KEY = re.compile(r"[\"'`]?\s{0,3}:")  # of a map
# A line that is no more than a name, and one that speaks of it.
_NAMED = re.compile(r"[^\w\n]*(?:(?:the|my|our|your|a|new|old|current)[ \t]+)?", re.IGNORECASE)
_SPOKEN = re.compile(r"[^\w\n]*(?:[\w\-]{1,20}[^\w\n]+){0,2}")
_ITEM = re.compile(r"[\s>#/|]*(?:[-*+\u2022]|\d{1,3}[.)])[ \t]")
_COMMENT = re.compile(r"[ \t]*(?:#|//|--)")
_SECTION = re.compile(r"[ \t]{0,8}\[{1,2}[^\[\]\n]{0,60}\Z")
_ALONE = re.compile(rf"^{_MARKS}[\"'`*<]{{0,3}}{_HEX}[\"'`*>.,;]{{0,3}}[ \t]*$", re.MULTILINE)
_SHORT = 100  # letters of a heading that no sign ends
_STRAY = 3  # hashes alone on a line, below what names no secret


def find(text: str, clock: blocks.Clock) -> str:
    """The kind of what a name governs in `text`, "" if nothing.

    Raises:
        blocks.TooSlow: there was no time.
    """
    spans = [
        found.span()
        for found in _VALUE.finditer(text)
        if not (found[0].isdigit() or _ADDRESS.fullmatch(found[0]) or looks.placeholder(found[0]))
    ]
    if not spans:
        return ""
    clock.check()
    return KIND if _Text(text, spans).held(clock) else ""


class _Text:
    def __init__(self, text: str, spans: list[tuple[int, int]]) -> None:
        self._text, self._spans = text, spans
        self._starts = [start for start, _ in spans]

    def held(self, clock: blocks.Clock) -> bool:
        loose: set[int] = set()
        for number, head in enumerate(heads.of(blocks.Piece(self._text), self._reaches)):
            if number % _OFTEN == 0:
                clock.check()
            if head.form == heads.LISTED:
                found = self._listed(head)
            elif head.form == heads.BESIDE:
                found = self._beside(head)
            else:
                found = self._below(head, loose)
            if found:
                return True
        return bool(loose) and not self._many(len(loose))

    def _reaches(self, place: int) -> bool:
        return next(self._values(place, place + _REACH), None) is not None

    def _values(self, begin: int, end: int) -> Iterator[tuple[int, int]]:
        first = bisect_left(self._starts, begin)
        for span in self._spans[first : first + _MOST]:
            if span[0] >= end:
                return
            yield span

    def _many(self, governed: int) -> bool:
        """Whether hashes stand alone on lines here, below whatever it may be."""
        runs, last = 0, -2
        for found in _ALONE.finditer(self._text):
            runs += found.start() > last + 1
            last = found.end()
        return runs - governed > _STRAY and governed * 2 <= runs

    def _listed(self, head: heads.Head) -> bool:
        """Whether a value stands within what opens at the end of `head`."""
        depth, place = 1, head.end
        for start, end in self._values(head.end, head.end + _REACH):
            for sign in _BRACKETS.finditer(self._text, place, start):
                depth += 1 if sign[0] in "[({" else -1
                closed = sign.end()
                if depth < 1 and self._text[closed : closed + 1] not in ("{", "("):
                    return False
            place = end
            if self._is_item(head, start, end):
                return True
        return False

    def _is_item(self, head: heads.Head, start: int, end: int, *, ended: bool = False) -> bool:
        """Whether a value is one of a list or a map's, and not by its own label something else."""
        floor = max(head.end, start - 100, self._text.rfind("\n", head.end, start) + 1)
        before = self._text[floor:start]
        cuts = [found.end() for found in _CUT.finditer(before)]
        before = before[cuts[-1] :] if cuts else before
        uuid = looks.UUID.fullmatch(self._text, start, end) is not None
        if _BARE.fullmatch(before):
            if uuid and _KEY.match(self._text, end):
                return False
            return not ended or bool(_ENDED.match(self._text, end) or _KEY.match(self._text, end))
        found = _LABELLED.fullmatch(before)
        if found is None or heads.other(found["label"]):
            return False
        return head.sure == "strong" or not uuid

    def _beside(self, head: heads.Head) -> bool:
        """Whether a value stands at the end of the phrase that `head` is."""
        for start, end in self._values(head.end, head.end + 1):
            uuid = looks.UUID.fullmatch(self._text, start, end) is not None
            if head.sure == "weak" and (uuid or not (head.signed or head.of)):
                return False
            issued = uuid or end - start == _OBJECT
            return not (heads.other(head.of) or (issued and heads.owned(head.of)))
        return False

    def _below(self, head: heads.Head, loose: set[int]) -> bool:
        """Whether lines below `head` are of it; what no sign announces is added to `loose`."""
        text = self._text
        begin = text.rfind("\n", 0, head.start) + 1
        if not head.signed and (
            head.end - begin > _SHORT or not _SPOKEN.fullmatch(text, begin, head.start)
        ):
            return False
        section = text[head.start - 1 : head.start] == "[" and _SECTION.fullmatch(
            text[begin : head.start]
        )
        depth, place = _indent(text, begin), head.end + 1
        for _ in range(_LINES):
            stop = text.find("\n", place)
            stop = len(text) if stop < 0 else stop
            line = text[place : min(stop, place + _REACH)]
            within = bool(section) or _indent(text, place) > depth or _ITEM.match(line) is not None
            value = next(self._values(place, stop), None)
            if value is not None:
                item = within and (head.signed or section or _ITEM.match(line))
                if item and self._is_item(head._replace(end=place), *value, ended=True):
                    return True
                if self._alone(place, *value):
                    if head.signed and _NAMED.fullmatch(text, begin, head.start):
                        return True
                    loose.add(value[0])
                    return False
            if place - head.end > _REACH or stop == len(text) or (section and line[:1] == "["):
                return False
            said = any(map(str.isalnum, line)) and not line.lstrip(" \t>").startswith("```")
            if said and not (within or _COMMENT.match(line)):
                return False
            place = stop + 1
        return False

    def _alone(self, place: int, start: int, end: int) -> bool:
        """Whether a value is all of its line."""
        return bool(_BARE.fullmatch(self._text, place, start) and _ENDED.match(self._text, end))


def _indent(text: str, place: int) -> int:
    """The blanks at the beginning of the line at `place`."""
    end = place
    while text[end : end + 1] in (" ", "\t"):
        end += 1
    return end - place
