"""The first look at a history in five lines: how much, on what, where, and what would change it."""

from __future__ import annotations

import sqlite3

from cheaproute.ledger.query import agent_runs, sessions, totals
from cheaproute.report import costs, dates, figures
from cheaproute.report.date_range import Range
from cheaproute.report.figures import SOURCES, amount, money, plural, share
from cheaproute.report.terminal import draw, labels
from cheaproute.report.zone import Zone, lived

_MONTH_DAYS = 30


def lines(
    db: sqlite3.Connection, now_ms: int, zone: Zone, *, home: str = "", plan: bool = False
) -> list[str]:
    """The history told; nothing where the ledger is empty. `plan`: amounts are list prices."""
    today, (began, _) = zone.day_of(now_ms), lived(db, zone)
    if began is None:
        return []
    whole = costs.build(db, now_ms, Range(began, today + 1), zone=zone, plan=plan)
    month = costs.build(db, now_ms, Range(today - _MONTH_DAYS + 1, today + 1), zone=zone)
    total = whole.total
    listed = " at list prices" if plan else ""
    told = [
        (
            f"Since {dates.short(began)} {dates.year(began)}: {amount(total)}{listed} in "
            f"{plural(total.calls, 'call')}; the last 30 days {amount(month.total)}, today "
            f"{amount(month.today)}."
        ),
        (
            f"{_shares(whole.by_source, SOURCES, total.cost_nano).capitalize()}. Models: "
            f"{_shares(whole.by_model, _short(whole), total.cost_nano)}."
        ),
    ]
    where = []
    if whole.by_project:
        name, sums = whole.by_project[0]
        said = draw.path(name, home) or "(unknown)"
        where.append(
            f"Dearest project: {said}, {amount(sums)} "
            f"({figures.shares(whole.by_project, total.cost_nano)[0]})"
        )
    found = sessions.between(db, *whole.reach_ms)
    if found:
        day = dates.short(zone.day_of(found[0].last_ms))
        where.append(f"dearest session: {found[0].short}, {amount(found[0].sums)} ({day})")
    return [*told, "; ".join(where) + "."] if where else told


def routable(db: sqlite3.Connection, now_ms: int, zone: Zone) -> str:
    """How much of the last 30 days is what routing and digests can change by themselves."""
    today = zone.day_of(now_ms)
    month = costs.build(db, now_ms, Range(today - _MONTH_DAYS + 1, today + 1), zone=zone)
    ran = dict(month.by_source).get("subagent", totals.Sums())
    spent = ran.cost_nano
    if not month.total.cost_nano:
        return ""
    if ran.calls and not spent:
        return "What subagents cost in those days is not known: their models have no price."
    if not spent:
        sent = figures.unseen(agent_runs.between(db, *month.reach_ms))
        if sent:
            return f"{sent}: what routing would have saved in those days is not known."
        return "No subagent ran in those days: routing them would have saved $0.00."
    return (
        f"Subagents, which are routed from now on by themselves, were {money(spent)} of that "
        f"({share(spent, month.total.cost_nano)}): what routing can save is a part of it."
    )


def _short(report: costs.Report) -> dict[str, str]:
    return labels.models([name for name, _ in report.by_model])


def _shares(rows: costs.Rows, names: dict[str, str], whole: int, most: int = 3) -> str:
    """`98 % main loop, 2 % subagents`: the largest parts."""
    told = zip(rows, figures.shares(rows, whole), strict=True)
    parts = [f"{said} {names.get(name, name)}" for (name, sums), said in told if sums.cost_nano]
    parts = parts[:most]
    return ", ".join(parts) or "nothing with a price"
