"""The narrower screens of /costs: a week by day, and every token by model."""

from __future__ import annotations

from cheaproute import days
from cheaproute.ledger.query import totals
from cheaproute.report import dates
from cheaproute.report.figures import count, marked
from cheaproute.report.terminal import draw, screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.report.costs import Report

_LEGEND = """\
Tokens: New were neither in the prompt cache nor put there, Wr 5m and
Wr 1h were written to it, Read came from it, Out were answered."""


def models(report: Report) -> str:
    """Every token of every model."""
    table = [
        (
            name,
            marked(sums.cost_nano, sums.unpriced, sums.partial),
            count(sums.input),
            count(sums.write_5m),
            count(sums.write_1h),
            count(sums.read),
            count(sums.output),
        )
        for name, sums in report.by_model[:30]
    ]
    names = ("By model", "Cost", "New", "Wr 5m", "Wr 1h", "Read", "Out")
    return "\n".join([screen.title(report), "", *draw.columns(names, table), "", _LEGEND])


def week(report: Report) -> str:
    """A line a day, and what each model came to."""
    most = max((sums.cost_nano for _, sums in report.by_day), default=0)
    spent = dict(report.by_day)
    lines = [screen.title(report), ""]
    for day in range(report.first, report.past):
        sums = spent.get(days.iso(day), totals.Sums())
        amount = marked(sums.cost_nano, sums.unpriced, sums.partial)
        stick = draw.bar(sums.cost_nano, most, 30).rstrip("░") if sums.cost_nano else ""
        lines.append(f"{dates.weekday(day)} {dates.short(day):<7} {amount:>10}  {stick}")
    total = report.total
    amount = marked(total.cost_nano, total.unpriced, total.partial)
    lines += [
        f"{'7 days':<11} {amount:>10}",
        "",
        *screen.by_model(report.by_model, total.cost_nano),
    ]
    return "\n".join(lines)
