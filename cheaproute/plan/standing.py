"""What is in force already, in words; where it costs more than before, that is said first. Pure.

The model that sessions run on is in force, too: a step may gain nothing there.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from cheaproute.money import less, less_range, show
from cheaproute.plan.steps import main_loop
from cheaproute.plan.steps.propose import Plan
from cheaproute.usage import models

# What so small a share of the bill more is, other days may take back.
_LITTLE = 0.01
# What a lever is where nobody has set it.
OWN = {"cache": "five minutes, Claude Code's own for an API key: nobody has set it"}


def harm(plan: Plan, width: int, *, undo: bool) -> Iterator[str]:
    """That what is in force would have cost more; `undo`: `plan apply` wrote some of it."""
    if -plan.held_nano > _LITTLE * plan.spent:
        out = "`cheaproute plan undo`" if undo else "set by hand, so take it out by hand"
        if not undo and set(plan.held) <= set(plan.by_itself):
            out = OWN[plan.held[0]]
        said = (
            f"In force: {', '.join(plan.held)}; on these days it would have cost"
            f" {show(-plan.held_nano)} more: {out}."
        )
        yield from [*textwrap.wrap(said, width), ""]


def held(plan: Plan, width: int, applied: Sequence[str] = ()) -> Iterator[str]:
    """What is in force already, and that the steps come on top; `applied` as for `sentence`."""
    said = sentence(plan, applied)
    yield from textwrap.wrap(said, width, initial_indent="  ", subsequent_indent="  ")


def sentence(plan: Plan, applied: Sequence[str] = ()) -> str:
    """The same in one line; "" where nothing is in force.

    `applied` are the steps that `plan apply` wrote: those that are no lever of the main loop are
    named, too, and are in no sum here.
    """
    levers = (*main_loop.candidates(""), "handover")
    beside = [one for one in dict.fromkeys(applied) if one not in (*plan.held, *levers)]
    if not plan.held:
        if not beside:
            return ""
        return f"in force already: {', '.join(beside)}. The steps count what comes on top."
    if -plan.held_nano <= _LITTLE * plan.spent:
        gave = f"; it would have taken {show(plan.held_nano)} off these days' bill"
        taken = gave if plan.held_nano > 0 else ""
        names = [f"{one} ({OWN[one]})" if one in plan.by_itself else one for one in plan.held]
        more = f"; and {', '.join(beside)}" if beside else ""
        return (
            f"in force already: {', '.join(names)}{taken}{more}. The steps count what comes on top."
        )
    return "The steps count what comes on top of what is in force."


def idle(plan: Plan, model: str) -> str:
    """The step that gains nothing in sessions that run on `model`; "" where there is none."""
    names = [one.name for one in plan.steps]
    on_small = models.family(model) in ("sonnet", "haiku")
    return "main-model" if on_small and "main-model" in names else ""


def stays(
    plan: Plan, model: str, left: tuple[int, int, int] | None, *, shares: bool = False
) -> str:
    """What the plan comes to where the step gains nothing that is idle on `model`; "" for none.

    `left` are (saves, low, high) of the others as one, None: no others; `shares`: of the days'
    bill, for who pays by subscription.
    """
    name = idle(plan, model)
    if not name:
        return ""
    if left is None:
        return f"Who stays on {model} gains nothing by {name}."
    saves, low, high = left
    whole = plan.spent if shares else 0
    return (
        f"Without {name}, for who stays on {model}: {less(saves, whole)}"
        f" ({less_range(low, high, whole)})."
    )


def without(
    plan: Plan, model: str, left: tuple[int, int, int] | None, width: int, *, shares: bool
) -> Iterator[str]:
    """The same in lines; none where there are no others: the step says that itself."""
    told = "" if left is None else stays(plan, model, left, shares=shares)
    for line in textwrap.wrap(told.replace(" %", "\xa0%"), width):
        yield line.replace("\xa0", " ")
