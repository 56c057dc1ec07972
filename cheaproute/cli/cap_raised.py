"""By how much `cap raise` raises which caps: one sum for all that are named, or one for each."""

from __future__ import annotations

from cheaproute import money
from cheaproute.cap.state import State
from cheaproute.errors import UsageError


def amounts(
    usd: str | None, month: str | None, day: str | None, session: str | None
) -> dict[str, int]:
    """Nano-dollars by period, {} where `usd` is of whichever cap stands in the way.

    `month` and `day` are "" where they are named without a sum; `session` is a name.

    Raises:
        UsageError: no sum, or nobody can tell which is meant for which.
    """
    own = {name: text for name, text in (("month", month), ("day", day)) if text is not None}
    said = [text for text in own.values() if text]
    if usd is None and len(said) == 1 and session is None:  # `raise --month --day 10`
        usd, own, said = said[0], dict.fromkeys(own, ""), []
    if usd is None and (session is not None or not said or len(said) < len(own)):
        raise UsageError("how much? `cheaproute cap raise 10` or `--month 40 --day 5`")
    if usd is not None and said and (session is None or len(said) < len(own)):
        raise UsageError("which amount is for which cap? `cheaproute cap raise --month 40 --day 5`")
    if session is not None:
        own["session"] = ""
    return {name: money.parse(text or usd or "") for name, text in own.items()}


def meant(state: State) -> list[str]:
    """The caps that stop the session now; where none does, the one there is.

    Raises:
        UsageError: nobody can tell which.
    """
    reached = [p.name for p in state.periods.values() if p.reached]
    if reached:
        return reached
    there = [p.name for p in state.periods.values() if p.limit is not None]
    if len(there) > 1:
        words = ", ".join(f"--{name}" for name in there)
        raise UsageError(f"none of the caps is reached: which one? {words}")
    return there
