"""What a person's prompt to the main loop needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.routing.prompts import topics
from cheaproute.routing.turns import NONE, TurnState, decide_turn

DONE = "I've fixed the date picker and the tests pass."


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_a_decision(text: str, before: str) -> None:
    """And the same text the same one."""
    found, again = decide_turn(text, before), decide_turn(text, before)
    assert found.tier in ("haiku", "sonnet", "opus", NONE)
    assert 0 <= found.confidence <= 1
    assert (found.tier, found.struggle, found.newtask) == (
        again.tier,
        again.struggle,
        again.newtask,
    )


@pytest.mark.parametrize(
    "text",
    [
        "orders are charged twice once a week, nobody can reproduce it. find the root cause",
        "design the replication between the two regions so that no acknowledged write is lost",
    ],
)
def test_hard_reasoning_is_raised(text: str) -> None:
    """An unknown cause, an architecture."""
    assert decide_turn(text).tier == "opus"


@pytest.mark.parametrize(
    "text",
    [
        "design the architecture of a distributed queue with exactly-once delivery",
        "redesign the module layout so that plugins load in processes of their own",
        "prove that the lock-free queue is linearizable",
        "find the root cause of the flaky test",
        "should we use event sourcing or a plain table here? weigh the trade-offs",
        "is this cache eviction correct under concurrent writers?",
        "debug the race between the scheduler and the reaper",
        "why do two replicas disagree after a failover",
        "we lose about one message in a million, find out where",
        "audit every place where user input reaches a shell",
    ],
)
@pytest.mark.parametrize("before", ["", DONE, "I listed the files: a.py, b.py."])
def test_a_hard_prompt_is_in_doubt_at_least_whatever_came_before(text: str, before: str) -> None:
    """An easy answer makes nothing easier; what a task's words call hard is asked about, too."""
    found = decide_turn(text, before, TurnState("sonnet" if before else ""))
    assert found.tier == "opus" or found.is_open


@pytest.mark.parametrize(
    "text",
    [
        "rename x to y in main.py", "run the tests", "add a docstring to parse()",
        "show me the diff", "now do the same for the other two files",
        "add a test for the empty list",
        "remove the unused import", "add a --verbose flag", "make the button blue",
        "which port does the server use?", "convert this to TypeScript", "thanks, push it",
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", DONE])
def test_an_everyday_prompt_is_in_no_doubt(text: str, before: str) -> None:
    """Else nothing would run on the cheaper model."""
    found = decide_turn(text, before, TurnState("sonnet" if before else ""))
    assert found.tier != "opus"
    assert not found.is_open


@pytest.mark.parametrize("text", ["yes", "ok, go on", "commit and push", "fix the typo in README"])
def test_everyday_prompts_are_not(text: str) -> None:
    """What is short and plain does not need Opus."""
    assert decide_turn(text, DONE).tier != "opus"


def test_a_prompt_that_was_not_read_whole_is_in_doubt() -> None:
    """What stands in its middle may be hard, whatever was answered before."""
    plain = "convert this to TypeScript, thanks\n"
    assert not decide_turn(plain * 50, DONE).is_open
    assert decide_turn(plain * 120, DONE).is_open


def test_a_prompt_that_says_nothing_goes_on_with_the_task() -> None:
    """`yes` is as hard as what it agrees to."""
    found = decide_turn("yes", "Shall I start?", TurnState("opus"))
    assert found.tier in (NONE, "opus", "sonnet")
    assert decide_turn("yes", "Shall I start?").state.struggles == 0


def test_struggle_in_a_row_asks_for_the_next_tier() -> None:
    """What did not work twice is harder than it looked; the count ends with a good turn."""
    text = "still not working, I get the same error"
    first = decide_turn(text, DONE)
    assert first.struggle
    second = decide_turn(text, DONE, first.state)
    assert (second.state.struggles, second.tier) == (2, "opus")
    assert decide_turn("great, thanks", DONE, second.state).state.struggles == 0


def test_another_task_is_known() -> None:
    """What a session begins with is one; an answer to a question is none."""
    assert decide_turn("Set up a nightly backup of the orders database to S3").newtask
    assert not decide_turn("yes", "Shall I start?").newtask
    assert not decide_turn("yes").newtask


@pytest.mark.parametrize(
    "text",
    [
        "different topic: the museum's opening hours are missing on the contact page",
        "Themenwechsel: wir brauchen ein Skript, das alte Protokolle packt",
        "cambiando de tema, escribe una guía para instalar el servidor de correo",
        "换个话题,帮我写一个清理日志的脚本",
        "next ticket, GEO-31: tiles at the antimeridian are cut off, mend that",
    ],
)
def test_another_task_amid_a_session_is_known_where_it_is_said(text: str) -> None:
    """And what goes on with the answer is none, though it shares no word with it."""
    assert decide_turn(text, DONE).newtask
    for follows in ("a bit smaller please", "and on mobile?", "undo that", "mach es lieber blau"):
        assert not decide_turn(follows, DONE).newtask


def test_words_count_by_their_stems() -> None:
    """A prompt about "invoices" goes back to an answer about an "invoice"; a path is named anew."""
    found = topics.of("sort the invoices in src/list.ts", "The invoice is saved.", asked=False)
    assert found["topic:shared"] == 1.0
    assert "topic:named-anew" in found
    assert "topic:named-anew" not in topics.of("see src/list.ts", "wrote src/list.ts", asked=False)
