"""What the user's variables make of an alias is what the module names, where that is cheaper."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.ledger import failures
from tests.hook.mod.test_explore import PLAIN, first, home
from tests.hook.mod.test_questions import OPUS
from tests.hook.mod.test_second_voice import SONNET

OLD_HAIKU = "claude-haiku-4-5-20251001"


@pytest.mark.parametrize(
    ("mapped", "expected"),
    [
        (SONNET, SONNET),
        (OLD_HAIKU, OLD_HAIKU),
        (OPUS, None),
        ("gateway-small-1", None),
        ("", "claude-haiku-5-5"),
    ],
)
def test_haiku_is_what_it_resolves_to(tmp_path: Path, mapped: str, expected: str | None) -> None:
    """A lookup goes to the mapped model's own id; to one that is dearer or unpriced it does not."""
    at = home(tmp_path)
    at.env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] = mapped
    assert first(at, prompt=PLAIN).get("model") == expected


def test_a_try_goes_to_the_mapped_model(tmp_path: Path) -> None:
    """One tier down is the family's model as the user has it."""
    at = home(tmp_path)
    at.env["ANTHROPIC_DEFAULT_SONNET_MODEL"] = "claude-sonnet-4-5"
    assert first(at)["model"] == "claude-sonnet-4-5"


def test_the_word_default_is_no_model(tmp_path: Path) -> None:
    """Some clients send it as they were told: what runs as that is left alone."""
    assert "model" not in first(home(tmp_path), own="default", prompt=PLAIN)


@pytest.mark.parametrize(("status", "long"), [(404, True), (403, False), (529, False), (0, False)])
def test_a_model_that_is_not_there_rests_for_a_day(
    tmp_path: Path, status: int, *, long: bool
) -> None:
    """As with hooks alone; what failed in another way rests for minutes."""
    at = home(tmp_path)
    first(at, prompt=PLAIN)
    failed = {"turn_id": "t1", "agent_id": "a1", "model": "claude-haiku-5-5", "over": OPUS}
    at.ask("ModFailed", **failed, status=status)
    assert "model" not in first(at, agent="a2", prompt=PLAIN)
    now_ms = time.time_ns() // 1_000_000
    with closing(at.ledger()) as db:
        assert failures.rests(db, "haiku", now_ms)
        assert failures.rests(db, "haiku", now_ms + 6 * failures.REST_MS) is long
