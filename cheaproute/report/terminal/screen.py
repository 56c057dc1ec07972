"""The one-screen /costs: under 40 lines, as wide as the reader's screen, no row wrapped."""

from __future__ import annotations

from cheaproute import days
from cheaproute.ledger.query import helpers, totals
from cheaproute.money import exact
from cheaproute.report import dates, figures, hint
from cheaproute.report.figures import SOURCES, amount, marked, money, plural, share
from cheaproute.report.terminal import beside, draw, labels, over_time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.report.costs import Report, Rows
    from cheaproute.report.terminal.draw import Look

BAR, LEAST_BAR = 20, 6
MOST_MODELS, MOST_PROJECTS = 6, 4
_SHORT = ("Cost", "Share", "Calls")
_QUARTER_MS = 900_000
_LABEL = 12  # columns before a figure of the head
_WORDS = 26  # where the words behind it begin at the latest
_NARROW = 20  # words in fewer columns are no sentence any more


def render(report: Report, look: Look, *, home: str = "") -> str:
    """The whole screen, without a newline at its end. Paths below `home` are shown with `~`."""
    lines = [*title(report, look, home), ""]
    for line in (*_head(report, look), *beside.lines(report)):
        lines += _hung(line, look.width)
    for line in plan_usage(report, look):
        lines += _hung(line, look.width) if line else [line]
    listed = not report.month and report.past - report.first > 1 and report.total.calls
    if listed:
        lines += ["", *over_time.drawn(report, look)]
    if report.by_model:
        most = MOST_MODELS - 3 * bool(listed)
        lines += ["", *by_model(report.by_model, report.total.cost_nano, look, most)]
        lines += ["", *by_source(report, look)]
        lines += draw.fill(helpers.line(report.helped), look.width) if report.helped else []
    if report.by_project and not report.project:
        lines += ["", *by_project(report, look, home)]
    if said := figures.lower("\n".join(lines), report.total, report.by_model, report.more):
        lines += draw.fill(said, look.width)
    for line in (*report.notes, _hint(report)):
        lines += ["", *draw.fill(line, look.width)] if line else []
    return written(lines, look)


def of_report(lines: list[str], look: Look, report: Report) -> str:
    """As `written`, of lines that show a report's sums."""
    return written(lines, look, report.total, report.by_model, report.more)


def written(
    lines: list[str],
    look: Look,
    total: totals.Sums | None = None,
    rows: Rows | None = None,
    more: str = "",
) -> str:
    """The lines as one text, for this screen; what `≥` means stands below where it is used.

    By `total`, `rows` and `more` (see `figures.lower`) it says what is missing.
    """
    text = "\n".join(line.rstrip() for line in lines)
    said = figures.lower(text, total, rows or [], more) if total else figures.bound(text)
    if "\n≥ " not in text and said:
        text = "\n".join([text, "", *draw.fill(said, look.width)])
    return draw.plain(text) if look.plain else text


def title(report: Report, look: Look, home: str = "") -> list[str]:
    """What the screen is about; a project below `home` is shown with `~`."""
    lines = draw.fill(f"cheaproute · {about(report)}", look.width)
    if report.project:
        lines += labels.shortened([draw.path(report.project, home)], look.width)
    lines += priced(report, look)
    if report.reading:
        lines += draw.fill(report.reading, look.width)
    return lines


def priced(report: Report, look: Look) -> list[str]:
    """That amounts are no bill, where a plan pays."""
    said = "list price: your plan is not billed per token"
    return draw.fill(said, look.width) if report.plan else []


def about(report: Report) -> str:
    """The span in words, and whose days it is counted in."""
    where = report.zone.name
    if report.running:
        day = f"day {report.now_day - report.first + 1} of {report.past - report.first}"
        return f"{dates.month_name(report.first)} ({day}, {where})"
    if report.month:
        return f"{dates.month_name(report.first)} ({where})"
    if report.past - report.first == 1:
        word = f"{report.name}, " if report.name else ""
        return f"{word}{dates.weekday(report.first)} {days.iso(report.first)} ({where})"
    word = "" if not report.name or report.name.isdecimal() else f"{report.name}: "
    return f"{word}{days.iso(report.first)} to {days.iso(report.past - 1)} ({where})"


def _hung(line: str, width: int) -> list[str]:
    """The line; what it has no room for stands below its words, or figure, if there is room."""
    first, *more = draw.fill(line, width)
    if not more or width < 2 * _LABEL:
        return [first, *more]
    words = line.rfind("  ", 0, _WORDS) + 2
    inner = words if words > _LABEL and width - words >= _NARROW else _LABEL
    return [first, *(" " * inner + one for one in draw.fill(" ".join(more), width - inner))]


def _head(report: Report, look: Look) -> list[str]:
    total = report.total
    if (report.first, report.past) == (report.now_day, report.now_day + 1):
        lines = [_amount("Today", total)]
    elif report.month:
        against = against_cap(report, look)
        lines = [_amount("Month", total) + against]
        more = beside.unbooked(report.cap_assumed_nano) if against else ""
        lines += [f"{'':12}{more}"] if more and report.cap_nano is not None else []
    else:
        lines = [_amount("Total", total) + f"  {plural(total.calls, 'call')}"]
    if report.forecast_nano is not None:
        lines.append(f"Forecast    {report.forecast:>10}  by {dates.short(report.past - 1)}")
    if report.running:
        lines.append(_amount("Today", report.today))
        lines += _recent(report, look)
    if report.dispatched:
        lines.append(
            f"Routed      {report.routed:>10,}  of {plural(report.dispatched, 'subagent')} "
            "to a cheaper model"
        )
    if report.dispatched or total.saved_nano:
        lines.append(figures.saved(total.saved_nano))
    if report.chosen and report.chosen.turns:
        turns = plural(report.chosen.turns, "turn")
        lines.append(f"Main loop   {turns} on a cheaper model {report.chosen.words}")
    return lines


