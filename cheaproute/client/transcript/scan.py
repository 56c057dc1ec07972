"""A stretch of transcript bytes: the calls in it, each once, and the client's own totals."""

from __future__ import annotations

from cheaproute.client.transcript import fast_rows, rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cheaproute.client.transcript.client_total import CostState
    from cheaproute.usage.call import Call

_USAGE = b'"usage"'
_STATE = b'"cost-state"'
_TIMESTAMP = b'"timestamp":"'
_CWD = b'"cwd":"'


class Scan:
    """What a stretch held. `consumed` bytes were read; a half line at the end was not.

    `calls` are by id, in the order met. `born` is the first timestamp text and `seen` the last,
    `cwd` the first working directory in the stretch; "" if it names none.
    """

    __slots__ = ("born", "calls", "consumed", "cwd", "seen", "states")

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.states: list[CostState] = []
        self.consumed = 0
        self.born = ""
        self.cwd = ""
        self.seen = ""

    def join(self, following: Scan) -> None:
        """Take in what the next stretch of the file held; only where this one held no total."""
        for identity, call in following.calls.items():
            known = self.calls.get(identity)
            if known is None:
                self.calls[identity] = call
            else:
                known.absorb(call)
        self.states = following.states
        self.consumed += following.consumed
        self.born = self.born or following.born
        self.cwd = self.cwd or following.cwd
        self.seen = following.seen or self.seen


def scan(
    data: bytes, *, session: str = "", agent: str = "", ends: bool = True, fast: bool = True
) -> Scan:
    """The calls and cost-states in `data`, which starts at the start of a line.

    `session` and `agent` are the file's, for rows that name none. A last line without its newline
    is left alone, unless it is whole and the file `ends` there. Lines that are no JSON are passed
    over. `fast` changes the time it takes, never the result.
    """
    found = Scan()
    found.consumed = end = _end(data, ends=ends)
    found.born = _string(data, data.find(_TIMESTAMP, 0, end), len(_TIMESTAMP))
    found.seen = _string(data, data.rfind(_TIMESTAMP, 0, end), len(_TIMESTAMP))
    found.cwd = _string(data, data.find(_CWD, 0, end), len(_CWD))
    states: list[int] = []
    read = fast_rows.calls if fast and fast_rows.readable(data) else _calls
    for call in read(data, end, states):
        _add(found.calls, call, session, agent)
    if states:
        found.states = _totals(data, end, states, session)
    return found


def _totals(data: bytes, end: int, starts: list[int], session: str) -> list[CostState]:
    """The client's own totals in the lines that begin at `starts`."""
    from cheaproute.client.transcript import client_total  # at the end of a run only

    totals = []
    for start in starts:
        stop = data.find(b"\n", start, end)
        stop = end if stop < 0 else stop
        before = _string(data, data.rfind(_TIMESTAMP, 0, start), len(_TIMESTAMP))
        after = _string(data, data.find(_TIMESTAMP, stop, end), len(_TIMESTAMP))
        state = client_total.parse(rows.decode(data[start:stop]), before, after, session)
        if state is not None:
            totals.append(state)
    return totals


def _calls(data: bytes, end: int, states: list[int]) -> Iterator[Call]:
    """As `stretch.calls`, with each row decoded whole."""
    states.extend(start for start, _ in _lines(data, _STATE, end))
    for start, stop in _lines(data, _USAGE, end):
        yield from rows.calls(rows.decode(data[start:stop]))


def _add(calls: dict[str, Call], call: Call, session: str, agent: str) -> None:
    known = calls.get(call.id)
    if known is not None:
        known.absorb(call)
        return
    call.session = call.session or session
    if agent:
        call.agent = call.agent or agent
        call.sidechain = True
    calls[call.id] = call


def _end(data: bytes, *, ends: bool) -> int:
    """Where the last whole line ends."""
    end = data.rfind(b"\n") + 1
    if ends and data[-1:] == b"}" and rows.decode(data[end:]) is not None:
        return len(data)
    return end


def _lines(data: bytes, mark: bytes, end: int) -> Iterator[tuple[int, int]]:
    """The bounds of each line that holds `mark`."""
    place = data.find(mark, 0, end)
    while place >= 0:
        stop = data.find(b"\n", place, end)
        stop = end if stop < 0 else stop
        yield data.rfind(b"\n", 0, place) + 1, stop
        place = data.find(mark, stop, end)


def _string(data: bytes, place: int, skip: int) -> str:
    """The JSON string that starts `skip` bytes after `place`; "" if there is none."""
    if place < 0:
        return ""
    start = place + skip
    stop = start
    while (stop := data.find(b'"', stop)) > 0 and data[stop - 1 : stop] == b"\\":
        stop += 1
    value = rows.decode(b'"' + data[start:stop] + b'"')
    return value if isinstance(value, str) else ""
