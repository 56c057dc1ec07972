"""A compaction about to happen: left, skipped, asked about, or handed over; time is data."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap.state import state
from cheaproute.delegate import handover
from cheaproute.hook.context import Context
from cheaproute.hook.event import Event
from cheaproute.hook.pauses import session_compact as compact
from cheaproute.hook.pauses.last_answer import Last
from cheaproute.hook.pauses.session_compact import GO_ON, HAND_OVER, Costs, decide
from cheaproute.hook.pauses.wishes import FULL, Wishes
from cheaproute.ledger import intern
from cheaproute.ledger.ingest import ingest, telemetry
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage import prices
from cheaproute.usage.call import ESTIMATED, EXACT
from tests import transcripts as t

NOW = 1_795_341_196_303 + 3_600_000  # an hour after the transcript's last answer
OPUS = "claude-opus-5-5"
COSTS = Costs(go_on=2_000, hand_over=300, haiku=100, main=150)


def wishes(**plan: object) -> Wishes:
    """The settings of section `plan`."""
    return Wishes({"plan": plan})


def last(minutes: float, ttl_ms: int = 300_000) -> Last:
    """An answer so many minutes ago."""
    return Last(NOW - round(minutes * 60_000), OPUS, 200_000, ttl_ms)


@pytest.mark.parametrize(
    ("plan", "ago", "tokens", "trigger", "asks", "want"),
    [
        # off: the client's own business
        ({}, 60, 500_000, "auto", True, "leave"),
        # cold, long, somebody there: asked; nobody there: gone on with
        ({"cold_return": "ask"}, 60, 200_000, "auto", True, "question"),
        ({"cold_return": "ask"}, 60, 200_000, "auto", False, "skip"),
        ({"cold_return": "always"}, 60, 200_000, "auto", False, "write"),
        # warm, or short: gone on with
        ({"cold_return": "always"}, 4, 200_000, "auto", True, "skip"),
        ({"cold_return": "always"}, 60, 100_000, "auto", True, "skip"),
        # past the planned window: the client compacts, or Haiku writes, or the cheaper one
        ({"window_tokens": 150_000}, 1, 150_001, "auto", True, "leave"),
        ({"window_tokens": 150_000}, 1, 150_000, "auto", True, "skip"),
        ({"window_tokens": 150_000, "handover": "haiku"}, 1, 150_001, "auto", True, "write"),
        ({"window_tokens": 150_000, "handover": "cheaper"}, 1, 150_001, "auto", True, "write"),
        # with no planned window, up to where there is no room any more
        ({"cold_return": "ask"}, 1, FULL, "auto", True, "leave"),
        ({"cold_return": "ask"}, 1, FULL - 1, "auto", True, "skip"),
        # `/compact` is the user's word: never skipped, never asked about
        ({"cold_return": "always"}, 60, 200_000, "manual", True, "leave"),
        ({"handover": "haiku"}, 60, 50_000, "manual", True, "write"),
    ],
)
def test_what_becomes_of_a_compaction(
    plan: dict[str, object], ago: int, tokens: int, trigger: str, asks: bool, want: str
) -> None:
    """Doubt keeps: only what was planned is ever done."""
    found = decide(wishes(**plan), last(ago), tokens, trigger, COSTS, NOW, asks=asks)
    assert set(found) == ({"question", "header", "options"} if want == "question" else {want})
    if want == "question":
        assert found["options"] == [GO_ON, HAND_OVER]  # a stray Enter takes the first


@pytest.mark.parametrize(
    ("plan", "tokens", "begins", "want"),
    [
        ({"task_tokens": 100_000}, 100_001, True, {"leave", "line"}),
        ({"task_tokens": 100_000, "handover": "haiku"}, 100_001, True, {"write"}),
        ({"task_tokens": 100_000}, 100_000, True, {"skip"}),
        ({"task_tokens": 100_000}, 200_000, False, {"skip"}),
        ({"task_tokens": 100_000, "window_tokens": 150_000}, 200_000, False, {"leave"}),
        ({"window_tokens": 150_000}, 120_000, True, {"skip"}),
    ],
)
def test_before_unrelated_work(
    plan: dict[str, object], tokens: int, begins: bool, want: set[str]
) -> None:
    """Compacted where it begins and the context is past the size; in the middle of work never."""
    found = decide(wishes(**plan), last(1), tokens, "auto", COSTS, NOW, asks=True, begins=begins)
    assert set(found) == want


def test_an_hours_cache_is_cold_after_an_hour() -> None:
    """The life of the cache is the one that was written."""
    setting = wishes(cold_return="always")
    for minutes, ttl_ms, want in ((30, 300_000, "write"), (30, 3_600_000, "skip")):
        found = decide(setting, last(minutes, ttl_ms), 200_000, "auto", COSTS, NOW, asks=True)
        assert set(found) == {want}


def test_haiku_writes_only_where_it_is_cheaper() -> None:
    """Above 100,000 tokens a warm read by the main model costs less than Haiku's."""
    dear = Costs(go_on=40, hand_over=500, haiku=120, main=118)
    setting = wishes(window_tokens=100_000, handover="cheaper")
    assert set(decide(setting, last(1), 120_000, "auto", dear, NOW, asks=True)) == {"leave"}


