"""`cheaproute costs`: what was spent, as one screen, a table, JSON or CSV."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable

from cheaproute import days
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import UsageError
from cheaproute.ledger.query import totals
from cheaproute.report import as_json, costs, dates, figures
from cheaproute.report.terminal import command

BY = (*totals.KEYS, "agent", "session")
_SESSIONS = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "view",
        nargs="?",
        default="",
        choices=("", *command.VIEWS),
        metavar="VIEW",
        help="one of " + ", ".join(command.VIEWS) + ", as of /costs",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything as JSON")
    form.add_argument("--csv", action="store_true", help="one breakdown as CSV (default: by day)")
    parser.add_argument("--by", choices=BY, help="break down by this")
    add_span(parser)
    parser.add_argument("--explain", action="store_true", help="how each figure is computed")


def add_span(parser: argparse.ArgumentParser) -> None:
    """Declare the words that narrow a report."""
    parser.add_argument("--month", metavar="YYYY-MM", default="", help="default: the running one")
    parser.add_argument("--since", metavar="DAY", help="2026-11-22, today, yesterday or 7d")
    parser.add_argument("--until", metavar="DAY", help="the last day, included")
    parser.add_argument("--project", metavar="DIR", help="only this directory and below")


def build(args: argparse.Namespace, context: Context) -> costs.Report:
    """The report that the words of `add_span` ask for.

    Raises:
        UsageError: they are no month, no days, or contradict each other.
    """
    return costs.build(
        context.ledger(),
        context.now_ms(),
        month=args.month,
        days=_days(args, context.now_ms()),
        project=os.path.abspath(args.project) if args.project else "",
        plan=context.plan,
    )


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the report that was asked for."""
    if args.explain:
        return _explain(context)
    if args.view:
        return _view(args, context)
    report = build(args, context)
    if args.by == "session":
        _sessions(args, context, report)
    elif args.json:
        whole = as_json.render(report)
        if args.by and f"by_{args.by}" not in whole:
            whole[f"by_{args.by}"] = as_json.rows(args.by, _rows(context, report, args.by))
        context.out.json(whole)
    elif args.csv:
        key = args.by or "day"
        table = as_json.rows(key, _rows(context, report, key))
        context.out.csv((key, *as_json.FIELDS), (list(row.values()) for row in table))
    elif args.by:
        _table(context, report, args.by)
    else:
        from cheaproute.report.terminal import screen

        context.out.line(screen.render(report, home=paths.home(context.env)))
    return 0


def _days(args: argparse.Namespace, now_ms: int) -> tuple[int, int] | None:
    """The span asked for, None for a month."""
    if args.since is None and args.until is None:
        return None
    if args.month:
        raise UsageError("give either --month or --since/--until")
    today = days.day_of(now_ms)
    until = dates.parse(args.until or "today", today)
    since = dates.parse(args.since, today) if args.since else days.span(days.month_of(until))[0]
    if since > until:
        raise UsageError(f"--since {args.since} is after --until {args.until or 'today'}")
    return since, until + 1


def _view(args: argparse.Namespace, context: Context) -> int:
    others = (args.json, args.csv, args.month, args.since, args.until, args.by, args.project)
    if any(others):
        raise UsageError(f"`costs {args.view}` stands alone: use --by, --since and so on without")
    context.out.line(
        command.answer(
            args.view,
            context.ledger(),
            context.now_ms(),
            plan=context.plan,
            cwd=os.getcwd(),
            home=paths.home(context.env),
        )
    )
    return 0


def _rows(context: Context, report: costs.Report, key: str) -> costs.Rows:
    span = (report.first, report.past)
    if key == "agent":
        return totals.by_agent(context.ledger(), *span, project=report.project)
    return totals.by(context.ledger(), key, *span, project=report.project)


def _table(context: Context, report: costs.Report, key: str) -> None:
    home = paths.home(context.env)
    from cheaproute.report.terminal import draw, screen

    def name(value: str) -> str:
        if key == "project":
            return draw.path(value, home) or "(unknown)"
        if key == "agent":
            return value or "(no subagent)"
        return figures.SOURCES[value] if key == "source" else value

    def line(label: str, sums: totals.Sums) -> Iterable[str]:
        return (
            label,
            figures.marked(sums.cost_nano, sums.unpriced, sums.partial),
            figures.share(sums.cost_nano, report.total.cost_nano),
            f"{sums.calls:,}",
            figures.count(sums.prompt),
            figures.share(sums.read, sums.prompt),
            figures.count(sums.output),
            figures.money(sums.saved_nano),
        )

    rows = [list(line(name(value), sums)) for value, sums in _rows(context, report, key)]
    rows.append(list(line("Total", report.total)))
    columns = (f"By {key}", ">Cost", ">Share", ">Calls", ">In", ">Cached", ">Out", ">Saved (net)")
    context.out.table(columns, rows, title=screen.title(report))


def _sessions(args: argparse.Namespace, context: Context, report: costs.Report) -> None:
    if report.project:
        raise UsageError("--by session cannot be narrowed to a --project")
    found = totals.sessions(
        context.ledger(), report.first * days.DAY_MS, report.past * days.DAY_MS, _SESSIONS
    )
    fields = ("session", "project", "last_day", "cost_usd", "unknown_price_calls")
    rows = [
        (uuid, project, days.iso(days.day_of(last)), as_json.usd(nano), unpriced)
        for uuid, project, last, nano, unpriced in found
    ]
    if args.json:
        by = [dict(zip(fields, row, strict=True)) for row in rows]
        context.out.json({**as_json.render(report), "by_session": by})
    elif args.csv:
        context.out.csv(fields, rows)
    else:
        shown = [
            (uuid, days.iso(days.day_of(last)), figures.marked(nano, unpriced, 0), project)
            for uuid, project, last, nano, unpriced in found
        ]
        context.out.table(("By session", "Last day", ">Cost", "Project"), shown)


def _explain(context: Context) -> int:
    import textwrap

    for name, meaning in figures.FIGURES.items():
        context.out.line(name)
        context.out.line(textwrap.indent(textwrap.fill(meaning, 74), "    "))
    return 0
