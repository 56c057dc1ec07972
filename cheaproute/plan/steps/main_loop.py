"""The levers of the main loop: each tried on the user's own sessions, the best setting kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from cheaproute.days import HOUR_MS
from cheaproute.plan.replay.chain import Link
from cheaproute.plan.replay.levers import Levers
from cheaproute.plan.replay.replays import Replays, spread
from cheaproute.usage.cache import FIVE_MINUTES_MS

_WINDOWS = (100_000, 120_000, 150_000, 200_000, 300_000)
_COLD = (67_000, 100_000, 150_000)
_TASK = (100_000,)
_PINGS = (1, 2, 4)
# A context smaller than this is not kept warm.
WARM_FROM = 20_000
# Of settings that save nearly as much as the best, the gentlest is taken.
NEARLY = 0.8
_GENTLE = ("window", "cold-return", "task-end")

Change = Mapping[str, object]  # fields of `Levers`


@dataclass(frozen=True, slots=True)
class Lever:
    """A lever at a value: the fields of `Levers` it sets, and those that bound the doubt.

    `chance`: the figure hangs on what the user happened to do, so that other days would differ.
    """

    name: str
    value: int | str
    change: Change
    low: Change = field(default_factory=dict)
    high: Change = field(default_factory=dict)
    chance: bool = False


_LESS = {"kept": 40_000, "summary": 8_000, "reread": 15_000, "stays": True}
_MORE = {"kept": 15_000, "summary": 2_000, "reread": 5_000}


def window(tokens: int) -> Lever:
    """A context past so many tokens is compacted."""
    return Lever("window", tokens, {"compact": tokens, "patient": True}, _LESS, _MORE)


def cold_return(tokens: int) -> Lever:
    """A context past so many tokens starts from a hand-over where its cache has gone."""
    return Lever("cold-return", tokens, {"cold": tokens, "paused": True}, _LESS, _MORE)


def task_end(tokens: int) -> Lever:
    """A context past so many tokens is compacted before unrelated work begins."""
    return Lever("task-end", tokens, {"task": tokens}, _LESS, _MORE)


def keep_warm(pings: int, day_nano: int | None = None) -> Lever:
    """At most so many pings in each pause, and no more of them on a day than `day_nano` pays."""
    change = {"pings": pings, "warm_from": WARM_FROM, "ping_day_nano": day_nano}
    return Lever("keep-warm", pings, change, chance=True)


def candidates(
    sonnet: str, day_nano: int | None = None, keep: tuple[str, ...] = ()
) -> dict[str, list[Lever]]:
    """The values of each lever that are tried, the gentlest last.

    `day_nano`: of `keep_warm`. `keep` are models that are left for no other (parts of their ids).
    """
    return {
        "window": [window(n) for n in _WINDOWS],
        "cold-return": [cold_return(n) for n in _COLD],
        "task-end": [task_end(n) for n in _TASK],
        "keep-warm": [keep_warm(n, day_nano) for n in _PINGS],
        "cache": [
            Lever("cache", "1h", {"ttl_ms": HOUR_MS}, chance=True),
            Lever("cache", "5m", {"ttl_ms": FIVE_MINUTES_MS}, chance=True),
        ],
        "main-model": [
            Lever(
                "main-model",
                sonnet,
                {"model": everyday(sonnet, keep), "growth_percent": 120},
                {"growth_percent": 135},
                {"growth_percent": 100},
                chance=True,
            )
        ],
    }


def best(
    tried: Sequence[Lever],
    chosen: Sequence[Lever],
    replays: Replays,
    stands: Lever | None = None,
) -> Lever:
    """Which of `tried` to take beside `chosen`: the gentlest that gains nearly the most.

    `stands` is the value in force, which stays while it gains nearly as much as any.
    """
    known = {one.value for one in tried}
    tried = [*tried, *([stands] if stands is not None and stands.value not in known else [])]
    before = replays.saved(levers(chosen))
    gains = [replays.saved(levers([*chosen, one])) - before for one in tried]
    most = max(gains)
    if tried[0].name not in _GENTLE or most <= 0:
        return tried[gains.index(most)]
    good = [one for one, gain in zip(tried, gains, strict=True) if gain >= NEARLY * most]
    if stands is not None and any(one.value == stands.value for one in good):
        return stands
    return max(good, key=lambda one: int(one.value))


def levers(chosen: Sequence[Lever], bound: str = "") -> Levers:
    """All of `chosen` at once; `bound`: "low" or "high" for the doubt at its worst or best."""
    made = Levers()
    for one in chosen:
        made = replace(made, **one.change)  # type: ignore[arg-type]
    for one in chosen:
        made = replace(made, **getattr(one, bound) if bound else {})
    return made


def bounds(
    chosen: Sequence[Lever], replays: Replays, base: Sequence[Lever] = ()
) -> tuple[int, int, int]:
    """`(saved, low, high)` of the levers together, on top of those of `base`."""
    saved = by_session(chosen, replays, base)
    sure = [one for one in chosen if not one.chance]
    off = spread([a - b for a, b in zip(saved, by_session(sure, replays, base), strict=True)])
    low, high = (sum(by_session(chosen, replays, base, bound)) for bound in ("low", "high"))
    whole = sum(saved)
    left = replays.cost - replays.saved(levers(base))
    return whole, min(low - off, high - off, whole), max(min(max(low, high) + off, left), whole)


def by_session(
    chosen: Sequence[Lever], replays: Replays, base: Sequence[Lever] = (), bound: str = ""
) -> list[int]:
    """What each session would have saved by `chosen`, on top of `base`."""
    with_ = replays.by_session(levers([*base, *chosen], bound))
    without = replays.by_session(levers(base, bound))
    return [a - b for a, b in zip(with_, without, strict=True)]


@cache
def everyday(sonnet: str, keep: tuple[str, ...] = ()) -> Callable[[Link, bool, str], str]:
    """Everyday prompts on `sonnet` from where the cache is cold on; hard ones on their own model.

    Never upwards, and off none of the models to `keep`; what a prompt asks for and nobody can tell
    stays on its own model, as does plan mode.
    """

    def choose(link: Link, cold: bool, now: str) -> str:
        own = link.call.model
        if any(one in own for one in keep):
            return own
        if link.planned or not _dearer(own) or link.tier not in ("haiku", "sonnet"):
            return own
        if now == sonnet or (link.starts and (cold or not now)):
            return sonnet
        return own

    return choose


@cache
def _dearer(model: str) -> bool:
    return any(family in model for family in ("opus", "fable", "mythos"))
