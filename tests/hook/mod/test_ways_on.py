"""What is named at a cap, done as it is named: the next request leaves."""

from __future__ import annotations

import json
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute import money
from cheaproute.cap import limits, one_turn, periods
from cheaproute.cap import state as states
from cheaproute.hook.main import respond
from cheaproute.money import NANO
from tests.hook.mod.test_questions import FLIGHT, OPUS, UUID, Home, record

NEXT = {**FLIGHT, "bytes": 3_610_000}


def begun(place: Path, caps: dict[str, float]) -> Home:
    """A session with a context of 900,000 tokens, just answered for $2.03."""
    home = Home(place)
    with closing(home.ledger()) as db:
        limits.put(db, {name: round(usd * NANO) for name, usd in caps.items()}, 1)
    home.ask("ModStart", version="2.1.332")
    call = record(1, input_tokens=900_000, cost_usd_micros=2_030_000, bytes=3_600_000, model=OPUS)
    home.ask("ModBook", calls=[{**call, "output_tokens": 800}])
    return home


def prompted(home: Home) -> str:
    """What the prompt's gate says; "" where it lets the prompt go on."""
    event = {"hook_event_name": "UserPromptSubmit", "session_id": UUID, "prompt": "go on"}
    answer = respond("user_prompt_submit", json.dumps(event).encode(), home.env)
    return str(json.loads(answer)["reason"]) if answer else ""


def asked(home: Home) -> str:
    """Why the next request may not leave; "" if it may."""
    return str(home.ask("ModGate", flight=NEXT, flights=[NEXT]).get("deny", ""))


def do(home: Home, said: str, which: str) -> None:
    """What is said, as the command does it."""
    words = said.partition(f"cap {which} ")[2].splitlines()[0].partition(" (or")[0].split()
    nano = money.parse(words[0])
    with closing(home.ledger()) as db:
        state = states.state(db, UUID, now := int(time.time() * 1000))
        keys = periods.keys(now, state.session_id)
        if which == "finish":
            one_turn.allow(db, state.session_id, nano, now)
            return
        named = [word[2:] for word in words if word.startswith("--")]
        reached = [p.name for p in state.periods.values() if p.reached]
        for name in named or reached or [n for n, p in state.periods.items() if p.limit]:
            limits.add(db, keys[name], nano, now)


CAPS = [
    {"session": 1.0},
    {"month": 2.0},
    {"day": 1.5, "session": 2.5},
    {"month": 2.1, "day": 600.0},
    {"month": 2.04, "day": 2.0, "session": 0.5},
]


@pytest.mark.parametrize("which", ["raise", "finish"])
@pytest.mark.parametrize("caps", CAPS)
def test_what_a_gate_names_is_enough(tmp_path: Path, caps: dict[str, float], which: str) -> None:
    """At the prompt where a cap is reached, else at the request that has too little left."""
    home = begun(tmp_path, caps)
    said = prompted(home) or asked(home)
    assert said
    do(home, said, which)
    assert prompted(home) == ""
    assert asked(home) == ""


@pytest.mark.parametrize("which", ["raise", "finish"])
def test_a_turn_allowed_too_little_is_told_what_it_needs(tmp_path: Path, which: str) -> None:
    """What was allowed, what is left of it, and sums that are enough."""
    home = begun(tmp_path, {"session": 1.0})
    do(home, "cap finish 0.05 --session 1", "finish")
    assert prompted(home) == ""
    said = asked(home)
    assert "Of the $0.05 that this turn may spend past its caps $0.05 is left, and $" in said
    do(home, said, which)
    assert asked(home) == ""
