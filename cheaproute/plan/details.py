"""One step of the plan in words: what it gives and risks, and its cases. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cheaproute import days
from cheaproute.money import marked, show
from cheaproute.plan.lines import wrap, written
from cheaproute.plan.steps import choice
from cheaproute.plan.steps.step import Step, Undone
from cheaproute.plan.sums import Sums, now, undone


def heads(step: Step) -> Sequence[str]:
    """The columns of `cases`: what each session cost, and what it saves of that or of what else."""
    stood = (">With others" if step.on_top else ">Set now",) if _differs(step) else ()
    cost = () if _unknown(step) else (">Was",)
    return ("Last day", "Session", "Work", *cost, *stood, ">Saves", "Title")


def _differs(step: Step) -> bool:
    """Whether the saving is of another sum than what the sessions cost."""
    return any(show(one.stood or 0) != show(one.cost or 0) for one in step.cases)


def _unknown(step: Step) -> bool:
    return all(one.cost is None for one in step.cases)


def cases(
    step: Step,
    names: Mapping[int, str],
    titles: Mapping[int, str],
    lower: Collection[int] = (),
) -> list[Sequence[str]]:
    """The rows of `plan show`: day, session, kind of work, dollars, title; by `heads`.

    What the sessions `lower` cost is a lower bound.
    """
    known = [names.get(case.session, "?") for case in step.cases]
    size = next((n for n in range(8, 36) if len({one[:n] for one in known}) == len(set(known))), 36)
    return [
        (
            days.iso(case.day),
            names.get(case.session, "?")[:size],
            case.what,
            *(() if _unknown(step) else (_money(case.cost, case.session in lower),)),
            *((_money(case.stood),) if _differs(step) else ()),
            show(case.nano) if case.nano >= 0 else f"{show(-case.nano)} dearer",
            titles.get(case.session, ""),
        )
        for case in step.cases
    ]


def _money(nano: int | None, lower: bool = False) -> str:
    return "-" if nano is None else marked(nano, 0, lower=lower)


def whose(step: Step) -> str:
    """Of which calls the sums of `cases` are, "" where they have none."""
    if not step.cases or _unknown(step):
        return ""
    return (
        "The sums are of the calls that the step is about (the main loop's, or subagents'), in"
        " these days; `costs sessions` has all calls of a session."
    )


def words(
    step: Step,
    steps: Sequence[Step],
    of: Sums,
    width: int,
    *,
    later: bool = False,
    pairs: Sequence[Undone] = (),
) -> str:
    """What `plan show` says before the cases; amounts of a subscription are list prices.

    `later`: it is left for later, when what it writes may be another than now. `pairs` as in the
    plan.
    """
    lines = [*wrap(step.title, width), ""]
    worth = " All at list price." if of.subscription else ""
    lines += wrap(choice.figures(step) + worth, width)
    if said := now(of):
        lines += wrap(f"These days {said}; the step saves of the former.", width)
    lines += wrap(choice.only(step, steps), width)
    for pair in pairs:
        lines += wrap(undone(pair), width) if step.name in pair.steps else []
    lines += wrap(f"Risk: {step.risk}.", width)
    lines += wrap("In doubt: " + "; ".join(step.doubts) + ".", width)
    if later:
        return "\n".join(
            [
                *lines,
                *wrap("Its sessions, and what it writes, are shown once it is a step.", width),
            ]
        )
    for one in step.writes():
        lines += wrap(written(one, step.writes()), width, subsequent_indent="  ")
    return "\n".join(lines)
