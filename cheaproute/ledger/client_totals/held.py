"""Which of a run's calls the client's total holds, where it cannot hold all that are listed.

It lacks those of a run that was killed, those that were broken off (2.1.286, 2.1.322), and those
that were answered after it. A call is in it whole or not at all, so as many are taken to be as fit.
What may be a listed call's is never booked once more: counts of a call that does not fit are set
off where it may be in the total with other counts, or under another model.
"""

from __future__ import annotations

from cheaproute.ledger.client_totals.sums import NOTHING, WIDTH, Total, alike, beyond, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cheaproute.ledger.client_totals.states import Listed


class Held:
    """The listed calls in a total of the client's, in `total`; those it does not hold, in `left`.

    Not in `left` is what was answered after it. What it has beyond them is sure or not, by model.
    `hides` are models of which it may have something though all of it was set off.
    """

    __slots__ = ("doubtful", "hides", "left", "sure", "total")

    def __init__(self, total: Total, *, sure: bool) -> None:
        self.total, self.sure = total, sure
        self.left: list[Listed] = []
        self.doubtful: set[str] = set()
        self.hides: set[str] = set()

    def is_sure(self, model: str) -> bool:
        """Whether what the total has of `model` beyond these calls is known for sure."""
        return self.sure and model not in self.doubtful


def held(
    added: Total, calls: list[Listed], at_ms: int, *, known_run: bool, names_asked: bool
) -> Held:
    """The calls in `added`, what a run added to the total, of `calls`, in the order of their time.

    `at_ms` is the last time known before the total, `known_run` whether all calls are of its run.
    With `names_asked` their models are those the client asked for, else those that answered.
    """
    found = Held(Total(), sure=True)
    total = found.total
    for call in _in_order(calls, at_ms):
        if fits(added.of(call.model), _plus(total.of(call.model), call.amounts)):
            _take(total, call.model, call.amounts)
            total.calls += 1
            if call.inexact:
                total.inexact.add(call.model)
        elif call.doubtful or call.ts_ms <= at_ms:
            found.left.append(call)
    found.doubtful = {call.model for call in found.left}
    found.sure = known_run or all(call.doubtful for call in found.left)
    rest: dict[str, tuple[int, ...]] = {}
    for call in found.left:
        amounts = call.amounts
        if call.doubtful or known_run:
            amounts = _set_off(added, found, call.model, amounts)
        if not call.doubtful or not any(added.of(call.model)):
            rest[call.model] = _plus(rest.get(call.model, NOTHING), amounts)
    if not names_asked:
        for model, amounts in sorted(rest.items(), key=lambda one: -sum(one[1])):
            _set_off_elsewhere(added, found, model, amounts)
    return found


def _in_order(calls: list[Listed], at_ms: int) -> Iterable[Listed]:
    """First the run's last: before them, a run may have been killed. Last what it may lack."""
    yield from (call for call in reversed(calls) if call.ts_ms <= at_ms and not call.doubtful)
    yield from (call for call in calls if call.ts_ms > at_ms and not call.doubtful)
    yield from (call for call in reversed(calls) if call.doubtful)


def _set_off_elsewhere(added: Total, found: Held, model: str, amounts: tuple[int, ...]) -> None:
    """Set `amounts` of `model` off against models that a gateway may have answered for."""

    def likely(other: str) -> tuple[bool, int]:
        gap = beyond(added.of(other), found.total.of(other))
        whole = fits(gap, amounts)
        return not whole, sum(gap[:WIDTH]) * (1 if whole else -1)

    used = set()
    for other in sorted(added.sums, key=likely):
        before = amounts
        if other != model:
            amounts = _set_off(added, found, other, amounts)
            used.update([other] if amounts != before else [])
    if used:
        amounts = _set_off(added, found, model, amounts)
    if any(amounts[:WIDTH]):  # a gateway's answers leave nothing: a killed run's may be here
        found.hides |= used


def _set_off(added: Total, found: Held, model: str, amounts: tuple[int, ...]) -> tuple[int, ...]:
    """Count as held what `added` still has of `model`, up to `amounts`; what is left of these."""
    theirs = alike(added.of(model), amounts)
    gap = beyond(added.of(model), found.total.of(model))
    taken = (*map(min, gap[:WIDTH], theirs[:WIDTH]), 0)
    if not any(taken):
        return amounts
    _take(found.total, model, taken)
    found.total.inexact.add(model)
    found.doubtful.add(model)
    return tuple(a - b for a, b in zip(theirs, taken, strict=True))


def _take(total: Total, model: str, amounts: tuple[int, ...]) -> None:
    total.sums[model] = _plus(total.of(model), amounts)


def _plus(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))
