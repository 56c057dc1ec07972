"""Where the money went: by source, model, project; subagents by category and agent type. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from cheaproute.plan.evidence.records import Evidence

Sums = Mapping[str, int]


def went(evidence: Evidence) -> dict[str, Sums]:
    """Nano-dollars by name, dearest first, for each way of looking at it."""
    models: Counter[str] = Counter()
    projects: Counter[str] = Counter()
    for spent in evidence.spent:
        models[spent.call.model] += spent.cost or 0
        projects[spent.project or "(unknown)"] += spent.cost or 0
    categories: Counter[str] = Counter()
    agents: Counter[str] = Counter()
    for sent in evidence.dispatches:
        categories[sent.category or "(unknown)"] += sent.cost
        agents[sent.agent_type or "(unnamed)"] += sent.cost
    asked: Counter[str] = Counter()
    for turn in evidence.turns:
        asked[turn.category or "(unclear)"] += sum(spent.cost or 0 for spent in turn.calls)
    looks = {
        "source": Counter(evidence.before),
        "model": models,
        "prompt (main loop)": asked,
        "category (subagents)": categories,
        "agent (subagents)": agents,
        "project": projects,
    }
    return {
        name: {key: nano for key, nano in counter.most_common() if nano}
        for name, counter in looks.items()
    }