@pytest.mark.parametrize("label", ["", GO_ON, "something typed", HAND_OVER.upper()])
def test_only_the_very_label_hands_over(label: str) -> None:
    """Esc, free text and the first option go on with the whole."""
    assert set(compact.chosen(wishes(cold_return="ask"), 200_000, label)) == {"skip"}
    assert set(compact.chosen(wishes(cold_return="ask"), 200_000, HAND_OVER)) == {"write"}


GOOD = """\
## Last request
> fix the retry in client.py
## Goal
The client must retry three times and no more; the person ruled out a new dependency for it, twice.
## State
Read client.py; the loop counts from one, so that the fourth attempt is made.
## Open tasks
- Write a test for the fourth attempt
## Files
- `client.py` the retry loop
## Quotes
> for attempt in range(1, 4):
"""


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Context, dict[str, Any]]:
    """A session that was left an hour ago, in the ledger, and what the module tells of it."""
    (tmp_path / "client.py").write_text("for attempt in range(1, 4):\n")
    use = {"type": "tool_use", "id": "toolu_1", "name": "TodoWrite", "input": {"todos": [
        {"content": "Read the client", "status": "completed"},
        {"content": "Write a test for the fourth attempt", "status": "pending"},
    ]}}  # fmt: skip
    used = t.usage(cache_read_input_tokens=0, cache_creation_input_tokens=200_000)
    used["cache_creation"] = {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 200_000}
    answer = t.assistant("msg_1", model=OPUS, used=used, text="for attempt in range(1, 4):")
    answer["message"]["content"].append(use)
    rows = [
        {"type": "user", "uuid": "u1", "message": {"role": "user", "content": "old"}},
        {"type": "system", "subtype": "compact_boundary"},
        {"type": "user", "uuid": "u2",
         "message": {"role": "user", "content": "fix the retry in client.py"}},
        answer,
        {"type": "user", "uuid": "u3", "message": {"role": "user", "content": "go on"}},
    ]  # fmt: skip
    path = t.write(tmp_path / "claude" / "projects" / "p" / f"{t.SESSION}.jsonl", *rows)
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "config.toml").write_text(
        '[plan]\ncold_return = "ask"\ncold_tokens = 100000\n'
    )
    context = Context(dict(os.environ), NOW)
    ingest.read(context.db, [path], 1, prices.load())
    told = {
        "session_id": t.SESSION, "transcript_path": path, "cwd": str(tmp_path), "model": OPUS,
        "context_tokens": 201_200, "trigger": "auto", "interactive": True, "prompt": "go on",
        "stage": "first",
    }  # fmt: skip
    return context, told


def ask(context: Context, told: dict[str, Any], **more: object) -> dict[str, Any]:
    """What the brain answers."""
    number = intern.session_id(context.db, t.SESSION)
    return dict(compact.answer(Event(told | more), context, number))


def handed(context: Context) -> list[tuple[int, int, int]]:
    """`(input, output, how sure)` of the helpers in the ledger."""
    return context.db.execute(
        "SELECT input, output, estimated FROM call WHERE source = 5 ORDER BY ts_ms"
    ).fetchall()


