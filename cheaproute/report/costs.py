"""The Report: every figure there is about a span of days, read once, shown by the forms beside it.

Stdlib only and cheap: `/costs` builds it inside a hook.
"""

from __future__ import annotations

from cheaproute.cap import forecast, limits, periods
from cheaproute.days import DAY_MS, day_of, iso, month_of, span
from cheaproute.ledger.query import totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.ledger.query.totals import Sums

RECENT_DAYS = 14

Rows = list[tuple[str, "Sums"]]


class Report:
    """Spend of the days `first` to before `past` (numbers of UTC days); money in nano-dollars.

    `month` is "" where the span is not a calendar month. `cap_nano` is the monthly cap of today,
    None if there is none; `forecast_nano` is what the running month comes to, else None. `recent`
    are the last 14 days, `today` the last of them. `plan`: nobody pays per token, all amounts are
    list-price equivalents. `began` is the ledger's first day, None while it is empty.
    """

    __slots__ = (
        "began",
        "by_day",
        "by_model",
        "by_project",
        "by_source",
        "cap_nano",
        "dispatched",
        "first",
        "forecast_nano",
        "month",
        "now_ms",
        "past",
        "plan",
        "project",
        "recent",
        "routed",
        "today",
        "total",
    )

    began: int | None
    by_day: Rows
    by_model: Rows
    by_project: Rows
    by_source: Rows
    cap_nano: int | None
    dispatched: int
    first: int
    forecast_nano: int | None
    month: str
    now_ms: int
    past: int
    plan: bool
    project: str
    recent: list[tuple[int, int]]
    routed: int
    today: Sums
    total: Sums

    @property
    def lower_bound(self) -> bool:
        """Whether more was spent than `total` knows of."""
        return bool(self.total.unpriced or self.total.partial)

    @property
    def running(self) -> bool:
        """Whether this is the month that is not over yet."""
        return self.month == month_of(day_of(self.now_ms))


def build(
    db: sqlite3.Connection,
    now_ms: int,
    *,
    month: str = "",
    days: tuple[int, int] | None = None,
    project: str = "",
    plan: bool = False,
) -> Report:
    """The report of `month` (`2026-11`; default: the running one), or of a span of `days`.

    `project` keeps what was spent in one directory and below.

    Raises:
        UsageError: `month` is none.
    """
    today = day_of(now_ms)
    report = Report()
    report.now_ms, report.plan, report.project = now_ms, plan, project
    report.month = "" if days else month or month_of(today)
    report.first, report.past = days or span(report.month)
    reach = (report.first, report.past)
    report.by_model = totals.by(db, "model", *reach, project=project)
    report.by_source = totals.by(db, "source", *reach, project=project)
    report.by_day = totals.by(db, "day", *reach, project=project)
    report.by_project = totals.by(db, "project", *reach, project=project)
    report.total = totals.total(report.by_model)
    report.dispatched, report.routed = totals.dispatched(
        db, report.first * DAY_MS, report.past * DAY_MS, project=project
    )
    _look_back(report, db, today)
    report.cap_nano = limits.limits(db, periods.keys(now_ms, 0))["month"].nano
    report.began = totals.first_day(db)
    report.forecast_nano = None
    if report.running and not project:
        report.forecast_nano = forecast.month_end(
            report.total.cost_nano, report.recent, report.began, now_ms
        )
    return report


def _look_back(report: Report, db: sqlite3.Connection, today: int) -> None:
    start = today - RECENT_DAYS + 1
    days = dict(totals.by(db, "day", start, today + 1, project=report.project))
    none = totals.Sums()
    report.recent = [(day, days.get(iso(day), none).cost_nano) for day in range(start, today + 1)]
    report.today = days.get(iso(today), none)
