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
from cheaproute.hook.mod import estimate
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


STEP = {**FLIGHT, "bytes": 0, "answered": True}
TITLE = {**FLIGHT, "bytes": 40_000, "model": "claude-haiku-4-5"}


@pytest.mark.parametrize("which", ["raise", "finish"])
@pytest.mark.parametrize("first", [STEP, TITLE], ids=["a step", "a helper"])
def test_what_is_named_before_a_first_answer_is_enough_for_it(
    tmp_path: Path, first: dict[str, object], which: str
) -> None:
    """Whatever is refused first: a step that tells no length, or a title."""
    home = Home(tmp_path, NANO // 200)
    home.ask("ModStart", version="2.1.332")
    told = home.ask("ModGate", asked=[first], flights=[first], session_model=OPUS)
    said = str(told["denies"][0])
    assert "Not sent: this request is likely to cost $" in said
    do(home, said, which)
    after = home.ask("ModGate", asked=[FLIGHT], flights=[FLIGHT], session_model=OPUS)
    assert after["denies"] == [""]


def test_a_step_that_tells_no_length_is_said_to_cost_what_the_first_request_does(
    tmp_path: Path,
) -> None:
    """Not its answer alone; one that fits by that goes on to where its length is known."""
    home = Home(tmp_path, NANO // 200)
    home.ask("ModStart", version="2.1.332")
    told = home.ask("ModGate", asked=[STEP], flights=[STEP], session_model=OPUS)
    said = str(told["denies"][0]).partition("likely to cost $")[2].partition(",")[0]
    assert float(said) > estimate.FIRST_TOKENS * 4e-6
    with closing(home.ledger()) as db:
        limits.put(db, {"month": NANO // 25}, 1)
    told = home.ask("ModGate", asked=[STEP], flights=[STEP], session_model=OPUS)
    assert told["denies"] == [""]
