"""One name for every figure, and one way to write an amount, a share and a count."""

from __future__ import annotations

from cheaproute.money import bound, given_up, in_percent, marked, percents, plural, share
from cheaproute.money import show as money

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.ledger.query.agent_runs import Dispatch
    from cheaproute.ledger.query.totals import Sums
    from cheaproute.report.costs import Rows

__all__ = [
    "COLUMNS",
    "FIGURES",
    "SOURCES",
    "STOPPED",
    "amount",
    "answered",
    "bound",
    "breakdown",
    "cells",
    "count",
    "marked",
    "money",
    "plural",
    "share",
    "shares",
]

# What a row of any breakdown has beside its label, in every medium.
COLUMNS = ("Cost", "Share", "Calls", "In", "Cached", "Out", "Saved (net)")
# What stands in a row of its own: from one in so many dollars on, as far as there is room.
_DEAR, _ROOM = 20, 3

STOPPED = "(stopped, refused)"
# figure -> how it is computed. The names are those on every screen and in the README's table.
FIGURES = {
    "Month": "list price of every API call since the month began where you are "
    "(`report.timezone`; caps and --json count in UTC, as Anthropic bills); "
    "each message and request id counts once, with the most tokens seen for it",
    "Cap": "the monthly limit: by the plugin's option, `cheaproute cap set` or config.toml, "
    "whichever was written last",
    "Forecast": "the month so far, and the days left at the average of the last seven full days; "
    "today counts as such a day at least",
    "Today": "the same as Month, since midnight",
    "14 days": "spend of each of the last 14 days, today last, the tallest bar the dearest day",
    "By model": f"the model that answered, not the one that was asked for; {STOPPED}: "
    "requests that none answered, which cost nothing",
    "By source": "main loop: the session itself; subagents: what it sent out; delegated: calls "
    "cheaproute made; unlisted: what Claude Code's own total has beyond the transcript "
    "(compaction, titles); helpers: those small calls one by one, where the client tells of them "
    "(titles, summaries, pages read, the reader that is asked what a task needs); tracked: calls "
    "your code reported through `track_api_cost`",
    "By project": "the directory in which the session was started",
    "In": "tokens sent: new input, cache writes and cache reads together",
    "Cached": "share of the tokens sent that was read from the prompt cache",
    "Out": "tokens answered, thinking included",
    "Routed": "subagents that ran on the cheaper model they were sent to, of all that ran since "
    "cheaproute is here",
    "Saved (net)": "list price of the routed subagents' tokens on the model they would have run "
    "on, less what they cost; tokens a digest kept out of the context, priced once as a cache "
    "write, less what the digest cost. Only what really ran counts, and a routing or digest that "
    "cost more than it saved counts against it",
    "Unknown price": "calls of a model without a price: their tokens are kept, their cost is in no "
    "sum until a price is set; marked +",
    "Lower bound": "the last row of more than one call in 200 never reached the transcript, so "
    "that they cost at least what is shown, or a request was broken off before its first word: "
    "nobody is told what that cost; or a compaction is in no sum yet; marked ≥",
    "List price": "on a plan nobody pays per token: what the same calls would have cost "
    "at the API's list price",
}

SOURCES = {
    "main": "main loop",
    "subagent": "subagents",
    "delegated": "delegated",
    "unlisted": "unlisted",
    "tracked": "tracked",
    "helper": "helpers",
}


# Why what had been cached was written again (ledger.query.misses.REASONS).
MISSES = {
    "compaction": "the context was compacted",
    "model": "another model answered",
    "mode": "another speed or place",
    "effort": "another effort",
    "idle": "the cache had run out",
    "changed": "earlier prompt text changed",
    "unknown": "not known why",
}


def amount(sums: Sums) -> str:
    """What some calls came to, with its marks."""
    return marked(sums.cost_nano, sums.unpriced, lower=sums.lower_bound)


def saved(nano: int) -> str:
    """The line of what was saved, and that a minus is what it cost."""
    return f"Saved (net) {money(nano):>10}{dearer(nano)}"


def dearer(saved_nano: int) -> str:
    """What stands behind an amount saved that is below zero; "" behind others."""
    return "  it cost more than it saved" if saved_nano < 0 else ""


def main_loop(by_source: Rows) -> str:
    """What all is called that no subagent did."""
    others = {name for name, sums in by_source if sums.calls} - {"main", "subagent"}
    return SOURCES["main"] + (" and others" if others else "")


