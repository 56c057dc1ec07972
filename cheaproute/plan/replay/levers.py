"""The settings that a replay can change, each alone or any of them together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cheaproute.plan.replay.chain import Link

MAIN, HAIKU, CHEAPER = "main", "haiku", "cheaper"


@dataclass(frozen=True, slots=True)
class Levers:
    """What is changed; as it stands, nothing.

    `compact` is the prompt (tokens) past which a context is compacted, `compact_of` the same by
    model where one differs; `patient`: but not where the session does so itself, which is a call or
    two later, for the client looks at what the last answer had read. `task` is the prompt past
    which it is compacted before a piece of work that has nothing to do with the one before; `cold`
    is the prompt past which a context whose cache has gone starts from a hand-over instead,
    `paused`: only where time took it (and neither another model nor a changed beginning). 0 is
    never. The text in between, of `summary` tokens, is written by the main model, by Haiku, or by
    the one that is cheaper each time: `author` for a compaction, `cold_author` for a hand-over.
    Then the context holds `kept` tokens, and `reread` more are written once because the work needs
    them again; `stays`: they remain.

    `pings` go out at most after each last use of a cache, where the context holds `warm_from`
    tokens or more; on a day (UTC) they may cost `ping_day_nano` in all, None: whatever they do.
    `ttl_ms` is the life of the main loop's cache, 0: as it was. `model` gives the model of a call
    (its own id: as it was); a switch writes the prompt to that model's cache. `growth_percent` is
    what a newer tokenizer makes of 100 tokens of an older one.
    """

    compact: int = 0
    compact_of: tuple[tuple[str, int], ...] = ()
    patient: bool = False
    task: int = 0
    cold: int = 0
    paused: bool = False
    author: str = MAIN
    cold_author: str = HAIKU
    kept: int = 25_000
    summary: int = 4_000
    reread: int = 15_000
    stays: bool = False
    pings: int = 0
    warm_from: int = 0
    ping_day_nano: int | None = None
    ttl_ms: int = 0
    model: Callable[[Link, bool, str], str] | None = None
    growth_percent: int = 100
