"""The cards of the page, each a function of the facts."""

from __future__ import annotations

from collections.abc import Sequence

from cheaproute import days
from cheaproute.ledger.query import helpers
from cheaproute.ledger.query.totals import Sums, total
from cheaproute.money import NANO
from cheaproute.report import dates, figures
from cheaproute.report.costs import Rows
from cheaproute.report.figures import SOURCES, count, money, share
from cheaproute.report.page import charts
from cheaproute.report.page.facts import PROJECTS, SESSIONS, Facts
from cheaproute.report.page.markup import Named, details, empty, figure, section, table, text
from cheaproute.report.terminal import draw, labels

# The style sheet's colours. Models keep theirs on the whole page; the rest is told apart from them.
_FAMILIES = ("haiku", "sonnet", "opus")
_MODEL_COLORS = {"opus": 0, "sonnet": 1, "haiku": 2}
_MORE_COLORS = (3, 4, 5, 6)
UNKNOWN = "other or unknown"
_ALONE = 60  # columns of a path with three figures beside it
SPENT, FORECAST, CAP = 7, 7, 8
CACHED, WRITTEN, NEITHER = 5, 4, 6
_SESSION = ("Session", "<Project", "<Model", "Last day", "Calls", "Cost", "<Title")


def model_colors(models: Sequence[str]) -> list[int]:
    """A colour a model: its family's for the first of a family, then the others in turn."""
    taken: set[int] = set()
    colors = []
    for model in models:
        own = [color for family, color in _MODEL_COLORS.items() if family in model]
        free = [color for color in (*own, *_MORE_COLORS) if color not in taken]
        colors.append(free[0] if free else _MORE_COLORS[-1])
        taken.add(colors[-1])
    return colors


def usd(value: float) -> str:
    """An amount on an axis."""
    return money(round(value * NANO))


def spend(facts: Facts) -> str:
    """Spend by day and model."""
    title = f"Spend by {facts.bucket} and model"
    if not facts.models:
        return section("spend", title, empty("Nothing was spent in this span."))
    colors = model_colors(facts.models)
    short = labels.models(facts.models)
    none = Sums()
    series = [
        (
            short[name],
            [facts.by_bucket_model.get((b, name), none).cost_nano / NANO for b in facts.buckets],
            color,
        )
        for name, color in zip(facts.models, colors, strict=True)
    ]
    drawn = charts.stacked(title, [_label(facts, b) for b in facts.buckets], series, usd)
    rows = [
        (b, *(figures.amount(facts.by_bucket_model.get((b, name), none)) for name in facts.models))
        for b in facts.buckets
        if b in facts.by_bucket
    ]
    listed = table((f"By {facts.bucket}", *(short[name] for name in facts.models)), rows)
    models = _breakdown("model", facts.report.by_model, facts.report.total)
    drawing = figure(drawn, _legend(series))
    return section("spend", title, drawing, models, details("Every bar as a row", listed))


def month(facts: Facts, daily: dict[str, int]) -> str:
    """The month's running sum against the cap, with the forecast; "" for another span."""
    report = facts.report
    if not report.month or report.project:
        return ""
    title = f"{dates.month_name(report.first)}, day by day"
    if not report.total.calls:
        return section("month", title, empty("Nothing was spent in this month."))
    today = min(report.now_day, report.past - 1)
    spent: list[float | None] = []
    total = 0
    for day in range(report.first, report.past):
        total += daily.get(days.iso(day), 0)
        spent.append(total / NANO if day <= today else None)
    series: list[charts.Series] = [("Spent", spent, SPENT)]
    if report.forecast_nano is not None:
        ahead = _forecast(report.forecast_nano, spent, today - report.first)
        series.append(("Forecast", ahead, FORECAST))
    if report.running and report.cap_nano is not None:
        series.append(("Cap", [report.cap_nano / NANO] * len(spent), CAP))
    labels = [str(n + 1) for n in range(len(spent))]
    drawn = charts.lines(title, labels, series, usd)
    return section("month", title, figure(drawn, _legend(series)), css="month")


def _forecast(end_nano: int, spent: list[float | None], today: int) -> list[float | None]:
    start, left = spent[today] or 0.0, len(spent) - 1 - today
    step = (end_nano / NANO - start) / left if left else 0.0
    return [None] * today + [start + step * n for n in range(left + 1)]


def source(facts: Facts) -> str:
    """Share by source."""
    rows = [(SOURCES[name], sums) for name, sums in facts.report.by_source]
    if not rows:
        return section("source", "By source", empty("Nothing was spent in this span."))
    series = [("Cost", [sums.cost_nano / NANO for _, sums in rows], SPENT)]
    drawn = charts.across("Cost by source", [name for name, _ in rows], series, usd)
    return section(
        "source",
        "By source",
        figure(drawn, _legend(series)),
        _breakdown("source", rows, facts.report.total),
        f"<p>{text(said)}</p>" if (said := helpers.line(facts.report.helped or [])) else "",
    )


