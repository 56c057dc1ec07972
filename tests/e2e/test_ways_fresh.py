"""Some of the ways past a cap that a stranger thought of, in the real client."""

from __future__ import annotations

import pytest

from tests.e2e.session import Machine
from tests.e2e.ways import measure
from tests.e2e.ways_doors_table import DOORS
from tests.e2e.ways_odd_table import ODD

WAYS = {way.name: way for way in (*ODD, *DOORS)}


@pytest.mark.long
@pytest.mark.parametrize("name", ["shell: triggers", "shell: no triggers", "Bedrock"])
def test_no_request_leaves_past_the_cap(machine: Machine, name: str) -> None:
    """Counted at the API, once those answered before have reached it."""
    assert not measure(WAYS[name], machine, machine.api)


@pytest.mark.long
def test_what_another_module_sends_twice_counts_twice(machine: Machine) -> None:
    """Only the second of the two that reached the cap is past it."""
    assert len(measure(WAYS["module: sends twice"], machine, machine.api)) <= 1
