"""What days, weeks or months came to: as bars on the one screen, as a table of their own."""

from __future__ import annotations

from cheaproute import days
from cheaproute.ledger.query import totals
from cheaproute.report import dates, figures
from cheaproute.report.terminal import draw

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.report.costs import Report
    from cheaproute.report.terminal.draw import Look

_BARS = 12  # so many days, weeks or months are listed one by one
_ROWS = 31


def table(report: Report, db: sqlite3.Connection, look: Look, key: str) -> list[str]:
    """A line a `day`, `week` or `month` that had calls, and their total; the last ones one by one.

    What was before those is one line.
    """
    reach = (report.first, report.past)
    rows = totals.by(db, key, *reach, project=report.project, table=report.table)
    early = rows[:-_ROWS] if len(rows) > _ROWS + 1 else []
    rows = rows[len(early) :]
    listed = [(_named(name, key), sums) for name, sums in rows]
    if early:
        listed.insert(0, (f"before {rows[0][0]}", totals.total(early)))
    whole = report.total.cost_nano
    cells = [row[:-1] for row in figures.breakdown(listed, whole)]
    cells.append(("Total", *figures.cells(report.total, whole)[:-1]))
    heads = (f"By {key}", *(f">{name}" for name in figures.COLUMNS[:-1]))
    return draw.table(heads, cells, look)


def _named(name: str, key: str) -> str:
    """`Mon 2026-11-23`, `week of 2026-11-23`, `2026-11`."""
    if key == "day":
        return f"{dates.weekday(days.parse(name) or 0)} {name}"
    return f"week of {name}" if key == "week" else name


def drawn(report: Report, look: Look) -> list[str]:
    """A line a day, week or month, whichever makes about a dozen, with bars to compare them by."""
    first, past = _lived(report)
    span = past - first
    names: list[str]
    if span <= _BARS:
        names = [f"{dates.weekday(d)} {dates.short(d)}" for d in range(first, past)]
        keys = list(range(first, past))
    elif span <= _BARS * 7:
        keys = list(range(first - (first + 3) % 7, past, 7))
        names = [f"week of {dates.short(day)}" for day in keys]
        if keys[0] < report.first:
            names[0] = f"from {dates.short(report.first)}"
    else:
        months = sorted({days.month_of(day) for day in range(first, past)})
        keys = [days.span(month)[0] for month in months]
        names = months
    sums: list[list[totals.Sums]] = [[] for _ in keys]
    for day, row in report.by_day:
        number = days.parse(day)
        at = max(i for i, key in enumerate(keys) if number is None or key <= number)
        sums[at].append(row)
    if len(keys) > _BARS:  # years of months
        before = len(keys) - _BARS + 1
        names = [f"before {names[before]}", *names[before:]]
        sums = [[row for rows in sums[:before] for row in rows], *sums[before:]]
    came = [totals.total([("", row) for row in rows]) for rows in sums]
    most = max((one.cost_nano for one in came), default=0)
    room = min(30, look.width - 28)
    return [
        f"{name:<14} {figures.amount(one):>10}"
        + (
            ""
            if look.plain or not one.cost_nano
            else "  " + draw.bar(one.cost_nano, most, room).rstrip("░")
        )
        for name, one in zip(names, came, strict=True)
    ]


def _lived(report: Report) -> tuple[int, int]:
    """The span without what lies ahead, and without what was before the first call."""
    past = max(report.first + 1, min(report.past, report.now_day + 1))
    first = report.first if report.began is None else max(report.first, report.began)
    return (first if first < past else report.first), past
