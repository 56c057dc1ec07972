"""`cheaproute export`: what the ledger holds, for other programs. No prompt text is in it."""

from __future__ import annotations

import argparse
import csv
import io
import json
import time
from collections.abc import Iterator, Sequence

from cheaproute import days, escape
from cheaproute.cli import arguments, journal, output
from cheaproute.cli.context import Context
from cheaproute.ledger.ingest import tracked
from cheaproute.ledger.query import totals
from cheaproute.ledger.schema import SOURCES
from cheaproute.money import given_up, plain, plural
from cheaproute.report import notes
from cheaproute.report.zone import UTC

FIELDS = (
    "id",
    "time",
    "source",
    "model",
    "requested_model",
    "session",
    "project",
    "agent",
    "agent_type",
    "input_tokens",
    "output_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "web_searches",
    "mode",
    "cost_usd",
    "saved_usd",
    "cost_nano_usd",
    "saved_nano_usd",
    "final",
)
ENDINGS = {"api_costs": "json", "json": "jsonl", "hledger": "journal"}
FORMATS = ("json", "csv", "api_costs", *journal.FORMATS)
_NEVER = 1 << 24
_MODE, _COST = FIELDS.index("mode"), FIELDS.index("cost_usd")
_CALLS = (
    "SELECT call.id, ts_ms, source, model.name, coalesce(asked.name, ''), coalesce(uuid, ''), "
    "coalesce(project.path, ''), call.agent, coalesce(agent_type, ''), input, output, write_5m, "
    "write_1h, read, web_search, mode, cost_nano, saved_nano, final FROM call "
    "JOIN model ON model.id = call.model LEFT JOIN model AS asked ON asked.id = requested "
    "LEFT JOIN session ON session.id = call.session LEFT JOIN file ON file.id = call.file "
    "LEFT JOIN project ON project.id = call.project "
    "WHERE ts_ms >= ? AND ts_ms < ?{within} ORDER BY ts_ms, call.id"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    arguments.add_span(parser)
    arguments.add_project(parser)
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="json: one object a line (default); csv; hledger, beancount: a journal of each day "
        "by model; api_costs: the file of track_api_cost",
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there")


def as_options(words: Sequence[str]) -> list[str]:
    """`export csv` and `export --csv` as `export --format csv`."""
    said = {f"{dash}{name}": f"--format={name}" for name in FORMATS for dash in ("", "--")}
    return arguments.forms(words, said)


def run(args: argparse.Namespace, context: Context) -> int:
    """Write the calls out: all of them, unless a span is named; days are UTC.

    Onto a terminal only what it would be, unless `-o -` is said.
    """
    args.format = args.format or _by_ending(args.output or "")
    if not args.output and context.out.stream.isatty():
        return _told(args, context)
    text = io.StringIO() if args.output and args.output != "-" else None
    stream = text or context.out.stream
    for piece in _pieces(args, context):
        stream.write(piece)
    if text is not None:
        output.put(args.output, text.getvalue())
        context.say(f"written to {args.output}")
    return 0


def _by_ending(path: str) -> str:
    """The form that a file's name asks for: `calls.csv` is CSV."""
    ending = path.rpartition(".")[2].lower()
    told = ("csv", *journal.FORMATS)
    return next((name for name in told if ENDINGS.get(name, name) == ending), "json")


def _told(args: argparse.Namespace, context: Context) -> int:
    """What would be written, and how to write it."""
    lines = sum(piece.count("\n") for piece in _pieces(args, context))
    name = f"calls.{ENDINGS.get(args.format, args.format)}"
    context.out.line(
        f"{plural(lines, 'line')} ({args.format}; days are UTC). Nothing is written yet:"
    )
    context.out.line(f"  -o {name}  writes them to a file")
    context.out.line(
        f"  -o -{' ' * (len(name) - 1)}  pours them onto this screen; a pipe gets them anyway"
    )
    return 0


def _pieces(args: argparse.Namespace, context: Context) -> Iterator[str]:
    db = context.ledger()
    if args.until and args.since is None:
        args.since = ""  # from the first call on
    said = arguments.span_form(args)
    reach = arguments.span(args, context, utc=True)[0] if said else None
    first, past = (reach.first, reach.past) if reach else (0, _NEVER)
    project = arguments.project(args, context)
    dropped = notes.dropped(db, first) if args.format not in journal.FORMATS else ""
    growing = notes.reading(db, max(first, 0) * days.DAY_MS, context.now_ms())
    lacks = totals.Sums()
    totals.mark(db, {(): lacks}, (), (first, past), project)
    gone = given_up(*lacks.given_up)
    for line in filter(None, (dropped, growing, gone)):
        context.say(line)
    if not reach and (since := totals.first_day(db)) is not None:
        last = totals.last_day(db) or since
        whole = f"all there is, {days.iso(since)} to {days.iso(last)} (UTC)"
        context.say(f"{whole}: `cheaproute export 30d` would be the last 30 days")
    if args.format == "api_costs":
        some = totals.projects_under(db, project) if project else None
        entries = tracked.entries(db, first * days.DAY_MS, past * days.DAY_MS, some)
        if not entries:
            context.say(
                "no call was tracked by `track_api_cost` then, and only those are in this file:"
                " `--format json` has every call"
            )
        yield escape.json(json.dumps(entries, indent=2, ensure_ascii=False)) + "\n"
        return
    if args.format in journal.FORMATS:
        rows = totals.cross(db, ("day", "model"), first, past, project=project)
        yield from journal.render(args.format, rows, plan=context.subscription)
        return
    within, values = "", [UTC.start_ms(first), past * days.DAY_MS]
    if project:
        ids = totals.projects_under(db, project)
        within, values = f" AND call.project IN ({','.join('?' * len(ids))})", [*values, *ids]
    rows_ = (_row(*row) for row in db.execute(_CALLS.format(within=within), values))
    if args.format == "csv":
        yield _csv(FIELDS)
        yield from map(_csv, rows_)
    else:
        for row in rows_:
            fields = dict(zip(FIELDS, row, strict=True))
            for name in ("cost_usd", "saved_usd"):
                fields[name] = None if fields[name] == "" else float(str(fields[name]))
            fields["final"] = bool(fields["final"])
            yield escape.json(json.dumps(fields, ensure_ascii=False)) + "\n"


def _row(identity: str, ts_ms: int, source: int, *rest: object) -> tuple[object, ...]:
    seconds, thousandths = divmod(ts_ms, 1000)
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{thousandths:03}Z"
    before = (identity, at, SOURCES[source], *rest)
    # What follows the passes (the effort) is no part of the price.
    mode = ",".join(str(before[_MODE]).split(",")[:4]).rstrip(",")
    nanos = before[_COST : _COST + 2]
    return (*before[:_MODE], mode, *map(_dollars, nanos), *before[_COST:])


def _dollars(nano: object) -> str:
    """The exact dollars; nothing where the price is not known."""
    if not isinstance(nano, int):
        return ""
    return f"-{plain(-nano)}" if nano < 0 else plain(nano)


def _csv(row: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(map(escape.cell, row))
    return line.getvalue()
