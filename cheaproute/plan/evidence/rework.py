"""Which subagents' work had to be done again, by whom, and what that cost.

Noise is not trouble: a task sent out again while the first still runs is a fan-out, and a main loop
that reads a file before it edits it does not do a search over.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from cheaproute.client.agent_result import CUT, FAILED
from cheaproute.days import HOUR_MS
from cheaproute.plan.evidence.records import Spent, rank

# What the main loop looks at next counts as doing it over for so many tools of the same turn.
_NEXT_TOOLS = 20
_LEAST_SHARED = 3
_SHARE = 0.6

Row = Mapping[str, object]
Tools = Sequence[tuple[int, str, int, str, str, int, int, int]]
Marks = Sequence[tuple[int, int, str, str, str, float]]


def ran(row: Row, chain: Sequence[Spent]) -> str:
    """The model that made most of the calls, else the one the client named.

    Screens believe the client where we decided (`ledger.query.agent_runs`); this is compared with
    prices, and those are of the calls.
    """
    counted = Counter(spent.call.model for spent in chain if any(spent.call.counts()))
    return counted.most_common(1)[0][0] if counted else str(row["resolved"] or row["routed"])


def ended(row: Row, chain: Sequence[Spent]) -> int:
    """When the subagent ended; 0 if nothing tells, or the cap was its end, which tells nothing."""
    if row["status"] == CUT:
        return 0
    last = chain[-1].call.ts_ms if chain else 0
    return max(int(str(row["ended_ms"])), last)


def find(
    rows: Sequence[Row], chains: Mapping[str, Sequence[Spent]], tools: Tools, marks: Marks
) -> dict[str, tuple[str, str, int]]:
    """`(word, the dispatch that repeats it, its nano-dollars)` by id, for those in trouble."""
    redone = _redone(rows, chains, tools, marks)
    repeats = _repeats(rows, chains)
    found: dict[str, tuple[str, str, int]] = {}
    for row in rows:
        id_ = str(row["id"])
        again = repeats.get(id_)
        if row["flag"] == "good":
            continue
        next_ = str(again["id"]) if again else ""
        cost = sum(spent.cost or 0 for spent in chains.get(next_, ()))
        if row["flag"] == "bad":
            found[id_] = ("flagged", next_, cost)
        elif row["status"] in FAILED:
            found[id_] = ("failed", next_, cost)
        elif again is not None:
            dearer = rank(ran(again, chains[next_])) > rank(ran(row, chains[id_]))
            found[id_] = ("escalated" if dearer else "repeated", next_, cost)
        elif id_ in redone:
            found[id_] = ("redone", "", 0)
    return found


def _repeats(rows: Sequence[Row], chains: Mapping[str, Sequence[Spent]]) -> dict[str, Row]:
    """The dispatch that repeats each one after its end."""
    ends = {str(row["id"]): ended(row, chains[str(row["id"])]) for row in rows}
    found: dict[str, Row] = {}
    for row in rows:
        before = str(row["follows"])
        if before and 0 < ends.get(before, 0) <= int(str(row["ts_ms"])):
            found.setdefault(before, row)
    return found


def _redone(
    rows: Sequence[Row], chains: Mapping[str, Sequence[Spent]], tools: Tools, marks: Marks
) -> set[str]:
    """Dispatches whose files the main loop went through itself, in the turn that got the report."""
    looked: dict[tuple[int, str], set[int]] = defaultdict(set)
    main: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
    for session, agent, at_ms, _, _, target, _, changes in tools:
        if agent and target and not changes:
            looked[session, agent].add(target)
        elif not agent and target:
            main[session].append((at_ms, target, changes))
    prompts: dict[int, list[int]] = defaultdict(list)
    for session, at_ms, kind, *_ in marks:
        if kind == "prompt":
            prompts[session].append(at_ms)
    found = set()
    for row in rows:
        session, end = int(str(row["session"])), ended(row, chains[str(row["id"])])
        own = looked.get((session, str(row["agent"])), set()) if row["agent"] else set()
        if not end or len(own) < _LEAST_SHARED:
            continue
        following = prompts[session]
        place = bisect_right(following, end)
        limit = following[place] if place < len(following) else end + HOUR_MS
        next_ = [use for use in main[session] if end <= use[0] < limit][:_NEXT_TOOLS]
        edited = {target for _, target, changes in next_ if changes}
        again = {target for _, target, changes in next_ if not changes} - edited
        shared = len(own & again)
        if shared >= _LEAST_SHARED and shared >= _SHARE * len(own):
            found.add(str(row["id"]))
    return found
