"""A stretch of transcript bytes: the calls in it, each once, and the client's own totals."""

from __future__ import annotations

from cheaproute.client.transcript import fast_rows, rows
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cheaproute.client.transcript.client_total import CostState
    from cheaproute.client.transcript.spelt.alike import Alike
    from cheaproute.client.transcript.spelt.spelling import Row
    from cheaproute.usage.call import Call

_NAMED, _TIMESTAMP = b'"timestamp"', b'"timestamp":"'
_CWD = b'"cwd":"'
_CLOSING = (b"}", b"]")  # ends a row, or an array of rows
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # begins a file of two bytes a letter


class Scan:
    """What a stretch held. `consumed` bytes were read; a half line at the end was not.

    `calls` are in the order met, the first of a message by its id. `born_ms` is the first timestamp
    and `seen_ms` the last, `cwd` the first working directory in the stretch; 0 and "" if it names
    none. `skipped` are the rows that could not be understood: where they begin, and why.
    Most rows tell of a usual call; no call is made of them until it is asked for, nor where `alike`
    has them, to which `gather` gives them.
    """

    __slots__ = (
        "_agent", "_rows", "_session", "_told", "alike", "born_ms", "consumed", "cwd", "seen_ms",
        "skipped", "states",
    )  # fmt: skip

    def __init__(self, session: str = "", agent: str = "") -> None:
        self._session, self._agent = session, agent
        self._told: dict[str, Call | Row] = {}
        self.alike: list[Alike] = []
        self.states: list[CostState] = []
        self.skipped: list[tuple[int, str]] = []
        self.consumed = 0
        self.born_ms = 0
        self.cwd = ""
        self.seen_ms = 0
        self._rows: dict[str, str] = {}

    @property
    def calls(self) -> dict[str, Call]:
        """The calls by their ids, all made that were not yet."""
        told: dict[str, Any] = self._told
        if self.alike:
            made = [(call.id, call) for some in self.alike for call in some.calls()]
            ordered = sorted([*told.items(), *made], key=lambda item: item[1].place)
            told = self._told = dict(ordered)
            self.alike = []
        for key, one in told.items():
            if type(one) is tuple:
                told[key] = self.made(one)
        return told

    def others(self) -> list[Call]:
        """The calls that are not among `alike`."""
        return [one for one in self._told.values() if not isinstance(one, tuple)]

    def ids(self) -> Iterator[str]:
        """The ids of the calls, and what tells further ones of a message from its first."""
        return (one for ids in (self._told, *(some.id for some in self.alike)) for one in ids)

    def gather(self) -> None:
        """Read by columns the rows of which no call was made; nothing is added any more."""
        rows = [one for one in self._told.values() if isinstance(one, tuple)]
        if rows:
            from cheaproute.client.transcript.spelt import alike

            self.alike = alike.gather(rows, self.made)
            self._told = {k: one for k, one in self._told.items() if not isinstance(one, tuple)}

    def made(self, row: Row) -> Call:
        """The call that `row` tells of."""
        call = row[0].call(row[3])
        call.place = row[1]
        return self.of_file(call)

    def of_file(self, call: Call) -> Call:
        """`call` with what the file tells of its rows, where they do not."""
        if not call.session:
            call.session = self._session
        if self._agent:
            call.agent = call.agent or self._agent
            call.sidechain = True
        return call

    def take(self, row: Row) -> None:
        """Take in a row: as it is, where no other has its message id."""
        if self._told.setdefault(row[2], row) is not row:
            self.add(self.made(row))

    def add(self, call: Call) -> None:
        """Take in a call, or another row of one."""
        key = call.id
        known = self._known(key)
        if known is None:
            self._told[key] = call
            if call.rows and not call.part:
                self._remember(call, key)
            return
        if (
            call.rows
            or known.request_id != call.request_id
            or known.ref != call.ref
            or known.session != call.session
            or known.prompt() != call.prompt()
        ):
            key = self._key(call, known)
            known = self._known(key)
            if call.rows and not call.part:
                self._remember(call, key)
        if known is None:
            self._told[key] = call
        else:
            known.absorb(call)

    def _known(self, key: str) -> Call | None:
        """The call at `key`; None if there is none."""
        one = self._told.get(key)
        if isinstance(one, tuple):
            one = self._told[key] = self.made(one)
        return one

    def _key(self, call: Call, first: Call) -> str:
        """Where a call belongs of whose message id `first` is the first call."""
        from cheaproute.usage import identity

        if call.part and call.rows and call.rows[0] in self._rows:
            return self._rows[call.rows[0]] + call.part
        if identity.same(first, call):
            return call.id
        if not call.rows:
            return identity.further(call, first)
        for row in (*call.rows, call.parent, call.id):
            key = self._rows.get(row)
            known = self._known(key) if key is not None else None
            if known is not None and identity.same(known, call):
                return str(key)
        return identity.further(call, first)

    def _remember(self, call: Call, key: str) -> None:
        """Remember the rows of a call that its ids do not name, and the last such of its id."""
        for row in (*call.rows, call.id):
            self._rows[row] = key


