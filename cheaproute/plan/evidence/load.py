"""From the ledger to an `Evidence`: reads, joins, and decides what counts as trouble."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping

from cheaproute.days import DAY_MS
from cheaproute.ledger.query import rows as spans
from cheaproute.ledger.query import totals
from cheaproute.ledger.schema import is_lower
from cheaproute.money import given_up, plural
from cheaproute.plan.evidence import rework
from cheaproute.plan.evidence.records import Dispatch, Evidence, Output, Spent, Turn, rank
from cheaproute.usage.prices import Prices

# Smaller outputs weigh little, and there are many of them.
_WORTH_BYTES = 1_000


def load(
    db: sqlite3.Connection,
    days: int,
    now_ms: int,
    settings: Mapping[str, Mapping[str, object]],
    prices: Prices,
) -> Evidence:
    """The evidence of the last `days` UTC days, today included."""
    past = now_ms // DAY_MS + 1
    first = past - days
    spent = tuple(Spent(*row) for row in spans.calls(db, first, past))
    by_source = totals.by(db, "source", first, past)
    contexts = _contexts(spent)
    tools = spans.tools(db, first, past)
    marks = spans.turns(db, first, past)
    return Evidence(
        first=first,
        past=past,
        now_ms=now_ms,
        before={source: sums.cost_nano for source, sums in by_source},
        unpriced=sum(sums.unpriced for _, sums in by_source),
        spent=spent,
        turns=tuple(_turns(contexts, marks)),
        dispatches=tuple(_dispatches(spans.dispatches(db, first, past), contexts, tools, marks)),
        outputs=tuple(_outputs(contexts, tools, marks)),
        by_day=_by_day(db, first, past),
        copied=spans.copied(db),
        settings=settings,
        prices=prices,
        notes=tuple(_notes(spent, by_source)),
    )


Contexts = Mapping[tuple[int, str], list[Spent]]


def _contexts(spent: tuple[Spent, ...]) -> Contexts:
    """Calls by the context they were made in: (session, subagent or "")."""
    found: dict[tuple[int, str], list[Spent]] = defaultdict(list)
    for one in spent:
        if one.source in ("main", "subagent"):
            # A subagent without an id (old clients) must not stand among the main loop's calls.
            loose = "?" if one.source == "subagent" else ""
            found[one.session, one.call.agent or loose].append(one)
    return found


def _turns(contexts: Contexts, marks: list[tuple[int, int, str, str, str, float]]) -> list[Turn]:
    by_session: dict[int, list[tuple[int, str, str, str]]] = defaultdict(list)
    for session, at_ms, kind, category, tier, _ in marks:
        by_session[session].append((at_ms, kind, category, tier))
    found = []
    for (session, agent), chain in contexts.items():
        if not agent:
            found += _turns_of(session, chain, by_session.get(session, []))
    return found


def _turns_of(
    session: int, chain: list[Spent], marks: list[tuple[int, str, str, str]]
) -> list[Turn]:
    """The session's calls by the prompt before them; a prompt that says nothing goes on."""
    prompts = [mark for mark in marks if mark[1] in ("prompt", "command")]
    modes = [(at, kind) for at, kind, _, _ in marks if kind in ("plan", "act")]
    said_of = {(at, kind) for at, kind, _, _ in marks if kind in ("task", "trouble")}
    starts = [at for at, *_ in prompts]
    times = [at for at, _ in modes]
    groups: dict[int, list[Spent]] = defaultdict(list)
    for spent in chain:
        groups[bisect_right(starts, spent.call.ts_ms) - 1].append(spent)
    asked: list[tuple[str, str]] = []
    for _, kind, category, tier in prompts:
        unsaid = kind == "prompt" and not tier and asked
        said = ("", "") if kind == "command" or not tier else (category, tier)
        asked.append(asked[-1] if unsaid else said)
    found = []
    for place, calls in sorted(groups.items()):
        planned = [_mode(modes, times, spent.call.ts_ms) == "plan" for spent in calls]
        category, tier = asked[place] if place >= 0 else ("", "")
        at_ms = starts[place] if place >= 0 else calls[0].call.ts_ms
        begins, trouble = ((at_ms, kind) in said_of for kind in ("task", "trouble"))
        found.append(
            Turn(session, at_ms, category, tier, tuple(calls), tuple(planned), begins, trouble)
        )
    return found


def _mode(modes: list[tuple[int, str]], times: list[int], at_ms: int) -> str:
    place = bisect_right(times, at_ms) - 1
    return modes[place][1] if place >= 0 else ""


