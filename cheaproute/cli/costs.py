"""`cheaproute costs`: what was spent, as one screen, a table, JSON or CSV."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Sequence

from cheaproute import days
from cheaproute.cli import arguments, machines, misses, one_session, unread
from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import UsageError
from cheaproute.ledger.query import sessions, totals
from cheaproute.machines import everywhere
from cheaproute.report import as_json, costs, date_range, dates, figures, notes
from cheaproute.report.terminal import command, draw, labels, phrase, screen, views

# Views that are a breakdown, for programs, too.
_LISTS = ("models", "projects", "sessions", "agents", "sources", *phrase.TIMES)
BY = (*totals.KEYS, "agent", "session", "machine", "person")
# What has no form for programs, or not every one, and where there is one.
_SCREENS = {
    "why": " (`cheaproute why --json` has the decisions)",
    "session": " (`costs session ID --json` has it, `costs --by session --csv` all of them)",
    "misses": " (`costs misses --json` has them)",
}
# Views that know this machine's calls alone.
_OWN = ("project", "sessions", "session", "agents", "misses", "why")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "words",
        nargs="*",
        metavar="VIEW|SPAN",
        help=f"a view: {', '.join(phrase.VIEWS)}; a span: "
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
    arguments.add_machines(parser)
    parser.add_argument("--explain", action="store_true", help="how each figure is computed")


def as_options(words: Sequence[str]) -> list[str]:
    """`costs week csv` as `costs week --csv`, and `costs --week` as `costs week`."""
    spans = {f"--{word}": word for word in date_range.WORDS if word != "month"}  # has a value
    forms = {"json": "--json", "csv": "--csv"}
    words = arguments.without_format(words, forms)  # as `export` has it
    return arguments.forms(words, forms | spans)


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the report that was asked for."""
    if args.explain:
        return _explain(context)
    programs = args.json or args.csv
    asked = _asked(args.words, context)
    unread.read(context)
    args.span = asked.span
    args.project = args.project or asked.project
    if asked.view in _LISTS and (programs or args.by):
        by = asked.view.rstrip("s")
        if args.by not in (None, by):
            raise UsageError(f"`--by {args.by}` and `{asked.view}` exclude each other: say one")
        args.by, asked.view = by, ""
    if f"{args.by}s" in phrase.WHOLE and not (args.json or arguments.span_form(args)):
        args.span = ["all"]
    args.all_machines |= args.by == "machine"
    if args.all_machines and (asked.view in _OWN or args.by in ("agent", "session", "person")):
        word = asked.view or f"--by {args.by}"
        raise UsageError(f"`{word}` is about this machine's calls: without --all-machines")
    # Misses, other machines and the team's server go by UTC days.
    utc = programs or args.all_machines or asked.view == "misses" or args.by == "person"
    reach, zone = arguments.span(args, context, utc=utc)
    if asked.view == "misses" and args.json:
        _say_dropped(context, reach)
        context.out.json(misses.as_json(context, reach, arguments.project(args, context)))
        return 0
    if asked.view == "project":
        args.project, asked.view = args.project or os.curdir, ""
    if asked.view == "session" and args.json and not args.by:
        context.out.json(one_session.whole(context, asked.session))
        return 0
    if asked.view in _SCREENS and (programs or args.by):
        raise UsageError(
            f"`costs {asked.view}` is a screen: without {'--csv' if args.csv else '--json'} and"
            f" --by{_SCREENS[asked.view]}"
        )
    project = arguments.project(args, context)
    report = machines.report(args, context, reach, zone, project)
    if args.by in ("agent", "session") and (programs or args.by == "agent"):
        _say_dropped(context, reach)
    if args.by == "session":
        _sessions(args, context, report)
    elif args.json:
        whole = _everything(context, report)
        if args.by and f"by_{args.by}" not in whole:
            listed = _rows(context, report, args.by)
            whole[f"by_{args.by}"] = machines.as_rows(report, args.by, listed)
        context.out.json(whole)
    elif args.csv:
        key = args.by or "day"
        table = machines.as_rows(report, key, _rows(context, report, key))
        heads = (key, *as_json.FIELDS, *(["as_of"] if key == "machine" else []))
        context.out.csv(heads, (list(row.values()) for row in table))
    elif args.by:
        _table(context, report, args.by)
    else:
        _whole(asked, context, report)
    return 0


def _asked(words: list[str], context: Context) -> phrase.Wanted:
    """What `words` ask for; within a session of the client `session` alone is that one."""
    today = days.day_of(context.now_ms())
    try:
        return phrase.parse(words, today, session=context.running)
    except UsageError:
        near = phrase.meant(words, today, context.ledger(), os.curdir)
        if not near:
            raise
        said = " ".join(words)[:40]
        raise UsageError(f"`{said}`: did you mean `{phrase.TERMINAL} {near}`?") from None


