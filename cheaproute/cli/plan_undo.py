"""`cheaproute plan undo`: what `plan apply` wrote, taken back."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Sequence

from cheaproute.cli.changes import take_back
from cheaproute.cli.context import Context
from cheaproute.config import changes
from cheaproute.errors import CheaprouteError, ConfigError, UsageError
from cheaproute.plan import applied
from cheaproute.plan.steps.choice import named

NAME = "plan"


def check(steps: Sequence[str], context: Context) -> None:
    """Whether `steps` are those of the last `plan apply`, which is taken back as a whole.

    Raises:
        UsageError: some of it would stay, or they are of an earlier one or of none.
    """
    made = applied.load(context.env)
    last = made[-1].steps if made else ()
    if not steps or set(steps) == set(last):
        return
    for step in steps:
        if not any(step in one.steps for one in made):
            known = ", ".join(name for one in made for name in one.steps) or "none"
            raise UsageError(f"no step {step!r} is in force by `plan apply` (in force: {known})")
    if not set(steps) < set(last):
        raise UsageError(
            f"`cheaproute plan undo` takes the last `plan apply` back first: {named(last)}"
        )
    stay = " ".join(name for name in last if name not in steps)
    raise UsageError(
        f"{named(last)} were applied as one and are taken back as one:"
        f" `cheaproute plan undo`, then `cheaproute plan apply {stay}`"
    )


def undo(args: argparse.Namespace, context: Context) -> int:
    """Take back everything that the last `plan apply` wrote.

    Raises:
        ConfigError: there is nothing to take back.
        ConfigError: a file was changed since and is none of its kind any more.
    """
    made = changes.all_of(context.env, NAME)
    noted = applied.load(context.env)
    times = [*(changes.made_ms(one) for one in made), *(one.at_ms for one in noted)]
    if not times:
        raise ConfigError("there is no `cheaproute plan apply` to take back")
    at_ms = max(times)
    take_back(args, context, [one for one in made if changes.made_ms(one) == at_ms])
    applied.remove(context.env, at_ms)
    if earlier := applied.load(context.env):
        last = earlier[-1].steps
        steps, stand = ("step", "is") if len(last) == 1 else ("steps", "are")
        context.say(
            f"{steps} {named(last)} {stand} still applied:"
            " `cheaproute plan undo` once more takes that back"
        )
    return 0


def undo_all(args: argparse.Namespace, context: Context) -> int:
    """Take back all that every `plan apply` wrote; 1 where a file, named, had to be left as it is.

    One file does not hold up another, nor does a library that is missing: `uninstall` begins here,
    for which nothing to take back, which is said, is no failure.
    """
    made = changes.all_of(context.env, NAME)
    if not made and not os.path.exists(applied.file(context.env)):
        context.say("nothing that `plan apply` wrote is in force")
    left: set[int] = set()
    for change in reversed(made):
        try:
            take_back(args, context, [change])
        except (CheaprouteError, ImportError) as error:
            context.say(f"left as it is: {change.path} ({error})")
            left.add(changes.made_ms(change))
    with contextlib.suppress(ImportError):
        applied.forget_all_but(context.env, left)
    return 1 if left else 0


def put_back(context: Context, at_ms: int) -> None:
    """Undo an `apply` that could not write all of its files."""
    for change in reversed(changes.all_of(context.env, NAME)):
        if changes.made_ms(change) == at_ms:
            if changes.untouched(change):
                changes.take_back(change)
            else:  # the one that could not be written
                changes.forget(change)
    applied.remove(context.env, at_ms)