def lower(text: str, total: Sums, rows: Rows, more: str = "") -> str:
    """What the mark of a lower bound says of `total` and its `rows`; "" where `text` has none.

    A line of their own counts the compactions that are in no sum. `more`
    is what the answers may add whose end is not known.
    """
    if "≥" not in text:
        return ""
    partial, gone = sum(sums.partial for _, sums in rows), given_up(*total.given_up)
    if not total.lacks_ends and total.compactions:
        said = "≥ means at least: what compactions used is missing."
    elif gone and not total.lacks_ends:
        return f"≥ means at least: {gone}"
    else:
        said = bound(text, partial if total.lacks_ends else 0)
    return " ".join(filter(None, (said, more, gone)))


def shares(rows: Rows, whole: int) -> list[str]:
    """The share of each row; together they are 100 %, but for those below one."""
    costs = [sums.cost_nano for _, sums in rows]
    return [
        in_percent(percent, nano, whole)
        for percent, nano in zip(percents(costs, whole), costs, strict=True)
    ]


def breakdown(
    rows: Rows, whole: int, most: int = 0, noun: str = "", keep: str = ""
) -> list[tuple[str, ...]]:
    """Each row's name and its cells by `COLUMNS`; `whole` is what shares are of.

    Of more than `most` rows the last are one, `5 more projects`, unless they are dear or to `keep`;
    what no model answered is a row by itself.
    """
    last = [row for row in rows[-1:] if row[0] == STOPPED]
    rows, most = rows[: len(rows) - len(last)], most - len(last) if most else 0
    shown = most - 1 if 0 < most < len(rows) - 1 else len(rows)
    while shown < min(len(rows), most + _ROOM) and _DEAR * rows[shown][1].cost_nano >= whole:
        shown += 1
    kept = next((at for at, (name, _) in enumerate(rows) if keep and name == keep), 0)
    beyond = kept >= shown
    if len(rows) - shown - beyond <= 1:
        shown = len(rows)  # a line for one row more is that row
    elif beyond:
        order = [*range(shown), kept, *(at for at in range(shown, len(rows)) if at != kept)]
        rows = [rows[at] for at in order]
        shown += 1
    if shown < len(rows):
        from cheaproute.ledger.query.totals import total  # hooks that show no table do without

        rest = plural(len(rows) - shown, f"more {noun}")
        rows = [*rows[:shown], (rest, total(rows[shown:]))]
    rows = [*rows, *last]
    told = percents([sums.cost_nano for _, sums in rows], whole)
    return [
        (name, *cells(sums, whole, percent))
        for (name, sums), percent in zip(rows, told, strict=True)
    ]


def cells(sums: Sums, whole: int, percent: int | None = None) -> tuple[str, ...]:
    """A row of a breakdown by `COLUMNS`; `whole` is what shares are of, `percent` this one's."""
    nano = sums.cost_nano
    return (
        amount(sums),
        share(nano, whole) if percent is None else in_percent(percent, nano, whole),
        count(sums.calls),
        count(sums.prompt),
        share(sums.read, sums.prompt),
        count(sums.output),
        money(sums.saved_nano),
    )


def answered(rows: Rows) -> Rows:
    """`rows` of models; the calls that none answered, which were stopped, are one row, the last."""
    from cheaproute.ledger.query.totals import total  # hooks that show no table do without

    found = [row for row in rows if row[1].cost_nano or row[1].prompt or row[1].output]
    rest = [row for row in rows if row not in found]
    return [*found, (STOPPED, total(rest))] if rest else found


def count(number: int) -> str:
    """A count of tokens or calls in at most five characters: `950`, `12.3k`, `4.5M`, `1.2G`."""
    if number < 1_000:
        return str(number)
    for unit in "kMG":
        number_in = number / 1_000
        if number_in < 999.5 or unit == "G":
            return f"{number_in:.0f}{unit}" if number_in >= 99.95 else f"{number_in:.1f}{unit}"
        number //= 1_000
    raise AssertionError


def unseen(rows: Sequence[Dispatch]) -> str:
    """Subagents that were sent out and of which no call is in the books; "" where there is none."""
    sent = sum(row.started and not row.never for row in rows)
    if not sent:
        return ""
    verb, them = ("was", "it") if sent == 1 else ("were", "them")
    return f"{plural(sent, 'subagent')} {verb} sent out, but no transcript of {them} is there"
