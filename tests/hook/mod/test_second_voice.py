"""The reader's seat: when Haiku is asked through the client, and what becomes of its answer."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.hook.mod.test_questions import OPUS, UUID, Home, record

SONNET = "claude-sonnet-5-5"
OPEN = "Look at src/billing and give me the picture of how invoices and refunds hang together."
COUNTS = {"input_tokens": 700, "output_tokens": 9}
UNANSWERED = "its text does not say what it needs; Haiku was asked and gave no clear answer"
USAGE = {**COUNTS, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
HELPER = {"query_source": "plugin_model_complete", "model": "claude-haiku-5-5", **COUNTS}


def step(
    home: Home, read: dict[str, object] | None = None, *, task: dict[str, object] | None = None
) -> dict[str, Any]:
    """The answer to a subagent's first request."""
    words = {
        "tool_use_id": "toolu_1",
        "type": "general-purpose",
        "description": "Invoices",
        "prompt": OPEN,
        "model": "",
        "parent_model": SONNET,
        "fork": False,
        "shared": False,
        **(task or {}),
    }
    asked = {"turn_id": "t1", "agent_id": "a1", "model": SONNET, "session_model": SONNET}
    told = {} if read is None else {"read": read}
    return home.ask("ModStep", **asked, task=words, **told)


def said(text: str, usage: object = USAGE, **more: object) -> dict[str, object]:
    """What the hand brings back."""
    return {"text": text, "usage": usage, **more}


def purposes(home: Home) -> list[tuple[str, int]]:
    """`(purpose, estimated)` of the booked helpers."""
    with closing(home.ledger()) as db:
        return list(db.execute("SELECT purpose, estimated FROM call WHERE purpose != 'sdk'"))


def test_an_open_task_is_asked_about_once(tmp_path: Path) -> None:
    """A question, its answer, and for the same task later no question."""
    home = Home(tmp_path)
    found = step(home)["read"]
    assert found["model"] == "claude-haiku-5-5"
    assert OPEN in found["prompt"]
    assert found["timeout_ms"] <= 1500
    assert step(home, said("haiku summary"))["model"] == "claude-haiku-5-5"
    asked = {"turn_id": "t2", "agent_id": "a2", "model": SONNET, "session_model": SONNET}
    words = {"tool_use_id": "toolu_2", "type": "general-purpose", "description": "Invoices"}
    known = home.ask("ModStep", **asked, task={**words, "prompt": OPEN, "parent_model": SONNET})
    assert known["model"] == "claude-haiku-5-5"


@pytest.mark.parametrize(
    "task",
    [
        {"prompt": "List every file that mentions the ledger, with line numbers."},
        {"prompt": "Find the root cause of the deadlock between the writers and the cache."},
        {"model": "opus"},
        {"fork": True},
        {"type": "nobody-knows-me"},
        {"parent_model": OPUS},
    ],
)
def test_nobody_is_asked_where_it_changes_nothing(tmp_path: Path, task: dict[str, object]) -> None:
    """A sure text, an explicit model, a fork, an agent that is pinned or not to be placed."""
    assert "read" not in step(Home(tmp_path), task=task)


def test_off_and_rest_and_a_cap_ask_nobody(tmp_path: Path) -> None:
    """The user's word; a Haiku that is not there; no money left for the question."""
    home = Home(tmp_path / "off")
    (tmp_path / "off/data").mkdir(parents=True)
    (tmp_path / "off/data/config.toml").write_text('[routing]\nask = "off"\n')
    assert "read" not in step(home)
    poor = Home(tmp_path / "poor", 1000)
    assert "read" not in step(poor)
    absent = Home(tmp_path / "absent")
    assert "read" in step(absent)
    assert "model" not in step(absent, said("", {}, reason="api-error", status=404))
    later = {"turn_id": "t9", "agent_id": "a9"}
    with closing(absent.ledger()) as db:
        db.execute("DELETE FROM dispatch")
    words = {"type": "general-purpose", "prompt": OPEN, "parent_model": SONNET}
    answer = absent.ask("ModStep", **later, model=SONNET, session_model=SONNET, task=words)
    assert "read" not in answer


