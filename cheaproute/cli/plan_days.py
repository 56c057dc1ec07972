"""The days that `plan` looks at, from the words of its options."""

from __future__ import annotations

import argparse

from cheaproute import days
from cheaproute.cli.context import Context
from cheaproute.config import reader
from cheaproute.errors import UsageError
from cheaproute.plan import look
from cheaproute.report import date_range


def add_arguments(parser: argparse.ArgumentParser, unset: object) -> None:
    """Declare them; `unset` is what stands for each that is not given."""
    parser.add_argument(
        "--days", type=int, metavar="N", default=unset, help="look back so far (plan.days)"
    )
    parser.add_argument("--since", metavar="DAY", default=unset, help="2026-11-22, today or 7d")
    parser.add_argument("--until", default=unset, help=argparse.SUPPRESS)  # `plan 2026-02`
    flag = {} if unset is None else {"default": unset}
    parser.add_argument("--json", action="store_true", help="as JSON", **flag)  # type: ignore[arg-type]


def asked(args: argparse.Namespace, context: Context) -> look.Span:
    """The days that the words of `add_arguments` ask for.

    Raises:
        UsageError: they are no days.
    """
    db, now_ms = context.ledger(), context.now_ms()
    if args.since:
        if args.days:
            raise UsageError("give either --days or --since")
        today = days.day_of(now_ms)
        reach = date_range.parse([f"{args.since}..{args.until or ''}"], today)
        of = look.Span(reach.first, min(reach.past, today + 1))
    else:
        many = _usual(context) if args.days is None else args.days
        if not 1 <= many <= look.MOST_DAYS:
            raise UsageError(f"--days {many}: from 1 to {look.MOST_DAYS}")
        of = look.span(db, many, now_ms)
    if not 0 < of.past - of.first <= 10 * look.MOST_DAYS:
        raise UsageError(f"--since {args.since}: a day that has been")
    return of


def _usual(context: Context) -> int:
    return reader.whole(context.settings, "plan.days") or 30
