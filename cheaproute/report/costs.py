"""The Report: every figure there is about a span of days, read once, shown by the forms beside it.

Stdlib only and cheap: `/costs` builds it inside a hook.
"""

from __future__ import annotations

from cheaproute.cap import forecast, periods
from cheaproute.cap import state as states
from cheaproute.cap.fallback import uncounted
from cheaproute.days import iso, month_of
from cheaproute.ledger.module import rate_limits
from cheaproute.ledger.query import agent_runs, choices, coverage, helpers, totals
from cheaproute.report import date_range, hint, notes
from cheaproute.report.figures import marked
from cheaproute.report.zone import UTC, lived

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.cap.limits import Limit
    from cheaproute.cap.periods import Period
    from cheaproute.ledger.module.rate_limits import Window
    from cheaproute.ledger.query.choices import Chosen
    from cheaproute.ledger.query.totals import Sums
    from cheaproute.report.date_range import Range
    from cheaproute.report.zone import Zone

RECENT_DAYS = 14
# How the note begins that tells of other machines.
OTHERS = notes.OTHERS

Rows = list[tuple[str, "Sums"]]


class Report:
    """Spend of the days `first` to before `past` (numbers of days of `zone`), in nano-dollars.

    `month` is "" where the span is not a calendar month, `name` the word for it, if it has one.
    `cap_nano` is the monthly cap of today, None if there is none, and `cap_spent_nano` what counts
    against it: months of caps are UTC, whatever the zone. `forecast_nano` is what the running month
    comes to, else None. `recent` are the last 14 days, `today` the last of them. `plan`: nobody
    pays per token, all amounts are list prices. `began` and `latest` are the first and
    last day of which there is anything, None in an empty ledger. `table` is where sums of these
    days are read. `windows`: how full the plan is, as far as the client has told.
    """

    __slots__ = (
        "began",
        "burnt",
        "by_day",
        "by_model",
        "by_project",
        "by_source",
        "cap_assumed_nano",
        "cap_before_nano",
        "cap_elsewhere_nano",
        "cap_nano",
        "cap_spent_nano",
        "cap_way",
        "caps",
        "chosen",
        "dispatched",
        "first",
        "forecast_nano",
        "full",
        "helped",
        "here",
        "latest",
        "machines",
        "month",
        "more",
        "name",
        "notes",
        "now_ms",
        "past",
        "people",
        "plan",
        "project",
        "reading",
        "recent",
        "routed",
        "table",
        "today",
        "total",
        "untold",
        "warns",
        "windows",
        "zone",
    )

    began: int | None
    burnt: list[totals.Sums]  # what was spent in each of `windows` so far
    by_day: Rows
    by_model: Rows
    by_project: Rows
    by_source: Rows
    cap_nano: int | None
    cap_assumed_nano: int
    cap_before_nano: int
    cap_elsewhere_nano: int
    cap_spent_nano: int
    cap_way: str  # the command that lets the session go on past a cap, "" where none is reached
    caps: list[Period]  # those besides the month's that are set
    chosen: Chosen | None  # what the choices of the main loop's model came to; None: not known
    dispatched: int
    first: int
    forecast_nano: int | None
    full: str  # the caps that are reached, in words, "" for none
    helped: list[helpers.Helped] | None  # what helpers were for; None: not known of these calls
    here: str  # the directory it is asked from, "" where that does not matter
    latest: int | None
    machines: list[tuple[str, Sums, int]]  # name, sums, as of; where a report is over all of them
    people: Rows  # a team's members, where a page is over all machines and may show them
    month: str
    more: str  # what answers may add of which only the start is known, in words
    name: str
    notes: list[str]  # what the sums lack, in words
    now_ms: int
    past: int
    plan: bool
    project: str
    reading: str  # how far the history is read, in words, "" where it is
    recent: list[tuple[int, int]]
    routed: int
    table: str
    today: Sums
    total: Sums
    untold: int  # sessions that no transcript tells of
    warns: bool  # a cap that is reached stops nothing
    windows: list[Window]
    zone: Zone

    @property
    def now_day(self) -> int:
        """Today, in the report's zone."""
        return self.zone.day_of(self.now_ms)

    @property
    def reach_ms(self) -> tuple[int, int]:
        """When the span begins, and when it is over."""
        return self.zone.start_ms(self.first), self.zone.start_ms(self.past)

    @property
    def lower_bound(self) -> bool:
        """Whether more was spent than `total` knows of."""
        return bool(self.total.unpriced or self.total.lower_bound or self.untold or self.reading)

    @property
    def forecast(self) -> str:
        """What the month will come to, with the marks of what it is reckoned from."""
        return marked(self.forecast_nano or 0, self.total.unpriced, lower=self.total.lower_bound)

    @property
    def running(self) -> bool:
        """Whether this is the month that is not over yet."""
        return self.month == month_of(self.now_day)


