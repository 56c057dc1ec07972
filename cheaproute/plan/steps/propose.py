"""All proposals of an `Evidence`, dearest first; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.steps import cap, main_model, routing_rules, tool_outputs
from cheaproute.plan.steps.step import Proposal


def propose(evidence: Evidence) -> list[Proposal]:
    """What the evidence speaks for, and nothing else."""
    routing = evidence.settings["routing"]
    promoted, routing = routing_rules.promote(evidence, routing)
    demoted, routing = routing_rules.demote(evidence, routing)
    found = [
        *promoted,
        *demoted,
        *main_model.propose(evidence),
        *tool_outputs.propose(evidence),
        *cap.propose(evidence),
    ]
    return sorted(found, key=lambda one: -one.month_nano)


def changes(proposals: Sequence[Proposal]) -> dict[str, object]:
    """The settings of all proposals together: dotted key to value, tables joined."""
    found: dict[str, object] = {}
    for proposal in proposals:
        for key, value in proposal.changes.items():
            known = found.get(key)
            if isinstance(value, Mapping) and isinstance(known, Mapping):
                found[key] = {**known, **value}
            else:
                found[key] = dict(value) if isinstance(value, Mapping) else value
    return found


def worth(proposals: Sequence[Proposal]) -> int:
    """Nano-dollars a month of all that save anything."""
    return sum(max(0, proposal.month_nano) for proposal in proposals)
