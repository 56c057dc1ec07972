"""Tool outputs kept in a context: each is paid for again with every later call that carries it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from cheaproute.days import DAY_MS
from cheaproute.plan.evidence import interval
from cheaproute.plan.evidence.records import Evidence, Output, Spent
from cheaproute.plan.replay.trim import Cut
from cheaproute.plan.steps.step import Case, Step
from cheaproute.usage import prices as pricing
from cheaproute.usage.call import Call
from cheaproute.usage.prices import NEWEST_TOKENIZER, Prices

# Files that hooks.json lets the digest see (a test compares).
DIGESTED = frozenset([".log", ".out", ".trace", ".lock"])
# A digest's own size, and what its call sends besides the file. Tokens.
DIGEST, INSTRUCTIONS = 600, 1_000
_STEPS = (8_000, 12_000, 16_000, 24_000, 32_000)
_BYTES_PER_TOKEN = {1: 4.0, NEWEST_TOKENIZER: 3.3}
ASSUMPTIONS = (
    "4 bytes a token, 3.3 with the newest tokenizer, and never more than the next call wrote",
    "an output stays until the context is compacted or the session ends",
)


def tokens(output: Output, prices: Prices) -> int:
    """About how many tokens the output is; at most what was new in the call after it."""
    if not output.carried:
        return 0
    call = output.carried[0].call
    price = prices.of(call.model)
    per = _BYTES_PER_TOKEN[price.tokenizer if price else NEWEST_TOKENIZER]
    return min(int(output.bytes / per), call.input + call.write_5m + call.write_1h)


def carrying(output: Output, dropped: int, prices: Prices) -> int:
    """Nano-dollars saved had the output been `dropped` tokens shorter."""
    first = output.carried[0].call
    place = first.write_5m + first.write_1h + first.read
    return sum(_less(spent, dropped, place, prices) for spent in output.carried)


def digested(output: Output, evidence: Evidence) -> tuple[int, int]:
    """`(saved, spent)`: what a digest in its place would have saved, and cost."""
    size = tokens(output, evidence.prices)
    if size <= DIGEST:
        return 0, 0
    at_ms = output.carried[0].call.ts_ms
    call = Call("", at_ms, evidence.model("haiku"), input=size + INSTRUCTIONS, output=DIGEST)
    return carrying(output, size - DIGEST, evidence.prices), (
        pricing.cost_nano(call, evidence.prices) or 0
    )


def digestible(evidence: Evidence, least: int, below: int) -> list[Output]:
    """Outputs that a digest from `least` to before `below` bytes would have stood in for."""
    return [
        output
        for output in evidence.outputs
        if output.tool == "Read"
        and output.kind in DIGESTED
        and not output.used
        and least <= output.bytes < below
        and output.carried
    ]


class Digested(NamedTuple):
    """Digests in the place of outputs: tokens that main-loop calls would not have carried.

    `apart` is what subagents would have saved, less what all of the digests cost; `ids` are the
    outputs.
    """

    cuts: Mapping[str, Cut]
    apart: int
    ids: frozenset[int]


NONE = Digested({}, 0, frozenset())


def digests(evidence: Evidence) -> tuple[Step, Digested] | None:
    """A lower digest threshold, where it pays, and what it would have kept away."""
    section = evidence.settings["digest"]
    now = section["min_bytes"]
    if not section["enabled"] or not isinstance(now, int):
        return None
    best: tuple[int, int, list[Output]] = (0, 0, [])
    for step in _STEPS:
        if step >= now:
            break
        outputs = digestible(evidence, step, now)
        pairs = [digested(output, evidence) for output in outputs]
        best = max(best, (sum(a - b for a, b in pairs), step, outputs), key=lambda one: one[0])
    saved, step, outputs = best
    nanos = {id(output): digested(output, evidence) for output in outputs}
    wins = sum(a > b for a, b in nanos.values())
    low, _ = interval.wilson(wins, len(outputs))
    if not _worth(evidence, len(outputs), saved) or low <= 0.5:
        return None
    kept: dict[str, Cut] = {}
    for output in outputs:
        if output.main and nanos[id(output)] != (0, 0):
            carry(kept, output, tokens(output, evidence.prices) - DIGEST)
    apart = sum(
        (0 if output.main else nanos[id(output)][0]) - nanos[id(output)][1] for output in outputs
    )
    return Step(
        lever="digests",
        title=f"digest files from {step:,} bytes on (now {now:,})",
        setting="digest.min_bytes",
        before=now,
        after=step,
        saves=saved,
        low=round(low * saved),
        high=saved,
        risk=f"{len(outputs)} reads of logs and the like were never edited; in {wins} a digest"
        " would have been cheaper than carrying the text",
        doubts=(*ASSUMPTIONS, f"a digest is {DIGEST} tokens, written by Haiku"),
        cases=_cases(outputs, {key: pair[0] - pair[1] for key, pair in nanos.items()}),
        config={"digest.min_bytes": step},
    ), Digested(kept, apart, frozenset(nanos))


def carry(found: dict[str, Cut], output: Output, gone: int, more: int = 0) -> None:
    """Note that `gone` tokens of an output were not written, and not read by later calls.

    The call that would have written them costs `more` nano-dollars.
    """
    for place, spent in enumerate(output.carried):
        written, read, paid = found.get(spent.call.id, Cut())
        found[spent.call.id] = (
            Cut(written, read + gone, paid) if place else Cut(written + gone, read, paid + more)
        )


def _cases(outputs: Iterable[Output], nanos: Mapping[int, int]) -> tuple[Case, ...]:
    found: dict[int, list[Output]] = defaultdict(list)
    for output in outputs:
        found[output.carried[0].session].append(output)
    return tuple(
        Case(
            session,
            max(one.carried[0].call.ts_ms for one in group) // DAY_MS,
            f"{len(group)} reads",
            sum(nanos[id(one)] for one in group),
        )
        for session, group in sorted(found.items())
    )


def _less(spent: Spent, dropped: int, place: int, prices: Prices) -> int:
    """What the call would have cost less without `dropped` tokens before `place` of its prompt."""
    call = spent.call
    if spent.cost is None:
        return 0
    twin = Call(call.id, call.ts_ms, call.model, geo=call.geo, service_tier=call.service_tier)
    twin.speed, twin.web_search = call.speed, call.web_search
    twin.input, twin.output, twin.read = call.input, call.output, call.read
    twin.write_5m, twin.write_1h = call.write_5m, call.write_1h
    left = dropped
    order: Iterable[str] = ("write_5m", "write_1h", "input", "read")
    if call.read >= place:  # it was in the cached part
        order = ("read",)
    for field in order:
        taken = min(left, getattr(twin, field))
        setattr(twin, field, getattr(twin, field) - taken)
        left -= taken
    cost = pricing.cost_nano(twin, prices)
    full = pricing.cost_nano(call, prices)
    return 0 if cost is None or full is None else max(0, full - cost)


def _worth(evidence: Evidence, samples: int, saved: int) -> bool:
    enough = samples >= evidence.setting("min_samples")
    return enough and evidence.month(saved) >= evidence.setting("min_usd") * 1e9
