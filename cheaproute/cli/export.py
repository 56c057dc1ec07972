"""`cheaproute export`: what the ledger holds, for other programs. No prompt text is in it."""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterator

from cheaproute.cli.context import Context
from cheaproute.days import DAY_MS, parse_ms
from cheaproute.errors import UsageError
from cheaproute.ledger.ingest import tracked
from cheaproute.ledger.schema import SOURCES

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
    "cost_nano_usd",
    "saved_nano_usd",
    "final",
)
_CALLS = (
    "SELECT call.id, ts_ms, source, model.name, coalesce(asked.name, ''), coalesce(uuid, ''), "
    "coalesce(project.path, ''), call.agent, coalesce(agent_type, ''), input, output, write_5m, "
    "write_1h, read, web_search, mode, cost_nano, saved_nano, final FROM call "
    "JOIN model ON model.id = call.model LEFT JOIN model AS asked ON asked.id = requested "
    "LEFT JOIN session ON session.id = call.session LEFT JOIN file ON file.id = call.file "
    "LEFT JOIN project ON project.id = call.project "
    "WHERE day >= ? AND day < ? ORDER BY ts_ms, call.id"
)
_NEVER = 1 << 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "--format",
        choices=["json", "csv", "api_costs"],
        default="json",
        help="json: one object a line (default); csv; api_costs: the file of track_api_cost",
    )
    parser.add_argument("--since", metavar="DAY", help="from this day on, YYYY-MM-DD (UTC)")
    parser.add_argument("--until", metavar="DAY", help="up to this day, included")


def run(args: argparse.Namespace, context: Context) -> int:
    """Write the calls to stdout."""
    db = context.ledger()
    if args.format == "api_costs":
        context.out.json(tracked.entries(db))
        return 0
    first = _day(args.since) if args.since else 0
    past = _day(args.until) + 1 if args.until else _NEVER
    rows = (_row(*row) for row in db.execute(_CALLS, (first, past)))
    if args.format == "csv":
        writer = csv.writer(context.out.stream, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(rows)
    else:
        for line in _lines(rows):
            context.out.line(line)
    return 0


def _row(identity: str, ts_ms: int, source: int, *rest: object) -> tuple[object, ...]:
    seconds, thousandths = divmod(ts_ms, 1000)
    at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{thousandths:03}Z"
    return (identity, at, SOURCES[source], *rest)


def _lines(rows: Iterator[tuple[object, ...]]) -> Iterator[str]:
    for row in rows:
        fields = dict(zip(FIELDS, row, strict=True))
        yield json.dumps(fields | {"final": bool(fields["final"])}, ensure_ascii=False)


def _day(text: str) -> int:
    ms = parse_ms(text + "T00:00:00Z") if len(text) == 10 else 0
    if not ms:
        raise UsageError(f"{text!r} is no day: write YYYY-MM-DD")
    return ms // DAY_MS