def routing(facts: Facts) -> str:
    """What was decided by category, and what it saved."""
    if not facts.decisions:
        return section("routing", "Routing", empty(facts.unrouted()))
    ran: dict[str, dict[str, int]] = {}
    saved: dict[str, int] = {}
    routed: dict[str, int] = {}
    for row in facts.decisions:
        category = row.category or "other"
        model = row.resolved or row.routed or row.instead
        tier = next((name for name in _FAMILIES if name in model), UNKNOWN)
        of = ran.setdefault(category, {})
        of[tier] = of.get(tier, 0) + 1
        saved[category] = saved.get(category, 0) + row.saved_nano
        routed[category] = routed.get(category, 0) + row.went
    names = sorted(ran, key=lambda name: (-sum(ran[name].values()), name))
    tiers = [t for t in (*_FAMILIES, UNKNOWN) if any(t in of for of in ran.values())]
    series = [
        (tier, [float(ran[name].get(tier, 0)) for name in names], color)
        for tier, color in zip(tiers, model_colors(tiers), strict=True)
    ]
    drawn = charts.across("Subagents by category and model", names, series, charts.whole)
    listed = table(
        ("Category", "Subagents", "Routed", *tiers, "Saved (net)"),
        [
            (
                name,
                sum(ran[name].values()),
                routed[name],
                *(ran[name].get(tier, 0) for tier in tiers),
                money(saved[name]),
            )
            for name in names
        ],
        css="ro",
    )
    title = "Routing: which model did which work"
    return section("routing", title, figure(drawn, _legend(series)), listed)


def cache(facts: Facts) -> str:
    """Where the tokens sent came from."""
    title = f"Prompt cache by {facts.bucket}"
    if not facts.report.total.prompt:
        return section("cache", title, empty("No tokens were sent in this span."))
    rows = [facts.by_bucket.get(bucket, Sums()) for bucket in facts.buckets]
    series = [
        ("read from the cache", [float(row.read) for row in rows], CACHED),
        ("written to it", [float(row.write_5m + row.write_1h) for row in rows], WRITTEN),
        ("neither", [float(row.input) for row in rows], NEITHER),
    ]
    labels = [_label(facts, bucket) for bucket in facts.buckets]
    drawn = charts.stacked(title, labels, series, lambda value: count(round(value)))
    total = facts.report.total
    note = f"{share(total.read, total.prompt)} of {count(total.prompt)} tokens sent were cached."
    return section("cache", title, figure(drawn, _legend(series), note))


def dearest(facts: Facts) -> str:
    """The dearest projects and sessions."""
    report = facts.report
    whole = report.total.cost_nano
    by_project = figures.breakdown(report.by_project, whole, PROJECTS, "project")
    rows = [(_path(name, facts, _ALONE), *cells[:3]) for name, *cells in by_project]
    projects = section(
        "projects",
        "Dearest projects",
        table(("By project", "Cost", "Share", "Calls"), rows)
        if rows
        else empty("Nothing was spent in this span."),
    )
    found = facts.sessions[:SESSIONS]
    titles = facts.titles(found)
    listed = [
        (
            Named(one.short, one.uuid),
            _path(one.project, facts),
            labels.model(one.model),
            dates.short(report.zone.day_of(one.last_ms)),
            f"{one.sums.calls:,}",
            figures.amount(one.sums),
            *([Named(*titles[n])] if titles else []),
        )
        for n, one in enumerate(found)
    ]
    note = ""
    if more := facts.sessions[SESSIONS:]:
        rest = figures.amount(total([("", one.sums) for one in more]))
        note = f"and {figures.plural(len(more), 'more session')}, {rest}"
    return projects + section(
        "sessions",
        "Dearest sessions",
        table(_SESSION[: len(listed[0])], listed, css="se named" if titles else "se")
        + (f'<p class="note">{text(note)}</p>' if note else "")
        + '<p class="note"><code>cheaproute costs session ID</code> shows one of them.</p>'
        if listed
        else empty("No session was active in this span."),
    )


def _path(name: str, facts: Facts, room: int = 40) -> Named:
    """A path as a table has it: `~`, and its end where it is long; the whole one behind it."""
    shown = draw.path(name, facts.home) or "(unknown)"
    return Named(labels.shortened([shown], room)[0], name)


def _breakdown(key: str, rows: Rows, total: Sums) -> str:
    """The figures of a breakdown, with the total of all rows there are."""
    rows = figures.answered(rows) if key == "model" else rows
    names = labels.models([name for name, _ in rows]) if key == "model" else {}
    whole = total.cost_nano
    return table(
        (f"By {key}", *figures.COLUMNS),
        [
            (names.get(name, name) or "(unknown)", *cells)
            for name, *cells in figures.breakdown(rows, whole)
        ],
        foot=("Total", *figures.cells(total, whole)),
        css="bd",
    )


def _legend(series: Sequence[charts.Series]) -> list[tuple[str, int]]:
    return [(name, color) for name, _, color in series]


def _label(facts: Facts, bucket: str) -> str:
    """`22 Nov` for a day or a week's first, `2026-11` for a month."""
    return bucket if facts.bucket == "month" else dates.short(days.parse(bucket) or 0)
