"""A stretch of transcript bytes: the calls in it, each once, and the client's own totals."""

from __future__ import annotations

from cheaproute import lean
from cheaproute.usage import coststate, rows

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.usage.call import Call
    from cheaproute.usage.coststate import CostState

_USAGE = b'"usage"'
_STATE = b'"cost-state"'
_TIMESTAMP = b'"timestamp":"'
_CWD = b'"cwd":"'
_BOM = b"\xef\xbb\xbf"


class Scan:
    """What a stretch held. `consumed` bytes were read; a half line at the end was not.

    `calls` are by id, in the order met. `born` is the first timestamp text and `cwd` the first
    working directory in the stretch, "" if it names none.
    """

    __slots__ = ("born", "calls", "consumed", "cwd", "states")

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.states: list[CostState] = []
        self.consumed = 0
        self.born = ""
        self.cwd = ""


def scan(data: bytes, *, session: str = "", agent: str = "") -> Scan:
    """The calls and cost-states in `data`, which starts at the start of a line.

    `session` and `agent` are the file's, for rows that name none. A last line without its newline
    is read if it is whole, and left alone if not. Lines that are no JSON are passed over.
    """
    found = Scan()
    found.consumed = end = _end(data)
    found.born = _string(data, data.find(_TIMESTAMP, 0, end), len(_TIMESTAMP))
    found.cwd = _string(data, data.find(_CWD, 0, end), len(_CWD))
    place = data.find(_USAGE, 0, end)
    while place >= 0:
        start, stop = _line(data, place, end)
        for call in rows.calls(_decode(data[start:stop])):
            _add(found.calls, call, session, agent)
        place = data.find(_USAGE, stop, end)
    place = data.find(_STATE, 0, end)
    while place >= 0:
        start, stop = _line(data, place, end)
        before = _string(data, data.rfind(_TIMESTAMP, 0, start), len(_TIMESTAMP))
        after = _string(data, data.find(_TIMESTAMP, stop, end), len(_TIMESTAMP))
        state = coststate.parse(_decode(data[start:stop]), before, after, session)
        if state is not None:
            found.states.append(state)
        place = data.find(_STATE, stop, end)
    return found


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


def _end(data: bytes) -> int:
    """Where the last whole line ends."""
    end = data.rfind(b"\n") + 1
    last = data[end:]
    if last.rstrip().endswith(b"}") and _decode(last) is not None:
        return len(data)
    return end


def _line(data: bytes, place: int, end: int) -> tuple[int, int]:
    """The bounds of the line around `place`."""
    stop = data.find(b"\n", place, end)
    return data.rfind(b"\n", 0, place) + 1, end if stop < 0 else stop


def _decode(line: bytes) -> object:
    """The JSON value of a line; None if it is none. Torn writes leave NULs and broken UTF-8."""
    try:
        return lean.loads(line.strip(b"\0 \t\r\n").removeprefix(_BOM).decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _string(data: bytes, place: int, skip: int) -> str:
    """The JSON string that starts `skip` bytes after `place`; "" if there is none."""
    if place < 0:
        return ""
    start = place + skip
    stop = start
    while (stop := data.find(b'"', stop)) > 0 and data[stop - 1 : stop] == b"\\":
        stop += 1
    value = _decode(b'"' + data[start:stop] + b'"')
    return value if isinstance(value, str) else ""
