"""`cheaproute costs`: what was spent, as one screen, a table, JSON or CSV."""

from __future__ import annotations

import argparse
import contextlib
import os

from cheaproute import days
from cheaproute.cli import arguments, misses
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import UsageError
from cheaproute.ledger.query import sessions, totals
from cheaproute.machines import union
from cheaproute.report import as_json, costs, dates, figures
from cheaproute.report.terminal import command, draw, labels, screen, views

BY = (*totals.KEYS, "agent", "session")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="VIEW|SPAN",
        help=f"a view: {', '.join(command.VIEWS)}; a span: "
        "today, yesterday, week, month, year, all, 2026-02, 7d, since 2026-02-01; or both",
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="everything as JSON; days are UTC")
    form.add_argument(
        "--csv", action="store_true", help="one breakdown as CSV (default: by day); days are UTC"
    )
    parser.add_argument("--by", choices=BY, help="break down by this")
    arguments.add_span(parser, words=False)
    arguments.add_project(parser)
    parser.add_argument("--explain", action="store_true", help="how each figure is computed")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the report that was asked for."""
    if args.explain:
        return _explain(context)
    programs = args.json or args.csv
    asked = command.parse(args.words, days.day_of(context.now_ms()))
    args.span = asked.span
    if asked.view in ("models", "projects", "sessions") and (programs or args.by):
        args.by, asked.view = args.by or asked.view.rstrip("s"), ""
    # Misses are looked for by UTC days.
    reach, zone = arguments.span(args, context, utc=programs or asked.view == "misses")
    if asked.view == "misses" and args.json:
        context.out.json(misses.as_json(context, reach, arguments.project(args, context)))
        return 0
    if asked.view == "project":
        args.project = args.project or asked.name or os.curdir
        asked.view = ""
    if asked.view in ("why", "session", "misses") and (programs or args.by):
        raise UsageError(f"`costs {asked.view}` is a screen: without --json, --csv and --by")
    report = costs.build(
        context.ledger(),
        context.now_ms(),
        reach,
        zone=zone,
        project=arguments.project(args, context),
        plan=context.plan,
    )
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
        context.out.text(_screen(asked, context, report))
        if not asked.view:
            _machines(context, report)
    return 0


def _machines(context: Context, report: costs.Report) -> None:
    """What the user's other machines spent in these days, where they are synced (UTC days)."""
    data = paths.data_dir(context.env)
    if report.project or not os.path.exists(os.path.join(data, union.FILE)):
        return
    with contextlib.closing(union.connect(data)) as db:
        found = union.by_machine(db, report.first, report.past)
    if not found:
        return
    rows = [("this one", figures.amount(report.total), f"{report.total.calls:,}", "now")]
    rows += [
        (
            one.title or one.machine,
            figures.marked(one.cost_nano, one.unknown_price_calls),
            f"{one.calls:,}",
            dates.ago(one.as_of_ms, context.now_ms()),
        )
        for one in found
    ]
    total = report.total.cost_nano + sum(one.cost_nano for one in found)
    unknown = report.total.unpriced + sum(one.unknown_price_calls for one in found)
    rows.append(("All machines", figures.marked(total, unknown), "", ""))
    context.out.line()
    context.out.table(("By machine", ">Cost", ">Calls", "As of"), rows)


def _screen(asked: command.Wanted, context: Context, report: costs.Report) -> str:
    """One of the screens of `/costs`."""
    return command.shown(
        asked,
        report,
        context.ledger(),
        context.out.look,
        home=paths.home(context.env),
        named=command.titled(context.settings),
        prices=context.prices,
    )


def _rows(context: Context, report: costs.Report, key: str) -> costs.Rows:
    span = (report.first, report.past)
    if key == "agent":
        return totals.by_agent(context.ledger(), *report.reach_ms, project=report.project)
    return totals.by(context.ledger(), key, *span, project=report.project, table=report.table)


def _table(context: Context, report: costs.Report, key: str) -> None:
    home, whole = paths.home(context.env), report.total.cost_nano
    rows = [row for row in _rows(context, report, key) if screen.used(row[1])]
    short = labels.models([name for name, _ in rows]) if key == "model" else {}

    def name(value: str) -> str:
        if key == "project":
            return draw.path(value, home) or "(unknown)"
        if key == "agent":
            return value or "(no subagent)"
        return figures.SOURCES.get(value, value) if key == "source" else short.get(value, value)

    table = [(name(value), *figures.cells(sums, whole)) for value, sums in rows]
    table.append(("Total", *figures.cells(report.total, whole)))
    heads = (f"By {key}", *(f">{column}" for column in figures.COLUMNS))
    context.out.table(heads, table, title="\n".join(screen.title(report, context.out.look)))


def _sessions(args: argparse.Namespace, context: Context, report: costs.Report) -> None:
    if not (args.json or args.csv):
        named = command.titled(context.settings)
        home = paths.home(context.env)
        context.out.text(
            views.listed(report, context.ledger(), context.out.look, home=home, named=named)
        )
        return
    fields = ("session", "project", "last_day", "model", *as_json.FIELDS)
    found = sessions.between(context.ledger(), *report.reach_ms, project=report.project)
    rows = [
        (
            *(one.uuid, one.project, days.iso(days.day_of(one.last_ms)), one.model),
            *as_json.fields(one.sums).values(),
        )
        for one in found
    ]
    if args.json:
        by = [dict(zip(fields, row, strict=True)) for row in rows]
        context.out.json({**as_json.render(report), "by_session": by})
    else:
        context.out.csv(fields, rows)


def _explain(context: Context) -> int:
    for name, meaning in figures.FIGURES.items():
        context.out.line(name)
        for line in draw.fill(meaning, 74):
            context.out.line(f"    {line}")
    return 0
