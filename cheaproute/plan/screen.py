"""The words of `tune`: where the money went, the proposals, the backtest. Pure."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator, Sequence

from cheaproute.money import show
from cheaproute.plan.backtest import Backtest
from cheaproute.plan.evidence.breakdown import went
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.steps import main_model, propose
from cheaproute.plan.steps.step import Proposal

_MOST_ROWS = 5
_SOURCES = {"main": "main loop", "subagent": "subagents"}


def report(evidence: Evidence, proposals: Sequence[Proposal], *, plan: bool, width: int) -> str:
    """Everything `tune` says, in lines of at most `width` columns where words allow."""
    if not evidence.spent:
        return "The ledger has no calls of these days: `cheaproute import` reads your history."
    lines = [_title(evidence, plan), ""]
    lines += _went(evidence)
    lines += ["", *_mainloop(evidence), ""]
    if proposals:
        lines.append(f"Proposals{'saves a month':>{max(20, min(width, 100) - 9)}}")
        for number, proposal in enumerate(proposals, 1):
            lines += _proposal(number, proposal, min(width, 100))
        lines += ["", *_assumed(proposals)]
        if any(proposal.applies for proposal in proposals):
            lines += ["", "`cheaproute tune --backtest` replays them, `--apply` writes them."]
    else:
        lines.append("Nothing to propose: the evidence speaks for no change.")
    lines += [f"Note: {note}." for note in evidence.notes]
    return "\n".join(lines)


def backtest(test: Backtest, evidence: Evidence) -> str:
    """The bill before and after, by source."""
    if not test.enough:
        return f"Too little to go by: {test.short_of}. The bill so far: " + show(
            sum(test.before.values())
        )
    bills = [("Before", test.before), ("Rules as now", test.present), ("Proposed", test.after)]
    if test.with_mode is not None:
        bills.append((f"and mode {test.mode}", test.with_mode))
    sources = sorted({key for _, bill in bills for key in bill}, key=lambda key: -_of(test, key))
    lines = [_span(evidence), ""]
    lines.append(f"{'':12}" + "".join(f"{name:>18}" for name, _ in bills))
    for source in sources:
        cells = "".join(f"{show(bill.get(source, 0)):>18}" for _, bill in bills)
        lines.append(f"{_SOURCES.get(source, source):12}{cells}")
    totals = "".join(f"{show(sum(bill.values())):>18}" for _, bill in bills)
    lines += [f"{'Total':12}{totals}", ""]
    lines.append(
        f"{test.moved} of {len(evidence.dispatches)} subagents would run on another model,"
        f" {test.digested} reads would be digested."
    )
    return "\n".join(lines)


def _of(test: Backtest, source: str) -> int:
    return test.before.get(source, 0)


def _span(evidence: Evidence) -> str:
    first, last = (
        time.strftime("%Y-%m-%d", time.gmtime(day * 86_400))
        for day in (evidence.past - evidence.days, evidence.past - 1)
    )
    days = "1 day" if evidence.days == 1 else f"{evidence.days} days"
    return f"{first} to {last} ({days}, UTC)"


def _title(evidence: Evidence, plan: bool) -> str:
    total = show(sum(evidence.before.values()))
    priced = "list-price equivalent: you pay by plan" if plan else "list price"
    return f"Tune: {_span(evidence)}, {total} {priced}"


def _went(evidence: Evidence) -> Iterator[str]:
    yield "Where it went"
    total = sum(evidence.before.values())
    for name, sums in went(evidence).items():
        if not sums:
            continue
        yield f"  By {name}"
        rows = list(sums.items())
        for key, nano in rows[:_MOST_ROWS]:
            label = _SOURCES.get(key, key)
            label = label if len(label) <= 40 else "..." + label[-37:]
            yield f"    {label:42}{show(nano):>12}{_percent(nano, total):>7}"
        if rest := sum(nano for _, nano in rows[_MOST_ROWS:]):
            more = f"{len(rows) - _MOST_ROWS} more"
            yield f"    {more:42}{show(rest):>12}{_percent(rest, total):>7}"


def _mainloop(evidence: Evidence) -> Iterator[str]:
    seen = main_model.share(evidence)
    if not seen.turns:
        yield "Main loop: no prompts on Opus or dearer to judge."
        return
    yield (
        f"Main loop: {seen.everyday} of {seen.turns} prompts on Opus or dearer were everyday work"
        f" ({seen.low:.0%} to {seen.high:.0%}): {show(seen.everyday_cost)} of {show(seen.cost)}."
    )


def _proposal(number: int, proposal: Proposal, width: int) -> Iterator[str]:
    head = f"{number:2}. {proposal.title}"
    money = show(proposal.month_nano) if proposal.kind != "cap" else ""
    yield f"{head}{money:>{max(len(money) + 2, width - len(head))}}".rstrip()
    indent = " " * 4
    if proposal.kind == "cap":
        sure = f"{proposal.samples} days; 95 %: ${proposal.low:,.0f} to ${proposal.high:,.0f}"
    else:
        sure = f"{proposal.samples} cases; 95 %: {proposal.low:.0%} to {proposal.high:.0%}"
    text = f"{proposal.why} ({sure})."
    yield from textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent)
    for line in settings_lines(proposal):
        yield indent + line
    if proposal.command:
        yield indent + "-> " + proposal.command
    if proposal.alternatives:
        others = ", ".join(f"{name} {show(nano)}" for name, nano in proposal.alternatives)
        yield f"{indent}instead: {others} a month"


def settings_lines(proposal: Proposal) -> Iterator[str]:
    """What would be set, as `config set` takes it."""
    for key, value in proposal.changes.items():
        if isinstance(value, dict):
            for name, rule in value.items():
                yield f"{key}.{name} = {json.dumps(rule)}"
        else:
            yield f"{key} = {json.dumps(value)}"


def _assumed(proposals: Sequence[Proposal]) -> Iterator[str]:
    yield "Assumed"
    for text in dict.fromkeys(text for p in proposals for text in p.assumptions):
        yield f"  - {text}"
    yield f"All together at most {show(propose.worth(proposals))} a month; they overlap in part."


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else ""
