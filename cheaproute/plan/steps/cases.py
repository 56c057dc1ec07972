"""The sessions that a lever would have changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from cheaproute.days import DAY_MS
from cheaproute.plan.evidence.records import Dispatch, Evidence
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.steps.main_loop import Lever, levers
from cheaproute.plan.steps.step import Case

UNCLEAR = "unclear"


def work(evidence: Evidence) -> Mapping[int, str]:
    """What most of each session's money went to."""
    sums: dict[int, Counter[str]] = {}
    for turn in evidence.turns:
        spent = sum(one.cost or 0 for one in turn.calls)
        what = UNCLEAR if turn.category in ("", "other") else turn.category
        sums.setdefault(turn.session, Counter())[what] += spent
    return {session: counter.most_common(1)[0][0] for session, counter in sums.items()}


def of(
    replays: Replays,
    by_session: Sequence[int],
    work: Mapping[int, str],
    base: Sequence[Lever] = (),
) -> tuple[Case, ...]:
    """The sessions that the lever would have changed on top of `base`, dearest first."""
    days: dict[int, int] = {}
    sums, costs, stood = Counter[int](), Counter[int](), Counter[int]()
    before = replays.by_session(levers(base)) if base else [0] * len(replays.chains)
    for chain, nano, less in zip(replays.chains, by_session, before, strict=True):
        if nano:  # a session's subagents are chains of their own
            sums[chain.session] += nano
            day = chain.links[-1].ts_ms // DAY_MS
            days[chain.session] = max(day, days.get(chain.session, day))
        costs[chain.session] += chain.cost
        stood[chain.session] += chain.cost - less
    found = [
        Case(n, days[n], work.get(n, UNCLEAR), nano, costs[n], stood[n]) for n, nano in sums.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.nano, one.session)))


def of_agents(moved: Sequence[Dispatch], *, again: bool = True) -> tuple[Case, ...]:
    """The sessions whose subagents would have run elsewhere; what they cost, with the retries."""
    found: dict[int, list[Dispatch]] = defaultdict(list)
    for sent in moved:
        found[sent.session].append(sent)
    return tuple(
        Case(
            session,
            max(sent.at_ms for sent in group) // DAY_MS,
            Counter(sent.category for sent in group).most_common(1)[0][0],
            sum(sent.cost + (sent.redo if again else 0) for sent in group),
        )
        for session, group in sorted(found.items())
    )
