"""One step of the plan: what to change, what it would have saved, where, and at what risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

LEVERS = (
    "window",
    "cold-return",
    "handover",
    "keep-warm",
    "cache",
    "agents-cache",
    "main-model",
    "outputs",
    "digests",
    "subagents",
)


class Case(NamedTuple):
    """A session that the step would have changed: its number, last day, kind of work, saving."""

    session: int
    day: int
    what: str
    nano: int


@dataclass(frozen=True, slots=True)
class Step:
    """One lever, one setting. Nano-dollars are those of the looked-at days.

    `saves` is the replay's figure, `low` and `high` bound it for the `doubts` named. `settings` are
    keys of Claude Code's settings.json, `config` dotted keys of config.toml (of a table of rules
    only the rules meant).
    """

    lever: str
    title: str
    setting: str
    before: object
    after: object
    saves: int
    low: int
    high: int
    risk: str
    doubts: tuple[str, ...]
    cases: tuple[Case, ...]
    settings: Mapping[str, object] = field(default_factory=dict)
    config: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """How the step is called for: its lever, of subagents with the rule's name."""
        if self.lever != "subagents":
            return self.lever
        return "subagents." + self.setting.split(".", 2)[2]
