from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence

import pytest

from cheaproute.plan.evidence.records import Output
from cheaproute.plan.steps import output_limits, propose, tool_outputs
from tests.conftest import ROOT
from tests.plan.month import OPUS, PRICES, Month


def put(
    month: Month,
    number: int,
    name: str,
    kind: str,
    size: int,
    *,
    edited: bool = False,
    prompt: int = 20_000,
) -> None:
    """A session that reads something large early on, and goes on for twenty calls."""
    session, at_ms = month.session(number), month.at(number)
    month.call(at_ms, OPUS, session, write_1h=prompt, read=0)
    rows: list[Sequence[object]] = [
        (session, f"r{number}", at_ms + 1_000, name, kind, number, size, 0)
    ]
    if edited:
        rows.append((session, f"e{number}", at_ms + 9_000, "Edit", kind, number, 100, 1))
    month.db.executemany(
        "INSERT INTO tool(session, id, ts_ms, name, kind, target, bytes, changes)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    grown = size // 3
    for place in range(20):
        written, read = (grown, prompt) if place == 0 else (100, prompt + grown)
        month.call(at_ms + 60_000 * (place + 1), OPUS, session, write_1h=written, read=read)


def outputs(month: Month) -> tuple[Output, ...]:
    """What tune sees of them."""
    return month.evidence().outputs


def test_an_output_is_paid_for_with_every_call_that_carries_it(month: Month) -> None:
    """Written once and read nineteen times, at Opus's rates."""
    put(month, 1, "Read", ".py", 33_000)
    (output,) = outputs(month)
    assert tool_outputs.tokens(output, PRICES) == 10_000
    assert tool_outputs.carrying(output, 10_000, PRICES) == 10_000 * (8_000 + 19 * 200)


def test_a_compaction_ends_the_carrying(month: Month) -> None:
    """After it the output is no longer in the context."""
    put(month, 1, "Read", ".py", 33_000)
    mark = (month.session(1), month.at(1) + 60_000 * 10 + 1)
    month.db.execute("INSERT INTO turn(session, ts_ms, kind) VALUES(?, ?, 'compact')", mark)
    (output,) = outputs(month)
    assert len(output.carried) == 10


def test_logs_below_the_threshold_ask_for_a_lower_one(month: Month) -> None:
    """Logs of 30 kB carried for long are worth a digest from there on, edited ones are not."""
    for number in range(12):
        put(month, number, "Read", ".log", 30_000)
    found, _ = tool_outputs.digests(month.evidence()) or pytest.fail("no step")
    threshold = found.config["digest.min_bytes"]
    assert isinstance(threshold, int)
    assert threshold <= 30_000
    for number in range(12):
        put(month, 100 + number, "Read", ".lock", 30_000, edited=True)
    again, _ = tool_outputs.digests(month.evidence()) or pytest.fail("no step")
    assert len(again.cases) == 12


@pytest.mark.parametrize(
    ("tool", "kind", "name"), [("Bash", "", "outputs"), ("Read", ".py", "reads")]
)
def test_long_outputs_are_cut_in_the_replay(month: Month, tool: str, kind: str, name: str) -> None:
    """Half of what is cut stays away: written once less, read nineteen times less.

    For the other half one more request is made, which sends the context again.
    """
    put(month, 1, tool, kind, 33_000)
    plan = propose.propose(month.evidence(), {"promptCacheTtl": "1h"})
    limit = output_limits.CANDIDATES[name][-1]
    gone = (10_000 * (33_000 - 2_800) // 33_000 if tool == "Bash" else 5_000) // 2
    cut = output_limits.cuts(month.evidence(), 50, [limit])
    again = (31_020 * 200 + 150 * 20_000) // 2
    assert sorted(cut.values()) == [(0, gone, 0)] * 19 + [(gone, 0, again)]
    assert [one for one in plan.steps if one.name == name] == []  # cents are no step
    for number in range(2, 100):
        put(month, number, tool, kind, 33_000)
    plan = propose.propose(month.evidence(), {"promptCacheTtl": "1h"})
    (found,) = (one for one in plan.steps if one.name == name)
    assert found.saves == 99 * (gone * (8_000 + 19 * 200) - again)
    assert set(found.settings) == {limit.setting}
    assert 0 < found.low < found.saves < found.high


def test_in_a_long_context_a_cut_costs_more_than_it_keeps_away(month: Month) -> None:
    """Where one more request sends 600,000 tokens again, no limit on outputs is advised."""
    for number in range(40):
        put(month, number, "Read", ".py", 50_000, prompt=600_000)
    plan = propose.propose(month.evidence(), {"promptCacheTtl": "1h", "autoCompactWindow": 900_000})
    assert "reads" not in {one.name for one in plan.steps}


def test_the_digested_kinds_are_those_of_the_hook() -> None:
    """Each extension is one for which hooks.json starts the digest."""
    with open(os.path.join(ROOT, "hooks", "hooks.json"), encoding="utf-8") as file:
        text = json.dumps(json.load(file))
    hooked = set(re.findall(r"Read\(\*\*/\*(\.[a-z]+)\)", text))
    assert hooked >= tool_outputs.DIGESTED
