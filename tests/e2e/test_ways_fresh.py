"""Some of the ways past a cap that a stranger thought of, in the real client."""

from __future__ import annotations

import pytest

from tests.e2e.session import Machine
from tests.e2e.ways import measure
from tests.e2e.ways_doors_table import DOORS
from tests.e2e.ways_meeting import MEETING
from tests.e2e.ways_odd_table import ODD
from tests.e2e.ways_table import WAYS

BY_NAME = {way.name: way for way in (*WAYS, *ODD, *DOORS, *MEETING)}


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        "shell: triggers",
        "shell: no triggers",
        "Bedrock",
        "hooks in a skill's own text",
        "5 prompt hooks before a tool",
        "module: sends twice",
        "env: a value of 200 kB",
        "env: 2 MB in two files",
        "one session in two clients",
    ],
)
def test_no_request_leaves_past_the_cap(machine: Machine, name: str) -> None:
    """Counted at the API, once those answered before have reached it."""
    assert not measure(BY_NAME[name], machine, machine.api)
