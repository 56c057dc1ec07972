"""The levers of the main loop: each tried on the user's own sessions, the best setting kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from cheaproute.plan.replay.chain import Link
from cheaproute.plan.replay.levers import FIVE_MINUTES_MS, HOUR_MS, Levers
from cheaproute.plan.replay.replays import Replays, spread

# Claude Code compacts so many tokens before its window is full; no window may be smaller.
HEADROOM, LEAST_WINDOW = 33_000, 100_000
_WINDOWS = (100_000, 120_000, 150_000, 200_000, 300_000)
_COLD = (67_000, 100_000, 150_000)
_PINGS = (1, 2, 3, 4)
# A context smaller than this is not kept warm.
WARM_FROM = 20_000
# Of settings that save nearly as much as the best, the gentlest is taken.
_NEARLY = 0.8
_GENTLE = ("window", "cold-return")

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


def candidates(sonnet: str) -> dict[str, list[Lever]]:
    """The values of each lever that are tried, the gentlest last."""
    return {
        "window": [Lever("window", n, {"compact": n}, _LESS, _MORE) for n in _WINDOWS],
        "cold-return": [Lever("cold-return", n, {"cold": n}, _LESS, _MORE) for n in _COLD],
        "keep-warm": [Lever("keep-warm", n, _warm(n), chance=True) for n in _PINGS],
        "cache": [
            Lever("cache", "1h", {"ttl_ms": HOUR_MS}, chance=True),
            Lever("cache", "5m", {"ttl_ms": FIVE_MINUTES_MS}, chance=True),
        ],
        "main-model": [
            Lever(
                "main-model",
                sonnet,
                {"model": everyday(sonnet), "growth_percent": 120},
                {"growth_percent": 135},
                {"growth_percent": 100},
                chance=True,
            )
        ],
    }


def best(tried: Sequence[Lever], chosen: Sequence[Lever], replays: Replays) -> Lever:
    """Which of `tried` to take beside `chosen`: the gentlest that gains nearly the most."""
    before = replays.saved(levers(chosen))
    gains = [replays.saved(levers([*chosen, one])) - before for one in tried]
    most = max(gains)
    if tried[0].name not in _GENTLE or most <= 0:
        return tried[gains.index(most)]
    good = [one for one, gain in zip(tried, gains, strict=True) if gain >= _NEARLY * most]
    return good[-1]


def levers(chosen: Sequence[Lever], bound: str = "") -> Levers:
    """All of `chosen` at once; `bound`: "low" or "high" for the doubt at its worst or best."""
    made = Levers()
    for one in chosen:
        made = replace(made, **one.change)  # type: ignore[arg-type]
    for one in chosen:
        made = replace(made, **getattr(one, bound) if bound else {})
    return made


def bounds(chosen: Sequence[Lever], replays: Replays) -> tuple[int, int, int]:
    """`(saved, low, high)` of the levers together."""
    by_session = replays.by_session(levers(chosen))
    saved = sum(by_session)
    sure = replays.by_session(levers([one for one in chosen if not one.chance]))
    off = spread([a - b for a, b in zip(by_session, sure, strict=True)])
    low = replays.saved(levers(chosen, "low")) - off
    high = min(replays.saved(levers(chosen, "high")) + off, replays.cost)
    return saved, min(low, saved), max(high, saved)


def everyday(sonnet: str) -> Callable[[Link, bool, str], str]:
    """Everyday prompts on `sonnet` from where the cache is cold on; hard ones on their own model.

    Never upwards; what a prompt asks for and nobody can tell stays on its own model, as does plan
    mode.
    """

    def choose(link: Link, cold: bool, now: str) -> str:
        own = link.call.model
        if link.planned or not _dearer(own) or link.tier not in ("haiku", "sonnet"):
            return own
        if now == sonnet or (link.starts and (cold or not now)):
            return sonnet
        return own

    return choose


@cache
def _dearer(model: str) -> bool:
    return any(family in model for family in ("opus", "fable", "mythos"))


def _warm(pings: int) -> Change:
    return {"pings": pings, "warm_from": WARM_FROM}
