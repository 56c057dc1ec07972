"""A transcript row, decoded: the calls it tells of. Total: a row of no known shape tells of none.

All generations of rows: `assistant`, and the older clients' `progress` with a subagent's message
inside. Rows that repeat a call are the caller's to merge.
"""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.days import parse_ms
from cheaproute.usage.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BOM = b"\xef\xbb\xbf"
# The API's words for "nothing special".
_STANDARD = (None, "", "standard", "not_available", "global", "default")


def decode(line: bytes) -> object:
    """The JSON value of a line; None if it is none. Torn writes leave NULs and broken UTF-8."""
    try:
        return fastjson.loads(
            line.strip(b"\0 \t\r\n").removeprefix(_BOM).decode("utf-8", "replace")
        )
    except (ValueError, RecursionError):
        return None


def message(row: object) -> dict[str, Any]:
    """The API's message in a decoded row; {} if the row is of another kind."""
    return _map(_carrier(row).get("message"))


def calls(row: object) -> list[Call]:
    """The calls that a decoded row tells of: the message itself, then what it used besides."""
    carrier = _carrier(row)
    told = _map(carrier.get("message"))
    usage = told.get("usage")
    model = _text(told.get("model"))
    if not isinstance(row, dict) or not isinstance(usage, dict) or not model:
        return []
    identity = _identity(told, carrier, row)
    requested = _text(carrier.get("requestedModel"))
    inner = carrier is not row
    call = Call(
        identity,
        parse_ms(carrier.get("timestamp") or row.get("timestamp")),
        model,
        requested=requested if requested != model else "",
        # A branch copies rows under its own session; the calls are those of the one it left.
        session=_text(_map(row.get("forkedFrom")).get("sessionId") or row.get("sessionId")),
        agent=_text(row["data"].get("agentId") if inner else row.get("agentId")),
        sidechain=inner or row.get("isSidechain") is True,
        cwd=_text(row.get("cwd")),
        final=bool(told.get("stop_reason")),
        request_id=_text(carrier.get("requestId")),
    )
    _count(call, usage)
    if not identity:
        return []
    return [call, *_besides(call, usage)] if usage.get("iterations") else [call]


def recounted(call: Call, usage: dict[str, Any], *, final: bool) -> Call:
    """`call` as another row tells it, with another `usage` (which has no iterations)."""
    again = Call(
        call.id,
        call.ts_ms,
        call.model,
        requested=call.requested,
        session=call.session,
        agent=call.agent,
        sidechain=call.sidechain,
        cwd=call.cwd,
        final=final,
        request_id=call.request_id,
    )
    _count(again, usage)
    return again


def _carrier(row: object) -> dict[str, Any]:
    """What carries the message: the row, or the older clients' row within a progress row."""
    if not isinstance(row, dict):
        return {}
    carrier = _map(_map(row.get("data")).get("message")) if row.get("type") == "progress" else row
    return carrier if carrier.get("type") == "assistant" else {}


def _identity(message: dict[str, Any], carrier: dict[str, Any], row: dict[str, Any]) -> str:
    """The message id; rows without one are told apart by request, at worst by row."""
    for found in (message.get("id"), carrier.get("requestId"), carrier.get("uuid")):
        if isinstance(found, str) and found:
            return found
    return _text(row.get("uuid"))


def _count(call: Call, usage: dict[str, Any]) -> None:
    """Fill in the counts of `usage`, and how the call ran."""
    get = usage.get
    split, tools = get("cache_creation"), get("server_tool_use")
    hour = five = searches = 0
    if type(split) is dict:
        hour = split.get("ephemeral_1h_input_tokens", 0)
        five = split.get("ephemeral_5m_input_tokens", 0)
    if type(tools) is dict:
        searches = tools.get("web_search_requests", 0)
    counts: tuple[Any, ...] = (
        get("input_tokens", 0),
        get("output_tokens", 0),
        get("cache_read_input_tokens", 0),
        get("cache_creation_input_tokens", 0),
        hour,
        five,
        searches,
    )
    for count in counts:
        if type(count) is not int or count < 0:
            counts = tuple(map(_number, counts))
            break
    call.input, call.output, call.read, written, call.write_1h, five, call.web_search = counts
    # What the split does not name was written for five minutes, the API's default.
    call.write_5m = five if five + call.write_1h >= written else written - call.write_1h
    call.speed = _word(get("speed"))
    call.geo = _word(get("inference_geo"))
    call.service_tier = _word(get("service_tier"))


def _besides(call: Call, usage: dict[str, Any]) -> list[Call]:
    """What a message used outside its own totals, as calls of their own; sets `call.parts`.

    Passes of type `message` are the totals, split; all other kinds come on top (an advisor's
    answer, a server-side compaction), and so do the attempts before a fallback's.
    """
    entries = [_map(entry) for entry in usage["iterations"]]
    fell_back = any(entry.get("type") == "fallback_message" for entry in entries)
    passes, besides = [], []
    for number, entry in enumerate(entries):
        kind = _text(entry.get("type"))
        own = Call(
            f"{call.id}#{kind.partition('_')[0]}:{number}",
            call.ts_ms,
            _text(entry.get("model")) or call.model,
            session=call.session,
            agent=call.agent,
            sidechain=call.sidechain,
            cwd=call.cwd,
            final=call.final,
        )
        _count(own, entry)
        own.speed, own.geo, own.service_tier = call.speed, call.geo, call.service_tier
        if kind == "message" and not fell_back:
            passes.append(own.counts()[:5])
        elif any(own.counts()) and not (fell_back and own.counts()[:5] == call.counts()[:5]):
            besides.append(own)
    if len(passes) > 1 and tuple(map(sum, zip(*passes, strict=True))) == call.counts()[:5]:
        call.parts = tuple(passes)
    return besides


def _number(value: object) -> int:
    """A count; what is no plain non-negative number counts as 0."""
    if type(value) is int:
        return max(0, value)
    return int(value) if isinstance(value, float) and 0 <= value < 1e15 else 0


def _word(value: object) -> str:
    return "" if value in _STANDARD or not isinstance(value, str) else value


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _map(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
