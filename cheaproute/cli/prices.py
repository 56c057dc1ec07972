"""`cheaproute prices`: the price table, and whether other tables agree with it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Container, Iterator
from typing import Any

from cheaproute.cap.shared import lease
from cheaproute.cli import price_sources
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.usage import prices
from cheaproute.usage.models import canonical

_EARLIER = (
    "A call is priced as of its day: `cheaproute prices --all` has the rates before these, those "
    "for long prompts among them."
)
_COLUMNS = ("model", "from", ">input", ">output", ">write 5m", ">write 1h", ">read", "note")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "--check",
        action="store_true",
        help="compare with genai-prices and litellm where they are installed; "
        "exit 1 where they disagree",
    )
    parser.add_argument("--all", action="store_true", help="with rows that are history")
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the table, or what differs."""
    with open(prices.FILE, encoding="utf-8") as file:
        table = json.load(file)
    if args.check:
        return _check(args, context, table)
    overrides: Any = context.settings["prices"]
    team = lease.prices(paths.data_dir(context.env))
    rows = list(_rows(table, overrides["overrides"], team, history=args.all))
    if args.json:
        context.out.json({**table, "overrides": overrides["overrides"]})
        return 0
    title = f"US dollars per million tokens, checked {table['checked']}"
    context.out.table(_COLUMNS, rows, title=title)
    if not args.all:
        context.out.prose(_EARLIER)
    return 0


def _rows(
    table: dict[str, Any], overrides: dict[str, Any], team: Container[str], *, history: bool
) -> Iterator[list[object]]:
    for name, entry in table["models"].items():
        rows = entry["prices"] if history else entry["prices"][-1:]
        for row in rows:
            yield [name, row["from"] or "-", *_dollars(row["rates"]), ""]
            if "above" in row:
                note = f"prompt above {row['above']:,} tokens"
                yield [name, row["from"] or "-", *_dollars(row["above_rates"]), note]
        if "fast" in entry:
            yield [name, "", *_dollars(entry["fast"]), "fast mode"]
    loaded = prices.load(overrides)
    for name in overrides:
        price = loaded.of(canonical(name))
        if price is not None:
            rates = [rate / 1e9 for rate in price.rows[0].base]
            yield [name, "", *_dollars(rates), "your team's" if name in team else "yours"]


def _dollars(rates: list[float]) -> list[str]:
    return [f"{rate:g}" for rate in rates]


def _check(args: argparse.Namespace, context: Context, table: dict[str, Any]) -> int:
    """Compare the rows in force now, rate by rate."""
    found = price_sources.compare(table, context.now_ms())
    if args.json:
        context.out.json(
            {
                "compared": found.compared,
                "missing": found.missing,
                "differences": [one._asdict() for one in found.differences],
                "accepted": [one._asdict() for one in found.accepted],
            }
        )
    else:
        for name, count in found.compared.items():
            context.out.line(f"{name}: {count} models compared")
        for name in found.missing:
            context.out.line(
                f"{name}: not installed where cheaproute runs; to compare with it: "
                f"{sys.executable} -m pip install {name.split()[0]}"
            )
        for one in found.differences + found.accepted:
            why = f" (accepted: {one.why})" if one.why else ""
            context.out.line(
                f"{one.model}: {one.rate} is {one.ours:g} here, {one.theirs:g} in {one.table}{why}"
            )
        if found.compared and not found.differences:
            context.out.line("All agree." if not found.accepted else "All else agrees.")
    return 1 if found.differences else 0
