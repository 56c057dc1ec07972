"""`routing.explore`: what is open starts one tier down, and goes up by what it does."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.hook.main import respond
from cheaproute.ledger import decisions, intern
from cheaproute.ledger.ingest import ingest
from cheaproute.plan.evidence import gather
from cheaproute.usage import prices
from tests.hook.mod.test_questions import OPUS, UUID, Home
from tests.hook.mod.test_second_voice import OPEN, SONNET
from tests.transcripts import append, assistant, write

HARD = "Find the root cause of the deadlock between the writers and the cache."
PLAIN = "List every file that mentions the ledger, with line numbers."
FABLE = "claude-fable-5-2"
SECTIONS = ("prices", "models", "routing", "plan", "cap")


def home(tmp_path: Path, *, explore: bool = True) -> Home:
    """A user who lets open tasks be tried, and has no second voice."""
    found = Home(tmp_path)
    (tmp_path / "data").mkdir(parents=True, exist_ok=True)
    value = "true" if explore else "false"
    (tmp_path / "data/config.toml").write_text(f'[routing]\nask = "off"\nexplore = {value}\n')
    return found


def first(at: Home, agent: str = "a1", own: str = OPUS, prompt: str = OPEN) -> dict[str, Any]:
    """The answer to a subagent's first request."""
    task = {
        "tool_use_id": f"toolu_{agent}",
        "type": "general-purpose",
        "description": "",
        "prompt": prompt,
        "model": "",
        "parent_model": own,
        "fork": False,
        "shared": False,
    }
    seats = {"step": True, "fetch": True, "log": True}
    asked = {"turn_id": "t1", "agent_id": agent, "model": own, "session_model": own}
    return at.ask("ModStep", **asked, task=task, seats=seats)


def rows(at: Home) -> list[tuple[str, ...]]:
    """`(action, routed, voices)` of the decisions."""
    with closing(at.ledger()) as db:
        return list(db.execute("SELECT action, routed, voices FROM dispatch JOIN judged USING(id)"))


@pytest.mark.parametrize(
    ("own", "expected"), [(OPUS, SONNET), (FABLE, OPUS), (SONNET, None), ("claude-haiku-5-5", None)]
)
def test_what_is_open_starts_one_tier_down_and_never_on_haiku(
    tmp_path: Path, own: str, expected: str | None
) -> None:
    """From Opus to Sonnet, from Fable to Opus; from Sonnet nowhere."""
    answer = first(home(tmp_path), own=own)
    assert answer.get("model") == expected
    assert answer.get("watch") is (True if expected else None)


def test_off_is_off(tmp_path: Path) -> None:
    """The default: what is open stays."""
    assert "model" not in first(home(tmp_path, explore=False))


@pytest.mark.parametrize("prompt", [HARD, PLAIN])
def test_what_the_text_says_for_sure_is_no_try(tmp_path: Path, prompt: str) -> None:
    """A hard task stays, a lookup goes to Haiku, neither as a try."""
    at = home(tmp_path)
    first(at, prompt=prompt)
    assert "explored" not in {row[0] for row in rows(at)}


@pytest.mark.parametrize("told", ["none", "hook", "row", "both"])
def test_a_transcript_that_was_read_meanwhile_decides_nothing(tmp_path: Path, told: str) -> None:
    """While the client asks whether an agent may run `plan` may read on; so it may once it runs.

    The client tells that it was launched, by a hook and by a row, before its first request.
    """
    at = home(tmp_path)
    transcript = tmp_path / ".claude/projects/-tmp-p" / f"{UUID}.jsonl"
    common = {"session_id": UUID, "cwd": "/tmp/p", "transcript_path": str(transcript)}  # noqa: S108
    common |= {"tool_name": "Agent", "tool_use_id": "toolu_a1"}
    given = {"description": "", "prompt": PLAIN, "subagent_type": "general-purpose"}
    launched = {"status": "async_launched", "agentId": "a1", "resolvedModel": OPUS}

    def hook(name: str, **more: object) -> None:
        assert not respond(name, json.dumps({**common, **more}).encode(), at.env)

    def look() -> None:
        with closing(at.ledger()) as db:
            now_ms = int(time.time() * 1000)
            ingest.meter(db, str(transcript), now_ms, prices.load())
            gather.gather(db, 30, now_ms, {key: {} for key in SECTIONS})

    use = {"type": "tool_use", "id": "toolu_a1", "name": "Agent", "input": given}
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    asks = assistant(model=OPUS, session=UUID, stop="tool_use", ts=now)
    asks["message"]["content"] = [use]
    at.ask("ModStart", version="2.1.332")
    write(transcript, asks)
    hook("pre_tool_use", tool_input=given)
    look()
    if told in ("hook", "both"):
        hook("post_tool_use", tool_input=given, tool_response=launched)
    if told in ("row", "both"):
        result = {"type": "tool_result", "tool_use_id": "toolu_a1", "content": "launched"}
        row = {"type": "user", "sessionId": UUID, "timestamp": now, "toolUseResult": launched}
        append(transcript, {**row, "message": {"role": "user", "content": [result]}})
        look()
    assert rows(at) == []
    assert "haiku" in first(at, prompt=PLAIN)["model"]
    assert [row[:2] for row in rows(at)] == [("routed", "haiku")]


