"""One proposal: what to change, why, on how much evidence, and what it would be worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = ("promote", "demote", "main loop", "context", "cap")


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change and its evidence.

    `changes` are settings to write: dotted key to value, of a table of rules only the rules meant.
    `command` is what to do where there is nothing to write.

    `hits` of `samples` showed what speaks for it, a share within `low` to `high` at 95 %; for a
    cap, `low` and `high` are dollars a month. `month_nano` is what is saved in thirty days,
    negative where quality costs more.
    """

    kind: str
    title: str
    why: str
    samples: int
    hits: int
    low: float
    high: float
    month_nano: int
    changes: Mapping[str, object] = field(default_factory=dict)
    command: str = ""
    alternatives: tuple[tuple[str, int], ...] = ()
    assumptions: tuple[str, ...] = ()

    @property
    def applies(self) -> bool:
        """Whether `tune --apply` can do it."""
        return bool(self.changes)
