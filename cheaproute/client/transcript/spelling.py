"""How a client spells a row that tells of a call: learnt from one, the next are read by it.

Rows of one client differ in few values. Of a row that was decoded the bytes between those values
are kept: a row with the same bytes there, and plain values, tells of the same call but for them.
Nothing is taken for granted: what is learnt must fit the row it was learnt from, byte for byte.
"""

from __future__ import annotations

import re
from operator import itemgetter

from cheaproute.client.transcript import rows
from cheaproute.client.transcript.pattern import FIELDS, NUMBERS, STRING, VALUES, WORDS, Text, write
from cheaproute.usage.call import EXACT, Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    _Pick = Callable[[tuple[str, ...]], tuple[str, ...]]

# A branch's rows bear the session they were copied from as well.
_COPIED = ("forkedFrom", "requestSessionId")
_NEEDED = {"time", "id", "request"}
_COMPARED = [name for name in Call.__slots__ if name != "place"]
_new = Call.__new__
# What the hours that were met begin at.
_hours: dict[str, int] = {}
_MOST_HOURS = 1000
# The end of a request id, and how many of its letters differ in one that is given once.
_LAST, _DIFFERENT = 12, 8


class Spelling:
    """One way to write a row, and the call that such a row tells of but for its values.

    After `read`: the message begins at `message`, its content at `content`; that ended at
    `place`, the usage no later than `past`, the row at `stop`. `marks` name the request.
    """

    __slots__ = (
        "_call", "_close", "_counts", "_head", "_lead", "_marks", "_numbers", "_tail",
        "_words", "content", "counts_follow", "marks", "message", "past", "place", "stop",
    )  # fmt: skip

    def __init__(self, call: Call, head: Text, tail: Text) -> None:
        self._call = call
        kinds = [*head.kinds, *tail.kinds]
        self._head = re.compile(head.pattern())
        # Which of the tail's values is its last count, and how long what follows that is.
        self._counts = tail.last_count()
        self.counts_follow = self._counts != (0, 0) or tail.holds('"stop_reason":')
        self._close = tail.first()
        is_open = tail.is_open or self.counts_follow
        self._tail = re.compile(tail.pattern()) if is_open else None
        # A field that the rows have not is found behind the last value, where `read` puts it.
        places = {name: kinds.index(name) if name in kinds else len(kinds) for name in FIELDS}
        self._words: _Pick = itemgetter(*(places[name] for name in WORDS))
        self._numbers: _Pick = itemgetter(*(places[name] + (name not in kinds) for name in NUMBERS))
        self._marks = [
            (name, kinds.index(kind))
            for name, kind in (('"requestId":"', "request"), ('"requestRef":"', "ref"))
            if kind in kinds
        ]
        # Where the counts stand before the content, so do all names of the request, or none counts.
        self._lead = min(
            (number + 1, len(mark)) if number < kinds.index("id") else (0, 0)
            for mark, number in self._marks
        )
        self.message = self.content = self.place = self.past = self.stop = 0
        self.marks: list[str] = []

    def read(self, text: str, start: int, end: int) -> Call | None:
        """The call that the row at `start` tells of; None where it is spelt in another way."""
        head = self._head.match(text, start, end)
        if head is None:
            return None
        content = head.end()
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop
        tail = None
        if self._tail is None:
            place = stop - len(self._close)
            fits = place >= content and text.startswith(self._close, place)
            values = (*head.groups(), "", "0")
        else:
            place = text.rfind(self._close, content, stop)
            tail = self._tail.fullmatch(text, place, stop) if place >= 0 else None
            fits = tail is not None
            values = (*head.groups(), *(tail.groups() if tail else ()), "", "0")
        if not fits or text.find(rows.MESSAGE, content, place) >= 0:
            return None  # or the half of a row that a kill left, and the next behind it
        if text.find("\\", start, content) >= 0 or (tail and text.find("\\", place, stop) >= 0):
            return None
        call = self._told(values)
        if call is not None:
            call.place = start
            self.content, self.place, self.stop = content, place, stop
            if tail and self.counts_follow:
                self.message = text.find(rows.MESSAGE, start, content)
                last, length = self._counts
                self.past = tail.end(last) + length
                self.marks = [f'{mark}{values[number]}"' for mark, number in self._marks]
            else:
                group, size = self._lead
                self.message = head.start(group) - size
        return call

    def _told(self, values: tuple[str, ...]) -> Call | None:
        """The call with these values of `FIELDS`."""
        time, identity, request, model, session, cwd, ref = self._words(values)
        known = self._call
        if identity.startswith(rows.NO_REQUEST) or not (session.isascii() and cwd.isascii()):
            return None
        if not known.ref and len(set(request[-_LAST:])) < _DIFFERENT:
            return None  # a relay's, perhaps: then its rows matter
        numbers = map(int, self._numbers(values))
        inputs, output, read, written, hour, five, searches = numbers
        call = _new(Call)
        call.id = identity
        hour_ms = _hours.get(time[:13]) or _hour_ms(time)
        past_ms = int(time[14:16]) * 60_000 + int(time[17:19] + time[20:23])
        call.ts_ms = hour_ms + past_ms if hour_ms else 0
        call.model = known.model or model
        call.request_id = request
        call.ref = rows.ref_of(ref) if known.ref else 0
        call.requested = known.requested
        call.session = known.session or session
        call.agent, call.sidechain = known.agent, known.sidechain
        call.cwd = known.cwd or cwd
        call.input, call.output, call.read, call.web_search = inputs, output, read, searches
        # What the split does not name was written for five minutes, the API's default.
        call.write_5m = five if five + hour >= written else written - hour
        call.write_1h = hour
        call.speed, call.geo, call.service_tier = known.speed, known.geo, known.service_tier
        call.effort, call.final = known.effort, known.final
        call.parts, call.rows = (), ()
        call.part = call.parent = call.purpose = ""
        call.odd, call.estimated, call.client_nano = False, EXACT, None
        return call


