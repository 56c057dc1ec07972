"""The ledger as a journal for plain-text accounting: hledger's (and ledger's), beancount's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cheaproute.ledger.query.totals import Sums
from cheaproute.money import plain
from cheaproute.report.figures import plural
from cheaproute.usage.models import canonical

FORMATS = ("hledger", "beancount")
# A plan's fee stands on its own bill: whoever books both has paid twice.
_LIST_PRICE = (
    "; All amounts are list prices, what these calls would have cost by an API key. Your plan does",
    "; not bill them: they are no expense beside its fee.",
)


def render(form: str, rows: Mapping[tuple[str, str], Sums], *, plan: bool) -> Iterator[str]:
    """One transaction a day, one posting a model; what has no price is only a comment."""
    by_day: dict[str, dict[str, int]] = {}
    calls: dict[str, int] = {}
    unknown: dict[str, int] = {}
    begun: dict[str, int] = {}
    for (day, model), sums in sorted(rows.items()):
        account = (_beancount if form == "beancount" else _hledger)(model)
        amounts = by_day.setdefault(day, {})
        amounts[account] = amounts.get(account, 0) + sums.cost_nano
        calls[day] = calls.get(day, 0) + sums.calls
        unknown[day] = unknown.get(day, 0) + sums.unpriced
        begun[day] = begun.get(day, 0) + sums.partial
    if not by_day:
        return
    if plan:
        yield from (f"{line}\n" for line in _LIST_PRICE)
    if form == "beancount":
        yield 'option "operating_currency" "USD"\n'
        accounts = sorted(
            {name for spent in by_day.values() for name, nano in spent.items() if nano}
        )
        for name in (*accounts, "Liabilities:Anthropic"):
            yield f"{min(by_day)} open {name} USD\n"
    for day, amounts in by_day.items():
        spent = {name: nano for name, nano in amounts.items() if nano}
        note = plural(calls[day], "call")
        if unknown[day]:
            note += f", {unknown[day]:,} of unknown price not in it"
        if begun[day]:
            note += f", a lower bound: of {begun[day]:,} only the start is on record"
        if not spent:
            continue
        yield "\n"
        if form == "beancount":
            yield f'{day} * "Anthropic" "Claude Code, {note}"\n'
            yield from (f"  {name}  {plain(nano)} USD\n" for name, nano in spent.items())
            yield f"  Liabilities:Anthropic  -{plain(sum(spent.values()))} USD\n"
        else:
            yield f"{day} * Anthropic  ; Claude Code, {note}\n"
            yield from (f"    {name}  ${plain(nano)}\n" for name, nano in spent.items())
            yield f"    liabilities:anthropic  $-{plain(sum(spent.values()))}\n"


def _hledger(model: str) -> str:
    """An account: two blanks or a colon would end it or nest it."""
    name = canonical(model).removeprefix("claude-")
    return "expenses:claude:" + ("".join(c if c.isalnum() or c in "-._" else "-" for c in name))


def _beancount(model: str) -> str:
    """An account: each part begins with a capital or a digit, and has letters, digits, dashes."""
    name = canonical(model).removeprefix("claude-")
    word = "".join(c if c.isascii() and c.isalnum() else "-" for c in name).strip("-") or "Unknown"
    return "Expenses:Claude:" + word[0].upper() + word[1:]
