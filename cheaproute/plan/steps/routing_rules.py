"""Promote what Haiku keeps failing, demote what only reads and reports: by category, by agent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from cheaproute.plan.evidence import interval
from cheaproute.plan.evidence.records import HAIKU, OPUS, SONNET, Dispatch, Evidence, rank
from cheaproute.plan.replay import agent_runs
from cheaproute.plan.replay.agent_runs import Routing
from cheaproute.plan.steps import cases
from cheaproute.plan.steps.step import Step
from cheaproute.usage.models import FAMILIES

_TABLES = (("category", "routing.categories"), ("agent_type", "routing.agents"))
_SAME = "the same tokens on the other model"
_REDO = "a subagent that does not fail is not sent out again"
# A tier that fewer than this share of a group's tasks need does not decide for the group.
_RARE = 0.1

Judge = Callable[[str, str, str, Sequence[Dispatch], Evidence, Routing], Step | None]


def promote(evidence: Evidence, routing: Routing) -> tuple[list[Step], Routing]:
    """Rules to Sonnet for groups whose Haiku runs needed a follow-up too often."""
    return _each(evidence, routing, _promotion)


def demote(evidence: Evidence, routing: Routing) -> tuple[list[Step], Routing]:
    """Rules to a cheaper tier for groups that changed nothing and needed no follow-up."""
    return _each(evidence, routing, _demotion)


def _each(evidence: Evidence, routing: Routing, judge: Judge) -> tuple[list[Step], Routing]:
    """The proposals of `judge`, and `routing` with them; what one explains, no other counts."""
    found: list[Step] = []
    left = list(evidence.dispatches)
    for field, table in _TABLES:
        groups: dict[str, list[Dispatch]] = defaultdict(list)
        for sent in left:
            name = str(getattr(sent, field))
            # What was sent down as a try is booked apart.
            if name and sent.agent_type != "fork" and sent.action != "explored":
                groups[name].append(sent)
        for name, group in sorted(groups.items()):
            proposal = judge(field, table, name, group, evidence, routing)
            if proposal is not None:
                found.append(proposal)
                routing = agent_runs.merged(routing, proposal.config)
                left = [sent for sent in left if sent not in group]
    return found, routing


def _promotion(
    field: str,
    table: str,
    name: str,
    group: Sequence[Dispatch],
    evidence: Evidence,
    routing: Routing,
) -> Step | None:
    changes = {table: {name: "sonnet"}}
    under = agent_runs.merged(routing, changes)
    judged = [sent for sent in group if rank(sent.ran) == HAIKU and sent.ended_ms]
    moved = [
        sent
        for sent in judged
        if agent_runs.chosen(sent, routing) == "haiku"
        and agent_runs.chosen(sent, under) == "sonnet"
    ]
    bad = [sent for sent in judged if sent.trouble]
    low, high = interval.wilson(len(bad), len(judged))
    if not moved or len(judged) < evidence.setting("min_samples"):
        return None
    if low <= evidence.setting("promote_above"):
        return None
    again = {sent.again for sent in moved}
    saved = sum(
        sent.cost + sent.redo - agent_runs.cost(sent, "sonnet", evidence)
        for sent in moved
        if sent.id not in again  # would not have been sent out
    )
    words = ", ".join(f"{n} {word}" for word, n in Counter(s.trouble for s in bad).most_common())
    part = [round(share * saved) for share in (low, high)]
    return Step(
        lever="subagents",
        title=f"{_what(field)} {name!r}: Sonnet instead of Haiku",
        setting=f"{table}.{name}",
        before=_before(routing, table, name),
        after="sonnet",
        saves=saved,
        low=min(*part, saved),
        high=max(*part, saved),
        risk=f"better: {len(bad)} of {len(judged)} Haiku runs had to be done again ({words})",
        doubts=(_SAME, _REDO),
        cases=cases.of_agents(moved),
        config=changes,
    )


def _demotion(
    field: str,
    table: str,
    name: str,
    group: Sequence[Dispatch],
    evidence: Evidence,
    routing: Routing,
) -> Step | None:
    if _before(routing, table, name) is not None:
        return None  # the user's own word, or what was promoted before
    retries = {sent.again for sent in evidence.dispatches if sent.again}
    judged = [
        sent
        for sent in group
        if rank(sent.ran) >= SONNET
        and sent.ended_ms
        and sent.calls
        # What Haiku has failed before is no case for Haiku.
        and sent.action != "escalated"
        and sent.id not in retries
    ]
    if len(judged) < evidence.setting("min_samples"):
        return None
    tier = _needed(judged)
    if not tier:
        return None
    changes = {table: {name: tier}}
    under = agent_runs.merged(routing, changes)
    moved = [sent for sent in judged if _falls(sent, routing, under)]
    if len(moved) < evidence.setting("min_samples"):
        return None
    clean = [sent for sent in moved if _only_reported(sent)]
    low, _ = interval.wilson(len(clean), len(moved))
    if low <= evidence.setting("demote_above"):
        return None
    saved = sum(
        agent_runs.cost(sent, agent_runs.chosen(sent, routing), evidence)
        - agent_runs.cost(sent, agent_runs.chosen(sent, under), evidence)
        for sent in moved
    )
    if evidence.month(saved) < evidence.setting("min_usd") * 1e9:
        return None
    ran = Counter(FAMILIES[rank(sent.ran)].capitalize() for sent in moved).most_common(1)[0][0]
    return Step(
        lever="subagents",
        title=f"{_what(field)} {name!r}: {tier.capitalize()} instead of {ran}",
        setting=f"{table}.{name}",
        before=_before(routing, table, name),
        after=tier,
        saves=saved,
        low=round(low * saved),
        high=saved,
        risk=f"{len(clean)} of {len(moved)} runs only read and reported, and nobody asked again",
        doubts=(_SAME, f"{tier.capitalize()} is asked again no more often than {ran} was"),
        cases=cases.of_agents(moved, again=False),
        config=changes,
    )


def _before(routing: Routing, table: str, name: str) -> object:
    rules = routing.get(table.rpartition(".")[2])
    return rules.get(name) if isinstance(rules, Mapping) else None


def _needed(group: Sequence[Dispatch]) -> str:
    """The tier that all but a few of the group's tasks can do with; "" if that is not known."""
    tiers = [rank(sent.tier) for sent in group]
    if any(tier < 0 for tier in tiers):
        return ""
    for tier in (HAIKU, SONNET, OPUS):
        if sum(found > tier for found in tiers) <= _RARE * len(tiers):
            return FAMILIES[tier]
    return ""


def _falls(sent: Dispatch, routing: Routing, under: Routing) -> bool:
    before, after = agent_runs.chosen(sent, routing), agent_runs.chosen(sent, under)
    return bool(before and after) and rank(after) < rank(before)


def _only_reported(sent: Dispatch) -> bool:
    # Several calls without one tool: the tools are not known.
    seen = sent.tools or len(sent.calls) == 1
    quiet = not sent.edits and not sent.trouble
    return bool(seen) and quiet and sent.status in ("ok", "running", "")


def _what(field: str) -> str:
    return "category" if field == "category" else "agent"