def build(
    db: sqlite3.Connection,
    now_ms: int,
    reach: Range | None = None,
    *,
    zone: Zone = UTC,
    project: str = "",
    plan: bool = False,
    table: str = "",
    session: str = "",
    coming: dict[str, Limit] | None = None,
) -> Report:
    """The report of a span of days; of the running month where none is named.

    `project` keeps what was spent in one directory and below, `session` is the one that asks: its
    cap is among the caps. `table`: where sums are read if not in the ledger's own days. `coming`:
    the limits that a gate takes over first.
    """
    report = Report()
    report.now_ms, report.plan, report.project, report.zone = now_ms, plan, project, zone
    today = report.now_day
    reach = reach or date_range.of_month(month_of(today))
    report.month, report.name, report.here = reach.month, reach.name, ""
    report.untold = uncounted.of_month(db, reach.month) if reach.month and not project else 0
    report.first, report.past = reach.first, reach.past
    report.began, report.latest = lived(db, zone)
    report.machines, report.people = [], []
    report.table = table or _table(report, db, today)

    def by(key: str) -> Rows:
        days = (report.first, report.past)
        return totals.by(db, key, *days, project=project, table=report.table)

    report.by_model, report.by_source = by("model"), by("source")
    report.by_day, report.by_project = by("day"), by("project")
    report.total = totals.total(report.by_model)
    # That of a model without a call is in no row.
    within = {"project": project, "table": report.table}
    totals.mark(db, {(): report.total}, (), (report.first, report.past), **within)
    report.dispatched, report.routed = agent_runs.dispatched(db, *report.reach_ms, project=project)
    # Both are of this machine's single calls, in all directories.
    whole = not (project or table or notes.dropped(db, report.first))
    report.chosen = choices.between(db, *report.reach_ms) if whole else None
    report.helped = helpers.between(db, *report.reach_ms) if whole else None
    _look_back(report, db, today)
    state = states.state(db, session or 0, now_ms, coming=coming)  # as a gate has it
    month = state.periods["month"]
    report.caps = [at for at in state.every if at.limit is not None and at.name != "month"]
    for at in report.caps:
        at.lower = at.lower or (at.name in periods.NAMES and coverage.lower(db, at.key))
    report.cap_nano, report.cap_spent_nano = month.limit, month.used
    report.cap_assumed_nano, report.cap_elsewhere_nano = month.assumed, month.elsewhere
    report.cap_before_nano = month.before
    report.full, report.cap_way = hint.past_caps(db, state)
    report.warns = False
    is_now = report.first <= today < report.past  # a span that is over says nothing of now
    report.windows = rate_limits.read(db, now_ms) if plan and is_now else []
    report.burnt = [notes.since(db, one.began_ms, now_ms) for one in report.windows]
    report.reading = notes.reading(db, report.reach_ms[0], now_ms)
    report.notes, report.more = notes.of(db, report), ""
    report.forecast_nano = None
    if report.running and not project:
        report.forecast_nano = forecast.month_end(
            report.total.cost_nano, report.recent, report.began, now_ms
        )
    return report


def _table(report: Report, db: sqlite3.Connection, today: int) -> str:
    """The table to sum from: the kept totals, or one of this zone's days."""
    if report.zone.utc or report.began is None:
        return "daily"
    from cheaproute.ledger.query import local

    first = max(min(report.first, today - RECENT_DAYS + 1), report.began)
    last = max(today, today if report.latest is None else report.latest)
    past = max(first, min(max(report.past, today + 1), last + 1))
    return local.fill(db, [(day, report.zone.start_ms(day)) for day in range(first, past + 1)])


def _look_back(report: Report, db: sqlite3.Connection, today: int) -> None:
    start = today - RECENT_DAYS + 1
    days = dict(totals.by(db, "day", start, today + 1, project=report.project, table=report.table))
    none = totals.Sums()
    report.recent = [(day, days.get(iso(day), none).cost_nano) for day in range(start, today + 1)]
    report.today = days.get(iso(today), none)
    within = {"project": report.project, "table": report.table}
    totals.mark(db, {(): report.today}, (), (today, today + 1), **within)
