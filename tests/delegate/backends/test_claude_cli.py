"""The headless client: a stand-in program that writes what the real one was seen to write."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from cheaproute.client.program import child_env
from cheaproute.delegate.backends.claude_cli import Claude
from cheaproute.delegate.backends.request import (
    Interrupted,
    NoCredentials,
    Refused,
    Request,
    Unavailable,
    Unheard,
)
from cheaproute.errors import DelegationError

ASK = Request("claude-haiku-5-5", "Be brief.", "Say hello.", 100, 10, think=False)
START = {
    "type": "stream_event",
    "event": {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "model": "claude-haiku-5-5",
            "usage": {"input_tokens": 3, "cache_creation_input_tokens": 400, "output_tokens": 1},
        },
    },
}
DELTA = {
    "type": "stream_event",
    "event": {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hello."}},
}
RESULT: dict[str, Any] = {
    "type": "result",
    "is_error": False,
    "api_error_status": None,
    "stop_reason": "end_turn",
    "result": "Hello.",
    "usage": {
        "input_tokens": 3,
        "output_tokens": 9,
        "cache_creation_input_tokens": 400,
        "cache_creation": {"ephemeral_1h_input_tokens": 300},
        "cache_read_input_tokens": 20,
        "service_tier": "standard",
    },
}
INIT = {"type": "system", "subtype": "init"}
# What 2.1.332 says before its request leaves; older ones than 2.1.270 end with INIT.
EARLY = {"type": "system", "subtype": "ui_invalidate"}
NAMED = {**INIT, "claude_code_version": "2.1.332"}
REQUESTING = {"type": "system", "subtype": "status", "status": "requesting"}
FAILED = {**RESULT, "is_error": True, "usage": {}}


class Program:
    """A `claude` that keeps what it was given and writes `lines`."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.path = place / "claude"

    def writes(self, *lines: object, then: str = "") -> Claude:
        """The backend on it."""
        (self.place / "out").write_text("".join(json.dumps(line) + "\n" for line in lines))
        self.path.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" > "{self.place}/args"\ncat > "{self.place}/in"\n'
            f'env > "{self.place}/env"\npwd > "{self.place}/cwd"\ncat "{self.place}/out"\n{then}\n'
        )
        self.path.chmod(0o755)
        return Claude(str(self.path), {"PATH": "/usr/bin:/bin"}, str(self.place / "headless"))

    def saw(self, name: str) -> str:
        """What the program was given."""
        return (self.place / name).read_text()


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The stand-in program."""
    return Program(tmp_path)


def test_the_answer_and_what_it_used(program: Program) -> None:
    """Text as it comes, the message's id, the counts of the result."""
    heard: list[str] = []
    reply = program.writes(START, DELTA, "noise", RESULT).send(ASK, heard.append)
    assert (heard, reply.text) == (["Hello."], "Hello.")
    call = reply.call
    assert (call.id, call.model, call.final) == ("msg_1", "claude-haiku-5-5", True)
    assert (call.input, call.output, call.read) == (3, 9, 20)
    assert (call.write_5m, call.write_1h) == (100, 300)


def test_the_child_can_do_nothing_but_answer(program: Program) -> None:
    """No tools, hooks, plugins, project settings or transcript; a long prompt goes by stdin."""
    long = Request("claude-haiku-5-5", "Be brief.", "x" * 300_000, 100, 10)
    program.writes(START, RESULT).send(long)
    arguments = program.saw("args").split("\n")
    assert arguments[arguments.index("--tools") + 1] == ""
    assert arguments[arguments.index("--setting-sources") + 1] == "user"
    assert {"--safe-mode", "--no-session-persistence", "--strict-mcp-config"} <= set(arguments)
    assert program.saw("in") == "x" * 300_000
    assert program.saw("cwd") == f"{program.place}/headless\n"
    assert "CHEAPROUTE_DISABLE=1\n" in program.saw("env")


