"""What a test runs with in which suite."""

from __future__ import annotations

from typing import Any

import pytest


def in_long(*values: object) -> Any:
    """Values for `make test-long` alone: others of their kind stand for them in `make test`."""
    return pytest.param(*values, marks=pytest.mark.long)
