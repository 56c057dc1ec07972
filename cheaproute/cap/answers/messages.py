"""What a full cap says to the user: pure text, one tag in front, one command that helps."""

from __future__ import annotations

import time

from cheaproute import money
from cheaproute.cap import periods
from cheaproute.cap.fallback.beside import beside
from cheaproute.cap.needs import amounts as sums
from cheaproute.cap.needs.way import Way
from cheaproute.cap.periods import Period
from cheaproute.cap.state import State
from cheaproute.cap.wording import BOUNDS, TAG, amounts, resets, where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.cap.wording import Zone

# How a command is refused that allows more, and what tells it that a dialog was answered, and that
# no shell has read its words.
ONLY_YOU = "only you can allow more"
CONFIRMED, TYPED = "CHEAPROUTE_CONFIRMED", "CHEAPROUTE_TYPED"


def message(
    state: State,
    verdict: Verdict,
    way: Way | None = None,
    *,
    subscription: bool = False,
    zone: Zone = time.localtime,
) -> str:
    """What the verdict is and the way out of it; "" for 'none'.

    `subscription`: there is no bill per token.
    """
    at = verdict.period
    if at is None or at.limit is None:
        return ""
    if at.name in BOUNDS:
        return _bound(state, verdict)
    spent = f"{amounts(at, subscription=subscription)} {where(at)}"
    ends = resets(at, state.now_ms, zone)
    if verdict.action == "block":
        counts = beside(at.aside, at.unpriced, at.given_up[1])
        return (
            f"{TAG} {periods.ADJECTIVES[at.name].capitalize()} cap reached: {spent}.\n"
            f"{_others(state, at)}{counts}{_held(at)}{_allowed(state)}"
            f"No further API call is made. {ends}\n{_ways(state, way or Way())}"
        )
    if verdict.action == "cheap":
        return (
            f"{TAG} {periods.ADJECTIVES[at.name].capitalize()} cap reached: {spent}. Subagents "
            f"run on Haiku from here; at 110 % everything stops. {ends}"
        )
    cent = money.NANO // 100  # what is met by less is met, as the amounts are shown
    does = "passed" if at.used >= at.limit + cent else "reached"
    return (
        f"{TAG} {periods.ADJECTIVES[at.name].capitalize()} cap {does}: {spent}. Nothing is stopped "
        f"(at_cap is warn). {ends}"
    )


def _held(at: Period) -> str:
    """Where the cap is reached by what is set aside alone: that it may be freed, a line."""
    if not at.reserved or at.used >= (at.limit or 0):
        return ""
    return "What is set aside is for calls under way; what they do not cost is free as they end.\n"


def _others(state: State, at: Period) -> str:
    """The other limits that are reached, a line each, with what helps where no raise does."""
    caps = "".join(
        f"The {periods.ADJECTIVES[p.name]} cap is reached, too: {amounts(p)}.\n"
        for p in state.periods.values()
        if p.reached and p is not at
    )
    bounds = "".join(
        f"Nothing is left of {BOUNDS[p.name][0]}, either: {BOUNDS[p.name][1]}\n"
        for p in state.bounds
        if p.reached and p is not at
    )
    return caps + bounds


