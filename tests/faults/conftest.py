"""Fixtures of the fault tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.box import Box


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """A session with two calls in its past, the ledger up to date with them."""
    made = Box(tmp_path)
    made.call_api(2)
    assert made.hook("post_tool_batch") is None
    assert made.exact()
    return made
