"""The fast way through a transcript: decode only what tells of a call, and of that little.

Nearly all bytes of a transcript are text that no call's counts are in, and most rows with counts
repeat the row before. So this looks for the counts with `bytes.find`, jumps over the rows of tool
results, skips a row that repeats the last, and leaves the content out of a row it decodes. A row
in which that is not safe is decoded whole: the calls are the same (a property test holds it).

It relies on this: the client writes a stretch in one style of JSON; rows of one message id stand
in the order of their times and name one model; no object but an API's message has a `stop_reason`
beside its `usage`; and a total (`cost-state`) is a line that says so first.
"""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.client.transcript import rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cheaproute.usage.call import Call

STATE = b'{"type":"cost-state"'
_USAGE = b'"usage":{'
_CONTENT = b'"content":['
_MESSAGE = b'"message":{'
_USER = b'"message":{"role":"user"'
_STOP = b',"stop_reason":'
_NO_STOP = _STOP + b"null"
_NEEDED = {"id", "model", "stop_reason", "usage"}
# A usage object is shorter, and what stands before a user row's message too.
_WINDOW = 2000
# A row that is worth cutting is longer.
_LONG = 2000


def readable(data: bytes) -> bool:
    """Whether `data` is JSON written without spaces, as the client does."""
    quote = data.find(b'"', 2, 100)
    compact = data.startswith(b'{"') and data[quote : quote + 2] == b'":'
    return compact and data[quote + 2 : quote + 3] not in b" \t"


def calls(data: bytes, end: int, states: list[int]) -> Iterator[Call]:
    """The calls in the lines `data[:end]`, rows that repeat one left out.

    Appends to `states` where the line of a total begins.
    """
    last = _Last()
    floor = 0
    while floor < end:
        if last.matches(data, floor):
            start, stop = floor, _stop(data, floor, end)
            if last.repeats(data, stop):
                floor = stop + 1
                continue
            place = data.rfind(_USAGE, start, stop)
        else:
            following = _after_results(data, floor, end)
            if following != floor:
                floor = following
                continue
            place = data.find(_USAGE, floor, end)
            start = data.rfind(b"\n", floor, place) + 1 if place >= 0 else end
            start = start or floor
            _note_states(data, floor, start, states)
            stop = _stop(data, max(place, start), end)
        floor = stop + 1
        if place >= 0:
            yield from last.read(data, start, place, stop)


def _stop(data: bytes, place: int, end: int) -> int:
    """Where the line at `place` ends."""
    stop = data.find(b"\n", place, end)
    return end if stop < 0 else stop


def _after_results(data: bytes, floor: int, end: int) -> int:
    """The line at `floor`, or the first after it that is no tool's result: they hold most bytes."""
    while (message := data.find(_USER, floor, min(end, floor + _WINDOW))) >= 0:
        # The first brace after the line's own is the message's: so it is this very line's.
        brace = message + len(_MESSAGE) - 1
        if data.find(b"{", floor + 1, brace + 1) != brace:
            break
        floor = _stop(data, message, end) + 1
    return floor


def _note_states(data: bytes, start: int, stop: int, states: list[int]) -> None:
    place = data.find(STATE, start, stop)
    while place >= 0:
        if place == 0 or data[place - 1 : place] == b"\n":
            states.append(place)
        place = data.find(STATE, place + 1, stop)


class _Last:
    """The last row read: to know by its bytes a row that repeats it, or only its counts.

    `_head` is its message up to the content, `_shift` where in the row that stood. `_tail` is what
    followed the content, up to the end of the usage; `_rest` bytes of the row stood after that.
    """

    __slots__ = ("_call", "_head", "_rest", "_shift", "_tail")

    def __init__(self) -> None:
        self._call: Call | None = None
        self._head = b""
        self._shift = 0
        self._tail = b""
        self._rest = 0

    def matches(self, data: bytes, start: int) -> bool:
        """Whether the row at `start` is of the same message."""
        return self._call is not None and data.startswith(self._head, start + self._shift)

    def repeats(self, data: bytes, stop: int) -> bool:
        """Whether such a row, which ends at `stop`, has the same counts."""
        return data.startswith(self._tail, stop - self._rest - len(self._tail))

    def read(self, data: bytes, start: int, place: int, stop: int) -> list[Call]:
        """The calls that the row `data[start:stop]` tells of, whose usage is at `place`."""
        if self.matches(data, start):
            usage = self._counts(data, start + self._shift, place, stop)
            if self._call is not None and usage is not None and not usage.get("iterations"):
                final = _NO_STOP not in self._tail and _NO_STOP not in self._head
                self._call = rows.recounted(self._call, usage, final=final)
                return [self._call]
        row = _without_content(data, start, place, stop)
        told = rows.calls(rows.decode(data[start:stop]) if row is None else row)
        self._call = None
        if len(told) == 1:
            self._note(told[0], data, start, place, stop)
        return told

    def _note(self, call: Call, data: bytes, start: int, place: int, stop: int) -> None:
        content = data.find(_CONTENT, start, place)
        message = data.rfind(_MESSAGE, start, content) if content > 0 else -1
        head = data[message:content]
        if message > 0 and b'"id":"' in head and b'"model":"' in head:
            self._head = head
            self._shift = message - start
            if self._counts(data, content, place, stop) is not None:
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
    content = data.find(_CONTENT, start, place) if stop - start > _LONG else -1
    cut = data.rfind(b"]", content, place) + 1 if content >= 0 else 0
    if not cut:
        return None
    row = rows.decode(data[start:content] + b'"content":[]' + data[cut:stop])
    message = rows.message(row)
    # Without these the counts may be another object's, or lie in what was cut out.
    return row if message.keys() >= _NEEDED else None
