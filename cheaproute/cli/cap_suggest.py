"""`cheaproute cap suggest`: a cap from what was spent, and what such a cap stops."""

from __future__ import annotations

from cheaproute import money
from cheaproute.cli.context import Context
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.query import coverage
from cheaproute.report.terminal import caps, draw


def show(context: Context, *, apply: bool) -> int:
    """Print the suggestion and, unless it is applied, how to set it; its nano-dollars.

    Raises:
        CheaprouteError: the history is not read yet, empty, or too short.
    """
    now_ms = context.now_ms()
    read = coverage.progress(context.ledger(), now_ms, now_ms)
    if read is not None:
        raise CheaprouteError(
            f"your history is being read ({read} %): ask again when it is, in a minute or two"
        )
    found = caps.suggest(context.ledger(), now_ms)
    if found is None:
        raise CheaprouteError(
            "nothing was spent in the last 30 days that the ledger knows of: "
            "`cheaproute import` reads your history"
        )
    if not found.nano:
        raise CheaprouteError(
            f"{found.arithmetic[0]} is too little to tell a month by: ask again after "
            f"{caps.LEAST_DAYS} days, or choose one yourself (`cheaproute cap set 50`)"
        )
    for line in found.arithmetic:
        context.out.line(context.out.fit(line))
    at_cap = context.at_cap
    does = "It warns of" if at_cap == "warn" else "It stops"
    for said in (f"{does} {found.reach}", money.bound("\n".join(found.arithmetic))):
        for line in draw.fill(context.out.fit(said), min(76, context.out.width)) if said else []:
            context.out.line(line)
    if not apply:
        month, day = money.typed(found.nano), money.typed(found.day_nano)
        context.out.line(f"\nTo set it: cheaproute cap set {month}")
        context.out.line(f"and a day's: cheaproute cap set --day {day}")
    return found.nano