def test_a_cold_return_from_the_question_to_the_hand_over(
    session: tuple[Context, dict[str, Any]],
) -> None:
    """Asked with both prices; a yes asks Haiku, which is booked; what passes stands in."""
    context, told = session
    asked = ask(context, told)
    assert asked["question"].startswith("Away for 60 min: the cache is gone, and going on sends")
    assert "201,200 tokens again (about $1.01)" in asked["question"]
    wanted = ask(context, told, stage="asked", answer=HAND_OVER)["write"]
    assert wanted["model"] == "claude-haiku-5-5"
    assert "fix the retry in client.py" in wanted["prompt"]
    assert "Open on the task list:\n- Write a test for the fourth attempt" in wanted["prompt"]
    assert "old" not in wanted["prompt"].split("<conversation>")[1].split()
    assert "[user] go on" not in wanted["prompt"]  # the prompt itself stays behind the hand-over
    assert handed(context) == [(201_200, 4_000, ESTIMATED)]
    done = ask(context, told, stage="written", text=GOOD)
    assert done["handover"].endswith(GOOD.strip())
    assert told["transcript_path"] in done["handover"]
    assert done["line"].startswith("Went on from a hand-over by Haiku (201,200 tokens before)")
    assert handed(context) == [(201_200, 4_000, ESTIMATED)]  # nobody said what it used


def test_a_client_that_does_not_say_where_the_conversation_is(
    session: tuple[Context, dict[str, Any]], tmp_path: Path
) -> None:
    """Before 2.1.330: it is found by the session's id, and the hand-over says where."""
    context, told = session
    context.env = {**context.env, "CLAUDE_CONFIG_DIR": str(tmp_path / "claude")}
    silent = told | {"transcript_path": ""}
    wanted = ask(context, silent, stage="asked", answer=HAND_OVER)["write"]
    assert "fix the retry in client.py" in wanted["prompt"]
    assert told["transcript_path"] in ask(context, silent, stage="written", text=GOOD)["handover"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("fix the retry in client.py", "mend something"), "the last request is not in it"),
        (("Write a test for the fourth attempt", "tests"), "an open task is not in it"),
        (("range(1, 4)", "range(4)"), "a quote is not in the conversation"),
        (("`client.py`", "`server.py`"), "a path in it does not exist"),
        ((GOOD, "short"), "it has 5 characters"),
        ((GOOD, ""), "Haiku did not answer"),
    ],
)
def test_a_hand_over_that_is_wrong_replaces_nothing(
    session: tuple[Context, dict[str, Any]], change: tuple[str, str], why: str
) -> None:
    """One thing made up, or left out, and the session goes on as it is."""
    context, told = session
    found = ask(context, told, stage="written", text=GOOD.replace(*change))
    assert set(found) == {"skip"}
    assert found["skip"].endswith(why)


def test_past_the_window_the_client_compacts_where_the_hand_over_is_wrong(
    session: tuple[Context, dict[str, Any]], tmp_path: Path
) -> None:
    """The context is too long by the user's own word: it is compacted, if not by Haiku."""
    _, told = session
    (tmp_path / "data" / "config.toml").write_text("[plan]\nwindow_tokens = 150000\n")
    context = Context(dict(os.environ), NOW)
    assert ask(context, told, stage="written", text="no") == {"leave": True}


