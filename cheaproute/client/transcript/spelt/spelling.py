"""How a client spells a row that tells of a call: learnt from one, the next are read by it.

Rows of one client differ in few values. Of a row that was decoded the bytes between those values
are kept: a row with the same bytes there, and plain values, tells of the same call but for them.
Nothing is taken for granted: what is learnt must fit the row it was learnt from, byte for byte.
"""

from __future__ import annotations

import re
from operator import itemgetter

from cheaproute.client.transcript import rows
from cheaproute.client.transcript.spelt.pattern import (
    FIELDS,
    NUMBERS,
    STRING,
    VALUES,
    WORDS,
    Text,
    write,
)
from cheaproute.usage.call import EXACT, Call, five_minutes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    _Pick = Callable[[Any], tuple[Any, ...]]
    # A row that was read: how it is spelt, where in its file it begins, its message id, its values.
    Row = tuple["Spelling", int, str, tuple[str, ...]]

# A branch's rows bear the session they were copied from as well.
_COPIED = ("forkedFrom", "requestSessionId")
_REQUESTED = '"requestedModel":'
_NEEDED = {"time", "id", "request"}
_COMPARED = [name for name in Call.__slots__ if name != "place"]
_new = Call.__new__
# What the hours that were met begin at.
_hours: dict[str, int] = {}
_MOST_HOURS = 1000
# The end of a request id, and how many of its letters differ in one that is given once. Or of its
# beginning, which the API gives to many that are close in time: those of which that is known.
_LAST, _FIRST, _DIFFERENT = 12, 11, 8
_LONG = len(rows.NO_REQUEST)
_beginnings: set[str] = set()
_MOST_BEGINNINGS = 1000
# By these the rows of a spelling are told apart before they are read together.
_KIND = ("session", "cwd", "agent", "model", "searches")
_CHECKED = ("time", "id", "request", "session", "cwd")
# Behind a row's values: what stands for a word, and a number, that it has not.
_NOTHING = ("", "0")


class Spelling:
    """One way to write a row, and the call that such a row tells of but for its values.

    After `read`: the message begins at `message`, its content at `content`; that ended at
    `place`, the usage no later than `past`, the row at `stop`. `marks` name the request. `known`
    is what all its rows tell alike, `kind` picks from values what most rows of a file do.
    """

    __slots__ = (
        "_checked", "_close", "_counts", "_has_ref", "_head", "_identity", "_lead", "_marks",
        "_tail", "content", "counts_follow", "kind", "known", "marks", "message", "numbers", "past",
        "place", "stop", "words",
    )  # fmt: skip

    def __init__(self, call: Call, head: Text, tail: Text) -> None:
        self.known = call
        kinds = [*head.kinds, *tail.kinds]
        self._head = re.compile(head.pattern())
        # Which of the tail's values is its last count, and how long what follows that is.
        self._counts = tail.last_count()
        self.counts_follow = self._counts != (0, 0) or tail.holds('"stop_reason":')
        self._close = tail.first()
        is_open = tail.is_open or self.counts_follow
        self._tail = re.compile(tail.pattern()) if is_open else None
        # A field that the rows have not is found behind the last value, where `read` puts it.
        places = {
            name: kinds.index(name) if name in kinds else len(kinds) + (name in NUMBERS)
            for name in FIELDS
        }
        self._identity, self._has_ref = places["id"], bool(call.ref)
        self.words, self.numbers, self.kind, self._checked = (
            _pick(places, names) for names in (WORDS, NUMBERS, _KIND, _CHECKED)
        )
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

    def read(self, text: str, start: int, end: int, offset: int) -> Row | None:
        """The row at `start`; None where it is spelt in another way, or its values are unusual.

        `text` begins at `offset` in its file.
        """
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
            values = head.groups() + _NOTHING
        else:
            place = text.rfind(self._close, content, stop)
            tail = self._tail.fullmatch(text, place, stop) if place >= 0 else None
            fits = tail is not None
            values = head.groups() + (tail.groups() if tail else ()) + _NOTHING
        if not fits or text.find(rows.MESSAGE, content, place) >= 0:
            return None  # or the half of a row that a kill left, and the next behind it
        if text.find("\\", start, content) >= 0 or (tail and text.find("\\", place, stop) >= 0):
            return None
        if not self._is_usual(values):
            return None
        self.content, self.place, self.stop = content, place, stop
        if tail and self.counts_follow:
            self.message = text.find(rows.MESSAGE, start, content)
            last, length = self._counts
            self.past = tail.end(last) + length
            self.marks = [f'{mark}{values[number]}"' for mark, number in self._marks]
        else:
            group, size = self._lead
            self.message = head.start(group) - size
        return self, start + offset, values[self._identity], values

    def _is_usual(self, values: tuple[str, ...]) -> bool:
        """Whether the values tell of a call, at a time, that its ids alone tell from others."""
        time, identity, request, session, cwd = self._checked(values)
        return (
            session.isascii()
            and cwd.isascii()
            and bool(_hours.get(time[:13]) or _hour_ms(time))
            and identity[:_LONG] != rows.NO_REQUEST
            # A relay's, perhaps: then its rows matter.
            and (request[:_FIRST] in _beginnings or self._has_ref or _is_different(request))
        )

    def call(self, values: tuple[str, ...]) -> Call:
        """The call with these values of `FIELDS`."""
        time, identity, request, model, session, cwd, agent, ref = self.words(values)
        known = self.known
        inputs, output, read, written, hour, five, searches = map(int, self.numbers(values))
        call = _new(Call)
        call.id = identity
        call.ts_ms = time_ms(time)
        call.model = known.model or model
        call.request_id = request
        call.ref = rows.ref_of(ref) if known.ref else 0
        call.requested = known.requested
        call.session = known.session or session
        call.agent, call.sidechain = agent, known.sidechain
        call.cwd = known.cwd or cwd
        call.input, call.output, call.read, call.web_search = inputs, output, read, searches
        call.write_5m, call.write_1h = five_minutes(five, hour, written), hour
        call.speed, call.geo, call.service_tier = known.speed, known.geo, known.service_tier
        call.effort, call.final = known.effort, known.final
        call.parts, call.rows = (), ()
        call.part = call.parent = call.purpose = ""
        call.odd, call.estimated, call.client_nano = False, EXACT, None
        return call


