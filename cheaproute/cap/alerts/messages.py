"""What an alert says: a threshold is passed, or a limit was set amid its period."""

from __future__ import annotations

import time

from cheaproute import money
from cheaproute.cap import periods
from cheaproute.cap.wording import TAG, amounts, resets, since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cheaproute.cap.periods import Period
    from cheaproute.cap.wording import Zone


_TIMES = 10  # so far past a cap a percentage says little


def alert(
    crossed: Iterable[tuple[Period, int]],
    now_ms: int,
    *,
    subscription: bool = False,
    zone: Zone = time.localtime,
) -> str:
    """The line that says what percentage of each cap is used, or how much more it is by now."""
    said = [TAG]
    for at, percent in crossed:
        limit = at.limit or 0
        passed = limit and at.used * 100 >= percent * limit
        used = money.share(at.used, limit) if passed else f"{percent} %"
        of = f"{at.used // limit:,} times" if limit and at.used >= _TIMES * limit else f"{used} of"
        said.append(
            f"{of} the {periods.ADJECTIVES[at.name]} cap is used: "
            f"{amounts(at, subscription=subscription)}. {resets(at, now_ms, zone)}"
        )
    return " ".join(said)


def besides(at: Period) -> str:
    """What was spent before the limit was set, and since, and what makes all of it count."""
    return (
        f"{since(at)}. What was before does not fill the cap of {money.exact(at.limit or 0)}; "
        f"`cheaproute cap set {money.typed(at.limit or 0)}`, said now, makes the whole month count."
    )
