"""A loopback stand-in for the Messages API: scripted, streaming or not, forgetting nothing.

A script is a function from a `Request` to a `Reply`. The server is also what the client is given as
its proxy, so that whatever reaches for another host ends up in `outside` instead of on the network.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from struct import pack
from typing import Any, Self, cast
from urllib.parse import unquote
from zlib import crc32

# What one call "used" unless the script says otherwise: tokens.
USAGE = {"input_tokens": 1000, "output_tokens": 100}

_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


@dataclass(frozen=True)
class Tool:
    """One `tool_use` block of a reply."""

    name: str
    input: Mapping[str, Any]


@dataclass(frozen=True)
class Reply:
    """What the script answers: a message, or a failure.

    `status` other than 200 answers an API error; `hang_up` closes the connection unanswered;
    `delay_s` waits before the first byte, `pause_s` before the last ones of a stream, `cut` leaves
    those out, or tells `error` in their place; `model` is what the message claims, the asked one if
    "". `start` is the usage that a stream tells at its beginning (None: all of it but the output);
    `error` the words of a failure.
    """

    text: str = "Done."
    tools: Sequence[Tool] = ()
    usage: Mapping[str, Any] = field(default_factory=lambda: dict(USAGE))
    stop_reason: str = ""
    model: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0
    pause_s: float = 0
    hang_up: bool = False
    cut: bool = False
    start: Mapping[str, Any] | None = None
    error: str = ""

    def message(self, model: str, message_id: str) -> dict[str, Any]:
        """The Messages API's answer to a request for `model`."""
        blocks: list[dict[str, Any]] = [{"type": "text", "text": self.text}] if self.text else []
        for number, tool in enumerate(self.tools):
            blocks.append(
                {
                    "type": "tool_use",
                    "id": f"toolu_{message_id.removeprefix('msg_')}_{number}",
                    "name": tool.name,
                    "input": dict(tool.input),
                }
            )
        return {
            "id": message_id,
            "type": "message",
            "role": "assistant",
            "model": self.model or model,
            "content": blocks,
            "stop_reason": self.stop_reason or ("tool_use" if self.tools else "end_turn"),
            "stop_sequence": None,
            "usage": dict(self.usage),
        }


@dataclass(frozen=True)
class Request:
    """One call as it arrived, at `at_s` of the monotonic clock.

    `counting` is true for count_tokens, which costs nothing.
    """

    headers: Mapping[str, str]
    body: Mapping[str, Any]
    counting: bool = False
    at_s: float = 0

    @property
    def model(self) -> str:
        """The model asked for."""
        return str(self.body.get("model", ""))

    @property
    def text(self) -> str:
        """All messages as one JSON text: the client's last one is often not the user's."""
        return json.dumps(self.body.get("messages", []), ensure_ascii=False)

    @property
    def system(self) -> str:
        """The system prompt as JSON text."""
        return json.dumps(self.body.get("system", ""), ensure_ascii=False)

    @property
    def tool_results(self) -> int:
        """How many tool results the conversation holds so far."""
        return self.text.count('"type": "tool_result"')


Script = Callable[[Request], Reply]


@dataclass(frozen=True)
class Billed:
    """One request, asked at `sent_s`, answered whole at `at_s`: what the provider would bill."""

    request_id: str
    message_id: str
    model: str
    usage: Mapping[str, Any]
    at_s: float
    sent_s: float = 0


class Api:
    """The server, as a context manager. `url` is its base URL; `requests` what it was asked."""

    def __init__(self, script: Script | None = None) -> None:
        self.script: Script = script or (lambda _request: Reply())
        self.requests: list[Request] = []
        self.outside: list[str] = []
        self.faults: list[Exception] = []
        self.bill: list[Billed] = []
        self.only_id = ""  # a relay's: all answers have it
        self.counts = True  # whether count_tokens is answered
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._start = f"{time.time_ns():x}"
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def calls(self) -> list[Request]:
        """The requests that cost money: all but count_tokens."""
        return [request for request in self.requests if not request.counting]

    @property
    def models(self) -> list[str]:
        """The model of each call, in order."""
        return [request.model for request in self.calls]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, request: Request) -> None:
        """Remember `request`."""
        with self._lock:
            self.requests.append(request)

    def answer(self, request: Request) -> tuple[Reply, str]:
        """The script's reply and a message id never used before. A raising script is a fault."""
        with self._lock:
            number = next(self._ids)
        try:
            reply = self.script(request)
        except Exception as error:  # noqa: BLE001 - shown by the fixture, on the test's own thread
            self.faults.append(error)
            reply = Reply(status=400)
        return reply, self.only_id or f"msg_{self._start}{number:04d}"

    def answered(self, request: Request, reply: Reply, message_id: str) -> None:
        """Put a request on the bill; called once its answer is sent whole."""
        model = reply.model or request.model
        now = time.monotonic()
        name = request_id(message_id)
        billed = Billed(name, message_id, model, reply.usage, now, request.at_s)
        with self._lock:
            self.bill.append(billed)


