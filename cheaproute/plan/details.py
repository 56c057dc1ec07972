"""One step of the plan in words: what it gives and risks, and its cases. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cheaproute import days
from cheaproute.money import show
from cheaproute.plan.screen import wrap, written
from cheaproute.plan.steps import choice
from cheaproute.plan.steps.step import Step


def cases(step: Step, names: Mapping[int, str], titles: Mapping[int, str]) -> list[Sequence[str]]:
    """The rows of `plan show`: day, session, kind of work, dollars, title."""
    known = [names.get(case.session, "?") for case in step.cases]
    size = next((n for n in range(8, 36) if len({one[:n] for one in known}) == len(set(known))), 36)
    return [
        (
            days.iso(case.day),
            names.get(case.session, "?")[:size],
            case.what,
            show(case.nano) if case.nano >= 0 else f"{show(-case.nano)} dearer",
            titles.get(case.session, ""),
        )
        for case in step.cases
    ]


def words(
    step: Step,
    steps: Sequence[Step],
    width: int,
    *,
    subscription: bool = False,
    later: bool = False,
) -> str:
    """What `plan show` says before the cases; amounts of a `subscription` are list prices.

    `later`: it is left for later, when what it writes may be another than now.
    """
    lines = [*wrap(step.title, width), ""]
    worth = " All at list price." if subscription else ""
    lines += wrap(choice.figures(step) + worth, width)
    lines += wrap(choice.only(step, steps), width)
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
