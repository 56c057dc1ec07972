"""A cap that is set lower while a session is open: its next prompt is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.api import Api, Reply
from tests.e2e.client import NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine

pytestmark = [pytest.mark.usefixtures("tmux"), pytest.mark.long]

# $0.20 on Opus 5.5.
DEAR = {"input_tokens": 50_000, "output_tokens": 0}


@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("before", ["100", ""])
def test_a_lower_cap_stops_the_next_prompt(
    machine: Machine, api: Api, tmp_path: Path, before: str
) -> None:
    """Whatever leave the module has in hand, from a higher cap or from none."""
    api.script = lambda _request: Reply("Seen.", usage=DEAR)
    if before:
        assert machine.cheaproute("cap", "set", before).returncode == 0
    plugin = copy(str(tmp_path / "plugin"))
    with machine.begun(plugin) as tui:
        tui.type("first thing")
        tui.wait("Seen.")
        tui.wait("today $0.2")
        tui.settle()
        tui.type("second thing")
        tui.wait(lambda shown: shown.count("Seen.") == 2)
        tui.wait("today $0.4")
        calls = len(api.calls)
        said = machine.cheaproute("cap", "set", "0.3")
        assert "reached already" in said.stdout
        tui.type("third thing")
        tui.wait("cap reached: ")
        assert not [one for one in api.calls[calls:] if "third thing" in one.text]
