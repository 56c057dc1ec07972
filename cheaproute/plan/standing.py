"""What is in force already, in words; where it costs more than before, that is said apart. Pure.

The model that sessions run on is in force, too: a step may gain nothing there.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from cheaproute.money import less, less_range
from cheaproute.plan.steps import main_loop
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.sums import Sums, now
from cheaproute.usage import models

# What so small a share of the bill more is, other days may take back.
_LITTLE = 0.01
# What a lever is where nobody has set it, and what sets it otherwise.
OWN = {"cache": "five minutes, Claude Code's own for an API key: nobody has set it"}
_FIVE_MINUTES = (
    "with an API key the main loop's cache lives five minutes, and on these days it lived longer"
)
HOUR = '`"promptCacheTtl": "1h"` in Claude Code\'s settings.json'
# By what a lever is set, for who has set it by hand.
_KEYS = {
    "window": "autoCompactWindow, plan.window_tokens",
    "window by model": "modelSettings",
    "cold-return": "plan.cold_return",
    "task-end": "plan.task_tokens",
    "handover": "plan.handover",
    "keep-warm": "plan.keep_warm",
    "cache": "promptCacheTtl",
    "main-model": "routing.main",
}


def harms(plan: Plan) -> bool:
    """Whether what is in force would have cost notably more than before."""
    return -plan.held_nano > _LITTLE * plan.spent


def harm(plan: Plan, of: Sums, *, undo: bool) -> str:
    """That what is in force would have cost more, and the way out; "" where it would not.

    `undo`: `plan apply` wrote some of it.
    """
    if not harms(plan):
        return ""
    by_hand = [one for one in plan.held if one not in plan.by_itself]
    why = []
    if undo:
        why.append(f"{', '.join(by_hand)}, which `cheaproute plan undo` takes back")
    elif by_hand:
        keys = ", ".join(_KEYS[one] for one in by_hand)
        why.append(f"{', '.join(by_hand)}, set by hand: what sets it is {keys}")
    if plan.by_itself:
        why.append(_short_life(plan))
    counted = f" The steps save of the {of.shown(of.stood)}." if plan.steps else ""
    return f"These days {now(of)}: {'; and '.join(why)}.{counted}"


def dearer(plan: Plan) -> str:
    """Why these days would have cost more by what nobody has set, a sentence; "" elsewhere."""
    if not (harms(plan) and plan.by_itself):
        return ""
    return f"By what is set now they would have cost more, for {_FIVE_MINUTES}."


def _short_life(plan: Plan) -> str:
    """Why a cache lives five minutes that nobody has set, and what gives it an hour."""
    said = f"{_FIVE_MINUTES}. {HOUR} makes it an hour"
    if any(one.lever == "cache" for one in plan.steps):
        return f"{said}, which is the step `cache`"
    if not plan.steps:
        return f"{said} (for sure that gains too little to be a step)"
    return f"{said}, which gains next to nothing once you take the steps below"


def held(plan: Plan, of: Sums, width: int, applied: Sequence[str] = ()) -> Iterator[str]:
    """What is in force already, and that the steps come on top; `applied` as for `sentence`."""
    said = sentence(plan, of, applied)
    yield from textwrap.wrap(said, width, initial_indent="  ", subsequent_indent="  ")


def sentence(plan: Plan, of: Sums, applied: Sequence[str] = ()) -> str:
    """The same in one line; "" where nothing is in force, or where `harm` says it.

    `applied` are the steps that `plan apply` wrote: those that are no lever of the main loop are
    named, too, and are in no sum here.
    """
    levers = (*main_loop.candidates(""), "handover")
    beside = [one for one in dict.fromkeys(applied) if one not in (*plan.held, *levers)]
    if harms(plan) or not (plan.held or beside):
        return ""
    names = [f"{one} ({OWN[one]})" if one in plan.by_itself else one for one in plan.held]
    with_it = f"; with {'it' if len(names) == 1 else 'them'} these days {now(of)}"
    taken = with_it if of.differs and names else ""
    more = f"; and {', '.join(beside)}" if beside and names else ", ".join(beside)
    return f"in force already: {', '.join(names)}{taken}{more}. The steps count what comes on top."


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
    whole = plan.spent - plan.held_nano if shares else 0
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
