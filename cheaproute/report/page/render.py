"""The report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence

from cheaproute.money import exact
from cheaproute.report import dates, hint
from cheaproute.report.costs import Report
from cheaproute.report.figures import FIGURES, amount, lower, money, plural, share
from cheaproute.report.page import charts, machines, sections
from cheaproute.report.page import plan as plan_cards
from cheaproute.report.page.facts import Facts, Plan
from cheaproute.report.page.limits import limits
from cheaproute.report.page.markup import code
from cheaproute.report.page.markup import text as escaped
from cheaproute.report.terminal import screen

_PLACES = (
    ("limits", "Limits"), ("plan", "Plan"), ("spend", "Spend"), ("source", "Sources"),
    ("routing", "Routing"), ("cache", "Cache"), ("projects", "Projects"), ("sessions", "Sessions"),
    ("words", "How it is computed"),
)  # fmt: skip
_STYLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "page.css")
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render(
    db: sqlite3.Connection,
    report: Report,
    plan: Plan | None = None,
    *,
    home: str = "",
    missed: Sequence[tuple[str, int, int, int]] = (),
    named: bool = True,
) -> str:
    """The whole page about `report`, with what the plan says, and the cache misses by reason.

    `named`: sessions have titles.

    Raises:
        CheaprouteError: the library that draws is not installed.
    """
    charts.require()
    facts = Facts(db, report, plan, home=home, missed=missed, named=named)
    daily = {name: sums.cost_nano for name, sums in report.by_day}
    body = "".join(
        (
            limits(report),
            plan_cards.steps(facts),
            sections.spend(facts),
            plan_cards.calendar(facts),
            sections.month(facts, daily),
            sections.source(facts),
            machines.machines(facts),
            machines.people(facts),
            plan_cards.went(facts),
            sections.routing(facts),
            sections.cache(facts),
            plan_cards.misses(facts),
            sections.dearest(facts),
        )
    )
    words = _words()
    body = f"{_tiles(report)}{_nav(body + words)}{body}"
    body = f"{_head(report, body)}{body}{words}"
    with open(_STYLE, encoding="utf-8") as file:
        style = file.read()
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'
        f"<title>{escaped(_title(report))}</title><style>{style}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _nav(cards: str) -> str:
    """Links to those of `_PLACES` that are among the cards."""
    links = "".join(
        f'<a href="#{id_}">{word}</a>' for id_, word in _PLACES if f' id="{id_}"' in cards
    )
    return f'<nav aria-label="On this page">{links}</nav>'


def _of_subagents(report: Report) -> str:
    if not report.dispatched and "subagent" in dict(report.by_source):
        return "no rule looked at the subagents"
    return f"of {plural(report.dispatched, 'subagent')}"


def _title(report: Report) -> str:
    where = f" · {report.project}" if report.project else ""
    return f"cheaproute · {screen.about(report)}{where}"


def _head(report: Report, body: str) -> str:
    """What the page is about, and what has to be known to read `body`."""
    lines = [f"<h1>{escaped(_title(report))}</h1>"]
    word = hint.choose(report)
    if report.plan:
        lines.append(
            '<p class="soft">Your plan is not billed per token: all amounts are list price, '
            "what the same calls would have cost by the API's price list.</p>"
        )
    if said := lower(body, report.total, report.by_model, report.more):
        lines.append(f'<p class="soft">{said}</p>')
    if report.reading:
        lines.append(f"<p><strong>{report.reading}</strong></p>")
    lines += [f'<p class="soft">{code(note)}</p>' for note in report.notes]
    if word:
        lines.append(f"<p><strong>Hint</strong> {code(word)}</p>")
    lines.append(
        f'<p class="note">As of {report.zone.stamp(report.now_ms)} ({report.zone.name}).</p>'
    )
    return f"<header>{''.join(lines)}</header>"


def _tiles(report: Report) -> str:
    total = report.total
    spent = amount(total)
    tiles = [_tile("Month" if report.month else "Total", spent, _cap(report), "total")]
    if report.forecast_nano is not None:
        end = f"by {dates.short(report.past - 1)}"
        tiles.append(_tile("Forecast", report.forecast, end, "forecast"))
    if report.running:
        now = report.today
        tiles.append(_tile("Today", amount(now), _day(report, now.calls), "today"))
    tiles.append(_tile("Saved (net)", money(total.saved_nano), _saved(total.saved_nano), "saved"))
    tiles.append(_tile("Routed", f"{report.routed:,}", _of_subagents(report), "routed"))
    tiles.append(
        _tile("Cached", share(total.read, total.prompt) or "-", "of tokens sent", "cached")
    )
    return f'<dl class="tiles of-{len(tiles)}">{"".join(tiles)}</dl>'


def _saved(nano: int) -> str:
    return "routing, digests" if nano >= 0 else "cost more than they saved"


def _tile(name: str, value: str, note: str, id_: str) -> str:
    said = FIGURES.get(name, "").replace("`", "")  # a tooltip has no markup
    return (
        f'<div><dt title="{escaped(said)}">{escaped(name)}</dt>'
        f'<dd id="{id_}">{escaped(value)}</dd><dd>{note}</dd></div>'
    )


def _cap(report: Report) -> str:
    """How much of the cap is used, as markup."""
    if not report.running or report.project:
        return plural(report.total.calls, "call")
    if report.cap_nano is None:
        return "no monthly cap is set" if report.caps else "no cap is set"
    spent, cap = report.cap_spent_nano, report.cap_nano
    part = f"{share(spent, cap)} of {exact(cap)}"
    if report.cap_before_nano:
        part += f", {money(report.cap_before_nano)} before it was set"
    return _bar(spent, cap, part)


def _day(report: Report, calls: int) -> str:
    """How many calls, and how much of the day's cap is used, as markup; a cap's day is UTC."""
    said = plural(calls, "call")
    at = next((at for at in report.caps if at.name == "day"), None)
    if at is None or not at.limit or report.project:
        return said
    whose = "" if report.zone.utc else " (UTC day)"
    part = f"{share(at.used, at.limit)} of {exact(at.limit)}{whose}"
    return f"{_bar(at.used, at.limit, part)}, {said}"


def _bar(spent: int, cap: int, part: str) -> str:
    over = ' class="over"' if spent >= cap else ""
    return (
        f'<progress{over} max="100" value="{min(100, 100 * spent // cap)}" '
        f'aria-label="{part}">{part}</progress> {part}'
    )


def _words() -> str:
    words = "".join(
        f"<dt>{escaped(name)}</dt><dd>{code(meaning)}</dd>" for name, meaning in FIGURES.items()
    )
    return (
        '<section id="words" aria-labelledby="words-title">'
        '<h2 id="words-title">How the figures are computed</h2>'
        f'<dl class="words">{words}</dl></section>'
    )
