"""The ledger against the client's own totals, where those are hard to follow.

The client keeps a session's total across `--resume`, and gives a fork its parent's total to start
with. So a session's own cost is its last total, and a fork's its last total minus the one it was
given; the stand-in's own count of calls is the second opinion.
"""

from __future__ import annotations

import pytest

from tests.api import Api, Reply
from tests.e2e import client, scripts
from tests.e2e.session import Machine

CALL_USD = scripts.cost("claude-sonnet-5-5", {"input_tokens": 1000, "output_tokens": 100})


@pytest.mark.long
def test_resume_compact_and_fork_are_counted_once(machine: Machine, api: Api) -> None:
    """The ledger equals what the API was asked for, after each way of going on."""
    first = machine.run("one")
    resumed = machine.run("two", "--resume", first.session)
    assert resumed.cost_usd == pytest.approx(
        2 * CALL_USD
    )  # the total is the session's, not the run's
    check(machine, api)

    compacted = machine.run("/compact", "--resume", first.session)
    assert compacted.cost_usd == pytest.approx(len(api.calls) * CALL_USD)
    assert len(api.calls) == 4  # two of them in no transcript row
    check(machine, api)
    (hidden,) = [row for row in machine.costs()["by_source"] if row["source"] == "helper"]
    assert hidden["cost_usd"] == pytest.approx(2 * CALL_USD, abs=1e-6)

    parent = machine.run("three", "--resume", first.session)
    check(machine, api)

    fork = machine.run("four", "--resume", first.session, "--fork-session")
    assert fork.session != first.session
    again = machine.run("five", "--resume", fork.session)
    check(machine, api)
    assert parent.cost_usd + (again.cost_usd - parent.cost_usd) == pytest.approx(
        machine.costs()["total_usd"], abs=1e-6
    )


@pytest.mark.long
@pytest.mark.parametrize("version", [client.CLASSIC])
def test_a_client_that_tells_nobody_of_compactions(machine: Machine, api: Api) -> None:
    """Its sums lack the compaction, and say so."""
    first = machine.run("one")
    assert machine.costs()["lower_bound"] is False
    machine.run("/compact", "--resume", first.session)
    machine.run("two", "--resume", first.session)
    assert machine.costs()["total_usd"] == pytest.approx((len(api.calls) - 1) * CALL_USD)
    assert machine.costs()["lower_bound"] is True
    assert "Not in these sums: 1 compaction." in machine.person("costs")


def check(machine: Machine, api: Api) -> None:
    """The ledger is what the stand-in's calls cost, to the millionth."""
    expected = pytest.approx(len(api.calls) * CALL_USD, abs=1e-6)
    assert machine.costs()["total_usd"] == expected


def test_history_is_imported_once(machine: Machine, api: Api) -> None:
    """Sessions from before the plugin, subagents and a fork among them, are read from disk."""
    hard = scripts.agent("Root-cause deadlock", "Root-cause the intermittent deadlock.")
    script = scripts.conversations(
        scripts.dispatch([hard]), lambda _request: Reply("Cause found."), "GO-MAIN"
    )
    api.script = script
    first = machine.run("GO-MAIN", plugin=False)
    machine.run("GO-MAIN again", "--resume", first.session, "--fork-session", plugin=False)
    assert machine.costs()["total_usd"] == 0
    for _ in range(2):
        done = machine.cheaproute("import")
        assert done.returncode == 0, done.stderr
        check(machine, api)
