"""Which amounts are for which caps: one for all that are named, or one for each."""

from __future__ import annotations

from cheaproute import money
from cheaproute.cap.answers import messages
from cheaproute.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.state import State


def limits(
    usd: str | None, month: str | None = None, day: str | None = None, session: str | None = None
) -> dict[str, int]:
    """The limits that `cap set` sets, nano-dollars by period; `usd` is the month's.

    Raises:
        UsageError: no amount, or two for the month.
    """
    if usd is not None and month is not None:
        raise UsageError("USD and --month are the same: give one of them")
    given = {"month": month or usd, "day": day, "session": session}
    found = {name: money.parse(text) for name, text in given.items() if text is not None}
    if not found:
        raise UsageError("how much? `cheaproute cap set 50` or `--month 50 --day 5 --session 2`")
    return found


def raises(
    usd: str | None, month: str | None = None, day: str | None = None, session: str | None = None
) -> dict[str, int]:
    """What `cap raise` adds, nano-dollars by period; {} where `usd` is for what stands in the way.

    `month` and `day` are "" where they are named without an amount; `session` is a name.

    Raises:
        UsageError: no amount, or nobody can tell which is meant for which.
    """
    if usd is not None:
        money.parse(usd)  # whichever cap is meant
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


def meant(state: State, need: int = 0) -> list[str]:
    """The caps that stop the session now, or its next call; where none does, the one there is.

    `need` is what that call may cost, nano-dollars; 0 where none is to come.

    Raises:
        UsageError: nobody can tell which.
    """
    found = messages.meant_unsaid(state)
    if found[1:] and not found[0].reached:
        short = messages.lacking(state, need)
        if not short:
            words = ", ".join(f"--{at.name}" for at in found)
            raise UsageError(f"none of the caps is reached: which one? {words}")
        found = short
    return [at.name for at in found]
