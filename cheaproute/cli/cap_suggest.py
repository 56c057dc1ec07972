"""`cheaproute cap suggest`: a cap from what was spent, and what such a cap stops."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from cheaproute import money
from cheaproute.cli import cap_shown
from cheaproute.cli.context import Context
from cheaproute.days import day_of, iso, month_of, span
from cheaproute.errors import CheaprouteError
from cheaproute.ledger.query import coverage, totals
from cheaproute.ledger.query.totals import Sums
from cheaproute.report.figures import amount, marked, plural
from cheaproute.report.terminal import draw

_TIMES = 3
PLAN = (
    "On a plan nobody pays per token: amounts are list-price equivalents. What ends your work "
    "there is the plan's own 5-hour and weekly limit, which no cap moves."
)
_MONTH_DAYS, _ENOUGH_DAYS = 30, 7
# So many whole months tell what is usual; no more are looked at.
_LEAST_MONTHS, _MOST_MONTHS = 3, 12
_LEAST_DAYS = 3  # what one day or two came to says nothing of a month


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A cap of about three times a usual month, and the arithmetic that leads to it.

    `nano` is 0 where the history is too short. `reach` is what such a cap stops (or, by
    `does`, warns of), `day_nano` is one for a day: twice the dearest, `usual_nano` a usual month.
    """

    nano: int
    arithmetic: list[str]
    reach: str = ""
    day_nano: int = 0
    usual_nano: int = 0


def show(context: Context, *, apply: bool, as_json: bool = False) -> int:
    """Print the suggestion and, unless it is applied, how to set it; its nano-dollars.

    Raises:
        CheaprouteError: the history is not read yet, empty, or too short.
    """
    now_ms = context.now_ms()
    read = coverage.progress(context.ledger(), now_ms, now_ms)
    if read is not None:
        raise CheaprouteError(
            f"your history is being read ({read} %): ask again when it is, in a minute or two"
        )
    found = suggest(context.ledger(), now_ms)
    if found is None:
        raise CheaprouteError(
            "nothing was spent in the last 30 days that the ledger knows of: "
            "`cheaproute import` reads your history"
        )
    if not found.nano:
        raise CheaprouteError(
            f"{found.arithmetic[0]} is too little to tell a month by: ask again after "
            f"{_LEAST_DAYS} days, or choose one yourself (`cheaproute cap set 50`)"
        )
    if as_json:
        budget = _rounded_up(found.usual_nano)
        sums = {"cap": found.nano, "day": found.day_nano, "usual_month": found.usual_nano}
        sums["budget"] = budget
        used = _used(context)
        sums |= {f"{period}_spent": nano for period, nano in used.items()}
        for name, period in (("cap", "month"), ("day", "day"), ("budget", "month")):
            sums[f"{name}_left"] = max(0, sums[name] - used[period])
        context.out.json({f"{name}_usd": nano / money.NANO for name, nano in sums.items()})
        return found.nano
    for line in found.arithmetic:
        for part in draw.hang(context.out.fit(line), context.out.look.width):
            context.out.line(part)
    at_cap = context.at_cap
    does = "warns of" if at_cap == "warn" else "stops"
    for said in (found.reach.format(does=does), money.bound("\n".join(found.arithmetic))):
        for line in draw.fill(context.out.fit(said), min(76, context.out.width)) if said else []:
            context.out.line(line)
    if context.plan:
        context.out.prose(PLAN)
    if not apply:
        used, budget = _used(context), _rounded_up(found.usual_nano)
        context.out.line()
        for what, period, nano in (
            ("To set it: cheaproute cap set", "month", found.nano),
            ("and a day's: cheaproute cap set --day", "day", found.day_nano),
            ("A budget, no more than such a month: cheaproute cap set", "month", budget),
        ):
            left = _leaves(nano, used[period], period, at_cap)
            context.out.line(f"{what} {money.typed(nano)}  ({left})")
    return found.nano


def _used(context: Context) -> dict[str, int]:
    """What a cap that is set now would count of the month and of the day, nano-dollars."""
    held = cap_shown.state_of(context, 0).periods
    return {name: held[name].used + held[name].before for name in ("month", "day")}


def _leaves(nano: int, used: int, period: str, at_cap: str) -> str:
    """What such a cap would leave of the period that runs, or that it is used up already."""
    now = "today" if period == "day" else "this month"
    if nano > used:
        return f"leaves {money.show(nano - used)} {now}"
    does = "warns" if at_cap == "warn" else "stops everything"
    return f"{does} at once: {money.show(used)} is spent {now}"


