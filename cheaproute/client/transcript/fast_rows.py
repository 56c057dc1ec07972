"""The fast way through a transcript: decode only what tells of a call, and of that little.

Nearly all bytes of a transcript are text that no call's counts are in, and most rows with counts
repeat the row before. So this looks for the counts with `bytes.find`, jumps over the rows of tool
results, skips a row that repeats the last, and leaves the content out of a row it decodes. A row
in which that is not safe is decoded whole: the calls are the same (a property test holds it).

What it passes over it has understood: a row in the client's own spelling (no spaces) that is a
user's, or repeats the last call, or holds no `usage` in any spelling. It relies on this: rows of
one message and request stand in the order of their times and name one model, and no object but an
API's message has a `stop_reason` beside its `usage`.
"""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.client.transcript import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cheaproute.usage.call import Call

    Skipped = list[tuple[int, str]]

_USAGE = b'"usage":{'
_NAME = b'"usage"'
_STATE = b'"cost-state"'
_CONTENT = b'"content":['
_MESSAGE = b'"message":{'
_USER = b'"message":{"role":"user"'
_BRACE = _USER.index(b"{")
_REQUEST = b'"requestId":"'
_REF = b'"requestRef":"'
_STOP = b',"stop_reason":'
_NO_STOP = _STOP + b"null"
# An escaped ASCII letter: a name may be spelt with it.
_ESCAPED = (b"\\u006", b"\\u007")
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
            if not last.repeats(data, start, stop):
                yield from last.read(data, start, data.rfind(_USAGE, start, stop), stop, skipped)
            start = stop + 1
            continue
        # The first brace after the line's own is the message's: so it is this very line's.
        brace = find(b"{", start + 1, start + _WINDOW)
        if brace > 0 and data.startswith(_USER, brace - _BRACE):
            stop = find(b"\n", brace, end)
            start = end if stop < 0 else stop + 1
            continue
        stop = find(b"\n", start, end)
        stop = end if stop < 0 else stop
        if find(_NAME, start, stop) >= 0:
            yield from last.read(data, start, find(_USAGE, start, stop), stop, skipped)
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
    """The last row read: to know by its bytes a row that repeats it, or only its counts.

    `_head` is its message up to the content, `_shift` where in the row that stood. `_tail` is what
    followed the content, up to the end of the usage; `_rest` bytes of the row stood after that.
    `_marks` name its request. Where request and usage stand before the content, `_head` is all of
    them, and `_whole` says so.
    """

    __slots__ = ("_call", "_head", "_marks", "_rest", "_shift", "_tail", "_whole")

    def __init__(self) -> None:
        self._call: Call | None = None
        self._whole = False
        self._head = b""
        self._marks: list[bytes] = []
        self._shift = 0
        self._tail = b""
        self._rest = 0

    def matches(self, data: bytes, start: int) -> bool:
        """Whether the row at `start` is of the same message."""
        return self._call is not None and data.startswith(self._head, start + self._shift)

    def repeats(self, data: bytes, start: int, stop: int) -> bool:
        """Whether such a row, which ends at `stop`, is of the same request and has its counts."""
        if self._whole:
            return True
        rest = stop - self._rest
        return data.startswith(self._tail, rest - len(self._tail)) and self._names(
            data, start, rest, stop
        )

    def _names(self, data: bytes, start: int, rest: int, stop: int) -> bool:
        """Whether the row names the same request, before its message or after its usage."""
        return all(
            data.find(mark, rest, stop) >= 0 or data.find(mark, start, start + self._shift) >= 0
            for mark in self._marks
        )

    def read(self, data: bytes, start: int, place: int, stop: int, skipped: Skipped) -> list[Call]:
        """The calls that the row `data[start:stop]` tells of; its usage is at `place`."""
        if place >= 0 and not self._whole and self.matches(data, start):
            marks, rest = self._marks, self._rest
            usage = self._counts(data, start + self._shift, place, stop)
            if self._call is not None and usage is not None and not usage.get("iterations"):
                if self._names(data, start, stop - self._rest, stop):
                    final = _NO_STOP not in self._tail and _NO_STOP not in self._head
                    self._call = self._call.replace(final=final, odd=False)
                    self._call.count(usage)
                    return [self._call]
                self._marks, self._rest = marks, rest
        row = _without_content(data, start, place, stop) if place >= 0 else None
        found = told(rows.decode(data[start:stop]) if row is None else row, start, skipped)
        self._call = None
        if len(found) == 1 and place >= 0:
            self._note(found[0], data, start, place, stop)
        return found

    def _note(self, call: Call, data: bytes, start: int, place: int, stop: int) -> None:
        """Remember the row, if its request can be known again by its bytes."""
        self._marks = []
        for mark, there in ((_REQUEST, call.request_id), (_REF, call.ref)):
            if there:
                named = data.rfind(mark, start, stop)
                quote = data.find(b'"', named + len(mark), stop)
                if named < 0 or quote < 0:
                    return
                self._marks.append(data[named : quote + 1])
        self._whole = False
        content = data.find(_CONTENT, start, stop)
        message = data.rfind(_MESSAGE, start, content) if content > 0 else -1
        if message > 0 and message < place < content:
            self._note_whole(call, data, start, message, content)
            return
        head = data[message:content]
        if self._marks and message > 0 and b'"id":"' in head and b'"model":"' in head:
            self._head = head
            self._shift = message - start
            if self._counts(data, content, place, stop) is not None:
                self._call = call

    def _note_whole(self, call: Call, data: bytes, start: int, message: int, content: int) -> None:
        """The same for a row that has request, usage and all before its content."""
        first = min(data.find(mark, start, message) for mark in self._marks) if self._marks else -1
        if first > 0 and data.find(_STOP, message, content) > 0:
            self._whole = True
            self._head = data[first : content + len(_CONTENT)]
            self._shift = first - start
            self._call = call

    def _counts(self, data: bytes, content: int, place: int, stop: int) -> dict[str, Any] | None:
        """The usage at `place`, noted with what is around it; None in an unusual place."""
        cut = data.rfind(b"]", content, place) + 1
        brace = place + len(_USAGE) - 1
        stopped = data.startswith(_STOP, cut) or _STOP in self._head
        if not cut or not stopped or data.find(_USAGE, brace, stop) >= 0:
            return None
        try:
            usage, length = fastjson.scan(data[brace : brace + _WINDOW].decode("latin-1"))
        except ValueError:
            return None
        self._tail = data[cut : brace + length]
        self._rest = stop - brace - length
        return usage  # type: ignore[no-any-return]


def _without_content(data: bytes, start: int, place: int, stop: int) -> object:
    """The decoded row but for its content; None where that cannot be left out for sure.

    What is left is whole JSON only if the cut began and ended at the same depth.
    """
    content = data.find(_CONTENT, start, stop) if stop - start > _LONG else -1
    cut = data.rfind(b"]", content, place if place > content else stop) + 1 if content >= 0 else 0
    if not cut:
        return None
    row = rows.decode(data[start:content] + b'"content":[]' + data[cut:stop])
    message = rows.message(row)
    # Without these the counts may be another object's, or lie in what was cut out.
    return row if message.keys() >= _NEEDED else None
