"""What the proposals are drawn from: plain values, read once from the ledger.

Money is integer nano-dollars, times are UTC milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cheaproute.money import NANO
from cheaproute.usage.call import Call
from cheaproute.usage.models import FAMILIES
from cheaproute.usage.prices import Prices

# Places in `FAMILIES`.
HAIKU, SONNET, OPUS = range(3)


def rank(model: str) -> int:
    """How dear the family of a model id or alias is; -1 for one not known."""
    return next((n for n, family in enumerate(FAMILIES) if family in model), -1)


@dataclass(frozen=True, slots=True)
class Spent:
    """A call as the ledger has it; `cost` is None where the price is unknown."""

    call: Call
    cost: int | None
    source: str
    session: int
    project: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A user's prompt in the main loop and the calls it led to, oldest first.

    `tier` is "" where nothing says what it asked for; `planned[i]` says whether `calls[i]` was
    made in plan mode. `begins`: the prompt begins an unrelated piece of work; `trouble`: it says
    that something did not work.
    """

    session: int
    at_ms: int
    category: str
    tier: str
    calls: tuple[Spent, ...]
    planned: tuple[bool, ...]
    begins: bool = False
    trouble: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """A tool's output in a context; `carried` are the later calls of that context, in order.

    `used`: the file was written to later on, so that its text was needed.
    """

    tool: str
    kind: str
    bytes: int
    main: bool
    used: bool
    carried: tuple[Spent, ...]


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A subagent sent out and its calls. `ran` is the model of most of them.

    `trouble` says why its work had to be done again, "" if it had not: 'failed', 'flagged',
    'repeated', 'escalated' (repeated on a dearer model), 'redone' (by the main loop).
    `again` is the dispatch that repeated it, `redo` what that cost. `beyond` is the chance that it
    needed more than Haiku, by its text and the `bounds` it was held to; None where a hook kept
    none. `went_up`: its own steps took it up.
    """

    id: str
    at_ms: int
    session: int
    agent_type: str
    category: str
    tier: str
    confidence: float
    action: str
    asked: str
    instead: str
    routed: str
    ran: str
    status: str
    edits: int
    tools: int
    ended_ms: int
    trouble: str
    again: str
    redo: int
    calls: tuple[Spent, ...]
    beyond: float | None = None
    bounds: str = ""
    went_up: bool = False

    @property
    def cost(self) -> int:
        """What its calls cost, as far as prices are known."""
        return sum(spent.cost or 0 for spent in self.calls)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of whole UTC days, `first` to before `past` (days since 1970), and what it held.

    `before` is the ledger's own total by source, `copied` the calls that forks brought along.
    `turns` holds every main-loop call of the span exactly once. `by_day` is spend of the days since
    the first call in the span.
    """

    first: int
    past: int
    now_ms: int
    before: Mapping[str, int]
    unpriced: int
    spent: tuple[Spent, ...]
    turns: tuple[Turn, ...]
    dispatches: tuple[Dispatch, ...]
    outputs: tuple[Output, ...]
    by_day: tuple[int, ...]
    copied: Mapping[int, Sequence[str]]
    settings: Mapping[str, Mapping[str, object]]
    prices: Prices
    notes: tuple[str, ...] = field(default=())

    @property
    def days(self) -> int:
        """Days the evidence covers: from the first call on, at least one."""
        return max(1, len(self.by_day))

    def month(self, nano: float) -> int:
        """An amount of the span as that of thirty such days."""
        return round(nano * 30 / self.days)

    def setting(self, key: str) -> float:
        """A number of the `plan` section."""
        value = self.settings["plan"][key]
        assert isinstance(value, int | float)  # noqa: S101  # the table's kinds
        return value

    def nano(self, key: str) -> int:
        """An amount of the `plan` section in nano-dollars; 0 where it is unset."""
        value = self.settings["plan"][key]
        return round(value * NANO) if isinstance(value, int | float) else 0

    def model(self, tier: str) -> str:
        """The model id that a tier stands for."""
        return str(self.settings["models"].get(tier, tier))
