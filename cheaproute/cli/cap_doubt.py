"""Whether another cap may be meant than the one that is set: what a shell does with `$`."""

from __future__ import annotations

from collections.abc import Mapping

from cheaproute import money
from cheaproute.cap import periods
from cheaproute.cap.state import State
from cheaproute.cli.context import Context

# So many times less than what was set, or less than what is spent, is seldom meant.
_FAR = 5


def far_below(held: State, wanted: Mapping[str, int], *, by_shell: bool) -> str:
    """A sentence where a limit (nano-dollars by period) is far below the one it stands in for.

    Or below what its period has spent; "" where none is. `by_shell`: one has read the words.
    """
    for name, nano in wanted.items():
        at = held.periods[name]
        old = (at.limit or 0) - at.extra
        far = old >= _FAR * nano
        if not far and at.spent + at.before < _FAR * nano:
            continue
        was = f"The {periods.ADJECTIVES[name]} cap was {money.exact(old)}. " if old else ""
        if not by_shell:
            return was.rstrip()
        return (
            f'{was}If you typed a $: a shell reads $340 and "$340" as 40, its own $3 being empty.'
            " Type 340, or '$340' in single quotes."
        )
    return ""


def meant_to_stop(context: Context, held: State, wanted: Mapping[str, int], doubt: str) -> bool:
    """Whether a cap that is passed already is meant, where somebody is there to be asked.

    `doubt` is what `far_below` says of it.
    """
    if not context.person_there:
        return True
    full = [
        (at, nano)
        for name, nano in wanted.items()
        for at in [held.periods[name]]
        if at.spent + at.before >= nano
    ]
    if not full:
        return True
    at, nano = full[0]
    does = "only warn" if context.at_cap == "warn" else "stop"
    return context.confirm(
        f"{doubt}{doubt and ' '}{money.show(at.spent + at.before)} of {money.show(nano)} are spent"
        f" already: every session would {does}. Set it?"
    )