def test_an_agent_that_ran_without_us_stays_where_it_is(tmp_path: Path) -> None:
    """Launched and seen to have answered before its first word to us: that is no first request."""
    at = home(tmp_path)
    agent = tmp_path / f".claude/projects/-tmp-p/{UUID}/subagents/agent-a1.jsonl"
    write(agent, assistant(model=OPUS, session=UUID, isSidechain=True, agentId="a1"))
    with closing(at.ledger()) as db:
        ingest.meter(db, str(agent), int(time.time() * 1000), prices.load())
        told = {"id": "toolu_a1", "ts_ms": 1, "session": intern.session_id(db, UUID)}
        decisions.add(db, told | {"agent": "a1", "status": "running"})
    assert "model" not in first(at, prompt=PLAIN)


def test_it_goes_up_for_good_by_what_it_does(tmp_path: Path) -> None:
    """Step 2 fails twice the same way: from step 3 on its own model, and that is kept apart."""
    at = home(tmp_path)
    assert first(at)["model"] == SONNET
    step = {"turn_id": "t1", "agent_id": "a1", "model": OPUS, "session_model": OPUS}
    edited = [{"name": "Edit", "key": "1", "failed": False, "error": ""}]
    same = at.ask("ModStep", **step, index=1, uses=edited, tokens=[20_000])
    assert (same["model"], same["watch"]) == (SONNET, True)  # an open task may well edit
    failed = [{"name": "Bash", "key": str(n), "failed": True, "error": "e"} for n in range(2)]
    answer = at.ask("ModStep", **step, index=2, uses=failed, tokens=[20_000, 22_000])
    assert answer.get("up") is True
    assert "model" not in at.ask("ModStep", **step, index=3, uses=[], tokens=[20_000])
    assert rows(at) == [
        ("explored", "sonnet", "text: open; steps: a tool fails the same way again")
    ]


def test_a_task_that_comes_again_is_no_try(tmp_path: Path) -> None:
    """It did not do the first time; it runs on its own model now."""
    at = home(tmp_path)
    first(at)
    with closing(at.ledger()) as db:
        db.execute("UPDATE dispatch SET status = 'ok', resolved = 'claude-sonnet-5-5'")
    assert "model" not in first(at, "a2")


def test_without_the_module_nothing_is_tried(tmp_path: Path) -> None:
    """A classic hook could not take it up again."""
    at = home(tmp_path)
    call = {
        "hook_event_name": "PreToolUse",
        "session_id": UUID,
        "cwd": str(tmp_path),
        "tool_name": "Agent",
        "tool_use_id": "toolu_9",
        "tool_input": {"prompt": OPEN, "subagent_type": "general-purpose", "model": ""},
    }
    said = respond("pre_tool_use", json.dumps(call).encode(), at.env)
    assert not said or "updatedInput" not in str(said)


def test_no_text_of_the_task_is_kept(tmp_path: Path) -> None:
    """Features are names of our own, and numbers."""
    at = home(tmp_path)
    first(at, prompt=f"{OPEN} The password is hunter2, ask Zaphod.")
    with closing(at.ledger()) as db:
        ((beyond, bounds, features),) = db.execute("SELECT beyond, bounds, features FROM judged")
    assert 0 < beyond < 1
    assert bounds == "short"
    assert "is:task=1000" in features
    for word in ("invoices", "hunter2", "zaphod", "billing"):
        assert word not in features.lower()
