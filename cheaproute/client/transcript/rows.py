"""A transcript row, decoded: the calls it tells of. Total: a row of no known shape tells of none.

All generations of rows: `assistant`, and the older clients' `progress` with a subagent's message
inside. Rows that repeat a call are the caller's to merge.
"""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.days import parse_ms
from cheaproute.usage.call import BEGUN_TOKENS, Call, looks_unique, word
from cheaproute.usage.models import UNKNOWN
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# What tools and torn writes leave around a line; an array of rows, a line each, has commas.
BLANK = b"\0 \t\r\n,"
_BOM = b"\xef\xbb\xbf"
# Begins what is told in a row, of which a line has one; a second is another row's.
MESSAGE = '"message":{'
# How the client begins a row that may tell of a call.
_BEGIN = ('{"parentUuid":', '{"type":"assistant"')
# Times outside of these are no times: 2001 to 2100.
_FIRST_MS, _LAST_MS = 978_307_200_000, 4_102_444_800_000
_MOST_BESIDES = 1000
# How the parts of a message begin that are tries for its answer, where it fell back.
_ATTEMPTS = ("#message:", "#fallback:")


def decode(line: bytes) -> object:
    """The JSON value of a line; None if it is none. Torn writes leave NULs and broken UTF-8."""
    try:
        if line[:1] == b"{" and line[-1:] == b"}":
            text = line.decode()
            value, end = fastjson.scan(text)
            if end == len(text):
                return value
    except ValueError:
        pass
    try:
        return fastjson.loads(line.strip(BLANK).removeprefix(_BOM).decode("utf-8", "replace"))
    except ValueError:
        return None


def timed(line: object, before_ms: int, after_ms: int) -> list[tuple[object, int, int]]:
    """The rows of a decoded line, one or an array, with the times of those before and after each.

    `before_ms` and `after_ms` are those of the lines beside it.
    """
    found = line if type(line) is list else [line]
    times = [time_ms(_map(row).get("timestamp")) for row in found]
    return [
        (
            row,
            next(filter(None, reversed(times[:at])), before_ms),
            next(filter(None, times[at + 1 :]), after_ms),
        )
        for at, row in enumerate(found)
    ]


def several(line: bytes) -> list[object]:
    """The rows in a line that is none: behind the half of one that a kill left, or run together."""
    text, found, place = line.decode("utf-8", "replace"), [], 0
    while place >= 0:
        try:
            value, size = fastjson.scan(text[place:])
            found.append(value)
            place += size
        except ValueError:
            place += 1
        place = min((at for begin in _BEGIN if (at := text.find(begin, place)) >= 0), default=-1)
    return found


def message(row: object) -> dict[str, Any]:
    """The API's message in a decoded row; {} if the row is of another kind."""
    return _map(_carrier(row).get("message"))


# A module's words in place of an answer: nothing was asked of the API.
NO_REQUEST = "msg_hook_"


def calls(row: object) -> list[Call]:
    """The calls that a decoded row tells of: the message itself, then what it used besides."""
    carrier = _carrier(row)
    told = _map(carrier.get("message"))
    usage = told.get("usage")
    if not isinstance(row, dict) or not isinstance(usage, dict):
        return []
    identity = _identity(told, carrier, row)
    if not identity or identity.startswith(NO_REQUEST):
        return []
    requested = _text(carrier.get("requestedModel"))
    model = _text(told.get("model")) or requested
    inner = carrier is not row
    call = Call(
        identity,
        time_ms(carrier.get("timestamp") or row.get("timestamp")),
        model or UNKNOWN,
        requested=requested if requested != model else "",
        # A branch copies rows under its own session; the calls are those of the one it left.
        session=_text(_map(row.get("forkedFrom")).get("sessionId"))
        or _text(row.get("requestSessionId"))
        or _text(row.get("sessionId")),
        agent=_text(_map(row.get("data")).get("agentId") if inner else row.get("agentId")),
        sidechain=inner or row.get("isSidechain") is True,
        cwd=_text(row.get("cwd")),
        final=bool(told.get("stop_reason")),
        effort=word(row.get("effort")),
    )
    request, ref = carrier.get("requestId"), carrier.get("requestRef")
    if isinstance(request, str):
        call.request_id = storable(request)
    if isinstance(ref, str):
        call.ref = ref_of(ref)
    elif not call.request_id or not (looks_unique(call.request_id) or looks_unique(identity)):
        call.parent = _text(row.get("parentUuid"))
        call.rows = (_text(carrier.get("uuid")) or _text(carrier.get("timestamp")),)
        if call.request_id and call.parent:
            call.rows += ("~" + call.parent,)  # two of a call follow the same row, two calls do not
    call.count(usage)
    if _is_open(carrier, told) and (not told.get("stop_reason") or call.output <= BEGUN_TOKENS):
        call.odd, call.final = True, False
    if not model and not any(call.counts()):
        return []
    iterations = usage.get("iterations")
    if type(iterations) is not list or not iterations or is_plain(iterations):
        return [call]
    return [call, *_besides(call, iterations)]


