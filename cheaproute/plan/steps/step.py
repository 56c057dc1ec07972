"""One step of the plan: what to change, what it would have saved, where, and at what risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cheaproute.money import NANO


class Write(NamedTuple):
    """A key that is written: in which file, what stands there now (None: nothing), what will."""

    file: str
    key: str
    before: object
    after: object


class Case(NamedTuple):
    """A session that the step would have changed: its number, last day, kind of work, saving.

    `cost` is what the calls that the step is about cost in these days, `stood` what they would have
    cost without the step, by what is set now (and by the other steps, where it stands on them): the
    saving is of this. Nano-dollars; None: not known.
    """

    session: int
    day: int
    what: str
    nano: int
    cost: int | None = None
    stood: int | None = None


class Undone(NamedTuple):
    """Steps that save less together than some of them, the `better`, do alone; nano-dollars."""

    steps: tuple[str, ...]
    saves: int
    better: tuple[str, ...]
    alone: int


@dataclass(frozen=True, slots=True)
class Step:
    """One lever, one setting. Nano-dollars are those of the looked-at days.

    `saves` is the replay's figure, `low` and `high` bound it for the `doubts` named. `settings` are
    keys of Claude Code's settings.json, `config` dotted keys of config.toml (of a table of rules
    only the rules meant); `old` is what stands there now, by key. `on_top`: the figures are what it
    adds to the other steps. `alone` is (saves, low, high) with no other step, None: not looked at;
    `needs` are the steps (by name) without which it does not pay.
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
    old: Mapping[str, object] = field(default_factory=dict)
    on_top: bool = False
    alone: tuple[int, int, int] | None = None
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How the step is called for: its lever, of subagents with the rule's name."""
        if self.lever != "subagents":
            return self.lever
        return "subagents." + self.setting.split(".", 2)[-1]

    def row(self) -> dict[str, object]:
        """What it changes and gives, in dollars, for files and other programs."""
        return {
            "name": self.name,
            "setting": self.setting,
            "from": self.before,
            "to": self.after,
            "saves_usd": self.saves / NANO,
            "low_usd": self.low / NANO,
            "high_usd": self.high / NANO,
            "risk": self.risk,
        }

    def writes(self) -> list[Write]:
        """What the step writes, a key at a time."""
        return writes(self.settings, self.config, self.old)


def writes(
    settings: Mapping[str, object], config: Mapping[str, object], old: Mapping[str, object]
) -> list[Write]:
    """What these settings write where `old` stands: only what differs from it."""
    found = [Write("settings.json", key, old.get(key), value) for key, value in settings.items()]
    for key, value in config.items():
        rules = value.items() if isinstance(value, Mapping) else [("", value)]
        for name, rule in rules:
            full = f"{key}.{name}" if name else key
            found.append(Write("config.toml", full, old.get(full), rule))
    return [one for one in found if one.before != one.after]
