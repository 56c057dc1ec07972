"""A team's lease as a gate reads it: by the clock that nobody sets, for one month."""

from __future__ import annotations

from pathlib import Path

import pytest

from cheaproute.cap.shared import lease
from cheaproute.cap.shared.lease import Lease, Part


def made(hold_ms: int = 60_000) -> Lease:
    """A lease of two parts."""
    return Lease(
        {"": Part(5, 1), "shop": Part(2, 1)}, month="2026-11", taken_ms=1000, hold_ms=hold_ms
    )


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Parts, month and policy."""
    lease.write(str(tmp_path), made())
    found = lease.read(str(tmp_path))
    assert found is not None
    assert (found.part("shop").nano, found.part("x").nano, found.month) == (2, 5, "2026-11")


@pytest.mark.parametrize(
    ("clock_ms", "month", "live"),
    [
        (1000, "2026-11", True),
        (60_999, "2026-11", True),
        (61_000, "2026-11", False),
        (999, "2026-11", False),  # the machine was started anew
        (1000, "2026-12", False),
    ],
)
def test_when_it_holds(clock_ms: int, month: str, *, live: bool) -> None:
    """Not past its time, not after a new start, not in another month."""
    assert made().live(month, clock_ms) is live


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"parts": {"": [1]}}'])
def test_junk_is_no_lease(tmp_path: Path, content: str) -> None:
    """A torn file is as none."""
    (tmp_path / lease.FILE).write_text(content)
    assert lease.read(str(tmp_path)) is None