def _say_dropped(context: Context, reach: date_range.Range) -> None:
    """Say that a view of single calls begins later than it was asked to."""
    if said := notes.dropped(context.ledger(), reach.first):
        context.say(said)


def _whole(asked: phrase.Wanted, context: Context, report: costs.Report) -> None:
    """A screen; where other machines are known, each of them below the first one (UTC days)."""
    data = paths.data_dir(context.env)
    known = not (asked.view or report.project) and everywhere.known(data)
    if not known:
        context.out.text(_screen(asked, context, report))
        return
    report.notes = [note for note in report.notes if not note.startswith(costs.OTHERS)]
    shown = _screen(asked, context, report)
    context.out.text(shown)
    listed = report.machines or [
        ("this one", report.total, context.now_ms()),
        *everywhere.of_days(context.ledger(), data, report.first, report.past),
    ]
    if len(listed) < 2 and not report.machines:
        return
    rows = [
        (name, figures.amount(sums), f"{sums.calls:,}", dates.ago(as_of_ms, context.now_ms()))
        for name, sums, as_of_ms in listed
    ]
    total = totals.total([(name, sums) for name, sums, _ in listed], apart=True)
    rows.append(("All machines", figures.amount(total), f"{total.calls:,}", ""))
    context.out.line()
    context.out.table(("By machine", ">Cost", ">Calls", "As of"), rows)
    if "≥" not in shown and (said := figures.bound(str(rows))):
        context.out.prose(said)


def _screen(asked: phrase.Wanted, context: Context, report: costs.Report) -> str:
    """One of the screens of `/costs`."""
    with contextlib.suppress(OSError):  # it was removed
        report.here = os.getcwd()
    return command.shown(
        asked,
        report,
        context.ledger(),
        context.out.look,
        home=paths.home(context.env),
        named=command.titled(context.settings),
        prices=context.prices,
        session=context.running,
    )


def _rows(context: Context, report: costs.Report, key: str) -> costs.Rows:
    span = (report.first, report.past)
    if key == "machine":
        return machines.rows(report)
    if key == "person":
        return machines.by_person(context, report)
    if key == "agent":
        return sessions.by_agent(context.ledger(), *report.reach_ms, project=report.project)
    return totals.by(context.ledger(), key, *span, project=report.project, table=report.table)


def _table(context: Context, report: costs.Report, key: str) -> None:
    rows = _rows(context, report, key)
    rows = figures.answered(rows) if key == "model" else rows
    total = totals.total(rows, apart=True) if key == "person" else report.total
    home, whole = paths.home(context.env), total.cost_nano
    short = labels.models([name for name, _ in rows]) if key == "model" else {}

    def name(value: str) -> str:
        if key == "project":
            return draw.path(value, home) or "(unknown)"
        if key == "agent":
            return value or figures.main_loop(report.by_source)
        return figures.SOURCES.get(value, value) if key == "source" else short.get(value, value)

    table = [(name(value), *cells) for value, *cells in figures.breakdown(rows, whole)]
    table.append(("Total", *figures.cells(total, whole)))
    heads = (f"By {key}", *(f">{column}" for column in figures.COLUMNS))
    title = screen.title(report, context.out.look, home)
    context.out.table(heads, table, title="\n".join(title))
    if said := figures.lower(str(table), total, rows, report.more):
        context.out.line()
        context.out.prose(said)


def _sessions(args: argparse.Namespace, context: Context, report: costs.Report) -> None:
    if not (args.json or args.csv):
        named = command.titled(context.settings)
        home = paths.home(context.env)
        context.out.text(
            views.listed(report, context.ledger(), context.out.look, home=home, named=named)
        )
        return
    found = sessions.between(context.ledger(), *report.reach_ms, project=report.project)
    rows = [one_session.row(one) for one in found]
    if args.json:
        by = [dict(zip(one_session.FIELDS, row, strict=True)) for row in rows]
        context.out.json({**_everything(context, report), "by_session": by})
    else:
        context.out.csv(one_session.FIELDS, rows)


def _everything(context: Context, report: costs.Report) -> dict[str, object]:
    """The report as JSON."""
    return as_json.render(report, notes.open_calls(context.ledger(), report, context.prices))


def _explain(context: Context) -> int:
    for name, meaning in figures.FIGURES.items():
        context.out.line(name)
        for line in draw.fill(meaning, min(74, context.out.width - 4)):
            context.out.line(f"    {line}")
    return 0
