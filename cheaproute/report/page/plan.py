"""The cards about days and what would have cost less: calendar, plan, where the money went."""

from __future__ import annotations

from cheaproute import days
from cheaproute.ledger.query.totals import Sums
from cheaproute.money import NANO, in_percent, less, less_range, marked, percents, share_marked
from cheaproute.report import dates
from cheaproute.report.figures import MISSES, amount, count, money, share
from cheaproute.report.page.facts import Facts, Plan, Step
from cheaproute.report.page.markup import Over, code, empty, section, table, text

CALENDAR_DAYS = 62
USUAL_DAYS = 30  # those of `cheaproute plan`
_TITLE = "What would have cost less"


def calendar(facts: Facts) -> str:
    """The days of the span as a calendar, the dearer the darker, each with its amount."""
    report = facts.report
    if report.past - report.first > CALENDAR_DAYS or not report.total.calls:
        return ""
    spent = {days.parse(day): sums for day, sums in report.by_day}
    most = max((sums.cost_nano for sums in spent.values()), default=0)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Week", *dates.WEEKDAYS))
    weeks = []
    past = min(report.past, report.now_day + 1)
    for monday in range(report.first - (report.first + 3) % 7, past, 7):
        cells = []
        for day in range(monday, monday + 7):
            if not report.first <= day < past:
                cells.append("<td></td>")
                continue
            sums = spent.get(day, Sums())
            nano = sums.cost_nano
            level = 0 if not nano else min(4, 1 + nano * 4 // (most + 1))
            cell = _amount(sums) if nano else "-"
            number = days.civil(day)[2]
            cells.append(f'<td class="l{level}"><small>{number}</small> {cell}</td>')
        weeks.append(f'<tr><th scope="row">{dates.short(monday)}</th>{"".join(cells)}</tr>')
    drawn = (
        f'<div class="scroll" tabindex="0"><table class="cal"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(weeks)}</tbody></table></div>"
    )
    return section("calendar", "Day by day", drawn)


def _amount(sums: Sums) -> str:
    """What a day came to: from 100 dollars on without cents, on a narrow screen from ten on."""
    whole, brief = amount(sums), _brief(sums)
    if sums.cost_nano >= 100 * NANO or brief == whole:
        return f"<b>{text(brief)}</b>"
    return f'<b class="wide">{text(whole)}</b><b class="brief">{text(brief)}</b>'


def _brief(sums: Sums) -> str:
    """An amount and its marks, from ten dollars on without cents: a lower bound is not raised."""
    nano = sums.cost_nano
    if nano < 10 * NANO:
        return amount(sums)
    dollars = nano // NANO if sums.lower_bound else round(nano / NANO)
    return amount(sums).replace(money(nano), f"${dollars:,}")


def steps(facts: Facts) -> str:
    """The plan: the bill of its days before and after, its steps, where the money went."""
    made = facts.plan
    if made is None:
        return ""
    span = f"{dates.short(made.first)} to {dates.short(made.past - 1)}"
    held = f"<p>{code(made.in_force[:1].upper() + made.in_force[1:])}</p>" if made.in_force else ""
    more, by = (" more", "these steps") if held else ("", "the plan")
    saved = f"{less(made.saves)} ({less_range(made.low, made.high)})"
    saved += made.instead and f", {made.instead}"
    if not made.steps:
        said = f"Of {_spent(made)} in {span}, the plan finds nothing{more} worth a change."
        return section("plan", _TITLE, held, empty(said))
    bars = _bars(made, f"with {by}")
    said = f"{span}, replayed: {saved}."
    said += f" {made.without}" if made.without else ""
    said += f" {made.added}" if made.added and len(made.steps) > 1 else ""
    listed = table(
        ("Step", _of(made), "Range", "<Risk"),
        [
            (f"{number}. {one.title} (`{one.name}`)", Over(_saves(one), said), said, one.risk)
            for number, one in enumerate(made.steps, 1)
            for said in [less_range(one.low, one.high)]
        ],
        css="pl",
    )
    how = f'<p class="note">{_how(facts, made)}</p>'
    return section("plan", _TITLE, held, bars, f"<p>{code(said)}</p>", listed, how)


def _of(made: Plan) -> str:
    """What stands over the savings: of which sum, where it is not the bill."""
    stood = marked(max(0, made.spent - made.held_nano), 0, lower=made.lower)
    return f"Saves of {stood}" if made.held_nano else "Saves"


def _saves(one: Step) -> str:
    """What a step saves, and beside which others where it does so with them alone."""
    saved = money(one.saves) if one.saves >= 0 else less(one.saves)
    return f"{saved} {one.beside}".rstrip()


def _bars(made: Plan, steps: str) -> str:
    """The bill of the days as it was, by what is set now, and with the steps on top of that."""
    stood = made.spent - made.held_nano
    drawn = [("as it was", made.spent, ""), (steps, stood - made.saves, " after")]
    if made.held_nano:
        drawn.insert(1, ("by what is set now", stood, ""))
    most = max(1, *(nano for _, nano, _ in drawn))
    return "".join(
        f'<p class="ba{css}"><span>{text(name)}</span>'
        f'<i style="width:{round(100 * max(0, nano) / most)}%"></i> '
        f"{text(marked(max(0, nano), 0, lower=made.lower))}</p>"
        for name, nano, css in drawn
    )


def _spent(made: Plan) -> str:
    return marked(made.spent, 0, lower=made.lower)


def _how(facts: Facts, made: Plan) -> str:
    """What applies these steps: the command looks at the last 30 days, if it is told no others."""
    usual = "<code>cheaproute plan apply</code>"
    if made.past <= facts.report.now_day - 1:
        return f"{usual} goes by the last 30 days: its steps and values may be others."
    if made.past - made.first == USUAL_DAYS:
        return f"{usual} shows each change and asks; a step's name behind it takes that one alone."
    since = f"<code>cheaproute plan apply --since {days.iso(made.first)}</code>"
    return (
        f"{since} shows each change and asks, a step's name behind <code>apply</code> takes that"
        " one alone; without the day it goes by the last 30 days."
    )


def misses(facts: Facts) -> str:
    """What had been cached and was written again: why, how often, for how much more."""
    title = "Cache misses"
    if not facts.missed:
        return section("misses", title, empty("Nothing that was cached was written again."))
    whole = facts.report.total.cost_nano
    rows = [
        (MISSES.get(why, why), f"{number:,}", count(tokens), money(nano), share(nano, whole))
        for why, number, tokens, nano in facts.missed
    ]
    return section(
        "misses",
        title,
        table(("By reason", "Misses", "Tokens", "Cost", "Share"), rows),
        '<p class="note">What writing them again cost more than reading them. '
        "<code>cheaproute costs misses</code> has sessions and projects.</p>",
    )


def went(facts: Facts) -> str:
    """Where the money of the plan's days went: all of it, and which of that could be avoided."""
    made = facts.plan
    if made is None or not made.went:
        return ""

    def row(name: str, nano: int, percent: int | None = None) -> tuple[str, str, str]:
        whole, mark = made.spent, made.marks.get(name, "")
        said = share(nano, whole) if percent is None else in_percent(percent, nano, whole)
        return name, marked(nano, 0, lower=mark == "≥"), share_marked(mark, said)

    told = percents([nano for _, nano in made.went], made.spent)
    span = f"{dates.short(made.first)} to {dates.short(made.past - 1)}"
    looked = table(("Of which", "Cost", "Share"), [row(*one) for one in made.looked])
    lacks = f"≥ at least, ≤ at most: {made.lacks}." if made.lacks else ""
    return section(
        "went",
        "Where the money went",
        table(
            (f"In {span}", "Cost", "Share"),
            [row(*one, percent) for one, percent in zip(made.went, told, strict=True)],
            foot=("Total", _spent(made), share(sum(nano for _, nano in made.went), made.spent)),
        ),
        f'<p class="note">{code(lacks)}</p>' if lacks else "",
        f'{looked}<p class="note">Parts of the above, seen another way.</p>' if made.looked else "",
    )
