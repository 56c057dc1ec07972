"""The history under the proposed settings: the bill before and after, by source; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cheaproute.plan.evidence.records import Dispatch, Evidence
from cheaproute.plan.replay import agent_runs, main_loop
from cheaproute.plan.steps import propose, tool_outputs
from cheaproute.plan.steps.step import Proposal

LEAST_DAYS = 3
LEAST_CALLS = 50


@dataclass(frozen=True, slots=True)
class Backtest:
    """Nano-dollars of the span by source.

    `before` is the ledger. `present` is the history under the settings as they are now, `after`
    under the proposed ones, `with_mode` the same with the proposed mode of the main loop (None:
    none proposed). `moved` dispatches and `digested` reads would have gone elsewhere.
    """

    before: Mapping[str, int]
    present: Mapping[str, int]
    after: Mapping[str, int]
    with_mode: Mapping[str, int] | None
    mode: str
    moved: int
    digested: int
    short_of: str

    @property
    def enough(self) -> bool:
        """Whether there was enough to go by."""
        return not self.short_of


def run(evidence: Evidence, proposals: Sequence[Proposal]) -> Backtest:
    """Replay the evidence under `proposals`."""
    changes = propose.changes(proposals)
    routing = evidence.settings["routing"]
    under = agent_runs.merged(routing, changes)
    present = dict(evidence.before)
    present["subagent"] = _subagents(evidence, routing, routing)
    after = dict(evidence.before)
    after["subagent"] = _subagents(evidence, under, routing)
    digested = _digest(evidence, changes, after)
    moved = sum(
        agent_runs.chosen(s, under) != agent_runs.chosen(s, routing) for s in evidence.dispatches
    )
    mode = next((p.command.split()[-1] for p in proposals if p.kind == "main loop"), "")
    with_mode = None
    if mode:
        saved = main_loop.cost_now(evidence) - main_loop.cost_of(evidence, mode)
        with_mode = {**after, "main": after.get("main", 0) - saved}
    return Backtest(
        before=dict(evidence.before),
        present=_clean(present),
        after=_clean(after),
        with_mode=with_mode,
        mode=mode,
        moved=moved,
        digested=digested,
        short_of=_short_of(evidence),
    )


def _subagents(evidence: Evidence, routing: agent_runs.Routing, present: agent_runs.Routing) -> int:
    """The bill of all subagents under `routing`; those that would not have been sent out, not."""
    total = evidence.before.get("subagent", 0)
    skipped = {
        sent.again
        for sent in evidence.dispatches
        if sent.again and _promoted(sent, routing, present)
    }
    for sent in evidence.dispatches:
        if sent.id in skipped:
            total -= sent.cost
        else:
            total += agent_runs.cost(sent, agent_runs.chosen(sent, routing), evidence) - sent.cost
    return total


def _promoted(sent: Dispatch, routing: agent_runs.Routing, present: agent_runs.Routing) -> bool:
    return (
        agent_runs.chosen(sent, present) == "haiku" and agent_runs.chosen(sent, routing) != "haiku"
    )


def _digest(evidence: Evidence, changes: Mapping[str, object], bill: dict[str, int]) -> int:
    """Take a lower digest threshold into `bill`; how many reads it concerns."""
    least, now = changes.get("digest.min_bytes"), evidence.settings["digest"]["min_bytes"]
    if not isinstance(least, int) or not isinstance(now, int):
        return 0
    outputs = tool_outputs.digestible(evidence, least, now)
    for output in outputs:
        saved, cost = tool_outputs.digested(output, evidence)
        source = "main" if output.main else "subagent"
        bill[source] = bill.get(source, 0) - saved
        bill["delegated"] = bill.get("delegated", 0) + cost
    return len(outputs)


def _clean(bill: Mapping[str, int]) -> dict[str, int]:
    return {source: nano for source, nano in bill.items() if nano}


def _short_of(evidence: Evidence) -> str:
    if evidence.days < LEAST_DAYS:
        return f"{evidence.days} of at least {LEAST_DAYS} days"
    if len(evidence.spent) < LEAST_CALLS:
        return f"{len(evidence.spent)} of at least {LEAST_CALLS} calls"
    return ""