def is_open(row: object) -> bool:
    """Whether the row tells of no end of its message that the API told.

    A stream that was cut the client ends by itself, with any reason and the count of tokens that
    the stream began with; the details of an end it then leaves out (since it numbers blocks).
    A message that came in one piece has no more than the API sent: of a gateway, perhaps none.
    """
    return _is_open(_carrier(row), message(row))


def _is_open(carrier: dict[str, Any], told: dict[str, Any]) -> bool:
    return "stop_details" not in told and "apiBlockIndex" in carrier


def ref_of(text: str) -> int:
    """The number that stands for the client's own reference of a request."""
    return int.from_bytes(text[-7:].encode("utf-8", "replace")[-7:], "big")


def time_ms(text: object) -> int:
    """UTC milliseconds of a row's timestamp; 0 if it is none, or of another century."""
    at = parse_ms(text)
    return at if _FIRST_MS <= at < _LAST_MS else 0


def _carrier(row: object) -> dict[str, Any]:
    """What carries the message: the row, or the older clients' row within a progress row."""
    if not isinstance(row, dict):
        return {}
    carrier = _map(_map(row.get("data")).get("message")) if row.get("type") == "progress" else row
    return carrier if carrier.get("type") == "assistant" else {}


def _identity(message: dict[str, Any], carrier: dict[str, Any], row: dict[str, Any]) -> str:
    """The message id; rows without one are told apart by request, by row, at worst by time."""
    own = (message.get("id"), carrier.get("requestId"), carrier.get("uuid"), row.get("uuid"))
    for found in (*own, carrier.get("timestamp"), row.get("timestamp")):
        if isinstance(found, str) and found:
            return storable(found)
    return ""


def is_plain(iterations: object) -> bool:
    """Whether a message took one pass, which its totals tell of."""
    if type(iterations) is not list or len(iterations) != 1 or type(iterations[0]) is not dict:
        return False
    return bool(iterations[0].get("type") == "message")


def _besides(call: Call, iterations: list[Any]) -> list[Call]:
    """What a message used outside its own totals, as calls of their own; sets `call.parts`.

    Passes of type `message` are the totals, split; all other kinds come on top (an advisor's
    answer, a server-side compaction), and so do the attempts before a fallback's: the first is of
    the model that was asked for, the last with the totals' counts is the answer. An advisor answers
    at the standard speed, whatever the message's.
    """
    entries = [_map(entry) for entry in iterations[:_MOST_BESIDES]]
    if len(entries) < len(iterations):
        call.odd, call.final = True, False
    fell_back = any(entry.get("type") == "fallback_message" for entry in entries)
    passes, besides = [], []
    for number, entry in enumerate(entries):
        kind = _text(entry.get("type"))
        first = call.requested if fell_back and kind == "message" else ""
        model = _text(entry.get("model")) or first or call.model
        own = call.replace(model=model, requested="", parts=(), odd=False)
        own.part = f"#{kind.partition('_')[0]}:{number}"
        own.id = call.id + own.part
        own.count(entry)
        own.speed = call.speed if kind != "advisor_message" else own.speed
        own.geo, own.service_tier = call.geo, call.service_tier
        if kind == "message" and not fell_back:
            passes.append(own.counts()[:5])
        elif any(own.counts()):
            besides.append(own)
    attempts = (own for own in reversed(besides) if own.part.startswith(_ATTEMPTS))
    answer = next((own for own in attempts if own.counts()[:5] == call.counts()[:5]), None)
    if len(passes) > 1 and tuple(map(sum, zip(*passes, strict=True))) == call.counts()[:5]:
        call.parts = tuple(passes)
    return [own for own in besides if own is not answer]


def _text(value: object) -> str:
    if type(value) is str:
        return value if value.isascii() else storable(value)
    return ""


def _map(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
