"""Whether another cap may be meant than the one that is set: what a shell does with `$`."""

from __future__ import annotations

from collections.abc import Mapping

from cheaproute import money
from cheaproute.cap import periods
from cheaproute.cap.state import State
from cheaproute.cli.context import Context

# So many times less than what was set, or less than what is spent, is seldom meant.
_FAR = 5


def far_below(held: State, wanted: Mapping[str, int], words: Mapping[str, str]) -> str:
    """A sentence where a limit (nano-dollars by period) is far below the one it stands in for.

    Or below what its period has spent; "" where none is. `words`: those of the limits that a shell
    has read, as it left them.
    """
    for name, nano in wanted.items():
        at = held.periods[name]
        old = at.limit or 0  # as it holds, with its raise
        far = old >= _FAR * nano
        if not far and at.spent + at.before < _FAR * nano:
            continue
        was = f"The {periods.ADJECTIVES[name]} cap was {money.exact(old)}. " if old else ""
        word = words.get(name, "")
        meant = _before_a_shell(word, max(old, at.spent + at.before))
        if not meant:
            return was.rstrip()
        return (
            f'{was}If you typed a $: a shell reads ${meant} and "${meant}" as {word}, its own '
            f"${meant[0]} being empty. Type {meant}, or '${meant}' in single quotes."
        )
    return ""


def _before_a_shell(word: str, known: int) -> str:
    """The amount that a shell may have read as `word`: the one nearest to what is `known`.

    "" where each is far from that.
    """
    found = {f"{digit}{word}" for digit in "123456789" if money.is_amount(f"{digit}{word}")}
    likely = min(sorted(found), key=lambda one: abs(money.parse(one) - known), default="")
    nano = money.parse(likely) if likely else 0
    return likely if known < _FAR * nano and nano < _FAR * known else ""


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
