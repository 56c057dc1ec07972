"""The digest's own process, in this one: what goes in, what comes out."""

from __future__ import annotations

import io
import json
import random
import string
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.delegate import digest_worker
from cheaproute.ledger import store
from tests.api import Api, Reply

LOG = "".join(f"INFO request {n} served\n" for n in range(2000))
WANTED: dict[str, Any] = {
    "path": "/p/app.log",
    "text": LOG,
    "prompt": "Why?",
    "reader": "claude-opus-5-5",
    "session": "s-1",
    "project": "/p",
    "shown": 1.0,
    "until_s": time.monotonic() + 600,
}


@pytest.fixture
def env(api: Api, tmp_path: Path) -> dict[str, str]:
    """A machine with a key."""
    return {
        "HOME": str(tmp_path),
        "PATH": "",
        "CHEAPROUTE_HOME": str(tmp_path / "data"),
        "ANTHROPIC_BASE_URL": api.url,
        "ANTHROPIC_API_KEY": "sk-test",
    }


def calls(env: dict[str, str]) -> list[tuple[int]]:
    """The costs of the calls in the ledger."""
    with closing(store.connect(f"{env['CHEAPROUTE_HOME']}/ledger.db")) as db:
        return db.execute("SELECT cost_nano FROM call").fetchall()


def test_a_digest_is_made(api: Api, env: dict[str, str]) -> None:
    """The text, and the call on which its saving is to be booked."""
    api.script = lambda _request: Reply("WHAT: a log", usage={"input_tokens": 20_000})
    answer = digest_worker.answer(WANTED, env)
    assert sorted(answer) == ["call", "outcome", "saved_nano", "text", "worth_nano"]
    assert answer["outcome"] == "made"
    assert answer["call"].startswith("msg_")
    assert answer["text"].endswith("WHAT: a log")


@pytest.mark.parametrize(
    ("reply", "outcome", "paid"),
    [
        (Reply(status=401), "failed:credentials", 0),
        (Reply(status=400), "failed:delegationerror", 0),
        (Reply(status=429, headers={"retry-after-ms": "1"}), "failed:rate_limit", 0),
        (Reply(status=529, headers={"retry-after-ms": "1"}), "failed:overloaded", 0),
        (Reply(status=500, headers={"retry-after-ms": "1"}), "failed:api_error", 0),
        (Reply("I", stop_reason="refusal"), "failed:refused", 150_000),
        (Reply(""), "failed:interrupted", 150_000),
        (Reply("word\n" * 6000), "made", 150_000),
    ],
    ids=["401", "400", "429", "529", "500", "refusal", "empty", "long"],
)
def test_every_failure_is_an_outcome(
    api: Api, env: dict[str, str], reply: Reply, outcome: str, paid: int
) -> None:
    """One word for the ledger; what was paid for nothing counts against the saving."""
    api.script = lambda _request: reply
    answer = digest_worker.answer(WANTED, env)
    assert answer["outcome"] == outcome
    assert [cost for (cost,) in calls(env)] == ([paid] if paid else [])
    if outcome != "made":
        assert "text" not in answer
        assert answer.get("saved_nano", 0) == -paid


def test_what_nobody_heard_of_is_paid_for(api: Api, env: dict[str, str]) -> None:
    """Both tries are in the books, and count against what digests save."""
    api.script = lambda _request: Reply(hang_up=True)
    answer = digest_worker.answer(WANTED, env)
    assert answer["outcome"] == "failed:connection"
    costs = [cost for (cost,) in calls(env)]
    assert len(costs) == len(api.calls) == 2
    assert answer["saved_nano"] == -sum(costs) < 0


