"""Forms of transcripts that gateways, kills, tools and features leave, each with its own bill.

A form is files of rows (or of bytes), and by hand: calls, nano-dollars, calls of unknown price.
"""

from __future__ import annotations

import json
import uuid
from typing import Any, NamedTuple

from tests.transcripts import SESSION, assistant

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
MAIN = f"{SESSION}.jsonl"
OTHER = "f" * 8 + SESSION[8:]
# A gateway's name for all of a session, in place of a request's.
TRACE = "7f3c9a12-44d0-4b7e-9c0a-1f2e3d4c5b6a"
USED = {"input_tokens": 1000, "output_tokens": 100}
ONE = 6_000_000  # what that costs on Opus 5.5: 1000 at $4, 100 at $20 a million


class Form(NamedTuple):
    """Files of rows, and what they come to."""

    files: dict[str, list[Any]]
    calls: int
    nano: int
    unknown: int = 0


def call(n: int, blocks: int = 2, **fields: Any) -> list[dict[str, Any]]:
    """The rows of call `n`, one for each block, each after the one before."""
    ids = {
        "message": f"msg_01XFDUDYJgAACzvnptvVo{n:03d}",
        "request": f"req_011CZNrn9bmLJsG1Vfx{n:03d}",
    }
    ids = {name: fields.pop(name, usual) for name, usual in ids.items()}
    fields = {"model": OPUS, "used": USED, "ts": f"2026-11-22T09:{n:02d}:00.000Z"} | fields
    before, rows = fields.pop("before", f"user-{n}"), []
    for block in range(blocks):
        row = assistant(ids["message"], **fields)
        row |= {"parentUuid": before, "uuid": _uuid(10 * n + block), "requestId": ids["request"]}
        if ids["request"] is None:
            del row["requestId"]
        before = row["uuid"]
        rows.append(row)
    return rows


def _uuid(n: int) -> str:
    return str(uuid.UUID(int=0xABC000 + n))


def calls(count: int, **fields: Any) -> list[dict[str, Any]]:
    """The rows of so many calls."""
    return [row for n in range(count) for row in call(n, **fields)]


