"""The fast way through a transcript: decode only what tells of a call, and of that little.

Nearly all bytes of a transcript are text that no call's counts are in, and most rows with counts
repeat the row before. So this looks for the counts with `bytes.find`, jumps over the rows of tool
results, skips a row that repeats the last, reads one that is spelt as others before it by its
`spelling`, and leaves the content out of a row it decodes. A row in which that is not safe is
decoded whole: the calls are the same (a property test holds it).

A line that is no row it looks through for whole ones: a kill leaves the half of a row, and the next
is written behind it.

What it passes over it has understood: a row in the client's own spelling (no spaces) that is a
user's, or repeats the last call, or holds no `usage` in any spelling. It relies on this: rows of
one message and request stand in the order of their times and name one model, and no object but an
API's message has a `stop_reason` beside its `usage`.
"""

from __future__ import annotations

from cheaproute.client.transcript import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cheaproute.client.transcript.spelt.spelling import Row, Spelling
    from cheaproute.usage.call import Call

    Skipped = list[tuple[int, str]]

_USAGE = '"usage":{'
_NAME = '"usage"'
_STATE = '"cost-state"'
_CONTENT = '"content":['
_USER = '"message":{"role":"user"'
_ANSWER = '"type":"assistant"'
_ANSWERED = '"output_tokens":'
_BRACE = _USER.index("{")
# An escaped ASCII letter: a name may be spelt with it.
_ESCAPED = ("\\u006", "\\u007")
# How rows were spelt that this process met, the latest first.
_spellings: list[Spelling] = []
_unlearnt = [0]
_MOST_SPELLINGS = 24
# So many rows are decoded before it is worth learning how they are spelt.
_UNLEARNT = 20
_END = '"stop_details"'
# So begins a line within a row that was printed over several; what is said of such a row.
_INDENTED = (b" ", b"\t", b'"')
SPREAD = "rows are spread over several lines (jq -c mends the file)"
_NEEDED = {"id", "model", "stop_reason", "usage"}
# A usage object is shorter, and what stands before a user row's message too.
_WINDOW = 2000
_BOM_AND_ONE = 4
# A row that is worth cutting is longer.
_LONG = 2000


def calls(
    data: bytes, end: int, states: list[int], skipped: Skipped, offset: int
) -> Iterator[Call | Row]:
    """The calls in the lines `data[:end]`, rows that repeat one left out; usual ones as rows.

    `data` begins at `offset` in its file.

    Appends to `states` where the line of a total begins, to `skipped` what could not be read.
    """
    text = data.decode("latin-1")  # a character for each byte: values need no decoding one by one
    last = _Last(data, text, offset)
    start = 0
    find, begins = text.find, text.startswith
    while start < end:
        if last.head and begins(last.head, start + last.shift):  # of the same message
            stop = find("\n", start, end)
            stop = end if stop < 0 else stop
            if last.repeats(start, stop):
                start = stop + 1
                continue
        else:
            # The first brace after the line's own is the message's: so it is this very line's.
            brace = find("{", start + 1, start + _WINDOW)
            if brace > 0 and begins(_USER, brace - _BRACE):
                stop = find("\n", brace, end)
                stop = end if stop < 0 else stop
                late = max(brace, stop - _WINDOW)
                # A kill left the half of it, perhaps, and an answer stands behind.
                if text.rfind(_ANSWER, late, stop) < 0 and text.rfind(_ANSWERED, late, stop) < 0:
                    start = stop + 1
                    continue
        row = last.read(start, end)
        if row is not None:
            yield row
            start = last.stop + 1
            continue
        stop = find("\n", start, end)
        stop = end if stop < 0 else stop
        if find(_NAME, start, stop) >= 0:
            yield from last.decode(start, stop, skipped)
            if find("[", start, start + _BOM_AND_ONE) >= 0 and find(_STATE, start, stop) >= 0:
                states.append(start)  # an array of rows: totals may be among them
        elif find(_STATE, start, stop) >= 0 or _is_escaped(text, start, stop):
            found = rows.decode(data[start:stop])
            if holds_total(found):
                states.append(start)
            yield from told(found, start, skipped)
        start = stop + 1


def holds_total(row: object) -> bool:
    """Whether a decoded line is a total of the client's, or an array of rows with one."""
    some = row if type(row) is list else (row,)
    return any(isinstance(one, dict) and one.get("type") == "cost-state" for one in some)


def told(row: object, start: int, skipped: Skipped) -> list[Call]:
    """The calls of a decoded row that begins at `start`; a row that fails is noted and left out.

    A line may hold an array of rows: a tool made it of a whole transcript.
    """
    found: list[Call] = []
    for one in row if type(row) is list else (row,):
        try:
            found += rows.calls(one)
        except Exception as error:  # whatever a row holds, the next one counts
            from cheaproute.errors import of_the_code

            if of_the_code(error):
                raise
            skipped.append((start, type(error).__name__))
    for call in found:
        call.place = start
    return found


