"""What a cap says to the user: pure text, one tag in front, one command that helps."""

from __future__ import annotations

import time

from cheaproute import money
from cheaproute.cap import periods
from cheaproute.cap.periods import Period
from cheaproute.cap.state import State
from cheaproute.cap.verdict import Verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Zone = Callable[[float], time.struct_time]

TAG = "[cheaproute]"
# How a command is refused that allows more, and what tells it that a dialog was answered.
ONLY_YOU = "only you can allow more"
CONFIRMED = "CHEAPROUTE_CONFIRMED"
# What a raise gives at least where a sixth of the limit is no less, and a turn of a new session.
_ROOM, _TURN = 5 * money.NANO, 2 * money.NANO
# Limits that no command raises here, and what does: a machine's share, a part of a team's budget.
BOUNDS = {
    "share": (
        "this machine's share of the monthly cap",
        "`cheaproute sync --share 0.7` changes this machine's part, `--share off` ends all parts.",
    ),
    "team": (
        "your team's budget",
        "`cheaproute team status` asks the server for more; who owns the team sets its caps.",
    ),
}


def message(
    state: State,
    verdict: Verdict,
    *,
    subscription: bool = False,
    command: str = "cheaproute",
    session: str = "",
    zone: Zone = time.localtime,
) -> str:
    """What the verdict is and the way out of it; "" for 'none'.

    `subscription`: there is no bill per token. `command`: what the user's terminal knows us by;
    `session`: what a command takes for the state's session.
    """
    at = verdict.period
    if at is None or at.limit is None:
        return ""
    if at.name in BOUNDS:
        return _bound(state, verdict)
    spent = f"{amounts(at, subscription=subscription)} in {where(at)}"
    ends = _reset(at, state.now_ms, zone)
    if verdict.action == "block":
        others = "".join(
            f"The {periods.ADJECTIVES[p.name]} cap is reached, too: {amounts(p)}.\n"
            for p in state.periods.values()
            if p.reached and p is not at
        )
        return (
            f"{TAG} {periods.ADJECTIVES[at.name].capitalize()} cap reached: {spent}.\n{others}"
            f"{_assumed(at)}No further API call is made. {ends}\n"
            f"To go on now, in a terminal of your own: {remedy(state, command, session)}"
            f"{_turn(state, command, session)}"
        )
    if verdict.action == "cheap":
        return (
            f"{TAG} {periods.ADJECTIVES[at.name].capitalize()} cap reached: {spent}. Subagents "
            f"run on Haiku from here; at 110 % everything stops. {ends}"
        )
    return (
        f"{TAG} {periods.ADJECTIVES[at.name].capitalize()} cap passed: {spent}. Nothing is stopped "
        f"(at_cap is warn). {ends}"
    )


def _assumed(at: Period) -> str:
    """What of it is not in the books, and why; "" for nothing."""
    if not at.assumed:
        return ""
    if not at.unpriced:
        return "What could not be written down yet, or nowhere is (searches, hooks), counts.\n"
    calls, count = (
        ("1 call has", "counts") if at.unpriced == 1 else (f"{at.unpriced:,} calls have", "count")
    )
    return (
        f"{calls} no known price and {count} as the model that was asked for, or as the newest "
        "Opus: `[prices.overrides]` in config.toml gives theirs.\n"
    )


def _bound(state: State, verdict: Verdict) -> str:
    """As `message`, for a limit that is not this user's to raise."""
    at = verdict.period
    if at is None:
        return ""
    what, way = BOUNDS[at.name]
    full = f"The team's cap ({at.key}) has no more. " if at.name == "team" and at.key else ""
    if at.name == "team" and not at.key and at.limit == 1:
        full = "The part of it that this machine held has ended, and the server is out of reach. "
    others = "".join(
        f"The {periods.ADJECTIVES[p.name]} cap is reached, too: {amounts(p)}.\n"
        for p in state.periods.values()
        if p.reached
    )
    does = {"block": "No further API call is made.", "cheap": "Subagents run on Haiku from here."}
    said = does.get(verdict.action, "Nothing is stopped (at_cap is warn).")
    return f"{TAG} Nothing is left of {what}. {full}{others}{said}\n{way}"


def too_dear(
    at: Period,
    nano: int,
    *,
    subscription: bool = False,
    command: str = "cheaproute",
    session: str = "",
) -> str:
    """Why a request that is likely to cost `nano` is not sent: less than that is left of `at`."""
    if at.name in BOUNDS:
        return (
            f"{TAG} Not sent: this request is likely to cost {money.show(nano)}, and "
            f"{money.show(at.left or 0)} is left of {BOUNDS[at.name][0]}.\n{BOUNDS[at.name][1]}"
        )
    which = {"month": "", "day": " --day", "session": f" --session {session}"}[at.name]
    limit = at.limit or 0
    more = money.typed(clearing(limit, limit - (at.left or 0) + nano))
    return (
        f"{TAG} Not sent: this request is likely to cost {money.show(nano)}, and "
        f"{money.show(at.left or 0)} is left of the {periods.ADJECTIVES[at.name]} cap "
        f"({amounts(at, subscription=subscription, held=True)} in {where(at)}).\n"
        f"To go on now, in a terminal of your own: {command} cap raise {more}{which}"
    )