def told(row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """`row` with other fields in its message; those that are ... are left out."""
    message = {k: v for k, v in {**row["message"], **fields}.items() if v is not ...}
    return row | {"message": message}


def text(row: Any) -> bytes:
    """`row` as the client writes it."""
    return json.dumps(row, separators=(",", ":"), ensure_ascii=False).encode()


def copied(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`rows` as a tool copies them: under another session and new uuids, with their times."""
    names = {row["uuid"]: "c" + row["uuid"][1:] for row in rows}
    return [
        row
        | {
            "uuid": names[row["uuid"]],
            "parentUuid": names.get(row["parentUuid"], "c-" + row["parentUuid"]),
            "sessionId": OTHER,
        }
        for row in rows
    ]


def by_agents(count: int, **fields: Any) -> dict[str, list[Any]]:
    """A call of the main loop, then the same one of so many subagents."""
    files: dict[str, list[Any]] = {MAIN: call(0, **fields)}
    for n in range(count):
        of: dict[str, Any] = {"isSidechain": True, "agentId": f"a{n}"}
        files[f"{SESSION}/subagents/agent-a{n}.jsonl"] = call(20 + n, **fields, **of)
    return files


def _torn(n: int, share: float) -> bytes:
    """The first part of a long row, which a kill left."""
    whole = text(call(n, 1, text="x" * 3000)[0])
    return whole[: max(1, int(len(whole) * share))]


PASS = {"type": "message", "input_tokens": 500, "output_tokens": 50}
ADVICE = {"type": "advisor_message", "model": "claude-fable-5-2", **USED}  # $8 and $40 a million
NULLS = dict.fromkeys(
    ("cache_creation", "server_tool_use", "speed", "service_tier", "inference_geo", "iterations",
     "cache_read_input_tokens")
)  # fmt: skip
ROW = text(call(1)[0])
OUTPUT = b'"output_tokens":100'
PARTS = [
    told(row, stop_reason=stop, usage=USED | {"output_tokens": output})
    for row, stop, output in zip(call(0, 3), (None, None, "end_turn"), (1, 50, 100), strict=True)
]
ZERO = told(call(0)[0], stop_reason=None, usage={"input_tokens": 0, "output_tokens": 0})
SILENT: dict[str, Any] = {"message": "msg_0", "request": TRACE}
COPIED: dict[str, dict[str, Any]] = {
    "good ids": {},
    "poor ids": {"message": "msg_0", "request": "req_0"},
}

FORMS = {
    # What gateways and relays make of ids.
    "a trace id, tools between": Form(
        {MAIN: [row for n in range(3)
                for row in call(n, used={"input_tokens": 999 * n + 1}, stop="tool_use", **SILENT)]},
        3, 3000 * 4_000,
    ),
    "one message id, tools side by side": Form(
        {MAIN: [row | {"parentUuid": f"result-{n}"}
                for n, row in enumerate(call(0, 3, message="msg_0", stop="tool_use"))]},
        1, ONE,
    ),
    "one message id": Form({MAIN: calls(4, message="msg_0")}, 4, 4 * ONE),
    "one request id": Form({MAIN: calls(4, request="req_0")}, 4, 4 * ONE),
    "no request id": Form({MAIN: calls(4, request=None)}, 4, 4 * ONE),
    "a request id of null": Form(
        {MAIN: [row | {"requestId": None} for row in calls(4)]}, 4, 4 * ONE
    ),
    "another maker's ids": Form(
        {MAIN: call(0, message="chatcmpl-9f8e7d6c5b4a39281706")
         + call(1, message="chatcmpl-1f2e7d6c5b4a39281706", request=None)},
        2, 2 * ONE,
    ),
    "a cloud's ids and model": Form(
        {MAIN: call(0, message="msg_bdrk_01Ab0XyZ9KqLmNoPq", request=None,
                    model="us.anthropic.claude-opus-5-5-20260922-v1:0")},
        1, ONE,
    ),
    "a request tried again": Form({MAIN: call(0, before="u") + call(1, before="u")}, 2, 2 * ONE),
    # Copies.
    **{
        f"copies with new uuids, {name}": Form(
            {MAIN: calls(3, **ids), f"{OTHER}.jsonl": copied(calls(3, **ids))}, 3, 3 * ONE
        )
        for name, ids in COPIED.items()
    },
    "rows without the request id they had": Form(
        {MAIN: calls(3, **COPIED["poor ids"]),
         f"{OTHER}.jsonl": [
             {**row, "sessionId": OTHER, "requestId": None, "forkedFrom": {"sessionId": SESSION}}
             for row in calls(3, **COPIED["poor ids"])]},
        3, 3 * ONE,
    ),
    "a moved project": Form({f"a/{MAIN}": calls(2), f"b/{MAIN}": calls(3)}, 3, 3 * ONE),
    "an agent's rows in both files": Form(
        {MAIN: call(0) + call(20, isSidechain=True, agentId="a0"),
         **{name: rows for name, rows in by_agents(1).items() if name != MAIN}},
        2, 2 * ONE,
    ),
    "an agent's message in a progress row": Form(
        {MAIN: [*call(0), {"type": "progress", "sessionId": SESSION,
                           "timestamp": "2026-11-22T09:30:00.000Z",
                           "data": {"agentId": "a0", "message": call(20)[0]}}],
         **{name: rows for name, rows in by_agents(1).items() if name != MAIN}},
        2, 2 * ONE,
    ),
    # Models.
    "no model, but the one asked for": Form(
        {MAIN: [told(row, model=None) for row in call(0)]
         + [told(row, model=...) for row in call(1)]},
        2, 2 * ONE,
    ),
    "no model at all": Form(
        {MAIN: [told({k: v for k, v in row.items() if k != "requestedModel"}, model=None)
                for row in call(0)]},
        1, 0, 1,
    ),
    "no answer": Form(
        {MAIN: call(0)
         + call(1, model="<synthetic>", used={"input_tokens": 0, "output_tokens": 0})},
        2, ONE,
    ),
    "an answer in the client's own name": Form(
        {MAIN: call(0) + call(1, model="<synthetic>")}, 2, ONE, 1
    ),
    # Counts.
    "a count twice": Form(
        {MAIN: [ROW.replace(b'"output_tokens":', b'"output_tokens":7,"output_tokens":')]}, 1, ONE
    ),
    "a usage twice": Form(
        {MAIN: [ROW.replace(b'"usage":{', b'"usage":{"input_tokens":9},"usage":{'), *call(2)]},
        2, 2 * ONE,
    ),
    "a message twice": Form(
        {MAIN: [ROW.replace(b'"message":{', b'"message":{"id":"x","usage":{}},"message":{')]},
        1, ONE,
    ),
    "no number": Form(
        {MAIN: [ROW.replace(OUTPUT, OUTPUT[:-3] + b"NaN"), *call(2)]}, 2, ONE + 4_000_000
    ),
    "no numbers beside": Form(
        {MAIN: [ROW.replace(OUTPUT, OUTPUT + b',"x":-Infinity,"y":NaN'), *call(2)]}, 2, 2 * ONE
    ),
    "below nothing": Form({MAIN: call(0, used=USED | {"input_tokens": -5})}, 1, 2_000_000),
    "as text": Form(
        {MAIN: call(0, used={"input_tokens": "1000", "output_tokens": "1e2"})}, 1, ONE
    ),
    "with a point": Form(
        {MAIN: call(0, used={"input_tokens": 1000.0, "output_tokens": 1e2})}, 1, ONE
    ),
    "nulls": Form({MAIN: call(0, used=USED | NULLS)}, 1, ONE),
    "unknown counts": Form(
        {MAIN: call(0, used=USED | {"audio_tokens": 500, "x": {"input_tokens": 7}})}, 1, ONE
    ),
    "cache writes by lifetime alone": Form(
        {MAIN: call(0, used=USED | {"cache_creation": {"ephemeral_5m_input_tokens": 1000,
                                                       "ephemeral_1h_input_tokens": 2000}})},
        1, ONE + 5_000_000 + 16_000_000,
    ),
    "nothing, then the answer": Form({MAIN: [ZERO, *call(0)]}, 1, ONE),
    "growing": Form({MAIN: PARTS}, 1, ONE),
    "growing, its end first": Form({MAIN: PARTS[::-1]}, 1, ONE),
    # How it ran.
    "searches": Form(
        {MAIN: call(0, used=USED | {"server_tool_use": {"web_search_requests": 3}})},
        1, ONE + 30_000_000,
    ),
    "in a batch": Form({MAIN: call(0, used=USED | {"service_tier": "batch"})}, 1, ONE // 2),
    "with priority": Form({MAIN: call(0, used=USED | {"service_tier": "priority"})}, 1, ONE),
    "in the US": Form({MAIN: call(0, used=USED | {"inference_geo": "us"})}, 1, 6_600_000),
    "fast": Form({MAIN: call(0, used=USED | {"speed": "fast"})}, 1, 2 * ONE),
    "fast where there is no such mode": Form(
        {MAIN: call(0, model=SONNET, used=USED | {"speed": "fast"})}, 1, 0, 1
    ),
    "in two passes": Form({MAIN: call(0, used=USED | {"iterations": [PASS, PASS]})}, 1, ONE),
    "two passes below a step": Form(
        {MAIN: call(0, model=HAIKU, used={"input_tokens": 120_000, "iterations": [
            {"type": "message", "input_tokens": 60_000}] * 2})},
        1, 12_000_000,
    ),
    "one above it": Form(
        {MAIN: call(0, model=HAIKU, used={"input_tokens": 120_000})}, 1, 60_000_000
    ),
    "with an advisor": Form({MAIN: call(0, used=USED | {"iterations": [ADVICE]})}, 2, 3 * ONE),
    "with many": Form({MAIN: call(0, used=USED | {"iterations": [ADVICE] * 150})}, 151, 301 * ONE),
    "a server's compaction": Form(
        {MAIN: call(0, used={"iterations": [{"type": "compaction", **USED}]})}, 2, ONE
    ),
    # Rows.
    "lines that end as on Windows": Form(
        {MAIN: [text(row) + b"\r" for row in calls(4)]}, 4, 4 * ONE
    ),
    "byte order marks": Form(
        {MAIN: [b"\xef\xbb\xbf" * (n % 2) + text(row) for n, row in enumerate(calls(4))]},
        4, 4 * ONE,
    ),
    "keys in another order": Form(
        {MAIN: [json.dumps(row, sort_keys=True).encode() for row in calls(4)]}, 4, 4 * ONE
    ),
    "run together": Form({MAIN: [b"".join(map(text, calls(3)))]}, 3, 3 * ONE),
    "a hole of zeros": Form(
        {MAIN: [text(call(0)[0]) + b"\0" * 4096 + text(call(1)[0]), *call(2)]}, 3, 3 * ONE
    ),
    **{
        f"{share:.0%} of a row before the next": Form(
            {MAIN: [*calls(3), _torn(9, share) + text(call(3)[0]), *call(3), *call(4)]}, 5, 5 * ONE
        )
        for share in (0.0, 0.02, 0.1, 0.2, 0.5, 0.9, 0.99)
    },
    "rows of other kinds with counts": Form(
        {MAIN: [{"type": "summary", "usage": USED, "message": call(8)[0]["message"]},
                {"type": "system", "subtype": "compact_boundary", "usage": USED},
                {"type": "user", "message": {"role": "user", "content": [
                    {"type": "tool_result", "content": ROW.decode()}]},
                 "toolUseResult": {"usage": USED, "message": call(7)[0]["message"]}},
                *call(0)]},
        1, ONE,
    ),
    "text like counts": Form(
        {MAIN: call(0, text='"usage":{"input_tokens":9},"stop_reason":"x"],"message":{"id":"y"')},
        1, ONE,
    ),
    "two sessions in one file": Form(
        {MAIN: call(0) + call(1, session=OTHER) + call(2)}, 3, 3 * ONE
    ),
    # Times.
    "a clock a year back": Form(
        {MAIN: call(0) + call(1, ts="2025-11-22T09:00:00.000Z") + call(2)}, 3, 3 * ONE
    ),
    "another zone": Form({MAIN: call(0, ts="2026-11-22T11:00:00+02:00")}, 1, ONE),
    "no time": Form({MAIN: call(0) + call(1, ts=None) + call(2, ts=1_795_341_195_783)}, 3, 3 * ONE),
    "blocks minutes apart": Form(
        {MAIN: [row | {"timestamp": f"2026-11-22T09:{9 * n:02d}:00.000Z"}
                for n, row in enumerate(call(0, 3))]},
        1, ONE,
    ),
}  # fmt: skip