def test_the_session_around_is_not_the_child_s() -> None:
    """What names the session goes; what tells how to log in stays."""
    env = {
        "CLAUDECODE": "1",
        "CLAUDE_CODE_SESSION_ID": "s",
        "CLAUDE_PLUGIN_ROOT": "/p",
        "CLAUDE_CODE_USE_BEDROCK": "1",
        "CLAUDE_CODE_OAUTH_TOKEN": "t",
        "CLAUDE_CONFIG_DIR": "/c",
        "HTTPS_PROXY": "http://proxy",
    }
    made = child_env(env, max_tokens=100, think=False)
    assert not {"CLAUDECODE", "CLAUDE_CODE_SESSION_ID", "CLAUDE_PLUGIN_ROOT"} & set(made)
    assert {"CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CONFIG_DIR"} < set(made)
    assert made["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == "100"
    assert made["CLAUDE_CODE_DISABLE_THINKING"] == "1"


@pytest.mark.parametrize(
    ("started", "env", "token"),
    [
        ({"CLAUDE_CODE_OAUTH_TOKEN": "t"}, {}, "t"),
        ({"CLAUDE_CODE_OAUTH_TOKEN": "t"}, {"CLAUDE_CODE_OAUTH_TOKEN": "own"}, "own"),
        ({"CLAUDE_CODE_OAUTH_TOKEN": "t", "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB": "1"}, {}, None),
        ({"CLAUDE_CODE_OAUTH_TOKEN": "t"}, {"CLAUDE_CODE_SUBPROCESS_ENV_SCRUB": "1"}, None),
        (None, {}, None),
    ],
)
def test_the_login_that_the_client_gives_no_hook_is_the_child_s(
    monkeypatch: pytest.MonkeyPatch,
    started: dict[str, str] | None,
    env: dict[str, str],
    token: str | None,
) -> None:
    """As the user started the client; not where the user keeps credentials from what it starts."""
    monkeypatch.setattr("cheaproute.client.ancestry.started_with", lambda: started)
    made = child_env(env, max_tokens=1, think=False)
    assert made.get("CLAUDE_CODE_OAUTH_TOKEN") == token


def test_a_cloud_s_model_is_asked_for_by_alias(program: Program) -> None:
    """A cloud does not know Anthropic's ids."""
    program.writes(START, RESULT)
    Claude(str(program.path), {}, str(program.place), alias="haiku").send(ASK)
    arguments = program.saw("args").split("\n")
    assert arguments[arguments.index("--model") + 1] == "haiku"


@pytest.mark.parametrize(
    ("lines", "kind", "said"),
    [
        ([{**FAILED, "api_error_status": 429}], Unavailable, "rate limit reached: wait a minute"),
        ([{**FAILED, "api_error_status": 401}], NoCredentials, "does not accept these credentials"),
        (
            [{**FAILED, "result": "Not logged in · Please run /login"}],
            NoCredentials,
            "`claude` is not logged in: start it and run /login",
        ),
        ([{**FAILED, "result": "Something\nelse"}], Unheard, "`claude` failed: Something else"),
        ([{**FAILED, "result": "Unable to connect to API"}], Unavailable, "Unable to connect"),
        ([], Unavailable, "gave no answer in time"),
        ([INIT], Unheard, "gave no answer in time"),
        ([EARLY], Unavailable, "gave no answer in time"),
        ([EARLY, NAMED], Unavailable, "gave no answer in time"),
        ([EARLY, NAMED, REQUESTING], Unheard, "gave no answer in time"),
        ([INIT, {**FAILED, "result": "Request timed out"}], Unheard, "Request timed out"),
        ([START], Interrupted, "ended without an answer"),
        ([START, {**RESULT, "stop_reason": "refusal"}], Refused, "declined"),
        ([START, {**RESULT, "result": ""}], Interrupted, "answered nothing"),
    ],
    ids=[
        "429",
        "401",
        "login",
        "other",
        "offline",
        "nothing",
        "unheard",
        "not yet named",
        "not yet sent",
        "sent",
        "timed out",
        "broken off",
        "refusal",
        "empty",
    ],
)
def test_failures_are_one_line(
    program: Program, lines: list[object], kind: type[DelegationError], said: str
) -> None:
    """Each is the error the API would have made of it."""
    with pytest.raises(kind, match=said) as caught:
        program.writes(*lines).send(ASK)
    assert isinstance(caught.value, Unheard) is (kind is Unheard)
    assert "\n" not in str(caught.value)


def test_a_client_that_hangs_is_ended(program: Program) -> None:
    """After the request's time; what it is known to have used is kept."""
    begun = time.monotonic()
    with pytest.raises(Interrupted) as caught:
        program.writes(START, then="exec sleep 60").send(
            Request("claude-haiku-5-5", "s", "p", 100, 0.5)
        )
    assert time.monotonic() - begun < 10
    assert (caught.value.call.write_5m, caught.value.call.final) == (400, False)


def test_a_program_that_cannot_be_run(tmp_path: Path) -> None:
    """The line names it."""
    with pytest.raises(DelegationError, match="none cannot be run: No such file"):
        Claude(str(tmp_path / "none"), {}, str(tmp_path)).send(ASK)
