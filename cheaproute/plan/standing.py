"""What is in force already, in words; where it costs more than before, that is said first. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cheaproute.money import show
from cheaproute.plan.steps.propose import Plan

# What so small a share of the bill more is, other days may take back.
_LITTLE = 0.01


def harm(plan: Plan, width: int, *, undo: bool) -> Iterator[str]:
    """That what is in force would have cost more; `undo`: `plan apply` wrote some of it."""
    if -plan.held_nano > _LITTLE * plan.spent:
        out = "`cheaproute plan undo`" if undo else "set by hand, so take it out by hand"
        said = (
            f"In force: {', '.join(plan.held)}; on these days it would have cost"
            f" {show(-plan.held_nano)} more: {out}."
        )
        yield from [*textwrap.wrap(said, width), ""]


def held(plan: Plan, width: int) -> Iterator[str]:
    """What is in force already, and that the steps come on top."""
    yield from textwrap.wrap(sentence(plan), width, initial_indent="  ", subsequent_indent="  ")


def sentence(plan: Plan) -> str:
    """The same in one line; "" where nothing is in force."""
    if not plan.held:
        return ""
    if -plan.held_nano <= _LITTLE * plan.spent:
        gave = f"; of these days it would have taken {show(plan.held_nano)}"
        taken = gave if plan.held_nano > 0 else ""
        return (
            f"in force already: {', '.join(plan.held)}{taken}. The steps count what comes on top."
        )
    return "The steps count what comes on top of what is in force."
