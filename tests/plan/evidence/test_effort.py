"""Advice on effort: only from enough of the user's own prompts, whose cache stayed."""

from __future__ import annotations

import random

import pytest

from cheaproute.plan.evidence import effort
from cheaproute.plan.steps import propose
from cheaproute.usage.call import Call
from tests.plan.month import OPUS, Month


def put(month: Month, place: int, level: str, output: int, *, read: int, tier: str) -> None:
    """A prompt in the one session, some minutes after the last, and its two calls."""
    session, at_ms = month.session(1), month.at(0) + place * 120_000
    month.db.execute(
        "INSERT INTO turn VALUES(?, ?, 'prompt', 'implement', ?, 0.9)", (session, at_ms, tier)
    )
    for number in range(2):
        month.count += 1
        call = Call(f"e{month.count}", at_ms + 1 + number * 1_000, OPUS, effort=level)
        call.write_1h, call.output = 50_000 - (read if number == 0 else 49_000), output
        call.read = read if number == 0 else 49_000
        month.book(call, session)


@pytest.mark.parametrize(
    ("many", "read", "tier", "said"),
    [
        (21, 49_000, "sonnet", True),
        (15, 49_000, "sonnet", False),  # too few
        (21, 20_000, "sonnet", False),  # the cache was written anew
        (21, 49_000, "opus", False),  # not everyday work
    ],
)
def test_a_lower_effort_that_cost_less(
    month: Month, many: int, read: int, tier: str, *, said: bool
) -> None:
    """Said with both figures; no step, and in no sum."""
    made = random.Random(3)
    for place in range(2 * many):
        level, output = ("low", 300) if place % 2 else ("medium", 2_000)
        put(month, place, level, output + made.randrange(100), read=read, tier=tier)
    evidence = month.evidence()
    found = effort.advice(evidence)
    assert bool(found) is said
    plan = propose.propose(evidence, {"promptCacheTtl": "1h"})
    assert [one for one in plan.notes if "effort" in one] == ([found] if said else [])
    if said:
        assert f"at effort low ({many})" in found
        assert "/effort low" in found


def test_the_same_cost_is_no_advice(month: Month) -> None:
    """What differs by chance alone."""
    made = random.Random(4)
    for place in range(80):
        level = "low" if place % 2 else "high"
        put(month, place, level, made.randrange(100, 3_000), read=49_000, tier="haiku")
    assert effort.advice(month.evidence()) == ""
