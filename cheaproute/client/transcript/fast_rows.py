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

    from cheaproute.client.transcript.spelling import Spelling
    from cheaproute.usage.call import Call

    Skipped = list[tuple[int, str]]

_USAGE = b'"usage":{'
_NAME = b'"usage"'
_STATE = b'"cost-state"'
_CONTENT = b'"content":['
_USER = b'"message":{"role":"user"'
_ANSWER = b'"type":"assistant"'
_BRACE = _USER.index(b"{")
# An escaped ASCII letter: a name may be spelt with it.
_ESCAPED = (b"\\u006", b"\\u007")
# How rows were spelt that this process met, the latest first.
_spellings: list[Spelling] = []
_unlearnt = [0]
_MOST_SPELLINGS = 24
# So many rows are decoded before it is worth learning how they are spelt.
_UNLEARNT = 20
_NEEDED = {"id", "model", "stop_reason", "usage"}
# A usage object is shorter, and what stands before a user row's message too.
_WINDOW = 2000
# A row that is worth cutting is longer.
_LONG = 2000


def calls(data: bytes, end: int, states: list[int], skipped: Skipped) -> Iterator[Call]:
    """The calls in the lines `data[:end]`, rows that repeat one left out.

    Appends to `states` where the line of a total begins, to `skipped` what could not be read.
    """
    last = _Last()
    start = 0
    find = data.find
    while start < end:
        if last.matches(data, start):
            stop = find(b"\n", start, end)
            stop = end if stop < 0 else stop
            if last.repeats(data, start, stop):
                start = stop + 1
                continue
        else:
            # The first brace after the line's own is the message's: so it is this very line's.
            brace = find(b"{", start + 1, start + _WINDOW)
            if brace > 0 and data.startswith(_USER, brace - _BRACE):
                stop = find(b"\n", brace, end)
                stop = end if stop < 0 else stop
                if data.rfind(_ANSWER, max(brace, stop - _WINDOW), stop) < 0:  # none behind it
                    start = stop + 1
                    continue
        call = last.read(data, start, end)
        if call is not None:
            yield call
            start = last.stop + 1
            continue
        stop = find(b"\n", start, end)
        stop = end if stop < 0 else stop
        if find(_NAME, start, stop) >= 0:
            yield from last.decode(data, start, stop, skipped)
        elif find(_STATE, start, stop) >= 0 or _is_escaped(data, start, stop):
            row = rows.decode(data[start:stop])
            if isinstance(row, dict) and row.get("type") == "cost-state":
                states.append(start)
            yield from told(row, start, skipped)
        start = stop + 1


def told(row: object, start: int, skipped: Skipped) -> list[Call]:
    """The calls of a decoded row that begins at `start`; a row that fails is noted and left out."""
    try:
        found = rows.calls(row)
    except Exception as error:  # noqa: BLE001  # whatever a row holds, the next one counts
        skipped.append((start, type(error).__name__))
        return []
    for call in found:
        call.place = start
    return found


def _is_escaped(data: bytes, start: int, stop: int) -> bool:
    """Whether the line may spell a name in another way."""
    return any(data.find(mark, start, stop) >= 0 for mark in _ESCAPED)


class _Last:
    """The last row read: to know by its bytes a row that repeats it; and the spellings learnt.

    `_head` is its message up to the content, `_shift` where in the row that stood. `_tail` is what
    followed the content, up to the end of the usage; `_rest` bytes of the row stood after that.
    `_marks` name its request. Where request and usage stand before the content, `_head` is all of
    them, and `_whole` says so. The row ended at `stop`.
    """

    __slots__ = ("_head", "_marks", "_rest", "_shift", "_tail", "_whole", "stop")

    def __init__(self) -> None:
        self._whole = False
        self._head = b""
        self._marks: list[bytes] = []
        self._shift = 0
        self._tail = b""
        self._rest = 0
        self.stop = 0

    def matches(self, data: bytes, start: int) -> bool:
        """Whether the row at `start` is of the same message."""
        return self._head != b"" and data.startswith(self._head, start + self._shift)

    def repeats(self, data: bytes, start: int, stop: int) -> bool:
        """Whether such a row, which ends at `stop`, is of the same request and has its counts."""
        if self._whole:
            return True
        rest = stop - self._rest
        return data.startswith(self._tail, rest - len(self._tail)) and all(
            data.find(mark, rest, stop) >= 0 or data.find(mark, start, start + self._shift) >= 0
            for mark in self._marks
        )

    def read(self, data: bytes, start: int, end: int) -> Call | None:
        """The call of the row at `start`, spelt as one before it; None: as none of them."""
        for number, spelling in enumerate(_spellings):
            call = spelling.read(data, start, end)
            if call is not None:
                if number:
                    _spellings.insert(0, _spellings.pop(number))
                self._note(spelling, data, start)
                return call
        return None

    def _note(self, spelling: Spelling, data: bytes, start: int) -> None:
        """Remember the row, if it can be known again by its bytes."""
        message, content, self.stop = spelling.message, spelling.content, spelling.stop
        self._marks, self._tail = spelling.marks, data[spelling.place : spelling.past]
        self._rest = self.stop - spelling.past
        self._whole = not spelling.counts_follow
        self._head = data[message:content] if message > start else b""
        self._shift = message - start

    def decode(self, data: bytes, start: int, stop: int, skipped: Skipped) -> list[Call]:
        """The calls that the row `data[start:stop]` tells of, however it is spelt."""
        self._head = b""
        place = data.find(_USAGE, start, stop)
        row = _without_content(data, start, place, stop) if place >= 0 else None
        row = rows.decode(data[start:stop]) if row is None else row
        each = [row] if row is not None else rows.several(data[start:stop])
        found = [call for one in each for call in told(one, start, skipped)]
        if len(found) == 1:
            _learn(row, data, start, stop)
        return found


def _learn(row: object, data: bytes, start: int, stop: int) -> None:
    """Learn how the row is spelt; seldom, where what was learnt is of little use."""
    _unlearnt[0] += 1
    if _unlearnt[0] < max(_UNLEARNT, len(_spellings) * _UNLEARNT // 10):
        return
    _unlearnt[0] = 0
    from cheaproute.client.transcript import spelling  # not for the few rows of a hook

    found = spelling.learn(row, data, start, stop)
    if found is not None:
        _spellings.insert(0, found)
        del _spellings[_MOST_SPELLINGS:]


def _without_content(data: bytes, start: int, place: int, stop: int) -> object:
    """The decoded row but for its content; None where that cannot be left out for sure.

    What is left is whole JSON only if the cut began and ended at the same depth.
    """
    content = data.find(_CONTENT, start, stop) if stop - start > _LONG else -1
    cut = data.rfind(b"]", content, place if place > content else stop) + 1 if content >= 0 else 0
    if not cut or data.find(rows.MESSAGE, content, cut) >= 0:
        return None
    row = rows.decode(data[start:content] + b'"content":[]' + data[cut:stop])
    message = rows.message(row)
    # Without these the counts may be another object's, or lie in what was cut out.
    return row if message.keys() >= _NEEDED else None
