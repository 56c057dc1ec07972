"""The plan's text in lines, and what a step writes in one. Pure."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

from cheaproute.plan.steps import in_force
from cheaproute.plan.steps.step import Write

# A line that a person reads is no longer.
MOST = 100


def wrap(text: str, width: int, **indents: str) -> list[str]:
    """`text` in lines of at most `width`; a percentage stays whole."""
    lines = textwrap.wrap(text.replace(" %", "\xa0%"), width, **indents)  # type: ignore[arg-type]
    return [line.replace("\xa0", " ") for line in lines]


def written(one: Write, beside: Sequence[Write] = ()) -> str:
    """A key that is written: where, what stands there, what will.

    `beside`: all that its step writes; without a window of the plan the client's own number acts
    where the module does not.
    """
    before = "unset" if one.before is None else json.dumps(one.before)
    said = in_force.means(one.key, one.after)
    if said and beside and all(other.key != "plan.window_tokens" for other in beside):
        said = f"without the module: {said}"
    return f"{one.file} {one.key}: {before} -> {json.dumps(one.after)}{said and f' ({said})'}"
