"""A user's own hook that asks a model about a tool: past the cap, too, where the tool has begun."""

from __future__ import annotations

from pathlib import Path

import pytest

from cheaproute.money import NANO
from tests.hook.mod.test_questions import FLIGHT, Home, record

JUDGE = {**FLIGHT, "model": "claude-haiku-5-5", "bytes": 3_000, "judges": True}
# Three of them cost $0.60.
REACHED, TOO_DEAR = 0.5, 0.6001


@pytest.mark.parametrize("cap_usd", [REACHED, TOO_DEAR])
def test_it_is_let_through_and_named(tmp_path: Path, cap_usd: float) -> None:
    """Of those that wait with it, it alone, and each time it is said; past it no tool begins."""
    home = Home(tmp_path, int(cap_usd * NANO))
    home.ask("ModBook", calls=[record(number) for number in range(3)])
    told = home.ask("ModGate", asked=[FLIGHT, JUDGE, {**JUDGE, "judges": False}, JUDGE])
    assert [not why for why in told["denies"]] == [False, True, False, True]
    assert "your own hook" in told["line"]
    assert told["grant"]["nano"] == 0
    assert ("deny" in home.ask("ModTool")) == (cap_usd == REACHED)
    assert "line" not in home.ask("ModGate", asked=[FLIGHT])


def test_far_from_the_cap_nothing_is_said_of_it(tmp_path: Path) -> None:
    """It leaves like any other."""
    told = Home(tmp_path, NANO).ask("ModGate", asked=[JUDGE])
    assert told["denies"] == [""]
    assert "line" not in told
