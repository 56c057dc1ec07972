"""A session's main-loop calls in the form that a replay walks through."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from cheaproute.plan.replay.tape import Tape
from cheaproute.plan.replay.tariff import Tariff, Tariffs
from cheaproute.usage.call import Call
from cheaproute.usage.models import SYNTHETIC, canonical


class Link(NamedTuple):
    """One call. `cost` is its bill in nano-dollars, `searches` the part that is not tokens.

    `own` is false for a call that was made in another session, before this one left it: it tells
    what the context held, and is billed there. `tier` is what the prompt it belongs to asks for
    ("": not known), `starts` whether it is that prompt's first call, `planned` whether it was made
    in plan mode, `begins` whether an unrelated piece of work begins with it.
    """

    ts_ms: int
    fresh: int
    output: int
    write_5m: int
    write_1h: int
    read: int
    cost: int
    searches: int
    own: bool
    tariff: Tariff
    call: Call
    tier: str
    starts: bool
    planned: bool
    begins: bool


@dataclass(frozen=True, eq=False)
class Chain:
    """The calls of one session, oldest first."""

    session: int
    project: str
    links: Sequence[Link]

    @cached_property
    def cost(self) -> int:
        """What those of its own cost, in nano-dollars."""
        return sum(one.cost for one in self.links if one.own)

    @cached_property
    def tape(self) -> Tape:
        """Its calls in columns."""
        return Tape(self.links)

    @cached_property
    def longest(self) -> int:
        """The largest prompt, in tokens."""
        return max(self.tape.prompts, default=0)


class Asked(NamedTuple):
    """What is known of a call besides its usage."""

    tier: str = ""
    starts: bool = False
    planned: bool = False
    begins: bool = False


_UNKNOWN = Asked()


def counts(call: Call) -> bool:
    """Whether `call` is a request of a conversation: not a fallback, not part of another one."""
    if call.model == SYNTHETIC or "#" in call.id:
        return False
    return not call.requested or canonical(call.requested) == canonical(call.model)


def link(
    call: Call,
    cost: int | None,
    tariffs: Tariffs,
    *,
    own: bool = True,
    today: str = "",
    asked: Asked = _UNKNOWN,
) -> Link | None:
    """`call` as a link; None where it has no price, or is none of a conversation.

    `today` is the model whose present prices stand for its bill; "": the bill as it is.
    """
    if cost is None or not counts(call):
        return None
    tariff = tariffs.of(today or call.model, call)
    if tariff is None:
        return None
    searches = tariffs.searches(call)
    fresh, output, write_5m, write_1h, read = call.counts()[:5]
    if today:
        cost = tariff.nano(fresh, output, write_5m, write_1h, read) + searches
    return Link(
        call.ts_ms,
        fresh,
        output,
        write_5m,
        write_1h,
        read,
        cost,
        searches,
        own,
        tariff,
        call,
        asked.tier,
        asked.starts,
        asked.planned,
        asked.begins,
    )


def chain(session: int, project: str, links: Iterable[Link]) -> Chain:
    """The links of a session as a chain, in order of time."""
    ordered = sorted(links, key=lambda one: (one.ts_ms, one.call.id))
    return Chain(session, project, tuple(ordered))
