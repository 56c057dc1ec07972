"""The client's own cost of a call beside ours: where they differ, and why. Reads all: cold."""

from __future__ import annotations

from cheaproute import money
from cheaproute.money import plural

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# The client rounds each of its costs to a millionth of a dollar.
_ROUNDING_NANO = 1_000
_LEAST = 0.001

_COMPARED = (
    "SELECT m.name, coalesce(r.name, ''), count(*), sum(c.client_nano), sum(c.cost_nano)"
    " FROM call c JOIN model m ON m.id = c.model LEFT JOIN model r ON r.id = c.requested"
    " WHERE c.client_nano IS NOT NULL AND c.cost_nano IS NOT NULL AND c.estimated = 0"
    " GROUP BY 1, 2 ORDER BY 1, 2"
)


def differing(db: sqlite3.Connection) -> list[str]:
    """A line for each model whose calls the client prices otherwise, by more than a thousandth."""
    lines = []
    for model, requested, count, theirs, ours in db.execute(_COMPARED):
        if abs(theirs - ours) <= count * _ROUNDING_NANO + _LEAST * max(theirs, ours):
            continue
        why = (
            f"it asked for {requested}, and a gateway answered with {model}"
            if requested
            else "its prices are older, or your organization's"
        )
        lines.append(
            f"{plural(count, 'call')} of {model}: the client says {money.show(theirs)}, the list "
            f"{money.show(ours)}: {why}"
        )
    return lines
