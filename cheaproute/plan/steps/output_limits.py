"""Limits on what a tool's output puts into a context, and what it costs to ask for the rest.

What is cut is not carried along by later calls; where the model wants it after all, it comes with
one more request, which sends the whole context again. Elsewhere fewer tokens cost more for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from cheaproute.plan.evidence.records import Evidence, Output
from cheaproute.plan.replay.replays import Replays
from cheaproute.plan.replay.trim import Cut
from cheaproute.plan.steps import cases
from cheaproute.plan.steps.main_loop import Lever
from cheaproute.plan.steps.step import Step
from cheaproute.plan.steps.tool_outputs import carry, tokens
from cheaproute.usage.call import Call
from cheaproute.usage.prices import Prices, cost_nano

# Of what is cut, so many percent are never asked for: as thought, at worst, at best.
STAYS = {"saves": 50, "low": 25, "high": 75}
READ_TOKENS = "env.CLAUDE_CODE_FILE_READ_MAX_OUTPUT_TOKENS"
BASH_CHARS = "bashOutputMaxChars"
# Past `bashOutputMaxChars` the client keeps a preview of about so many characters.
_PREVIEW = 2_800
# What a request for the rest answers. Tokens.
_AGAIN = 150


class Limit(NamedTuple):
    """A lever's value: outputs of `tool` past `most` (characters; of `Read` tokens) are cut."""

    lever: str
    tool: str
    setting: str
    most: int


# The gentlest first.
CANDIDATES: Mapping[str, Sequence[Limit]] = {
    "outputs": [Limit("outputs", "Bash", BASH_CHARS, 8_000)],
    "reads": [Limit("reads", "Read", READ_TOKENS, most) for most in (12_000, 8_000, 5_000)],
}


def gone(output: Output, limit: Limit, prices: Prices) -> int:
    """The tokens of the output that the limit keeps out of the context."""
    size = tokens(output, prices)
    if limit.tool == "Bash":
        beyond = output.bytes - _PREVIEW if output.bytes > limit.most else 0
        return size * beyond // output.bytes
    return max(0, size - limit.most)


def cuts(
    evidence: Evidence, percent: int, limits: Sequence[Limit], without: Collection[int] = ()
) -> dict[str, Cut]:
    """What calls of the main loop would not have written and read, by call.

    Only `percent` of what the limits cut; the rest is asked for. `without` are outputs (by `id`)
    that something else stands in for.
    """
    by_tool = {limit.tool: limit for limit in limits}
    found: dict[str, Cut] = {}
    for output in evidence.outputs:
        limit = by_tool.get(output.tool)
        if limit is None or not output.main or not output.carried or id(output) in without:
            continue
        beyond = gone(output, limit, evidence.prices)
        if not beyond:
            continue
        again = _again(output.carried[0].call, evidence.prices, 100 - percent)
        carry(found, output, beyond * percent // 100, again)
    return found


def step(
    found: Limit,
    before: object,
    replays: Replays,
    saved: Mapping[str, Sequence[int]],
    base: Sequence[Lever] = (),
) -> Step:
    """A limit on outputs as a step; `saved` by session, as thought, at worst, at best.

    `base`: what is in force.
    """
    value: object = str(found.most) if found.setting == READ_TOKENS else found.most
    what = "a file that is read" if found.tool == "Read" else "a command's output"
    unit = "tokens" if found.tool == "Read" else "characters"
    again = "reads on" if found.tool == "Read" else "runs a command again"
    saves = sum(saved["saves"])
    did = {one.session: "files" if found.tool == "Read" else "commands" for one in replays.chains}
    return Step(
        lever=found.lever,
        title=f"keep {found.most:,} {unit} of {what}",
        setting=found.setting,
        before=before,
        after=value,
        saves=saves,
        low=min(sum(saved["low"]), saves),
        high=max(sum(saved["high"]), saves),
        risk=f"the model {again} to see the rest, or goes without it",
        doubts=(
            "half of what is cut is asked for again (a quarter to three quarters of it)",
            "that takes one more request each; elsewhere fewer tokens cost more",
        ),
        cases=cases.of(replays, saved["saves"], did, base),
        settings={found.setting: value},
    )


def _again(call: Call, prices: Prices, percent: int) -> int:
    """So many percent of one more request beside `call`, which reads its context."""
    one = Call("", call.ts_ms, call.model, output=_AGAIN, geo=call.geo)
    one.read = sum(call.prompt())
    return (cost_nano(one, prices) or 0) * percent // 100