def _allowed(state: State, need: int = 0) -> str:
    """What was allowed past the caps and is not enough, a line; "" where nothing was."""
    if not state.allowed:
        return ""
    needs = f", and {money.show(need)} is needed" if need else ""
    return (
        f"Of the {money.show(state.allowed)} that this turn may spend past its caps "
        f"{money.show(state.beyond)} is left{needs}.\n"
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
    others = _others(state, at)
    does = {"block": "No further API call is made.", "cheap": "Subagents run on Haiku from here."}
    said = does.get(verdict.action, "Nothing is stopped (at_cap is warn).")
    return f"{TAG} Nothing is left of {what}. {full}{others}{said}\n{way}"


def too_dear(state: State, nano: int, way: Way, *, subscription: bool = False) -> str:
    """Why a request that is likely to cost `nano` is not sent: less than that is left."""
    short = state.short(nano)
    at = next((p for p in short if p.name in BOUNDS), short[0])
    said = f"{TAG} Not sent: this request is likely to cost {money.show(nano)}, and "
    if at.name in BOUNDS:
        said += f"{money.show(at.left or 0)} is left of {BOUNDS[at.name][0]}.\n{BOUNDS[at.name][1]}"
        caps = [p for p in short if p.name not in BOUNDS]
        return f"{said}\nThe caps lack some, too: {remedy(state, way)}" if caps else said
    return (
        f"{said}{money.show(at.left or 0)} is left of the {periods.ADJECTIVES[at.name]} cap "
        f"({amounts(at, subscription=subscription, held=True)} {where(at)}).\n"
        f"{_allowed(state, nano)}{_ways(state, way)}"
    )


def one_by_one(at: Period) -> str:
    """Why a subagent is not sent out beside others: what they may cost fills the cap."""
    which = BOUNDS[at.name][0] if at.name in BOUNDS else f"the {periods.ADJECTIVES[at.name]} cap"
    return (
        f"{TAG} Not sent out yet: {money.show(at.left or 0)} is left of {which}, and the subagents "
        "that were just sent out may cost that. Send it again when they are done."
    )


def remedy(state: State, way: Way) -> str:
    """The one command that lets the session's next call through, however many caps are short."""
    more = _raise(state, way.need)
    if any(nano > money.MOST for nano in more.values()):  # no sum that anybody spent: a count was
        return f"{way.command} cap unset"  # absurd
    short = [state.periods[name] for name in more]
    unsaid = (len(short) == 1 or short[0].reached) and short == meant_unsaid(state)
    return f"{way.command} cap raise{_of_each(more, way, unsaid=unsaid)}"


def _of_each(more: dict[str, int], way: Way, *, unsaid: bool = False) -> str:
    """What is typed behind `raise` for these sums by period; `unsaid`: none need be named."""
    sums_typed = {name: money.typed(nano) for name, nano in more.items()}
    own = sums_typed.pop("session", "")  # the command cannot know which session it is
    session = f" --session {way.session}" if own else ""
    if len({*sums_typed.values(), *([own] if own else [])}) == 1:
        named = "" if unsaid and not own else "".join(f" --{name}" for name in sums_typed)
        return f" {own or next(iter(sums_typed.values()))}{named}{session}"
    named = "".join(f" --{name} {typed}" for name, typed in sums_typed.items())
    return f"{own and ' '}{own}{session}{named}"


def _raise(state: State, need: int) -> dict[str, int]:
    """By how much to raise each cap that is short, by its name."""
    return {
        p.name: sums.clearing(p.limit or 0, p.used + p.reserved, need) for p in lacking(state, need)
    }


def _setting(state: State, way: Way) -> str:
    """The same as `remedy` by hand, in config.toml; 0 is no cap."""
    values = [
        (name, 0 if more > money.MOST else (state.periods[name].limit or 0) + more)
        for name, more in _raise(state, way.need).items()
    ]
    lines = ", ".join(f"`{name}_usd = {money.typed(nano)}`" for name, nano in values)
    return f"{lines} under [cap] in {way.config}"


def meant_unsaid(state: State) -> list[Period]:
    """The caps that a raise is of which names none: those that are reached, else all there are."""
    limited = [p for p in state.periods.values() if p.limit is not None]
    return [p for p in limited if p.reached] or limited


def lacking(state: State, need: int) -> list[Period]:
    """The caps that are reached, or leave less than `need`."""
    return [
        p for p in state.periods.values() if p.left is not None and (p.reached or p.left < need)
    ]


def _ways(state: State, way: Way) -> str:
    """The ways out: more of the caps, or past them for the session's next turn alone."""
    command = _of_the_next(state, way) if way.once else remedy(state, way)
    said = f"To go on now, in a terminal of your own: {command}"
    if name := _far_below(state, way):
        said += f" (or without that cap: {way.command} cap unset --{name})"
    if way.config:
        said += f"\nOr where there is none, as in CI: {_setting(state, way)}"
    turn = finish(state, way) if way.turn else ""
    said += f"\nFor one more turn only: {turn}" if turn else ""
    if not way.here:
        return said
    here = Way("/cheaproute", need=way.need)
    # A prompt that was refused is put back into the line: what is typed behind it is no command.
    return f"{said}\nOr type it here: {remedy(state, here).rstrip()} (in an empty line)"


def _far_below(state: State, way: Way) -> str:
    """The month or day whose cap is reached and less than half of what it would have to be."""
    raised = _raise(state, way.need)
    if len(raised) != 1:
        return ""
    name, more = next(iter(raised.items()))
    at = state.periods[name]
    far = at.reached and (at.limit or 0) < more <= money.MOST
    return name if far and name != "session" else ""


def _of_the_next(state: State, way: Way) -> str:
    """As `remedy` where the session has no next turn: a raise of its own cap would help none."""
    session, more = state.periods["session"], _raise(state, way.need)
    own = more.pop("session", 0)
    if not own or session.limit is None:
        return remedy(state, way)
    if any(nano > money.MOST for nano in (own, *more.values())):
        return f"{way.command} cap unset"
    said = f"{way.command} cap set session {money.typed(session.limit + own)}"
    if more:
        said += f" and {way.command} cap raise{_of_each(more, way)}"
    return f"{said} (the next `claude -p` is a session of its own)"


def finish(state: State, way: Way) -> str:
    """The command that lets the session's next turn past the caps; "" for no sum of this world."""
    session = state.periods["session"]
    limits = [at.limit for at in state.periods.values() if at.limit]
    more = sums.one_turn(limits, session.used, way.need, session.reserved)
    typed = money.typed(more)
    return f"{way.command} cap finish {typed} --session {way.session}" if more <= money.MOST else ""
