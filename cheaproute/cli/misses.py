"""`cheaproute costs misses --json`: the calls that wrote again what had been cached, and why."""

from __future__ import annotations

from cheaproute import days
from cheaproute.cli.context import Context
from cheaproute.ledger.query import misses
from cheaproute.report.date_range import Range


def as_json(context: Context, reach: Range, project: str) -> dict[str, object]:
    """All of them by reason, day, session, model and project; days are UTC."""
    first, past = reach.first, reach.past
    found = misses.of(context.ledger(), first, past, context.prices, project=project)

    def rows(key: str) -> list[dict[str, object]]:
        return [
            {
                key: days.iso(int(name)) if key == "day" else name,
                "misses": count,
                "tokens": tokens,
                "cost_usd": nano / 1e9,
            }
            for name, count, tokens, nano in misses.sums(found, key)
        ]

    return {
        "first": days.iso(first),
        "last": days.iso(past - 1),
        "misses": len(found),
        "tokens": sum(miss.tokens for miss in found),
        "cost_usd": sum(miss.cost_nano or 0 for miss in found) / 1e9,
        **{f"by_{key}": rows(key) for key in ("why", "day", "session", "model", "project")},
    }
