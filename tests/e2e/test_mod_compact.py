"""A compaction about to happen whose brain fails amid it: the context stays, in the real client."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.api import Api, Reply, Request
from tests.e2e.client import NEWEST
from tests.e2e.hands import Stand
from tests.e2e.session import Machine
from tests.e2e.test_mod_pauses import FIRST, LONG, begin, main_requests
from tests.marks import in_long

pytestmark = pytest.mark.parametrize("version", [NEWEST])


def dies(question: dict[str, Any]) -> Any:
    """A brain that is gone when it is asked about the compaction."""
    if question["hook_event_name"] == "ModCompact":
        return None
    return {"enabled": True, "booked": True, "closed": False, "asks": "", "compact": 900_000}


def dies_later(question: dict[str, Any]) -> Any:
    """One that has a hand-over written, and is gone when it comes."""
    if question["hook_event_name"] == "ModCompact":
        write = {"model": "haiku", "prompt": "Sum up", "max_tokens": 100, "timeout_ms": 5000}
        return {"write": write} if question["stage"] == "first" else None
    return {"enabled": True, "booked": True, "closed": False, "asks": "", "compact": 900_000}


def breaks(question: dict[str, Any]) -> Any:
    """One whose answer the module cannot use: the hook itself throws."""
    if question["hook_event_name"] == "ModCompact":
        return {"handover": "A word.", "line": 5}
    return {"enabled": True, "booked": True, "closed": False, "asks": "", "compact": 900_000}


def hangs(question: dict[str, Any]) -> Any:
    """One that never answers: the client ends the hook."""
    import time

    if question["hook_event_name"] == "ModCompact":
        time.sleep(60)
    return {"enabled": True, "booked": True, "closed": False, "asks": "", "compact": 900_000}


def full(question: dict[str, Any]) -> Any:
    """One that is gone where the context has no room to grow: the client's own way is left."""
    if question["hook_event_name"] == "ModCompact":
        return None
    return {"enabled": True, "booked": True, "closed": False, "asks": "", "compact": 150_000}


def no_plan(question: dict[str, Any]) -> Any:
    """One that is gone, and whose user plans nothing: the client's own way is left."""
    if question["hook_event_name"] == "ModCompact":
        return None
    return {"enabled": True, "booked": True, "closed": False, "asks": "", "compact": 0}


@pytest.mark.parametrize(
    "brain",
    [dies, *(in_long(brain) for brain in (dies_later, breaks, hangs, full, no_plan))],
)
def test_a_brain_that_fails_amid_it(
    machine: Machine,
    api: Api,
    tmp_path: Path,
    brain: Callable[[dict[str, Any]], Any],
) -> None:
    """Past the client's own window: it would sum up, and what it leaves out is lost."""

    def answers(request: Request) -> Reply:
        if "<summary>" in request.text:
            return Reply("<summary>A word, and a retry.</summary>", usage=LONG, delay_s=0.3)
        return Reply("Done. " + "word " * 400, usage=LONG, delay_s=0.3)

    compacted = brain in (full, no_plan)
    api.script = answers
    stand = Stand(str(tmp_path / "stand"), brain)
    session = begin(machine, stand.place)
    machine.run("more", "--resume", session, plugin=False, model="opus")
    machine.write(".claude/settings.json", json.dumps({"autoCompactWindow": 100_000}))
    api.requests.clear()
    options = ("--plugin-dir", stand.place, "--resume", session)
    done = machine.run("And now?", *options, plugin=False, model="opus")
    assert done.text.startswith("Done."), done
    assert any("<summary>" in one.text for one in main_requests(api)) is compacted
    last = main_requests(api)[-1]
    assert (FIRST in last.text) is not compacted
    assert "And now?" in last.text