def one_by_one(at: Period) -> str:
    """Why a subagent is not sent out beside others: what they may cost fills the cap."""
    which = BOUNDS[at.name][0] if at.name in BOUNDS else f"the {periods.ADJECTIVES[at.name]} cap"
    return (
        f"{TAG} Not sent out yet: {money.show(at.left or 0)} is left of {which}, and the subagents "
        "that were just sent out may cost that. Send it again when they are done."
    )


def alert(
    at: Period,
    percent: int,
    now_ms: int,
    *,
    subscription: bool = False,
    zone: Zone = time.localtime,
) -> str:
    """The line that says `percent` of a cap is used, or how much more it is by now."""
    limit = at.limit or 0
    passed = limit and at.used * 100 >= percent * limit
    used = money.share(at.used, limit) if passed else f"{percent} %"
    return (
        f"{TAG} {used} of the {periods.ADJECTIVES[at.name]} cap is used: "
        f"{amounts(at, subscription=subscription)}. {_reset(at, now_ms, zone)}"
    )


def amounts(at: Period, *, subscription: bool = False, held: bool = False) -> str:
    """`$37.61 of $50.00`, with `+` where calls of unknown price are missing from the sum.

    `held`: what is set aside is named although the cap is not reached.
    """
    more = "+" if at.unpriced and not at.assumed else ""
    if at.assumed:
        more = f" and {money.show(at.assumed)} not in the books"
    if at.reserved and (held or at.reached) and at.used < (at.limit or 0):
        more += f" and {money.show(at.reserved)} set aside"
    worth = " at list prices (your plan does not bill them)" if subscription else ""
    since = f" (besides {money.show(at.before)} before the cap was set)" if at.before else ""
    return f"{money.show(at.spent)}{more} of {money.show(at.limit or 0)}{worth}{since}"


def besides(at: Period) -> str:
    """What was spent before the limit was set, and since, and what makes all of it count."""
    return (
        f"{since(at)}. What was before does not fill the cap of {money.show(at.limit or 0)}; "
        f"`cheaproute cap set {money.typed(at.limit or 0)}`, said now, makes the whole month count."
    )


def since(at: Period) -> str:
    """`$340.01 this month, $0.01 of it since the cap was set`."""
    whole = money.show(at.spent + at.before)
    return f"{whole} this month, {money.show(at.spent)} of it since the cap was set"


def where(at: Period) -> str:
    """The period in words: `November 2026 (UTC)`, `this session`."""
    if at.name == "session":
        return "this session"
    word = at.key.partition(":")[2]
    if at.name == "month":
        year, month = word.split("-")  # strptime would import half of the calendar
        return time.strftime("%B %Y (UTC)", (int(year), int(month), 1, 0, 0, 0, 0, 1, 0))
    return time.strftime("%Y-%m-%d (UTC)", time.gmtime(int(word) * 86_400))


def remedy(state: State, command: str = "cheaproute", session: str = "") -> str:
    """The one command that lets the session go on, however many caps are reached."""
    reached = [p for p in state.periods.values() if p.reached]
    more = max((clearing(p.limit or 0, p.used + p.reserved) for p in reached), default=1)
    if more > money.MOST:  # no sum that anybody spent: some count was absurd
        return f"{command} cap unset"
    # Said without a period, `raise` takes the caps that are reached. It cannot know the session.
    which = "".join(f" --{p.name}" for p in reached) if state.periods["session"].reached else ""
    if which:
        which += f" {session}"
    return f"{command} cap raise {money.typed(more)}{which}"


def _turn(state: State, command: str, session: str) -> str:
    """The other way out: past the caps, but for the session's next turn alone.

    That seldom costs more than the whole session did, nor than a part of the least cap.
    """
    if not session:
        return ""
    least = min((at.limit for at in state.periods.values() if at.limit), default=0)
    more = money.typed(step(max(min(least // 20, max(state.periods["session"].used, _TURN)), 1)))
    return f"\nFor one more turn only: {command} cap finish {more} --session {session}"


def clearing(limit: int, used: int) -> int:
    """By how much to raise a limit that `used` has reached, with some room and in a round sum.

    A small limit gets a sixth of itself; of a large one that would be many days' spending.
    """
    return step(max((used - limit) * 5 // 4, min(limit // 6, max(limit // 20, _ROOM)), 1))


def step(nano: int) -> int:
    """`nano` rounded up to 1, 2 or 5 and zeros."""
    scale: int = 10 ** (len(str(max(nano, 1))) - 1)
    return next(n * scale for n in (1, 2, 5, 10) if n * scale >= nano)


def _reset(at: Period, now_ms: int, zone: Zone) -> str:
    if at.reset_ms is None:
        return "A new session starts at zero."
    return f"It resets {periods.local(at.reset_ms, now_ms, zone)} your time."