def scan(
    data: bytes,
    *,
    session: str = "",
    agent: str = "",
    ends: bool = True,
    fast: bool = True,
    following: Scan | None = None,
    offset: int = 0,
) -> Scan:
    """The calls and cost-states in `data`, which starts at the start of a line.

    `session` and `agent` are the file's, for rows that name none. A last line without its newline
    is left alone, unless it is whole and the file `ends` there. Lines that are no JSON are passed
    over. `fast` changes the time it takes, never the result. `following`: the stretch before, which
    held no total; what is found is added to it, but for `consumed` and `skipped`, which are of this
    one. `offset` is where it begins in its file, for the calls' places.
    """
    found = following or Scan(session, agent)
    found.skipped = (
        [] if offset or data[:2] not in _WIDE else [(0, "the file is UTF-16, not UTF-8")]
    )
    found.consumed = end = _end(data, ends=ends)
    found.born_ms = found.born_ms or _time(data, data.find(_TIMESTAMP, 0, end))
    earlier_ms = found.seen_ms
    found.seen_ms = _time(data, data.rfind(_TIMESTAMP, 0, end)) or earlier_ms
    found.cwd = found.cwd or _string(data, data.find(_CWD, 0, end), len(_CWD))
    states: list[int] = []
    read = fast_rows.calls if fast else _calls
    for call in read(data, end, states, found.skipped, offset):
        if isinstance(call, tuple):
            found.take(call)
            continue
        if not call.ts_ms:  # it is of the day of the row before it
            call.ts_ms = _time(data, data.rfind(_TIMESTAMP, 0, call.place)) or earlier_ms
        call.place += offset
        found.add(found.of_file(call))
    if states:
        from cheaproute.client.transcript import client_total  # at the end of a run only

        def beside(start: int, stop: int) -> tuple[int, int]:
            before, after = data.rfind(_NAMED, 0, start), data.find(_NAMED, stop, end)
            return _time(data, before) or earlier_ms, _time(data, after)

        found.states += client_total.read(data[:end], states, session, beside, found.skipped)
    if not found.born_ms and found.calls:  # written with spaces, perhaps
        times = [call.ts_ms for call in found.calls.values()]
        found.born_ms, found.seen_ms = min(times), max(times)
    return found


def _calls(
    data: bytes, end: int, states: list[int], skipped: list[tuple[int, str]], _: int
) -> Iterator[Call]:
    """As `fast_rows.calls`, with each row decoded whole."""
    start = 0
    while start < end:
        stop = data.find(b"\n", start, end)
        stop = end if stop < 0 else stop
        row = rows.decode(data[start:stop])
        if fast_rows.holds_total(row):
            states.append(start)
        yield from fast_rows.told(row, start, skipped)
        start = stop + 1


def _end(data: bytes, *, ends: bool) -> int:
    """Where the last whole line ends."""
    end = data.rfind(b"\n") + 1
    if ends and end < len(data):
        last = data[end:].rstrip(rows.BLANK)
        if last[-1:] in _CLOSING and rows.decode(last) is not None:
            return len(data)
    return end


def _time(data: bytes, place: int) -> int:
    """The time of the timestamp at `place`; 0 if there is none."""
    if place < 0:
        return 0
    said = data[place + len(_NAMED) : place + len(_NAMED) + 32].lstrip(b': "')  # spaced, perhaps
    return rows.time_ms(said.partition(b'"')[0].decode("latin-1"))


def _string(data: bytes, place: int, skip: int) -> str:
    """The JSON string that starts `skip` bytes after `place`; "" if there is none."""
    if place < 0:
        return ""
    start = place + skip
    stop = start
    while (stop := data.find(b'"', stop)) > 0 and data[stop - 1 : stop] == b"\\":
        stop += 1
    value = rows.decode(b'"' + data[start:stop] + b'"')
    return storable(value) if isinstance(value, str) else ""