def suggest(db: sqlite3.Connection, now_ms: int) -> Suggestion | None:
    """From the latest 30 days with a week of spending in them; None where nothing was spent.

    A day or two after a break say nothing of a month, nor do the first two of all. Where there is
    no such week yet, what there is makes an early guess, which says so.
    """
    first = totals.first_day(db)
    past = _busy_until(db, day_of(now_ms) + 1) or day_of(now_ms) + 1
    by_day = totals.by(db, "day", past - _MONTH_DAYS, past)
    sums = totals.total(by_day)
    if first is None or sums.cost_nano == 0:
        return None
    days = min(_MONTH_DAYS, past - first)
    spent = amount(sums)
    if days < _LEAST_DAYS:
        return Suggestion(0, [f"{plural(days, 'day')} of history ({spent})"])
    month = sums.cost_nano * _MONTH_DAYS // days
    recent = past > day_of(now_ms) - _ENOUGH_DAYS
    history = (
        f"last {plural(days, 'day')}" if recent else f"{plural(days, 'day')} to {iso(past - 1)}"
    )
    calls = f"{plural(sums.calls, 'call')}, by UTC days, as caps count"
    room = max(14, len(history))
    steps = [f"{history:<{room}} {spent}  ({calls})"]
    whole = marked(month, sums.unpriced, lower=sums.lower_bound)
    like = (
        f"those {days} days x {_MONTH_DAYS} / {days}"
        if days < _MONTH_DAYS
        else "as those 30 days; how this one ends: `costs`"
    )
    if known := _whole_months(db, first, day_of(now_ms)):
        month, whole, like = _middle(known)
    steps.append(f"{'a usual month':<{room}} {whole}  ({like})")
    nano = _rounded_up(month * _TIMES)
    steps.append(
        f"{'suggested cap':<{room}} {money.show(nano)}  ({_TIMES} usual months, "
        f"{money.show(month * _TIMES)}, rounded up)"
    )
    if sums.unpriced:
        verb = "is" if sums.unpriced == 1 else "are"
        steps.append(
            f"{plural(sums.unpriced, 'call')} of unknown price {verb} in no sum: expect more"
        )
    if days < _ENOUGH_DAYS:
        steps.append(f"{plural(days, 'day')} of history: an early guess, ask again in a week")
    dearest = max(row.cost_nano for _, row in by_day)
    reach = (
        "That is no budget: a dear month passes under it, and it {does} what runs away (a loop, a"
        " forgotten session). A day's cap {does} that sooner: twice your dearest of those days,"
        f" {money.show(dearest)}."
    )
    return Suggestion(nano, steps, reach, _rounded_up(2 * dearest), month)


def _whole_months(db: sqlite3.Connection, first: int, today: int) -> list[tuple[str, Sums]]:
    """The latest months from their first day to their last in which something was spent.

    None where they are fewer than three, or the last of them is not the one before this.
    """
    past, _ = span(month_of(today))
    by_month = [
        (name, sums)
        for name, sums in totals.by(db, "month", first, past)
        if sums.cost_nano and span(name)[0] >= first
    ]
    found = sorted(by_month, key=lambda one: one[0])[-_MOST_MONTHS:]
    recent = found and found[-1][0] == month_of(past - 1)
    return found if recent and len(found) >= _LEAST_MONTHS else []


def _middle(known: list[tuple[str, Sums]]) -> tuple[int, str, str]:
    """What a usual one of these months came to, in nano-dollars and words, and by which it is."""
    costs = sorted(sums.cost_nano for _, sums in known)
    at = len(costs) // 2
    middle = costs[at] if len(costs) % 2 else (costs[at - 1] + costs[at]) // 2
    every = totals.total(known)
    shown = marked(middle, every.unpriced, lower=every.lower_bound)
    which = f"{known[0][0]} to {known[-1][0]}"
    least, most = money.show(costs[0]), money.show(costs[-1])
    return middle, shown, f"the middle of {len(known)} whole ones, {which}: {least} to {most}"


def _busy_until(db: sqlite3.Connection, past: int) -> int:
    """The end of the latest 30 days with a week of spending in them; 0 where there are none."""
    busy = [
        row[0]
        for row in db.execute(
            "SELECT day FROM daily WHERE day < ? GROUP BY day HAVING sum(cost_nano) > 0"
            " ORDER BY day DESC",
            (past,),
        )
    ]
    for number, day in enumerate(busy[: max(0, len(busy) - _ENOUGH_DAYS + 1)]):
        if busy[number + _ENOUGH_DAYS - 1] > day - _MONTH_DAYS:
            return past if number == 0 and past - day <= _ENOUGH_DAYS else day + 1
    return 0


def _rounded_up(nano: int) -> int:
    """`nano` with three digits that count at most, and whole dollars."""
    unit: int = 10 ** max(9, len(str(nano)) - 3)
    return -(-nano // unit) * unit
