"""The API through the anthropic SDK: whatever key, token, profile and base URL it resolves."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cheaproute.client import login
from cheaproute.delegate.backends import failure, http
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

if TYPE_CHECKING:
    from anthropic.types import Message

CONNECT_S = 5.0


class Api:
    """The SDK's client, made when first used: importing it takes a second or two."""

    name = "api"
    overhead_tokens = 100
    writes_cache = False

    def __init__(self, env: Mapping[str, str] | None = None) -> None:
        """`env` is where credentials are looked for, else the process's own."""
        self._env = os.environ if env is None else env
        self._client: Any = None
        self._making = threading.Lock()  # parts of a file may be asked about at once

    def prepare(self) -> None:
        """Import the SDK and make its client; see `Backend.prepare`."""
        _ = self.client

    def send(self, request: Request, on_text: OnText | None = None) -> Reply:
        """Stream one message; see `Backend.send`."""
        import anthropic

        client = self.client.with_options(
            timeout=anthropic.Timeout(request.timeout_s, connect=min(CONNECT_S, request.timeout_s)),
            max_retries=0,  # each call is one in the books: it is the purse that tries again
        )
        begun = time.monotonic()
        message: Message | None = None
        try:
            with client.messages.stream(**_arguments(request)) as stream:
                for event in stream:
                    message = stream.current_message_snapshot
                    if event.type == "text" and on_text is not None:
                        on_text(event.text)
                    _in_time(begun + request.timeout_s)
                message = stream.get_final_message()
        except BaseException as error:
            said = error
            if isinstance(error, Exception) and not isinstance(error, Unavailable):
                said = failure.explain(error, request.model, str(client.base_url))
            if message is not None:
                raise Interrupted(f"broke off: {said}", _begun(message)) from error
            raise said from error
        return reply(message, int((time.monotonic() - begun) * 1000))

    def count(self, request: Request) -> int | None:
        """The prompt's tokens by the free count_tokens endpoint; None where it is not served."""
        import anthropic

        arguments = _arguments(request)
        del arguments["max_tokens"]
        client = self.client.with_options(timeout=request.timeout_s, max_retries=0)
        try:
            return int(client.messages.count_tokens(**arguments).input_tokens)
        except anthropic.AnthropicError:
            return None

    def close(self) -> None:
        """Close the connections; for callers that live on."""
        if self._client is not None:
            self._client.close()

    def __del__(self) -> None:
        """As the SDK's own HTTP client does: whoever forgets it leaves no open connection."""
        with suppress(Exception):
            self.close()

    @property
    def client(self) -> Any:  # noqa: ANN401 - mypy reads the SDK's own types only where it is imported
        """The SDK's client.

        Raises:
            NoCredentials: the SDK found nothing to authenticate with.
            DelegationError: a proxy, a certificate or a base URL that cannot be used is set.
        """
        with self._making:
            if self._client is None:
                self._client = self._made()
            return self._client

    def _made(self) -> Any:  # noqa: ANN401 - as above
        import anthropic

        try:
            client = anthropic.Anthropic(http_client=http.client(self._env), **self._credential())
        except (anthropic.AnthropicError, ValueError) as error:
            raise NoCredentials(f"credentials cannot be read: {error}") from error
        except DelegationError:
            raise
        except Exception as error:
            url = os.environ.get("ANTHROPIC_BASE_URL", "")
            where = f"ANTHROPIC_BASE_URL={url}" if url else "the API's client"
            raise DelegationError(f"{where} cannot be used: {error}") from error
        if not (client.api_key or client.auth_token or client.credentials):
            client.close()
            raise NoCredentials(failure.NO_CREDENTIALS)
        return client

    def _credential(self) -> dict[str, Any]:
        """What to log in with, in the client's own order; {} leaves it to the SDK's profiles."""
        token, key = self._env.get("ANTHROPIC_AUTH_TOKEN"), self._env.get("ANTHROPIC_API_KEY")
        if token:
            return {"auth_token": token}
        if key and not login.refused(self._env, key):
            return {"api_key": key}
        os.environ.pop("ANTHROPIC_API_KEY", None)  # refused: the SDK would take it from there
        return {}


def reply(message: Message, latency_ms: int) -> Reply:
    """The answer in a finished message.

    Raises:
        Refused: the model declined; Interrupted: there is no text in it.
    """
    call = call_of(message)
    if message.stop_reason == "refusal":
        raise Refused("the model declined to answer this", call)
    text = "".join(block.text for block in message.content if block.type == "text")
    if not text.strip():
        raise Interrupted(f"the model answered nothing ({message.stop_reason})", call)
    return Reply(text, call, message.stop_reason or "", latency_ms)


def call_of(message: Message, *, final: bool = True) -> Call:
    """The call as the ledger counts it. Cache writes are five-minute ones unless split."""
    usage = message.usage
    split = usage.cache_creation
    write_1h = split.ephemeral_1h_input_tokens if split else 0
    return Call(
        message.id,
        int(time.time() * 1000),
        message.model,
        input=usage.input_tokens or 0,
        output=usage.output_tokens or 0,
        write_5m=(usage.cache_creation_input_tokens or 0) - write_1h,
        write_1h=write_1h,
        read=usage.cache_read_input_tokens or 0,
        service_tier=usage.service_tier or "",
        geo=usage.inference_geo or "",
        final=final,
    )


def _begun(message: Message) -> Call:
    """The call of an answer that broke off: a lower bound, with the text that had come by then."""
    call = call_of(message, final=False)
    text = "".join(block.text for block in message.content if block.type == "text")
    call.output = max(call.output, least_tokens(text))
    return call


def _arguments(request: Request) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "system": request.system,
        "messages": [{"role": "user", "content": request.prompt}],
    }
    # Every Haiku takes this; some other models cannot stop thinking and would answer 400.
    if not request.think and "haiku" in request.model:
        arguments["thinking"] = {"type": "disabled"}
    return arguments


def _in_time(deadline: float) -> None:
    # A read's own timeout starts anew with every byte.
    if time.monotonic() > deadline:
        raise Unheard("no answer in time", "timeout")