@pytest.mark.parametrize("first", ["booked", "answered"])
def test_the_question_has_its_name_in_the_ledger(tmp_path: Path, first: str) -> None:
    """Whichever comes first, the client's record or the answer; another helper keeps its own."""
    home = Home(tmp_path)
    step(home)
    other = record(2, query_source="plugin_model_complete", model="claude-haiku-5-5")
    if first == "booked":
        home.ask("ModBook", calls=[record(1, **HELPER), other])
        step(home, said("haiku summary"))
    else:
        step(home, said("haiku summary"))
        home.ask("ModBook", calls=[record(1, **HELPER), other])
    assert sorted(purposes(home)) == [("plugin_model_complete", 0), ("reader", 0)]


def test_questions_of_the_same_counts_are_counted_once_each(tmp_path: Path) -> None:
    """Agents side by side ask alike, and each answer is there before the client's records."""
    home = Home(tmp_path)
    for agent in "ab":
        asked = {"turn_id": "t1", "agent_id": agent, "model": SONNET, "session_model": SONNET}
        words = {"tool_use_id": f"toolu_{agent}", "type": "general-purpose", "parent_model": SONNET}
        home.ask("ModStep", **asked, task={**words, "prompt": OPEN + agent}, read=said("haiku"))
    first, second, third = (record(number, **HELPER) for number in (1, 2, 3))
    for told in (first, first, second, third):
        home.ask("ModBook", calls=[told])
    assert sorted(purposes(home)) == [("plugin_model_complete", 0), *[("reader", 0)] * 2]


def test_a_question_is_booked_as_it_leaves(tmp_path: Path) -> None:
    """A client that is killed tells nobody how it ended; what is told of it later is no second."""
    home = Home(tmp_path)
    step(home)
    assert purposes(home) == [("reader", 1)]
    assert 0 < home.spent() < 1_000_000
    step(home, said("haiku summary"))
    home.ask("ModBook", calls=[record(1, **HELPER)])
    assert purposes(home) == [("reader", 0)]


def test_a_question_that_was_refused_is_in_no_books(tmp_path: Path) -> None:
    """What had been booked as it left is taken back."""
    home = Home(tmp_path)
    step(home)
    step(home, said("", {}, reason="api-error", status=400))
    assert purposes(home) == []
    assert home.spent() == 0


def test_a_question_that_was_given_up_is_booked_by_estimate(tmp_path: Path) -> None:
    """Its prompt went out, and no record of it comes."""
    home = Home(tmp_path)
    step(home)
    nothing = dict.fromkeys(USAGE, 0)
    assert "model" not in step(home, said("", nothing, reason="aborted"))
    assert purposes(home) == [("reader", 1)]
    assert 0 < home.spent() < 1_000_000


@pytest.mark.parametrize(
    "other",
    [
        {"query_source": "hook_prompt"},
        {"model": SONNET},
        {"input_tokens": 20_000},
    ],
)
def test_another_record_is_not_the_question_that_was_given_up(
    tmp_path: Path, other: dict[str, object]
) -> None:
    """The user's own prompt hook, another module's question: the estimate stays beside it."""
    home = Home(tmp_path)
    step(home)
    step(home, said("", dict.fromkeys(USAGE, 0), reason="aborted"))
    told = {**HELPER, **other}
    home.ask("ModBook", calls=[record(1, **told)])
    assert sorted(purposes(home)) == sorted([("reader", 1), (str(told["query_source"]), 0)])


@pytest.mark.parametrize("text", ["answer haiku", "haiku", "haiku summary because", "opus summary"])
def test_no_other_text_moves_anything(tmp_path: Path, text: str) -> None:
    """The decision is kept with both voices, and no text of the task."""
    home = Home(tmp_path)
    step(home)
    assert "model" not in step(home, said(text))
    with closing(home.ledger()) as db:
        rows = db.execute("SELECT reason, action, routed FROM dispatch").fetchall()
        kept = json.dumps(db.execute("SELECT key, value FROM meta").fetchall())
    assert rows == [(f"read: {UNANSWERED}", "open", "")]
    assert "invoices" not in kept
    assert UUID not in kept
