"""The API through Claude Code itself, headless, for those who have a plan and no key.

The child has no tools, no hooks, no plugins, no settings of a project and no transcript, and
`CHEAPROUTE_DISABLE=1`: it can start nothing, and what it used is known from its stream alone.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from typing import IO, Any

from cheaproute import fastjson
from cheaproute.client import program
from cheaproute.delegate.backends import failure
from cheaproute.delegate.backends.request import (
    Interrupted,
    NoCredentials,
    OnText,
    Refused,
    Reply,
    Request,
    Unavailable,
    Unheard,
    least_tokens,
)
from cheaproute.errors import DelegationError
from cheaproute.usage.call import Call

# The client's words for a connection that never stood.
_UNMADE = re.compile(
    r"unable to connect|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|certificate", re.IGNORECASE
)


class Claude:
    """One `claude --print` per message."""

    name = "claude"
    # Its own first lines, and a note on the working directory and the system.
    overhead_tokens = 3_000
    writes_cache = True

    def __init__(self, program: str, env: Mapping[str, str], cwd: str, *, alias: str = "") -> None:
        """`program` is the client, `cwd` a directory without a project in it.

        `alias` is asked for in place of the request's model: a cloud has ids of its own.
        """
        self._program = program
        self._alias = alias
        self._env = env
        self._cwd = cwd

    def count(self, request: Request) -> int | None:  # noqa: ARG002
        """None: the client has no way to ask."""
        return None

    def prepare(self) -> None:
        """Nothing: the client is started for each message."""

    def send(self, request: Request, on_text: OnText | None = None) -> Reply:
        """Run the client once; see `Backend.send`."""
        begun = time.monotonic()
        effort = [] if request.think else ["--effort", "low"]
        words = [
            *program.OPTIONS,
            "--model",
            self._alias or request.model,
            "--system-prompt",
            request.system,
            *effort,
        ]
        try:
            os.makedirs(self._cwd, mode=0o700, exist_ok=True)
            process = subprocess.Popen(
                [self._program, *words],
                cwd=self._cwd,
                env=program.child_env(
                    self._env,
                    max_tokens=request.max_tokens,
                    think=request.think,
                ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise DelegationError(f"{self._program} cannot be run: {error.strerror}") from error
        seen = _Seen()
        late = threading.Timer(request.timeout_s, process.kill)
        late.start()
        try:
            assert process.stdin is not None  # noqa: S101
            assert process.stdout is not None  # noqa: S101
            threading.Thread(
                target=_feed, args=(process.stdin, request.prompt), daemon=True
            ).start()
            for event in _events(process.stdout):
                seen.take(event, on_text)
            process.wait()
        except BaseException as error:
            if seen.call is not None:
                raise seen.broken("broke off") from error
            raise
        finally:
            late.cancel()
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        return seen.reply(request, int((time.monotonic() - begun) * 1000))


class _Seen:
    """What the child's stream has told so far."""

    def __init__(self) -> None:
        self.call: Call | None = None
        self._sent = False
        self._text = ""
        self._result: dict[str, Any] = {}

    def take(self, event: dict[str, Any], on_text: OnText | None) -> None:
        """Note one event of the stream; some come before anything is sent."""
        self._sent = self._sent or program.may_have_sent(event)
        if event.get("type") == "result":
            self._result = event
            return
        inner = event.get("event") if event.get("type") == "stream_event" else None
        if not isinstance(inner, dict):
            return
        if inner.get("type") == "message_start":
            message = inner["message"]
            self.call = Call(message["id"], int(time.time() * 1000), message["model"], final=False)
            _count(self.call, message.get("usage") or {})
        elif inner.get("type") == "content_block_delta" and self.call is not None:
            text = inner["delta"].get("text", "")
            self._text += text
            if text and on_text is not None:
                on_text(text)

    def reply(self, request: Request, latency_ms: int) -> Reply:
        """The answer.

        Raises:
            DelegationError: the stream ended in a failure, or without an answer.
        """
        text = self._result.get("result")
        text = text if isinstance(text, str) else ""
        if self.call is not None and self._result:
            self.call.final = True
            _count(self.call, self._result.get("usage") or {})
        if self._result.get("stop_reason") == "refusal" and self.call is not None:
            raise Refused("the model declined to answer this", self.call)
        if not self._result or self._result.get("is_error") or self.call is None:
            self._fail(request, text)
        assert self.call is not None  # noqa: S101
        if not text.strip():
            raise Interrupted("the model answered nothing", self.call)
        return Reply(text, self.call, str(self._result.get("stop_reason") or ""), latency_ms)

    def broken(self, said: str) -> Interrupted:
        """The failure of an answer that had begun: a lower bound, with the text that had come."""
        assert self.call is not None  # noqa: S101
        self.call.output = max(self.call.output, least_tokens(self._text))
        return Interrupted(said, self.call)

    def _fail(self, request: Request, text: str) -> None:
        if self.call is not None:
            raise self.broken("broke off: the client ended without an answer")
        if not self._result:
            gone = Unheard if self._sent else Unavailable
            raise gone("`claude` gave no answer in time", "timeout")
        status = self._result.get("api_error_status")
        if isinstance(status, int):
            raise failure.status(status, request.model)
        if "log" in text.lower() or "api key" in text.lower():
            raise NoCredentials("`claude` is not logged in: start it and run /login")
        line = " ".join(text.split())[:160] or "no reason given"
        gone = Unavailable if _UNMADE.search(line) else Unheard
        raise gone(f"`claude` failed: {line}", "client")


def _feed(pipe: IO[bytes], text: str) -> None:
    try:
        with pipe:
            pipe.write(text.encode())
    except OSError:
        pass  # the child ended first; its stream says why


def _events(stream: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in stream:
        try:
            event = fastjson.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            yield event


def _count(call: Call, usage: Mapping[str, Any]) -> None:
    """Raise the call's counts to those of `usage`; an early row has fewer."""
    # An early event does not tell the two kinds of cache writes apart: their sum is what grows.
    written = usage.get("cache_creation_input_tokens") or 0
    written = max(written, call.write_5m + call.write_1h)
    long = (usage.get("cache_creation") or {}).get("ephemeral_1h_input_tokens") or 0
    call.write_1h = max(call.write_1h, long)
    call.write_5m = written - call.write_1h
    call.input = max(call.input, usage.get("input_tokens") or 0)
    call.output = max(call.output, usage.get("output_tokens") or 0)
    call.read = max(call.read, usage.get("cache_read_input_tokens") or 0)
    call.service_tier = usage.get("service_tier") or call.service_tier
    call.geo = usage.get("inference_geo") or call.geo
