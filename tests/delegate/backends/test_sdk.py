"""The API backend: the SDK itself against the loopback API."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest

from cheaproute.delegate.backends import failure
from cheaproute.delegate.backends.request import (
    Interrupted,
    NoCredentials,
    Refused,
    Request,
    Unavailable,
    Unheard,
)
from cheaproute.delegate.backends.sdk import Api as ApiBackend
from cheaproute.errors import DelegationError
from tests.api import Api, Reply

ASK = Request("claude-haiku-5-5", "Be brief.", "Say hello.", 100, 10, retries=0)


def test_a_message_comes_back_with_what_it_used(api: Api, backend: ApiBackend) -> None:
    """Text is streamed, and the call has the id and the counts of the final usage."""
    usage = {
        "input_tokens": 7,
        "output_tokens": 5,
        "cache_read_input_tokens": 3,
        "cache_creation_input_tokens": 6,
        "cache_creation": {"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 4},
    }
    api.script = lambda _request: Reply("Hello.", usage=usage)
    heard: list[str] = []
    reply = backend.send(ASK, heard.append)
    assert "".join(heard) == reply.text == "Hello."
    call = reply.call
    assert call.id.startswith("msg_")
    assert (call.input, call.output, call.read, call.write_5m, call.write_1h) == (7, 5, 3, 2, 4)
    assert call.model == "claude-haiku-5-5"
    assert call.final
    assert reply.stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("model", "think", "sent"),
    [
        ("claude-haiku-5-5", True, None),
        ("claude-haiku-5-5", False, {"type": "disabled"}),
        ("claude-opus-5-5", False, None),
    ],
)
def test_thinking_is_turned_off_where_it_can_be(
    api: Api, backend: ApiBackend, model: str, think: bool, sent: object
) -> None:
    """Only Haiku is told not to think: others answer 400 to it."""
    backend.send(replace(ASK, model=model, think=think))
    assert api.calls[0].body.get("thinking") == sent


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (400, DelegationError, "the API rejects the request (400: scripted 400)"),
        (
            401,
            NoCredentials,
            "the API does not accept these credentials: check ANTHROPIC_API_KEY (401)",
        ),
        (
            403,
            NoCredentials,
            "these credentials may not do this: check the key's workspace (403: scripted 403)",
        ),
        (
            404,
            DelegationError,
            (
                "the API does not know the model 'claude-haiku-5-5': set `models.haiku`"
                " (404: scripted 404)"
            ),
        ),
        (413, DelegationError, "the request is too large for the API (413: scripted 413)"),
        (429, Unavailable, "rate limit reached: wait 7 s and try again (429)"),
        (500, Unavailable, "the API failed: try again (500: scripted 500)"),
        (529, Unavailable, "the API is overloaded: try again in a minute (529)"),
    ],
)
def test_every_status_is_one_line(
    api: Api, backend: ApiBackend, status: int, kind: type[Exception], said: str
) -> None:
    """Each failure of the API is its own error with a line that says what to do."""
    api.script = lambda _request: Reply(status=status, headers={"retry-after": "7"})
    with pytest.raises(kind) as caught:
        backend.send(ASK)
    assert str(caught.value) == said


def test_one_call_is_one_request(api: Api, backend: ApiBackend) -> None:
    """The SDK does not try again behind the ledger's back, whatever the request allows."""
    api.script = lambda _request: Reply(status=529, headers={"retry-after-ms": "7"})
    with pytest.raises(Unavailable) as caught:
        backend.send(replace(ASK, retries=1))
    assert (len(api.calls), caught.value.wait_s) == (1, 0.007)
    assert not isinstance(caught.value, Unheard)


def test_an_answer_that_was_not_heard(api: Api, backend: ApiBackend) -> None:
    """What has left may be billed, and is told from what could not leave."""
    api.script = lambda _request: Reply(hang_up=True)
    with pytest.raises(Unheard):
        backend.send(ASK)


def test_no_answer_in_time(api: Api, backend: ApiBackend) -> None:
    """A slow API is given up after the request's time."""
    api.script = lambda _request: Reply(delay_s=2)
    with pytest.raises(Unheard, match="no answer in time") as caught:
        backend.send(replace(ASK, timeout_s=0.3))
    assert caught.value.kind == "timeout"


def test_an_api_that_is_not_there(monkeypatch: pytest.MonkeyPatch, backend: ApiBackend) -> None:
    """The line names the address that could not be reached."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{port}")
    with pytest.raises(Unavailable, match=f"cannot reach http://127.0.0.1:{port}") as caught:
        backend.send(ASK)
    assert failure.kind(caught.value) == "connection"
    assert not isinstance(caught.value, Unheard)


def test_a_refusal_keeps_its_call(api: Api, backend: ApiBackend) -> None:
    """A refusal is an error that carries what it used: it is paid for."""
    api.script = lambda _request: Reply("I", stop_reason="refusal")
    with pytest.raises(Refused, match="declined") as caught:
        backend.send(ASK)
    assert caught.value.call.output == 100


def test_nothing_answered(api: Api, backend: ApiBackend) -> None:
    """An empty answer is an error that carries what it used."""
    api.script = lambda _request: Reply(" ", stop_reason="max_tokens")
    with pytest.raises(Interrupted, match=r"answered nothing \(max_tokens\)"):
        backend.send(ASK)


def test_an_answer_that_breaks_off_is_paid_for(api: Api, backend: ApiBackend) -> None:
    """What the first event told is kept as a call that is not final; Ctrl-C is no exception."""
    api.script = lambda _request: Reply("Hello.")

    def interrupt(_text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        backend.send(ASK, interrupt)
    assert isinstance(caught.value.__cause__, KeyboardInterrupt)
    assert (caught.value.call.input, caught.value.call.final) == (1000, False)


def test_no_credentials(backend: ApiBackend) -> None:
    """Without key, token and profile the line says how to get some."""
    with pytest.raises(NoCredentials, match="no credentials: set ANTHROPIC_API_KEY, or log in"):
        backend.send(ASK)


def test_tokens_are_counted_for_free(api: Api, backend: ApiBackend) -> None:
    """The count is the endpoint's own, and costs no call."""
    longer = replace(ASK, prompt=ASK.prompt + "x" * 4000)
    first, second = backend.count(ASK), backend.count(longer)
    assert first is not None
    assert second == first + 1000  # the stand-in counts four bytes a token
    assert api.calls == []


def test_a_count_that_is_not_served_is_not_known(
    monkeypatch: pytest.MonkeyPatch, backend: ApiBackend
) -> None:
    """A gateway without count_tokens gives None, no error."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
    assert backend.count(ASK) is None
