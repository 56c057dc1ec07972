"""What an alias stands for, and whether it may run."""

from __future__ import annotations

import pytest

from cheaproute.routing import resolve

IDS = {"haiku": "claude-haiku-5-5"}


def test_the_clients_variable_wins() -> None:
    """Without it, the config's id."""
    assert resolve.model("haiku", {}, IDS) == "claude-haiku-5-5"
    env = {"ANTHROPIC_DEFAULT_HAIKU_MODEL": " claude-opus-5-5 "}
    assert resolve.model("haiku", env, IDS) == "claude-opus-5-5"


@pytest.mark.parametrize(
    ("lists", "expected"),
    [
        ([], True),
        ([["sonnet", "opus"]], False),
        ([["haiku", "opus"]], True),
        ([["claude-haiku-5-5"]], True),
        ([["claude-haiku"]], True),
        ([["claude-haiku-4-5"]], False),
        ([["opus", "haiku"], ["opus"]], False),
        ([[]], False),
        (["haiku", None, 5], True),
        ([["", "default"]], False),
    ],
)
def test_every_list_has_to_allow_it(lists: list[object], expected: bool) -> None:
    """What a list leaves out the client swaps for another model without a word."""
    assert resolve.is_available("haiku", "claude-haiku-5-5", lists) is expected
