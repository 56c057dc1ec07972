"""Tasks of judgement that are worded as lookups: whatever else is known of them, not Haiku's."""

from __future__ import annotations

import pytest

from cheaproute import route_model
from cheaproute.routing.decide import decide

JUDGED = (
    "Locate the line where the off-by-one in pagination comes from.",
    "List: 1. missing authorization checks 2. unsafe deserialisation 3. weak hashes. Files, lines.",
    "Find the change that made the nightly import slow.",
    "Which of the two caches is to blame for the stale prices?",
    "Show the setting that keeps the socket from closing.",
    "Count the checks that do not check anything.",
    "List the endpoints an anonymous visitor should not reach.",
    "Find the function responsible for the lost updates.",
    "Name the index nobody needs any more.",
    "Finde die Stelle, an der die Rundung falsch wird.",
    "Trouve la ligne qui fait planter l'export.",
    "Encuentra la consulta que bloquea la tabla.",
    "Найди место, из-за которого теряются письма.",
    "找出导致重复扣款的那一行。",
)
LOOKUPS = (
    "Locate the line where PAGE_SIZE is defined.",
    "List the files that import the hashlib module, with line numbers.",
    "Find the commit that renamed nightly_import.py.",
    "List the endpoints defined in routes.ts with their methods.",
    "Find the definition of close_socket and return file and line.",
    "Count the tests in tests/unit.",
)
TYPES = (None, "general-purpose", "Explore")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("task", JUDGED)
def test_the_verb_does_not_decide(task: str, kind: str | None) -> None:
    """A cause, a verdict or a choice that has to be found is never called a lookup."""
    assert decide("", task, kind).tier != "haiku"


@pytest.mark.parametrize("task", JUDGED)
def test_the_guide_does_not_send_it_there_either(task: str) -> None:
    """The catch-all is for what is plain."""
    assert "haiku" not in route_model(task)


@pytest.mark.parametrize("kind", TYPES)
def test_what_can_be_looked_up_goes(kind: str | None) -> None:
    """The same verbs with a thing one can point at; most of them surely so."""
    went = [decide("", task, kind).tier == "haiku" for task in LOOKUPS]
    assert sum(went) >= len(LOOKUPS) - 2, went


@pytest.mark.parametrize(
    "task",
    [
        "Explore src/grid to see how the list is filled. I need to find why pictures are missing.",
        "Read auth/store.py and auth/refresh.py. I want to know why users are logged out.",
        "Lies queue.go und erkläre, warum Aufträge liegen bleiben.",
    ],
)
@pytest.mark.parametrize("kind", TYPES)
def test_why_is_no_lookup(task: str, kind: str | None) -> None:
    """However much of it only reads."""
    assert decide("Explore", task, kind).tier != "haiku"