def _dispatches(
    rows: list[dict[str, object]],
    contexts: Contexts,
    tools: list[tuple[int, str, int, str, str, int, int, int]],
    marks: list[tuple[int, int, str, str, str, float]],
) -> list[Dispatch]:
    chains = {
        str(row["id"]): tuple(contexts.get((int(str(row["session"])), str(row["agent"])), ()))
        if row["agent"]
        else ()
        for row in rows
    }
    found = rework.find(rows, chains, tools, marks)
    made = []
    for row in rows:
        chain = chains[str(row["id"])]
        action, instead = _without_us(row, chain, contexts)
        word, again, redo = found.get(str(row["id"]), ("", "", 0))
        made.append(
            Dispatch(
                at_ms=int(str(row["ts_ms"])),
                ran=rework.ran(row, chain),
                ended_ms=rework.ended(row, chain),
                trouble=word,
                again=again,
                redo=redo,
                calls=chain,
                action=action,
                instead=instead,
                went_up=bool(row["went_up"]),
                **{key: row[key] for key in _PLAIN},  # type: ignore[arg-type]
            )
        )
    return made


def _without_us(
    row: Mapping[str, object], chain: tuple[Spent, ...], contexts: Contexts
) -> tuple[str, str]:
    """`(action, model without us)`: what a hook noted, else what the history suggests.

    A subagent from before cheaproute that ran on another model than the session, unasked, was
    pinned to it by its own file.
    """
    action, instead = str(row["action"]), str(row["instead"])
    if action:
        return action, instead
    ran = rework.ran(row, chain)
    main = contexts.get((int(str(row["session"])), ""), [])
    place = bisect_right([spent.call.ts_ms for spent in main], int(str(row["ts_ms"]))) - 1
    parent = main[place].call.model if place >= 0 else ""
    pinned = bool(ran and parent) and not row["asked"] and rank(ran) != rank(parent)
    return ("pinned" if pinned else ""), ran


_PLAIN = (
    "id",
    "session",
    "agent_type",
    "category",
    "tier",
    "confidence",
    "asked",
    "routed",
    "status",
    "edits",
    "tools",
    "beyond",
    "bounds",
)


def _outputs(
    contexts: Contexts,
    tools: list[tuple[int, str, int, str, str, int, int, int]],
    marks: list[tuple[int, int, str, str, str, float]],
) -> list[Output]:
    """The larger outputs, each with the later calls of its context up to the next compaction."""
    cuts: dict[int, list[int]] = defaultdict(list)
    for session, at_ms, kind, *_ in marks:
        if kind == "compact":
            cuts[session].append(at_ms)
    written: dict[tuple[int, str, int], int] = {}
    for session, agent, at_ms, _, _, target, _, changes in tools:
        if changes and target:
            written[session, agent, target] = at_ms
    times = {key: [spent.call.ts_ms for spent in chain] for key, chain in contexts.items()}
    found = []
    for session, agent, at_ms, name, kind, target, size, _ in tools:
        chain = contexts.get((session, agent))
        if size < _WORTH_BYTES or not chain:
            continue
        ends = cuts[session] if not agent else []
        cut = next((end for end in ends if end > at_ms), None)
        start = bisect_right(times[session, agent], at_ms)
        stop = len(chain) if cut is None else bisect_right(times[session, agent], cut)
        used = written.get((session, agent, target), 0) > at_ms if target else False
        found.append(Output(name, kind, size, not agent, used, tuple(chain[start:stop])))
    return found


def _by_day(db: sqlite3.Connection, first: int, past: int) -> tuple[int, ...]:
    """Spend of each day since the first call, but not before `first`."""
    oldest = totals.first_day(db)
    if oldest is None:
        return ()
    sums = spans.by_day(db, first, past)
    return tuple(sums.get(day, 0) for day in range(max(first, oldest), past))


def _notes(spent: tuple[Spent, ...], by_source: list[tuple[str, totals.Sums]]) -> list[str]:
    notes = []
    missing = sum(sums.calls for _, sums in by_source) - len(spent)
    if missing > 0:
        notes.append(
            f"{plural(missing, 'call')} of these days {'is' if missing == 1 else 'are'} kept as"
            " totals only (ledger.keep_days): in the bill, not in the evidence"
        )
    if unpriced := sum(sums.unpriced for _, sums in by_source):
        verb = "has no known price and counts" if unpriced == 1 else "have no known price and count"
        notes.append(f"{plural(unpriced, 'call')} {verb} as nothing")
    if partial := sum(sums.partial for _, sums in by_source):
        lower = is_lower(partial, sum(sums.calls for _, sums in by_source))
        main = sum(sums.partial for name, sums in by_source if name == "main")
        calls = f"{plural(partial, 'call')} in all, by UTC days ({main:,} of the main loop)"
        said = f"of {calls}, only the start of the answer is on record: the sum is at least this"
        notes.append(f"{said} (≥)" if lower else said)
    if gone := given_up(*totals.total(by_source).given_up).removesuffix("."):
        notes.append(f"{gone} (≥)")
    return notes
