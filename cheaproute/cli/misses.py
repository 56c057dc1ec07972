"""`cheaproute costs misses`: the calls that wrote again what had been cached, and why."""

from __future__ import annotations

import argparse

from cheaproute import days, money
from cheaproute.cli import arguments
from cheaproute.cli.context import Context
from cheaproute.errors import UsageError
from cheaproute.ledger.query import misses
from cheaproute.report.figures import plural
from cheaproute.report.terminal import command

_WHY = {
    "compaction": "the context was compacted",
    "model": "another model answered",
    "mode": "another speed or place",
    "idle": "the cache had run out",
    "changed": "a part of the prefix changed (instructions, tools, effort)",
    "unknown": "no row tells",
}
_SESSIONS = 10


def wanted(args: argparse.Namespace) -> bool:
    """Whether `costs` was asked for the misses."""
    return bool(args.words) and args.words[0] == "misses"


def run(args: argparse.Namespace, context: Context) -> int:
    """Print them by reason, day and session."""
    if args.csv or args.by:
        raise UsageError("`costs misses` is a screen, or --json")
    asked = command.parse(args.words[1:], days.day_of(context.now_ms()))
    args.span = asked.span
    reach, _ = arguments.span(args, context, utc=True)
    place = arguments.project(args, context)
    found = misses.of(context.ledger(), reach.first, reach.past, context.prices, project=place)
    if args.json:
        context.out.json(_json(found, reach.first, reach.past))
        return 0
    if not found:
        context.out.line("No cache misses in that time.")
        return 0
    tokens = sum(miss.tokens for miss in found)
    nano = sum(miss.cost_nano or 0 for miss in found)
    context.out.line(
        f"{plural(len(found), 'call')} wrote {tokens:,} tokens again that had been cached: "
        f"{money.show(nano)} more than reading them."
    )
    for key, title in (("why", "By reason"), ("day", "By day"), ("session", "By session")):
        context.out.line("")
        context.out.line(title)
        for name, count, lost, cost in misses.sums(found, key)[: _SESSIONS if key != "day" else 62]:
            label = _WHY.get(name, name) if key == "why" else name
            label = days.iso(int(name)) if key == "day" else label
            context.out.line(f"  {money.show(cost):>10}  {lost:>12,} tokens  {count:>5,}  {label}")
    return 0


def _json(found: list[misses.Miss], first: int, past: int) -> dict[str, object]:
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
