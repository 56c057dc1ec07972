"""What "haiku" resolves to, in the real client: not there, mapped by a gateway, not allowed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api import Reply, Request, Tool
from tests.e2e.client import CLASSIC, NEWEST, OLDEST
from tests.e2e.session import Machine
from tests.e2e.test_mod_seats import managed, may_mount
from tests.e2e.test_routing import OPUS, SEARCH, SONNET, dispatch, first_text
from tests.marks import in_long

EVERY = pytest.mark.parametrize(
    "version",
    [*map(in_long, (OLDEST, CLASSIC)), NEWEST],
)
OTHER = "Count the lines of every Markdown file in docs. Return a table of path and number. "
TASKS = {"MARK-ONE.": SEARCH, "MARK-TWO.": OTHER}


def tools() -> list[Tool]:
    """Two lookups, one after the other."""
    # An explorer of old clients runs on Haiku by itself.
    kind = "general-purpose"
    return [dispatch(mark, task, subagent_type=kind) for mark, task in TASKS.items()]


def ran(machine: Machine, **env: str) -> dict[str, list[str]]:
    """The models that each lookup's requests went to, in their order."""
    machine.api.requests.clear()
    result = machine.run("Do it all", model="opus", plugin=True, **env)
    assert result.text == "All done."
    return {
        mark: [one.model for one in machine.api.calls if mark in first_text(one)] for mark in TASKS
    }


def stays(found: dict[str, list[str]]) -> bool:
    """Whether all ran on the session's family."""
    return all(models and all("opus" in one for one in models) for models in found.values())


def script(machine: Machine, **answers: Reply) -> None:
    """The two lookups; a family named in `answers` gets that answer."""

    def replies(request: Request) -> Reply:
        for family, reply in answers.items():
            if family in request.model:
                return reply
        if any(mark in first_text(request) for mark in TASKS):
            return Reply("a.py:1")
        if request.tool_results < len(TASKS):
            # What an agent's end leaves behind is noted beside the session: no API answers at once.
            return Reply("", tools=[tools()[request.tool_results]], delay_s=1)
        return Reply("All done.")

    machine.api.script = replies


@EVERY
@pytest.mark.parametrize("status", [in_long(403), in_long(404)])
def test_an_account_without_haiku_costs_one_failure(machine: Machine, status: int) -> None:
    """The second lookup, and the next session's, run on the session's model; people are told."""
    script(machine, haiku=Reply(status=status))
    first = ran(machine)
    tried = [mark for mark, models in first.items() if any("haiku" in one for one in models)]
    # In old clients the session's model is known late: the first one stays.
    assert len(tried) == 1, first
    later = ran(machine)
    assert stays(later), later
    report = machine.costs()
    assert report["saved_usd"] == 0
    assert "haiku failed lately" in machine.person("doctor")
    assert "Haiku failed lately" in machine.person("costs")


@pytest.mark.parametrize("version", [NEWEST])
def test_what_the_gateway_maps_dearer_is_not_routed(machine: Machine) -> None:
    """Haiku stands for Opus's price, or for a model without one: the lookups stay."""
    script(machine)
    for mapped in (OPUS, "gateway-small-1"):
        found = ran(machine, ANTHROPIC_DEFAULT_HAIKU_MODEL=mapped)
        assert stays(found), (mapped, found)
    report = machine.costs()
    assert (report["routed"], report["saved_usd"]) == (0, 0)


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
def test_what_the_gateway_maps_cheaper_is(machine: Machine) -> None:
    """Haiku stands for Sonnet in a session on Opus: it runs there, and that is what is saved."""
    script(machine)
    found = ran(machine, ANTHROPIC_DEFAULT_HAIKU_MODEL=SONNET)
    assert set(found["MARK-TWO."]) == {SONNET}
    assert machine.costs()["saved_usd"] > 0


@pytest.mark.parametrize("version", [NEWEST])
def test_what_answers_as_another_model_saves_nothing(machine: Machine) -> None:
    """A gateway takes the request for Haiku and has Opus answer: no dollar is claimed."""
    script(machine, haiku=Reply("a.py:1", model=OPUS))
    ran(machine)
    report = machine.costs()
    assert (report["routed"], report["saved_usd"]) == (0, 0)


@pytest.mark.parametrize("version", [NEWEST])
def test_a_list_of_models_without_haiku(machine: Machine) -> None:
    """`availableModels` leaves it out: the client would swap it, so the lookups stay."""
    machine.write(".claude/settings.json", json.dumps({"availableModels": ["opus", "sonnet"]}))
    script(machine)
    found = ran(machine)
    assert stays(found), found
    assert machine.costs()["routed"] == 0


@EVERY
@pytest.mark.parametrize("allowed", [["opus", "sonnet"], in_long([]), in_long([OPUS])])
def test_an_organization_s_list_without_haiku(
    machine: Machine, tmp_path: Path, allowed: list[str]
) -> None:
    """Managed settings leave it out, whatever the user's own list adds: the lookups stay."""
    if not may_mount(tmp_path):
        pytest.skip("no mounts here")
    machine.write(".claude/settings.json", json.dumps({"availableModels": ["haiku"]}))
    managed(machine, tmp_path / "managed", {"availableModels": allowed})
    script(machine)
    found = ran(machine)
    assert not [one for models in found.values() for one in models if "haiku" in one], found
    assert machine.costs()["routed"] == 0
