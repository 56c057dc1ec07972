"""The one-screen /costs: under 40 lines of at most 70 columns, no colour, no wrapped amount."""

from __future__ import annotations

from cheaproute import days
from cheaproute.ledger.query import totals
from cheaproute.report import dates, hint
from cheaproute.report.figures import SOURCES, count, marked, money, share
from cheaproute.report.terminal import draw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.report.costs import Report, Rows

BAR = 20
MOST_MODELS, MOST_PROJECTS = 6, 3


def render(report: Report, *, home: str = "") -> str:
    """The whole screen, without a newline at its end. Paths below `home` are shown with `~`."""
    lines = [title(report), "", *_head(report)]
    models = by_model(report.by_model, report.total.cost_nano)
    if models:
        lines += ["", *models, "", *_by_source(report)]
    if report.by_project and not report.project:
        rows = report.by_project[:MOST_PROJECTS]
        lines += ["", *by_project(rows, report.total.cost_nano, home)]
    word = hint.choose(report)
    if word:
        lines += ["", f"Hint  {word}"]
    return "\n".join(line.rstrip() for line in lines)


def title(report: Report) -> str:
    """What the screen is about."""
    if report.running:
        today = days.day_of(report.now_ms)
        day = f"(UTC, day {today - report.first + 1} of {report.past - report.first})"
        what = f"{dates.month_name(report.first)} {day}"
    elif report.month:
        what = f"{dates.month_name(report.first)} (UTC)"
    elif report.past - report.first == 1:
        what = f"{days.iso(report.first)} (UTC)"
    else:
        what = f"{days.iso(report.first)} to {days.iso(report.past - 1)} (UTC)"
    lines = [f"cheaproute · {what}"]
    if report.project:
        lines.append(draw.fit(report.project, draw.WIDTH))
    if report.plan:
        lines.append("list-price equivalent: your plan is not billed per token")
    return "\n".join(lines)


def _head(report: Report) -> list[str]:
    total = report.total
    today = days.day_of(report.now_ms)
    if (report.first, report.past) == (today, today + 1):
        lines = [_amount("Today", total)]
    elif report.month:
        lines = [_amount("Month", total) + _against_cap(report)]
    else:
        lines = [_amount("Total", total)]
    if report.forecast_nano is not None:
        lines.append(
            f"Forecast    {money(report.forecast_nano):>10}  by {dates.short(report.past - 1)}"
        )
    if report.running:
        lines.append(_amount("Today", report.today))
        lines.append(
            f"14 days     {draw.spark([nano for _, nano in report.recent])}  {_top(report)}"
        )
    if report.dispatched:
        lines.append(
            f"Routed      {report.routed:>10,}  of {report.dispatched:,} subagents "
            "to a cheaper model"
        )
    if report.dispatched or total.saved_nano:
        lines.append(f"Saved (net) {money(total.saved_nano):>10}")
    return lines


def _amount(label: str, sums: totals.Sums) -> str:
    return f"{label:<11} {marked(sums.cost_nano, sums.unpriced, sums.partial):>10}"


def _against_cap(report: Report) -> str:
    if not report.running or report.project:
        return ""
    if report.cap_nano is None:
        return "  no cap is set"
    spent, cap = report.total.cost_nano, report.cap_nano
    return f"  of {money(cap)}  {draw.bar(spent, cap, BAR)}  {share(spent, cap)}"


def _top(report: Report) -> str:
    day, nano = max(report.recent, key=lambda row: (row[1], row[0]))
    return f"most on {dates.short(day)}: {money(nano)}" if nano else "nothing spent"


def by_model(rows: Rows, whole: int, most: int = MOST_MODELS) -> list[str]:
    """A line a model; those beyond `most` are one line."""
    table = [
        (
            name,
            marked(sums.cost_nano, sums.unpriced, sums.partial),
            share(sums.cost_nano, whole),
            count(sums.calls),
            count(sums.prompt),
            share(sums.read, sums.prompt),
            count(sums.output),
        )
        for name, sums in _folded(rows, most)
    ]
    if not table:
        return []
    return draw.columns(("By model", "Cost", "Share", "Calls", "In", "Cached", "Out"), table)


def _by_source(report: Report) -> list[str]:
    table = [
        (
            SOURCES[name],
            marked(sums.cost_nano, sums.unpriced, sums.partial),
            share(sums.cost_nano, report.total.cost_nano),
            count(sums.calls),
        )
        for name, sums in report.by_source
    ]
    return draw.columns(("By source", "Cost", "Share", "Calls"), table)


def by_project(rows: Rows, whole: int, home: str) -> list[str]:
    """A line a project; a long path keeps its end."""
    table = [
        (
            draw.path(name, home) or "(unknown)",
            marked(sums.cost_nano, sums.unpriced, sums.partial),
            share(sums.cost_nano, whole),
            count(sums.calls),
        )
        for name, sums in rows
    ]
    return draw.columns(("By project", "Cost", "Share", "Calls"), table)


def _folded(rows: Rows, most: int) -> Rows:
    """`rows` that used anything, with all beyond `most` as one."""
    used = [row for row in rows if row[1].cost_nano or row[1].prompt or row[1].output]
    if len(used) <= most:
        return used
    rest = used[most - 1 :]
    return [*used[: most - 1], (f"{len(rest)} more models", totals.total(rest))]
