"""Tasks written from the description of the work alone, half of judgement worded as retrieval.

Sixty of judgement and sixty plain ones in ten languages: sentences, paragraphs and lists. Whoever
wrote them had seen neither words nor features, and nothing is trained on them; docs/routing.md has
how they came out when they were new.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.routing import reader
from cheaproute.routing.decide import decide
from cheaproute.routing.decision import Decision
from tools import routing_data

Row = tuple[str, str | None, str, str]
FORMS = ("as given", "no title", "general-purpose", "Explore")
TASKS: list[Row] = [
    tuple(json.loads(line))
    for line in Path(routing_data.CASES, "blind.jsonl").read_text(encoding="utf-8").splitlines()
]
RIGHT = {"judgement": reader.parsed("sonnet verdict"), "plain": reader.parsed("haiku list")}
WRONG = {"judgement": RIGHT["plain"], "plain": RIGHT["judgement"]}


def decided(form: str) -> list[tuple[str, Decision]]:
    """What a task is, and what its text alone says, in one of the forms a task comes in."""
    found = []
    for kind, given, title, prompt in TASKS:
        agent = given if form in ("as given", "no title") else form
        found.append((kind, decide("" if form == "no title" else title, prompt, agent)))
    return found


def haikus(sent: list[tuple[str, Decision]], kind: str) -> int:
    """How many of that kind go to Haiku."""
    return sum(decision.tier == "haiku" for of, decision in sent if of == kind)


@pytest.mark.parametrize("form", FORMS)
def test_judgement_worded_as_retrieval_is_not_haikus(form: str) -> None:
    """At most 9 of 60 by text alone."""
    assert len(TASKS) == 120
    assert haikus(decided(form), "judgement") <= 9


@pytest.mark.parametrize("form", FORMS)
def test_a_reader_that_is_right_lets_the_plain_ones_go(form: str) -> None:
    """More than text alone, at least 45 of 60; none of judgement beyond what text had sent."""
    alone = decided(form)
    heard = [(kind, reader.heard(decision, RIGHT[kind])) for kind, decision in alone]
    assert haikus(heard, "plain") > max(haikus(alone, "plain"), 44)
    assert haikus(heard, "judgement") == haikus(alone, "judgement")


def test_a_reader_that_is_wrong_overrules_no_text_that_is_sure() -> None:
    """What the text knows as work stays so, what it knows as retrieval too."""
    alone = decided("as given")
    sure = [(kind, found) for kind, found in alone if found.tier != "open"]
    assert len(sure) > 40
    for kind, found in sure:
        assert reader.heard(found, WRONG[kind]).tier == found.tier


def test_they_are_not_trained_on() -> None:
    """No prompt is among the training examples."""
    known = {task.prompt for task in routing_data.examples()}
    assert not [prompt for *_, prompt in TASKS if prompt in known]
