"""What a person asks beside the conversation, past the cap: `/btw`, `/recap`, a name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api import Api, Reply
from tests.e2e.client import CLASSIC, FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("tmux")]

ASIDE = ("/btw what is this?", "/recap", "/rename")
# $0.20 on Opus 5.5.
# A little of it is read from the cache: so the next one is thought to be cheap, and leaves.
DEAR = {"input_tokens": 49_990, "cache_read_input_tokens": 200, "output_tokens": 0}


@pytest.mark.parametrize(
    ("version", "most"), [(NEWEST, 0), (FIRST_FETCH, 0), (FIRST_MODULE, 3), (CLASSIC, 3)]
)
def test_no_more_leaves_past_the_cap_than_the_table_says(
    machine: Machine, api: Api, tmp_path: Path, most: int
) -> None:
    """None where each request is held; else one for each that a person types."""
    machine.cheaproute("cap", "set", "0.5")
    api.script = lambda _request: Reply("Said so.", usage=DEAR)
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        for number in range(1, 5):
            tui.type(f"number {number}")
            tui.settle(1.5)
        tui.wait("cap reached")
        before = len(api.calls)
        for typed in ASIDE:
            tui.type(typed)
            tui.settle(2)
            tui.key("Escape")
            tui.settle()
    assert len(api.calls) - before <= most