def _is_noted(skipped: Skipped) -> bool:
    """Whether it was said of the stretch that its rows are spread over lines."""
    return any(why == SPREAD for _, why in skipped)


def _is_escaped(text: str, start: int, stop: int) -> bool:
    """Whether the line may spell a name in another way."""
    return any(text.find(mark, start, stop) >= 0 for mark in _ESCAPED)


class _Last:
    """The last row read: to know by its bytes a row that repeats it; and the spellings learnt.

    `head` is its message up to the content, "" where it cannot be known again; `shift` where in
    the row that stood. `_tail` is what followed the content, up to the end of the usage; `_rest`
    bytes of the row stood after that. `_marks` name its request. Where request and usage stand
    before the content, `head` is all of them, and `_whole` says so. The row ended at `stop`.
    """

    __slots__ = (
        "_data", "_marks", "_offset", "_rest", "_tail", "_text", "_whole", "head", "shift", "stop",
    )  # fmt: skip

    def __init__(self, data: bytes, text: str, offset: int) -> None:
        self._data, self._text, self._offset = data, text, offset
        self._whole = False
        self.head = self._tail = ""
        self._marks: list[str] = []
        self.shift = self._rest = self.stop = 0

    def repeats(self, start: int, stop: int) -> bool:
        """Whether a row of the same message is of the same request and has its counts."""
        if self._whole:
            return True
        text, rest = self._text, stop - self._rest
        if not text.startswith(self._tail, rest - len(self._tail)):
            return False
        for mark in self._marks:  # without `all`, which takes as long as the rest of it
            if text.find(mark, rest, stop) < 0 and text.find(mark, start, start + self.shift) < 0:
                return False
        return True

    def read(self, start: int, end: int) -> Row | None:
        """The row at `start`, spelt as one before it; None: as none of them."""
        for number, spelling in enumerate(_spellings):
            row = spelling.read(self._text, start, end, self._offset)
            if row is not None:
                if number:
                    _spellings.insert(0, _spellings.pop(number))
                self._note(spelling, start)
                return row
        return None

    def _note(self, spelling: Spelling, start: int) -> None:
        """Remember the row, if it can be known again by its bytes."""
        text, message = self._text, spelling.message
        self.stop = spelling.stop
        self._whole = not spelling.counts_follow
        if spelling.counts_follow:
            self._marks, self._tail = spelling.marks, text[spelling.place : spelling.past]
            self._rest = spelling.stop - spelling.past
        self.head = text[message : spelling.content] if message > start else ""
        self.shift = message - start

    def decode(self, start: int, stop: int, skipped: Skipped) -> list[Call]:
        """The calls that the row at `start` tells of, however it is spelt."""
        self.head = ""
        line = self._data[start:stop]
        place = self._text.find(_USAGE, start, stop)
        row = self._without_content(start, place, stop) if place >= 0 else None
        row = rows.decode(line) if row is None else row
        found = told(row if row is not None else rows.several(line), start, skipped)
        if row is None and not found and line[:1] in _INDENTED and not _is_noted(skipped):
            skipped.append((start, SPREAD))
        if len(found) == 1:
            _learn(row, self._text, start, stop)
        return found

    def _without_content(self, start: int, place: int, stop: int) -> object:
        """The decoded row but for its content; None where that cannot be left out for sure.

        What is left is whole JSON only if the cut began and ended at the same depth.
        """
        text, data = self._text, self._data
        content = text.find(_CONTENT, start, stop) if stop - start > _LONG else -1
        cut = text.rfind("]", content, place if place > content else stop) + 1
        if content < 0 or not cut or text.find(rows.MESSAGE, content, cut) >= 0:
            return None
        if text.find(_END, content, cut) >= 0:
            return None
        row = rows.decode(data[start:content] + b'"content":[]' + data[cut:stop])
        message = rows.message(row)
        # Without these the counts may be another object's, or lie in what was cut out.
        return row if message.keys() >= _NEEDED else None


def _learn(row: object, text: str, start: int, stop: int) -> None:
    """Learn how the row is spelt; seldom, where what was learnt is of little use."""
    _unlearnt[0] += 1
    if _unlearnt[0] < max(_UNLEARNT, len(_spellings) * _UNLEARNT // 10):
        return
    _unlearnt[0] = 0
    from cheaproute.client.transcript.spelt import spelling  # not for the few rows of a hook

    found = spelling.learn(row, text, start, stop)
    if found is not None:
        _spellings.insert(0, found)
        del _spellings[_MOST_SPELLINGS:]
