from __future__ import annotations

from types import SimpleNamespace

from cheaproute.money import NANO
from cheaproute.plan import details


def test_a_session_that_would_have_been_dearer_is_said_to_be() -> None:
    """In the column of what a step saves."""
    cases = [SimpleNamespace(session=1, day=20_000, what="search", nano=n * NANO) for n in (1, -2)]
    rows = details.cases(SimpleNamespace(cases=cases), {1: "a" * 36}, {})  # type: ignore[arg-type]
    assert [row[3] for row in rows] == ["$1.00", "$2.00 dearer"]