def _pick(places: dict[str, int], names: tuple[str, ...]) -> _Pick:
    """What gives the values of the fields `names`, which are more than one."""
    return itemgetter(*(places[name] for name in names))


def _is_different(request: str) -> bool:
    """Whether a request id looks as if it were given once."""
    if len(set(filter(str.isalnum, request[:_FIRST]))) >= _DIFFERENT:
        if len(_beginnings) > _MOST_BEGINNINGS:
            _beginnings.clear()
        _beginnings.add(request[:_FIRST])
        return True
    return len(set(request[-_LAST:])) >= _DIFFERENT


def time_ms(time: str) -> int:
    """UTC milliseconds of a time in the form of `pattern.TIME`."""
    hour_ms = _hours.get(time[:13]) or _hour_ms(time)
    return hour_ms + int(time[14:16]) * 60_000 + int(time[17:19] + time[20:23])


def _hour_ms(time: str) -> int:
    """When the hour of a time in the form of `pattern.TIME` begins; 0 where there is none."""
    if len(_hours) > _MOST_HOURS:
        _hours.clear()
    hour_ms = _hours[time[:13]] = rows.time_ms(time[:13] + ":00:00.000Z")
    return hour_ms


def learn(row: object, text: str, start: int, end: int) -> Spelling | None:
    """The spelling of the row at `start`, which is `row` decoded; None where none can be learnt."""
    kind = row.get("type") if isinstance(row, dict) else None
    if not isinstance(row, dict) or not isinstance(kind, str) or kind not in VALUES:
        return None
    calls = rows.calls(row)
    passes = rows.message(row).get("usage", {}).get("iterations") or []
    if len(calls) != 1 or not calls[0].request_id or calls[0].odd or rows.is_open(row):
        return None
    if passes and not rows.is_plain(passes):
        return None
    call, values = calls[0].replace(agent=""), dict(VALUES[kind])
    if any(name in row for name in _COPIED):
        del values["sessionId"]
    else:
        call.session = ""
    if re.fullmatch(STRING, call.cwd):
        call.cwd = ""
    else:
        del values["cwd"]
    if text.find(_REQUESTED, start, end) >= 0:  # it is told only where it is not the model
        if "message" not in values:
            return None
        values["message"] = {k: v for k, v in values["message"].items() if k != "model"}
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
    again = found.read(text, start, end, 0) if tail.is_begun else None
    return found if again and _is_same(found.call(again[3]), calls[0]) else None


def _is_same(call: Call, other: Call) -> bool:
    """Whether two calls are alike in all but where they were read."""
    return all(getattr(call, name) == getattr(other, name) for name in _COMPARED)
