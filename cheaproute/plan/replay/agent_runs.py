"""Subagents under other rules: what each would have run on, and what it would have cost."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cheaproute.plan.evidence.records import Dispatch, Evidence, rank
from cheaproute.plan.replay.chain import chain, link
from cheaproute.plan.replay.engine import Engine
from cheaproute.plan.replay.levers import Levers
from cheaproute.plan.replay.tariff import Tariffs
from cheaproute.routing import policy
from cheaproute.routing.decision import Decision
from cheaproute.usage.models import FAMILIES
from cheaproute.usage.prices import Prices

# The most tokens published that a newer tokenizer makes of 100 of an older one.
_GROWTH = 135

Routing = Mapping[str, object]


def chosen(sent: Dispatch, routing: Routing) -> str:
    """The family ('haiku', ...) that `sent` would run on under `routing`; "" if not known.

    What a hook noted (pinned, asked for, inherited) is replayed. Of a dispatch from before
    cheaproute, the model that ran is taken for the one it would have run on.
    """
    current = sent.instead or sent.ran
    if sent.action == "unknown":
        pin: str | None = None
    else:
        pin = current if sent.action == "pinned" else ""
    noted = policy.Dispatch(sent.agent_type, sent.asked, pin, current)
    decision = Decision(sent.tier, sent.category, sent.confidence, "")
    if sent.tier not in FAMILIES:
        return family_of(sent.ran)
    if sent.action == "escalated" and not _rules(routing, sent):
        return family_of(sent.ran)
    choice = policy.choose(decision, noted, routing)
    return choice.alias or family_of(current)


def cost(sent: Dispatch, family: str, evidence: Evidence) -> int:
    """What `sent` would have cost on `family`; what it did cost where that is what ran."""
    if not family or family == family_of(sent.ran) or not sent.calls:
        return sent.cost
    model, tariffs = evidence.model(family), _tariffs(evidence.prices)
    links = [link(spent.call, spent.cost, tariffs) for spent in sent.calls]
    known = [one for one in links if one is not None]
    engine = Engine(Levers(model=lambda *_: model, growth_percent=_GROWTH), tariffs, model)
    whole = chain(sent.session, "", known)
    return sent.cost - whole.cost + engine.replay(whole).nano


def moved(evidence: Evidence, routing: Routing) -> frozenset[tuple[int, str]]:
    """`(session, agent)` of the subagents that would run on another model under `routing`."""
    return frozenset(
        (sent.session, sent.calls[0].call.agent)
        for sent in evidence.dispatches
        if sent.calls and chosen(sent, routing) != family_of(sent.ran)
    )


@lru_cache(maxsize=1)
def _tariffs(prices: Prices) -> Tariffs:
    return Tariffs(prices)


def merged(routing: Routing, changes: Mapping[str, object]) -> Routing:
    """`routing` with the rules of `changes` (`routing.agents`, `routing.categories`) added."""
    found = dict(routing)
    for name in ("agents", "categories"):
        added = changes.get(f"routing.{name}")
        own = routing.get(name)
        if isinstance(added, Mapping):
            found[name] = {**(own if isinstance(own, Mapping) else {}), **added}
    return found


def _rules(routing: Routing, sent: Dispatch) -> bool:
    agents, categories = routing.get("agents"), routing.get("categories")
    return (isinstance(agents, Mapping) and sent.agent_type in agents) or (
        isinstance(categories, Mapping) and sent.category in categories
    )


def family_of(model: str) -> str:
    """The family of `model`, "" where it is of none."""
    place = rank(model)
    return FAMILIES[place] if place >= 0 else ""
