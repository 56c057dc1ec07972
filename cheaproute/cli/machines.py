"""Reports over all machines that are synced, and over the people of a team."""

from __future__ import annotations

import argparse

from cheaproute.cli.context import Context
from cheaproute.config import paths
from cheaproute.errors import UsageError
from cheaproute.ledger.query import totals
from cheaproute.machines import everywhere, identity
from cheaproute.machines.team import member, spend
from cheaproute.report import as_json, costs, dates, notes
from cheaproute.report.date_range import Range
from cheaproute.report.zone import Zone


def began(context: Context) -> int | None:
    """The first day of which another machine told; None where none did."""
    data = paths.data_dir(context.env)
    return everywhere.first_day(data) if everywhere.known(data) else None


def report(
    args: argparse.Namespace, context: Context, reach: Range, zone: Zone, project: str
) -> costs.Report:
    """The report of a span: over all machines where that is asked for, else of this one.

    Raises:
        UsageError: as `_everywhere`.
    """
    if args.all_machines:
        made = _everywhere(context, reach, project)
    else:
        ledger, now_ms = context.ledger(), context.now_ms()
        coming, plan = context.coming_caps(), context.plan
        made = costs.build(
            ledger, now_ms, reach, zone=zone, project=project, plan=plan, coming=coming
        )
        made.more = notes.more(ledger, made, context.prices)
    made.warns = context.at_cap == "warn"
    return made


def _everywhere(context: Context, reach: Range, project: str) -> costs.Report:
    """The report of a span over all machines, by UTC days.

    Raises:
        UsageError: no other machine is known, or one project was asked for.
    """
    data = paths.data_dir(context.env)
    if not everywhere.known(data):
        raise UsageError("no other machine is known: `cheaproute sync FOLDER` on each of them")
    if project:
        raise UsageError("other machines tell no directories: without --project or `project`")
    ledger, now_ms = context.ledger(), context.now_ms()
    alone = costs.build(ledger, now_ms, reach, plan=context.plan)
    own, own_today = alone.total, alone.today
    own.least = bool(alone.untold or alone.reading)
    table = everywhere.fill(ledger, data)
    coming = context.coming_caps()
    made = costs.build(ledger, now_ms, reach, plan=context.plan, table=table, coming=coming)
    known = (made.began, began(context))
    made.began = min((day for day in known if day is not None), default=None)
    others = everywhere.of_days(ledger, data, reach.first, reach.past)
    here = identity.this(context.env).name
    if here in [name for name, *_ in others]:
        here += " (this one)"
    made.machines = [(here, own, now_ms), *others]
    made.total.partial = sum(sums.partial for _, sums, _ in made.machines)
    made.total.compactions = sum(sums.compactions for _, sums, _ in made.machines)
    made.total.least = totals.total(rows(made), apart=True).least
    today = everywhere.of_days(ledger, data, made.now_day, made.now_day + 1)
    parts = [("", own_today), *((name, sums) for name, sums, _ in today)]
    made.today.least = totals.total(parts, apart=True).least
    heard = ", ".join(f"{name} as of {dates.ago(ms, now_ms)}" for name, _, ms in others)
    note = f"Over all machines: {heard or 'none other spent anything in these days'}. "
    note += "What they spent since is not known here; "
    made.notes = [
        note + "subagents, sessions and savings are this machine's.",
        *(note for note in made.notes if not note.startswith(costs.OTHERS)),
    ]
    return made


def rows(found: costs.Report) -> costs.Rows:
    """Each machine's sums."""
    return [(name, sums) for name, sums, _ in found.machines]


def by_person(context: Context, found: costs.Report) -> costs.Rows:
    """Each member's sums of the report's days, from the team's server.

    Raises:
        UsageError: this machine is in no team, or the report is of one project.
        CheaprouteError: the server cannot be reached, or refuses.
    """
    joined = member.of(context.env)
    if found.project:
        raise UsageError("--by person has the sums of all projects: leave --project out")
    if joined is None:
        raise UsageError("--by person is for teams: `cheaproute team join URL`")
    with member.connect(context.env, joined) as db:
        return spend.by_person(db, *found.reach_ms)


def as_rows(found: costs.Report, key: str, listed: costs.Rows) -> list[dict[str, object]]:
    """A breakdown for programs; machines with the time until which they are known."""
    return as_json.machines(found) if key == "machine" else as_json.rows(key, listed)
