"""The plan in words: one screen, and the cases of a step. Pure."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence

from cheaproute import days
from cheaproute.money import show
from cheaproute.plan.replay.parts import COLD, LONG, OTHER
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Case, Step

_MOST_CASES = 3


def report(plan: Plan, names: Mapping[int, str], *, subscription: bool, width: int) -> str:
    """Everything `plan` says, in lines of at most `width` columns where words allow."""
    if not plan.spent:
        return "The ledger has no calls of these days: `cheaproute import` reads your history."
    lines = [_title(plan, subscription), *_went(plan), ""]
    if not plan.steps:
        lines.append("Nothing to change: no setting would have saved enough to be worth it.")
    for number, step in enumerate(plan.steps, 1):
        lines += _step(number, step, plan, names, subscription=subscription, width=width)
        lines.append("")
    if plan.steps:
        lines.append(
            f"Together: {_money(plan.saves, plan, subscription)}"
            f" ({_range(plan.low, plan.high, plan, subscription)})"
            " of these days, replayed as one: savings do not add up."
        )
        lines.append(
            "`cheaproute plan show STEP` lists its sessions, `plan apply [STEP]` shows the change"
            " and asks, `plan undo` takes it back."
        )
    lines += [f"Note: {note}." for note in plan.notes]
    return "\n".join(lines)


def cases(step: Step, names: Mapping[int, str], titles: Mapping[int, str]) -> list[Sequence[str]]:
    """The rows of `plan show`: day, session, kind of work, dollars, title."""
    return [
        (
            days.iso(case.day),
            names.get(case.session, "?"),
            case.what,
            show(case.nano),
            titles.get(case.session, ""),
        )
        for case in step.cases
    ]


def details(step: Step, width: int) -> str:
    """What `plan show` says before the cases."""
    lines = [step.title, "", *textwrap.wrap(f"Risk: {step.risk}.", width)]
    lines += textwrap.wrap("In doubt: " + "; ".join(step.doubts) + ".", width)
    return "\n".join([*lines, *written(step)])


def written(step: Step) -> Iterator[str]:
    """What the step writes, a line a key."""
    for key, value in step.settings.items():
        yield f"settings.json  {key}: {json.dumps(value)}"
    for key, value in step.config.items():
        rules = value.items() if isinstance(value, Mapping) else [("", value)]
        for name, rule in rules:
            yield f"config.toml    {key}{'.' + name if name else ''} = {json.dumps(rule)}"


def _went(plan: Plan) -> Iterator[str]:
    """Where the money of the days went, in two lines."""
    shares = [
        f"{name} {nano / plan.spent:.0%}" for name, nano in plan.went.items() if name != OTHER
    ]
    if plan.main_loop:
        yield f"  {', '.join(shares[:3])}"
        yield f"  {'; '.join(f'{share} {name}' for name, share in _avoidable(plan))}"


def _avoidable(plan: Plan) -> Iterator[tuple[str, str]]:
    for name in (LONG, COLD):
        yield name, f"{plan.went[name] / plan.spent:.0%}"


def _title(plan: Plan, subscription: bool) -> str:
    many = plan.past - plan.first
    span = f"{days.iso(plan.first)} to {days.iso(plan.past - 1)}"
    kind = " list-price equivalent (you pay by subscription)" if subscription else ""
    main = f"{plan.main_loop / plan.spent:.0%}"
    return (
        f"{span} ({many} {'day' if many == 1 else 'days'}, UTC): {show(plan.spent)}{kind},"
        f" {main} of it the main loop"
    )


def _step(
    number: int,
    step: Step,
    plan: Plan,
    names: Mapping[int, str],
    *,
    subscription: bool,
    width: int,
) -> Iterator[str]:
    money = _money(step.saves, plan, subscription)
    head = f"{number}. {step.title}"
    room = max(20, min(width, 100) - len(money) - 2)
    first, *more = textwrap.wrap(head, room, subsequent_indent="   ") or [head]
    yield f"{first:<{room}}  {money}"
    yield from more
    indent = "   "
    told = (
        f"{step.name}: {_range(step.low, step.high, plan, subscription)}"
        f" in {len(step.cases)} sessions. Risk: {step.risk}."
    )
    yield from textwrap.wrap(told, min(width, 100), initial_indent=indent, subsequent_indent=indent)
    before = "unset" if step.before is None else json.dumps(step.before)
    yield f"{indent}{step.setting}: {before} -> {json.dumps(step.after)}"
    dear = "; ".join(_case(case, names) for case in step.cases[:_MOST_CASES])
    if dear:
        yield from textwrap.wrap(
            f"most in {dear}", min(width, 100), initial_indent=indent, subsequent_indent=indent
        )


def _case(case: Case, names: Mapping[int, str]) -> str:
    return f"{days.iso(case.day)} {names.get(case.session, '?')[:8]} {case.what} {show(case.nano)}"


def _money(nano: int, plan: Plan, subscription: bool) -> str:
    """Dollars; of a subscription, the share of the days' list price."""
    return f"{nano / plan.spent:.0%} less" if subscription else f"{show(nano)} less"


def _range(low: int, high: int, plan: Plan, subscription: bool) -> str:
    if subscription:
        return f"{low / plan.spent:.0%} to {high / plan.spent:.0%}"
    return f"{show(low)} to {show(high)}"
