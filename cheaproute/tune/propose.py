"""All proposals of an `Evidence`, dearest first; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cheaproute.tune import capsize, context, mainloop, routes
from cheaproute.tune.evidence import Evidence
from cheaproute.tune.proposal import Proposal


def propose(evidence: Evidence) -> list[Proposal]:
    """What the evidence speaks for, and nothing else."""
    routing = evidence.settings["routing"]
    promoted, routing = routes.promote(evidence, routing)
    demoted, routing = routes.demote(evidence, routing)
    found = [
        *promoted,
        *demoted,
        *mainloop.propose(evidence),
        *context.propose(evidence),
        *capsize.propose(evidence),
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