def plan_usage(report: Report, look: Look) -> list[str]:
    """How full the plan's windows are, when they end, and whether they last until then."""
    if not report.windows:
        return []
    lines = [""]
    for window, sums in zip(report.windows, report.burnt, strict=True):
        resets = when(window.resets_ms, report)
        full = window.full_ms()
        pace = "lasts at this pace" if full is None else f"full {when(full, report)} at this pace"
        room = 0 if look.plain or look.width < 90 else 10
        drawn = f"{draw.bar(round(window.percent), 100, room)}  " if room else ""
        lines.append(
            f"{window.name.capitalize():<12}{window.percent:>9.0f} %  {drawn}"
            f"resets {resets} (in {dates.lasting(window.resets_ms - report.now_ms)}); {pace}"
        )
        lasted_ms = report.now_ms - window.began_ms
        lines.append(f"{'':12}{amount(sums):>11}  {_an_hour(sums, lasted_ms)}")
        if lasted_ms >= days.DAY_MS:
            first = days.iso(report.zone.day_of(window.began_ms))
            lines.append(f"{'':25}what took it: costs since {first} sessions")
    said = dates.ago(report.windows[0].told_ms, report.now_ms)
    return [*lines, f"(by Claude Code's own figures, {said})"]


def _an_hour(sums: totals.Sums, lasted_ms: int) -> str:
    """How fast that is, where there was an hour's quarter to tell by."""
    nano = sums.cost_nano
    if lasted_ms < _QUARTER_MS or not nano:
        return "in it so far, at list price"
    pace = marked(nano * 4 * _QUARTER_MS // lasted_ms, sums.unpriced, lower=sums.lower_bound)
    return f"in it so far, {pace} an hour, at list price"


def when(ms: int, report: Report) -> str:
    """A moment on the report's clock: `14:00` today, `Tue 14:00` on another day."""
    day = report.zone.day_of(ms)
    clock = report.zone.clock(ms)
    return clock if day == report.now_day else f"{dates.weekday(day)} {clock}"


def _amount(label: str, sums: totals.Sums) -> str:
    return f"{label:<11} {amount(sums):>10}"


def against_cap(report: Report, look: Look) -> str:
    """How much of the cap is used, behind the month's amount; a cap counts UTC months."""
    if not report.running or report.project:
        return ""
    if report.cap_nano is None:
        return "" if report.plan or report.caps else "  no cap is set"
    spent, cap, others = report.cap_spent_nano, report.cap_nano, report.cap_elsewhere_nano
    apart = spent - report.cap_assumed_nano - others != report.total.cost_nano
    if report.cap_before_nano:
        return f", {money(spent)} of it since the cap of {exact(cap)} was set"
    notes = [*(["all machines"] if others else []), *(["UTC month"] if apart else [])]
    said = share(spent, cap) + (f" ({', '.join(notes)})" if notes else "")
    room = min(BAR, look.width - 22 - len(f"  of {exact(cap)}    {said}"))
    drawn = f"  {draw.bar(spent, cap, room)}" if room >= LEAST_BAR and not look.plain else ""
    return f"  of {exact(cap)}{drawn}  {said}"


def _recent(report: Report, look: Look) -> list[str]:
    """The last 14 days as a line of bars, and in words."""
    day, nano = max(report.recent, key=lambda row: (row[1], row[0]))
    none = "not read yet" if report.reading else "nothing spent"
    top = f"most on {dates.short(day)}: {money(nano)}" if nano else none
    if look.plain:
        average = sum(nano for _, nano in report.recent) // len(report.recent)
        return [f"14 days     {money(average):>10}  a day; {top}"]
    line = f"14 days     {draw.spark([nano for _, nano in report.recent])}"
    return [f"{line}  {top}"] if look.width >= 50 else [line, f"            {top}"]


def by_model(rows: Rows, whole: int, look: Look, most: int = MOST_MODELS) -> list[str]:
    """A line a model; those beyond `most` are one line."""
    found = figures.breakdown(figures.answered(rows), whole, most, "model")
    names = labels.models([name for name, *_ in found])
    table = [(names[name], *cells[:-1]) for name, *cells in found]
    heads = ("By model", *(f">{name}" for name in figures.COLUMNS[:-1]))
    return draw.table(heads, table, look) if table else []


def by_source(report: Report, look: Look) -> list[str]:
    """A line a source."""
    whole = report.total.cost_nano
    table = [
        (SOURCES.get(name, name), *cells[:3])
        for name, *cells in figures.breakdown(report.by_source, whole)
    ]
    return draw.table(("By source", *(f">{name}" for name in _SHORT)), table, look)


def by_project(report: Report, look: Look, home: str, most: int = MOST_PROJECTS) -> list[str]:
    """A line a project; those beyond `most` are one line, but for the one that is asked from."""
    rows, whole = report.by_project, report.total.cost_nano
    above = [name for name, _ in rows if name and f"{report.here}/".startswith(f"{name}/")]
    keep = max(above, key=len, default="")
    table = [
        (draw.path(name, home) or "(unknown)", *cells[:3])
        for name, *cells in figures.breakdown(rows, whole, most, "project", keep)
    ]
    return draw.table(("By project", *(f">{name}" for name in _SHORT)), table, look)


def _hint(report: Report) -> str:
    word = hint.choose(report)
    return f"Hint  {word}" if word else ""
