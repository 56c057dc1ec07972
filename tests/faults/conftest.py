"""Fixtures of the fault tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.box import Box


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """A session with two calls in its past, the ledger up to date with them.

    Whatever a test does to it, the books add up at its end, unless it says `damaged`.
    """
    made = Box(tmp_path)
    made.call_api(2)
    assert made.hook("post_tool_batch") is None
    assert made.exact()
    yield made
    if made.ledger.is_file() and not made.damaged:
        made.total()