USED = {"input_tokens": 190_000, "output_tokens": 900}
RECORD = {
    **USED, "request_id": "req_011CQabcdefghij00000001",
    "model": "claude-haiku-5-5", "query_source": "plugin_model_complete", "cost_usd_micros": 1,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "want"),
    [
        ([], (201_200, 4_000, ESTIMATED)),  # the client was killed
        (["record"], (190_000, 900, EXACT)),  # killed as the answer was there
        (["answer"], (190_000, 900, EXACT)),
        (["answer", "record"], (190_000, 900, EXACT)),
        (["record", "answer"], (190_000, 900, EXACT)),
        (["record", "end"], (190_000, 900, EXACT)),  # the client heard nothing of it
        (["end", "record"], (190_000, 900, EXACT)),
        (["refused"], None),
    ],
)
def test_a_hand_over_is_in_the_books_from_the_moment_it_leaves(
    session: tuple[Context, dict[str, Any]], told: list[str], want: tuple[int, int, int] | None
) -> None:
    """Once, whoever tells of it and in whatever order; what was refused is not."""
    context, asked = session
    number = intern.session_id(context.db, t.SESSION)
    how: dict[str, dict[str, object]] = {
        "answer": {"text": GOOD, "usage": USED},
        "end": {"text": "", "usage": {}, "reason": "aborted"},
        "refused": {"text": "", "usage": {}, "reason": "api-error", "status": 529},
    }
    assert "write" in ask(context, asked, stage="asked", answer=HAND_OVER)
    for one in told:
        context.now_ms += 5_000
        if one == "record":
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(context.now_ms // 1000 + 1))
            with Immediate(context.db):
                telemetry.book(
                    context.db, [{**RECORD, "at": at}], session=t.SESSION, cwd="",
                    now_ms=context.now_ms, prices=context.prices,
                )  # fmt: skip
        else:
            ask(context, asked, stage="written", **how[one])
    assert handed(context) == ([] if want is None else [want])
    assert state(context.db, number, NOW).periods["month"].reserved == 0


def test_another_modules_question_beside_it_is_counted_too(
    session: tuple[Context, dict[str, Any]],
) -> None:
    """Its record may be taken for the hand-over's, until the answer says what that used."""
    context, asked = session
    assert "write" in ask(context, asked, stage="asked", answer=HAND_OVER)
    for number, more in (2, {"input_tokens": 180_000}), (1, {}):
        context.now_ms += 5_000
        told = {**RECORD, **more, "request_id": f"req_011CQabcdefghij0000000{number}"}
        told["at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(context.now_ms // 1000 + 1))
        with Immediate(context.db):
            telemetry.book(
                context.db, [told], session=t.SESSION, cwd="", now_ms=NOW, prices=context.prices
            )
        if number == 2:
            ask(context, asked, stage="written", text=GOOD, usage=USED)
    assert handed(context) == [(180_000, 900, EXACT), (190_000, 900, EXACT)]


def test_nothing_is_written_where_the_cap_leaves_nothing(
    session: tuple[Context, dict[str, Any]], tmp_path: Path
) -> None:
    """A hand-over is a call like any other."""
    _, told = session
    with (tmp_path / "data" / "config.toml").open("a") as file:
        file.write('[cap]\nmonth_usd = 0.5\nat_cap = "block"\n')
    context = Context(dict(os.environ), NOW)
    found = ask(context, told, stage="asked", answer=HAND_OVER)
    assert found == {"skip": "no hand-over: the cap leaves nothing for it"}


def test_a_conversation_with_a_secret_is_not_handed_over(
    session: tuple[Context, dict[str, Any]],
) -> None:
    """It is not sent once more, to another model; the session goes on as it is."""
    context, told = session
    key = "AKIA" + "QWERTYUIOPASDFGH"
    row = {"type": "user", "uuid": "u4", "message": {"role": "user", "content": f"use {key}"}}
    t.append(told["transcript_path"], row)
    found = ask(context, told, stage="asked", answer=HAND_OVER)
    assert set(found) == {"skip"}
    assert found["skip"].startswith("no hand-over, for what the conversation may hold: ")
    assert key not in found["skip"]
    assert handed(context) == []


def test_a_turn_that_has_done_much_is_not_cut_off(
    session: tuple[Context, dict[str, Any]],
) -> None:
    """What stays beside the hand-over must be small, or nothing is gained."""
    context, told = session
    found = ask(context, told, stage="asked", answer=HAND_OVER, tail_chars=500_000)
    assert set(found) == {"skip"}


def test_a_branch_that_was_left_is_no_part_of_the_conversation(tmp_path: Path) -> None:
    """Rewound prompts lie in the file; the hand-over is of what is still there."""
    from cheaproute.client.transcript import conversation

    rows = [
        {"type": "user", "uuid": "1", "parentUuid": None, "message": {"content": "first"}},
        {"type": "user", "uuid": "2", "parentUuid": "1", "message": {"content": "rewound"}},
        {"type": "user", "uuid": "3", "parentUuid": "1", "message": {"content": "second"}},
        {"type": "user", "uuid": "4", "parentUuid": "3", "isSidechain": True,
         "message": {"content": "of an agent"}},
    ]  # fmt: skip
    found = conversation.read(t.write(tmp_path / "x.jsonl", *rows))
    assert [text for _, text in found.said] == ["first", "second"]
    assert found.request == "second"
    assert conversation.read(str(tmp_path / "none")).said == []


def test_long_results_are_cut_before_anything_that_was_said() -> None:
    """The question has a size, whatever was read."""
    from cheaproute.client.transcript.conversation import Conversation

    said = Conversation()
    said.said = [("user", "please"), *[("result", "x" * 5_000)] * 2_000, ("user", "and then")]
    text = handover.question(said)
    assert len(text) < 1_700_000
    assert "[user] please" in text
    assert text.rstrip().endswith("[user] and then\n</conversation>")
