"""A stretch of transcript bytes: the calls in it, each once, and the client's own totals."""

from __future__ import annotations

from cheaproute.client.transcript import fast_rows, rows
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cheaproute.client.transcript.client_total import CostState
    from cheaproute.usage.call import Call

_TIMESTAMP = b'"timestamp":"'
_CWD = b'"cwd":"'
_CLOSING = (b"}", b"]")  # ends a row, or an array of rows
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # begins a file of two bytes a letter


class Scan:
    """What a stretch held. `consumed` bytes were read; a half line at the end was not.

    `calls` are in the order met, the first of a message by its id. `born_ms` is the first timestamp
    and `seen_ms` the last, `cwd` the first working directory in the stretch; 0 and "" if it names
    none. `skipped` are the rows that could not be understood: where they begin, and why.
    """

    __slots__ = ("_rows", "born_ms", "calls", "consumed", "cwd", "seen_ms", "skipped", "states")

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.states: list[CostState] = []
        self.skipped: list[tuple[int, str]] = []
        self.consumed = 0
        self.born_ms = 0
        self.cwd = ""
        self.seen_ms = 0
        self._rows: dict[str, str] = {}

    def add(self, call: Call) -> None:
        """Take in a call, or another row of one."""
        key = call.id
        known = self.calls.get(key)
        if known is None:
            self.calls[key] = call
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
            known = self.calls.get(key)
            if call.rows and not call.part:
                self._remember(call, key)
        if known is None:
            self.calls[key] = call
        else:
            known.absorb(call)

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
            if key is not None and identity.same(self.calls[key], call):
                return key
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
    found = following or Scan()
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
    for call in read(data, end, states, found.skipped):
        if not call.ts_ms:  # it is of the day of the row before it
            call.ts_ms = _time(data, data.rfind(_TIMESTAMP, 0, call.place)) or earlier_ms
        call.place += offset
        if not call.session:
            call.session = session
        if agent:
            call.agent = call.agent or agent
            call.sidechain = True
        found.add(call)
    if states:
        _totals(data[:end], states, session, earlier_ms, found)
    if not found.born_ms and found.calls:  # written with spaces, perhaps
        times = [call.ts_ms for call in found.calls.values()]
        found.born_ms, found.seen_ms = min(times), max(times)
    return found


def _totals(data: bytes, starts: list[int], session: str, earlier_ms: int, found: Scan) -> None:
    """The client's own totals in the lines that begin at `starts`; `earlier_ms`: before `data`."""
    from cheaproute.client.transcript import client_total  # at the end of a run only

    for start in starts:
        stop = data.find(b"\n", start)
        stop = len(data) if stop < 0 else stop
        before = _time(data, data.rfind(_TIMESTAMP, 0, start)) or earlier_ms
        after = _time(data, data.find(_TIMESTAMP, stop))
        try:
            state = client_total.parse(rows.decode(data[start:stop]), before, after, session)
        except ValueError as error:
            found.skipped.append((start, str(error)))
            continue
        if state is not None:
            state.place = start
            found.states.append(state)


def _calls(
    data: bytes, end: int, states: list[int], skipped: list[tuple[int, str]]
) -> Iterator[Call]:
    """As `fast_rows.calls`, with each row decoded whole."""
    start = 0
    while start < end:
        stop = data.find(b"\n", start, end)
        stop = end if stop < 0 else stop
        row = rows.decode(data[start:stop])
        if isinstance(row, dict) and row.get("type") == "cost-state":
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
    usual = data[place + len(_TIMESTAMP) : place + len(_TIMESTAMP) + 24]
    return rows.time_ms(usual.partition(b'"')[0].decode("latin-1"))


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