def _hour_ms(time: str) -> int:
    """When the hour of a time in the form of `pattern.TIME` begins; 0 where there is none."""
    if len(_hours) > _MOST_HOURS:
        _hours.clear()
    hour_ms = _hours[time[:13]] = rows.time_ms(time[:13] + ":00:00.000Z")
    return hour_ms


def learn(row: object, text: str, start: int, end: int) -> Spelling | None:
    """The spelling of the row at `start`, which is `row` decoded; None where none can be learnt."""
    if not isinstance(row, dict) or row.get("type") != "assistant":
        return None
    calls = rows.calls(row)
    passes = rows.message(row).get("usage", {}).get("iterations") or []
    if len(calls) != 1 or not calls[0].request_id or calls[0].odd:
        return None
    if passes and not rows.is_plain(passes):
        return None
    call, values = calls[0].replace(), dict(VALUES)
    if any(name in row for name in _COPIED):
        del values["sessionId"]
    else:
        call.session = ""
    if re.fullmatch(STRING, call.cwd):
        call.cwd = ""
    else:
        del values["cwd"]
    if "requestedModel" in row:  # it is told only where it is not the model
        values["message"] = {k: kind for k, kind in VALUES["message"].items() if k != "model"}
    else:
        call.model = ""
    head, tail = Text(), Text()
    try:
        write(row, values, head, tail)
        found = Spelling(call, head, tail)
    except (ValueError, TypeError, RecursionError):
        return None
    if not {*head.kinds, *tail.kinds} >= _NEEDED or "id" not in head.kinds:
        return None
    # What follows the content begins with its end.
    again = found.read(text, start, end) if tail.is_begun else None
    return found if again is not None and _is_same(again, calls[0]) else None


def _is_same(call: Call, other: Call) -> bool:
    """Whether two calls are alike in all but where they were read."""
    return all(getattr(call, name) == getattr(other, name) for name in _COMPARED)