def test_a_digest_that_took_too_long(api: Api, env: dict[str, str]) -> None:
    """What was sent is paid for; what is asked for too late is not sent."""
    api.script = lambda _request: Reply("WHAT: a log", delay_s=3)
    answer = digest_worker.answer(WANTED | {"until_s": time.monotonic() + 5}, env)
    assert answer["outcome"] == "failed:timeout"
    assert answer["saved_nano"] < 0
    assert len(calls(env)) == len(api.calls) == 1
    answer = digest_worker.answer(WANTED | {"until_s": time.monotonic() + 1}, env)
    assert answer == {"outcome": "failed:timeout"}
    assert len(calls(env)) == len(api.calls) == 1


def test_a_digest_of_no_use_is_no_failure(api: Api, env: dict[str, str]) -> None:
    """The file stands, its cost counts, and the next read may try again."""
    api.script = lambda _request: Reply("word\n" * 300)
    answer = digest_worker.answer({**WANTED, "text": "line\n" * 300}, env)
    assert (answer["outcome"], answer["saved_nano"]) == ("kept:useless", -150_000)


def test_no_way_to_a_model(env: dict[str, str]) -> None:
    """Neither key nor client."""
    answer = digest_worker.answer(
        WANTED, {k: v for k, v in env.items() if k != "ANTHROPIC_API_KEY"}
    )
    assert answer == {"outcome": "failed:credentials"}


def test_the_cap(api: Api, env: dict[str, str]) -> None:
    """The worst case would pass it: no call."""
    with closing(store.connect(f"{env['CHEAPROUTE_HOME']}/ledger.db")) as db:
        db.execute("INSERT INTO cap VALUES('month', 1000, 'command', 0)")
    assert digest_worker.answer(WANTED, env) == {"outcome": "kept:cap"}
    assert api.calls == []


def test_a_bug_is_an_outcome_and_quotes_nothing(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log has the place, not the text that was being read."""
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    broken = {**WANTED, "shown": "canary in the text"}
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(broken).encode())))
    digest_worker.main()
    assert json.loads(capsys.readouterr().out) == {"outcome": "failed:crash"}
    log = Path(env["CHEAPROUTE_HOME"], "cheaproute.log").read_text()
    assert "digest" in log
    assert "canary" not in log


def test_a_refused_key_is_not_sent(
    api: Api, env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user said no to it in the client: a gateway's token alone is sent, or nothing."""
    key = "sk-ant-api03-refused-0123456789abcdef"
    answers = {"customApiKeyResponses": {"approved": [], "rejected": [key[-20:]]}}
    (tmp_path / ".claude.json").write_text(json.dumps(answers))
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    env |= {"ANTHROPIC_API_KEY": key, "ANTHROPIC_AUTH_TOKEN": "gateway"}
    api.script = lambda _request: Reply("WHAT: a log", usage={"input_tokens": 20_000})
    assert digest_worker.answer(WANTED, env)["outcome"] == "made"
    assert [request.headers.get("authorization") for request in api.requests] == ["Bearer gateway"]
    assert all(key not in json.dumps(dict(request.headers)) for request in api.requests)
    api.requests.clear()
    del env["ANTHROPIC_AUTH_TOKEN"]
    (tmp_path / "data" / "config.toml").write_text('[delegate]\nbackend = "api"\n')
    assert digest_worker.answer(WANTED, env)["outcome"] == "failed:credentials"
    assert api.requests == []


def test_what_holds_a_secret_is_kept(api: Api, env: dict[str, str]) -> None:
    """Not a byte goes out, not even to be counted; a task that holds one is left out alone."""
    token = "ghp_" + "".join(random.choices(string.ascii_letters + string.digits, k=36))
    wanted = WANTED | {"text": f"{LOG}token {token}\n"}
    assert digest_worker.answer(wanted, env) == {"outcome": "kept:secret"}
    assert api.requests == []
    api.script = lambda _request: Reply("WHAT: a log", usage={"input_tokens": 20_000})
    wanted = WANTED | {"prompt": f"Log in with {token} and look"}
    assert digest_worker.answer(wanted, env)["outcome"] == "made"
    assert token not in json.dumps([request.body for request in api.requests])
