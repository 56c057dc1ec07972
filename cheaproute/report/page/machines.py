"""The page's sections of a report over all machines."""

from __future__ import annotations

from cheaproute.ledger.query import totals
from cheaproute.money import NANO
from cheaproute.report import dates, figures
from cheaproute.report.page import charts
from cheaproute.report.page.facts import Facts
from cheaproute.report.page.markup import figure, section, table
from cheaproute.report.page.sections import SPENT, usd


def machines(facts: Facts) -> str:
    """What each machine spent and as of when; "" where the report is about this one alone."""
    listed, now_ms = facts.report.machines, facts.report.now_ms
    if not listed:
        return ""
    series = [("Cost", [sums.cost_nano / NANO for _, sums, _ in listed], SPENT)]
    drawn = charts.across("Cost by machine", [name for name, _, _ in listed], series, usd)
    total = totals.total([(name, sums) for name, sums, _ in listed], apart=True)
    return section(
        "machines",
        "By machine",
        figure(drawn, [(name, color) for name, _, color in series]),
        table(
            ("By machine", *figures.COLUMNS, "As of"),
            [
                (name, *figures.cells(sums, total.cost_nano), dates.ago(as_of_ms, now_ms))
                for name, sums, as_of_ms in listed
            ],
            foot=("Total", *figures.cells(total, total.cost_nano), ""),
            css="bd",
        ),
    )


def people(facts: Facts) -> str:
    """What each member of the team spent; "" where that is not known."""
    rows = facts.report.people
    if not rows:
        return ""
    total = totals.total(rows, apart=True)
    return section(
        "people",
        "By person",
        table(
            ("By person", *figures.COLUMNS),
            [(name, *cells) for name, *cells in figures.breakdown(rows, total.cost_nano)],
            foot=("Total", *figures.cells(total, total.cost_nano)),
            css="bd",
        ),
    )