class _Server(ThreadingHTTPServer):
    api: Api
    daemon_threads = True
    request_queue_size = 128  # fifty processes may come at once

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def api(self) -> Api:
        return cast("_Server", self.server).api

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing on stderr."""

    def do_CONNECT(self) -> None:
        """Somebody wanted out."""
        self.api.outside.append(self.path)
        self._json(403, {})

    def do_GET(self) -> None:
        if self.path.startswith("http"):
            self.api.outside.append(self.path)
        self._json(404, _error(404))

    do_HEAD = do_GET  # noqa: N815 - the base class's name

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.partition("?")[0]
        if path.startswith("http"):
            self.api.outside.append(path)
        asked = _asked(path, raw)
        if asked is None:
            self._json(404, _error(404))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        counting = path.endswith("count_tokens")
        request = Request(headers, asked, counting, time.monotonic())
        self.api.take(request)
        if request.counting and not self.api.counts:
            self._json(404, _error(404))
            return
        if request.counting:
            self._json(200, {"input_tokens": len(raw) // 4})
            return
        reply, message_id = self.api.answer(request)
        time.sleep(reply.delay_s)
        if reply.hang_up:
            self.close_connection = True
        elif reply.status != 200:
            self._json(reply.status, _error(reply.status, reply.error), reply.headers)
        else:
            message = reply.message(request.model, message_id)
            headers = {"request-id": request_id(message_id), **reply.headers}
            if request.body.get("stream"):
                told = _framed if request.body["stream"] == "framed" else _told
                whole = self._stream(message, headers, reply, told)
            else:
                whole = self._json(200, message, headers)
            if whole:
                self.api.answered(request, reply, message_id)

    def _json(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> bool:
        raw = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)
        return True

    def _stream(
        self,
        message: dict[str, Any],
        headers: Mapping[str, str],
        reply: Reply,
        told: Callable[[Mapping[str, Any]], bytes],
    ) -> bool:
        self.send_response(200)
        framed = told is _framed
        kind = "application/vnd.amazon.eventstream" if framed else "text/event-stream"
        for name, value in {"content-type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):
            for event in events(message, reply.start):
                if event["type"] == "message_delta":
                    self.wfile.flush()
                    time.sleep(reply.pause_s)
                    if reply.cut:
                        if reply.error:
                            self.wfile.write(told(_error(529, reply.error)))
                        return False
                self.wfile.write(told(event))
            return True
        return False


def events(
    message: Mapping[str, Any], start: Mapping[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """`message` as the server-sent events of a stream; the output count comes at the end."""
    usage = message["usage"]
    plain = isinstance(usage, Mapping)
    told = dict(start) if start is not None else usage
    if plain and start is None:
        told = {**usage, "output_tokens": 1 if usage.get("output_tokens") else 0}
    begun = {**message, "content": [], "stop_reason": None, "usage": told}
    yield {"type": "message_start", "message": begun}
    for index, block in enumerate(message["content"]):
        if block["type"] == "text":
            empty: dict[str, Any] = {"text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        elif block["type"] != "tool_use":
            empty = {}
            delta = {"type": "ping"}
        else:
            empty = {"input": {}}
            told_input = block["input"]  # a text: as it is, no JSON perhaps
            whole = told_input if isinstance(told_input, str) else json.dumps(told_input)
            delta = {"type": "input_json_delta", "partial_json": whole}
        start = {**block, **empty}
        yield {"type": "content_block_start", "index": index, "content_block": start}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": dict(usage) if plain else usage}
    yield {"type": "message_stop"}


def _told(event: Mapping[str, Any]) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def _framed(event: Mapping[str, Any]) -> bytes:
    """The same as Bedrock frames it."""
    payload = json.dumps({"bytes": b64encode(json.dumps(event).encode()).decode()}).encode()
    names = {":event-type": "chunk", ":content-type": "application/json", ":message-type": "event"}
    head = b"".join(
        bytes([len(name)]) + name.encode() + b"\x07" + pack(">H", len(value)) + value.encode()
        for name, value in names.items()
    )
    start = pack(">II", 16 + len(head) + len(payload), len(head))
    whole = start + pack(">I", crc32(start)) + head + payload
    return whole + pack(">I", crc32(whole))


def request_id(message_id: str) -> str:
    """The request's id in the response's header, made from the message's."""
    return "req_" + message_id.removeprefix("msg_")


def _asked(path: str, raw: bytes) -> dict[str, Any] | None:
    """The body of a request for a message, None for another. Clouds name the model in the path."""
    vertex = re.search(r"/models/([^/:]+):(?:streamRawPredict|rawPredict)$", path)
    bedrock = re.search(r"/model/([^/]+)/invoke(-with-response-stream)?$", path)
    plain = path.endswith(("/v1/messages", "/v1/messages/count_tokens"))
    if not vertex and not bedrock and not plain:
        return None
    body: dict[str, Any] = json.loads(raw)
    if bedrock:
        return {"model": unquote(bedrock[1]), "stream": "framed" if bedrock[2] else False, **body}
    return {"model": vertex[1].partition("@")[0], **body} if vertex else body


def _error(status: int, words: str = "") -> dict[str, Any]:
    kind = _ERRORS.get(status, "api_error")
    return {"type": "error", "error": {"type": kind, "message": words or f"scripted {status}"}}
