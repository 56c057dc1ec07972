"""Our prices against the client's own, over a grid of usages; and a session of everything."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import client, scripts
from tests.e2e.session import Machine
from tests.marks import in_long


def used(
    *, read: int = 0, five: int = 0, hour: int = 0, searches: int = 0, **fields: Any
) -> dict[str, Any]:
    """A usage object with these counts."""
    return {
        "input_tokens": 1000,
        "output_tokens": 200,
        "cache_creation_input_tokens": five + hour,
        "cache_read_input_tokens": read,
        "cache_creation": {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour},
        "server_tool_use": {"web_search_requests": searches, "web_fetch_requests": 0},
        "service_tier": "standard",
    } | fields


def advised(model: str, **fields: Any) -> dict[str, Any]:
    """The same, of an answer in two passes about which a stronger model was asked in between."""
    passes = [
        {"type": "message", "input_tokens": 600, "output_tokens": 50},
        {"type": "advisor_message", "model": model, "input_tokens": 5000, "output_tokens": 300},
        {"type": "message", "input_tokens": 400, "output_tokens": 150},
    ]
    caches = {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    passes[1] = {**passes[1], "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 100}
    return used(iterations=[caches | one for one in passes], **fields)


CACHES = [
    used(read=read, five=five, hour=hour)
    for read, five, hour in itertools.product((0, 77_777), (0, 333), (0, 4_444))
]
HALF = {
    "type": "message",
    "input_tokens": 60_000,
    "output_tokens": 100,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 0,
}
GRID: dict[str, list[dict[str, Any]]] = {
    "sonnet": [
        *CACHES,
        used(searches=3),
        used(inference_geo="us", read=9, five=7, hour=5),
        used(inference_geo="us", searches=2),
        used(read=250_000),
    ],
    "opus": [
        *CACHES,
        used(speed="fast"),
        used(speed="fast", read=1001, five=101, hour=11),
        used(speed="fast", inference_geo="us", searches=1),
        advised("claude-fable-5-2"),
        advised("claude-sonnet-5-5"),
        advised("claude-fable-5-2", speed="fast"),
        advised("claude-sonnet-5-5", speed="fast", searches=1),
        advised("claude-fable-5-2", inference_geo="us"),
    ],
    "haiku": [
        *CACHES,
        used(input_tokens=100_000),
        used(input_tokens=100_001),
        used(read=98_999),
        used(read=99_001, five=1),
        used(hour=100_000, inference_geo="us"),
        used(input_tokens=120_000, iterations=[HALF, HALF]),  # each pass is below the step
        used(input_tokens=120_001, iterations=[HALF, HALF]),  # they are not all of it
    ],
}


@pytest.mark.parametrize("model", [in_long(model) for model in GRID])
def test_prices_are_the_clients(machine: Machine, model: str) -> None:
    """Every call of a session, whatever it used, costs what the client says it cost."""
    usages = GRID[model]
    machine.api.script = scripts.turns(
        *[Reply("", [scripts.bash(f"echo {n}")], usage) for n, usage in enumerate(usages)],
        Reply("All done.", usage=used()),
    )
    run = machine.run("Go on.", model=model)
    assert len(machine.api.calls) == len(usages) + 1
    costs = machine.costs()
    assert [row["source"] for row in costs["by_source"] if row["cost_usd"]] == ["main"]
    assert costs["total_usd"] == pytest.approx(run.cost_usd, abs=1e-9)


@pytest.mark.parametrize("said", [in_long("standard"), in_long(None)])
def test_fast_mode_that_was_asked_for_and_not_given(machine: Machine, said: str | None) -> None:
    """Records name the speed that was asked for; a gateway may drop the word for the other."""
    ran: dict[str, Any] = {"speed": said} if said else {}
    usage = used(**ran)
    machine.api.script = scripts.turns(
        Reply("", [scripts.bash("echo")], usage), Reply("All done.", usage=usage)
    )
    run = machine.run("Go on.", "--settings", '{"fastMode": true}', model="opus")
    assert machine.api.calls[-1].body["speed"] == "fast"
    assert machine.costs()["total_usd"] == pytest.approx(run.cost_usd, abs=1e-9)
    assert run.cost_usd == pytest.approx(2 * 0.008, abs=1e-9)


@pytest.mark.long
def test_passes_without_a_transcript(machine: Machine) -> None:
    """Each of them is below the step, where their sum is above it."""
    usage = used(input_tokens=120_000, iterations=[HALF, HALF])
    machine.api.script = scripts.turns(Reply("", usage=usage))
    run = machine.run("Go on.", "--no-session-persistence", model="haiku")
    assert machine.costs()["total_usd"] == pytest.approx(run.cost_usd, abs=1e-9)


def test_a_session_of_everything(machine: Machine, api: Api) -> None:
    """Main loop, subagents before and behind, one cut off, a compaction, a resumption, a fork."""
    slow = "Count to a million."

    def answered(request: Request) -> bool:
        return request.tool_results > 0

    def subagent(request: Request) -> Reply:
        if slow in request.text and answered(request):
            return Reply("A million.", delay_s=30)
        tools = [] if answered(request) else [scripts.bash("echo hi")]
        return Reply("" if tools else "Here it is.", tools)

    agents = [
        scripts.agent("Find mentions", "List every file that mentions X."),
        scripts.agent("Count", slow, run_in_background=True),
    ]
    api.script = scripts.conversations(scripts.dispatch(agents), subagent, "Start now.")
    first = machine.run("Start now.", CLAUDE_CODE_PRINT_BG_WAIT_CEILING_MS="3000")
    in_flight = [r for r in api.calls if "Start now." not in r.text and slow in r.text]
    in_flight = [r for r in in_flight if r.body.get("tools")]  # haiku is asked about the task, too
    assert [answered(request) for request in in_flight] == [False, True]
    api.script = lambda _: Reply("Yes.")
    machine.run("/compact", "--resume", first.session)
    resumed = machine.run("And now?", "--resume", first.session)
    assert machine.costs()["total_usd"] == pytest.approx(resumed.cost_usd, abs=1e-6)
    fork = machine.run("And so?", "--resume", first.session, "--fork-session")
    more = fork.cost_usd - resumed.cost_usd
    costs = machine.costs()
    assert costs["total_usd"] == pytest.approx(resumed.cost_usd + more, abs=1e-6)
    assert {row["source"] for row in costs["by_source"] if row["cost_usd"]} == {
        "main",
        "subagent",
        "helper",
    }


def test_a_gateway_that_answers_with_another_model(machine: Machine) -> None:
    """The client books what it asked for; the ledger what answered, and nothing twice."""
    machine.api.script = lambda _: Reply("Yes.", usage=used(), model="claude-haiku-4-5-20251001")
    run = machine.run("Well?", model="opus")
    costs = machine.costs()
    assert run.cost_usd == pytest.approx(0.008)
    assert costs["total_usd"] == pytest.approx(0.002)
    assert [row["model"] for row in costs["by_model"]] == ["claude-haiku-4-5-20251001"]


def test_a_model_nobody_knows(machine: Machine) -> None:
    """The client prices it as Opus; the ledger keeps the tokens, and says so."""
    machine.api.script = lambda _: Reply("Yes.", usage=used(), model="claude-unheard-of-9")
    run = machine.run("Well?", model="claude-unheard-of-9")
    costs = machine.costs()
    assert run.cost_usd == pytest.approx(0.008)
    assert (costs["total_usd"], costs["unknown_price_calls"], costs["lower_bound"]) == (0, 1, True)
    assert sum(row["output_tokens"] for row in costs["by_model"]) == 200


@pytest.mark.long
@pytest.mark.parametrize("version", [client.OLDEST, client.CLASSIC, client.NEWEST])
def test_a_relay_that_gives_all_answers_the_same_ids(machine: Machine) -> None:
    """One message id and one request id in every session: each answer counts, by hooks alone."""
    machine.api.only_id = "msg_0"
    two = [scripts.bash("echo 1"), scripts.bash("echo 2")]
    machine.api.script = scripts.turns(
        Reply("Look.", two, scripts.FIVE_CENTS), Reply("Done.", usage=scripts.FIVE_CENTS)
    )
    told = [machine.run("Go on.").cost_usd for _ in range(3)]
    assert len(machine.api.bill) >= 6
    assert machine.costs()["total_usd"] == pytest.approx(sum(told), abs=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("version", [client.CLASSIC, client.NEWEST])
def test_a_cap_holds_behind_such_a_relay(machine: Machine) -> None:
    """A loop of answers that all bear the same ids ends where their sum reaches the cap."""
    machine.cheaproute("cap", "set", "0.20")
    machine.api.only_id = "msg_0"
    machine.api.script = scripts.endless(scripts.FIVE_CENTS)
    machine.run("Go on.")
    assert 3 <= len(machine.api.bill) <= 5
    spent = machine.costs()["total_usd"]
    assert spent == pytest.approx(len(machine.api.bill) * 0.05, abs=1e-6)
