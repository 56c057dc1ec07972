"""What is in force already, and that the plan counts and writes on top of it."""

from __future__ import annotations

import pytest

from cheaproute.plan.evidence.decided import AGENT_TTL, BILLING, FIVE_MINUTES, MANAGED
from cheaproute.plan.steps import in_force, propose
from cheaproute.plan.steps.step import Step
from tests.plan import month as made
from tests.plan.month import OPUS, Month, broken_session, long_session

FIVE = {"promptCacheTtl": "5m", "subagentPromptCacheTtl": "5m"}


def both(month: Month, client: dict[str, object]) -> propose.Plan:
    """The plan of long sessions with a long pause, under these settings."""
    return propose.propose(month.evidence(), FIVE | client)


def after(client: dict[str, object], *steps: Step) -> dict[str, object]:
    """The settings once `steps` were applied."""
    settings, config = propose.changes(steps)
    return client | settings | config


@pytest.fixture
def paused(month: Month) -> Month:
    """Twenty long sessions that pause for most of a day."""
    for number in range(10):
        long_session(month, number, pause=1_200)
        long_session(month, 100 + number, pause=1_200, calls=25)
    return month


@pytest.mark.parametrize(
    ("client", "tokens"),
    [
        ({}, None),
        ({"autoCompactWindow": 200_000}, 167_000),
        ({"autoCompactWindow": 50_000}, None),  # the client ignores it
        ({"autoCompactWindow": True}, None),
        ({"autoCompactWindow": "200000"}, None),
        ({"autoCompactWindow": 183_000, "plan.window_tokens": 150_000}, 150_000),
        ({"autoCompactWindow": 100_000, "plan.window_tokens": 150_000}, 150_000),
        ({"autoCompactWindow": 100_000, "plan.cold_return": "ask"}, None),
        (
            {"autoCompactWindow": 100_000, "plan.cold_return": "ask", "mod.enabled": False},
            67_000,
        ),
        ({"autoCompactWindow": 183_000, "plan.window_tokens": 0}, 150_000),
        # what a variable says wins, as the client reads it
        ({"env.CLAUDE_CODE_AUTO_COMPACT_WINDOW": "200k", "autoCompactWindow": 500_000}, 167_000),
        ({"env.CLAUDE_CODE_AUTO_COMPACT_WINDOW": "200000"}, 167_000),
        ({"env.CLAUDE_CODE_AUTO_COMPACT_WINDOW": "soon", "autoCompactWindow": 133_000}, 100_000),
        ({"env.CLAUDE_AUTOCOMPACT_PCT_OVERRIDE": "20"}, 200_000),
        ({"env.CLAUDE_AUTOCOMPACT_PCT_OVERRIDE": "20", "autoCompactWindow": 200_000}, 40_000),
        ({"autoCompactEnabled": False, "autoCompactWindow": 200_000}, None),
        ({"env.DISABLE_COMPACT": "1", "autoCompactWindow": 200_000}, None),
    ],
)
def test_where_contexts_are_compacted_now(client: dict[str, object], tokens: int | None) -> None:
    """The module holds the planned window and skips below it; without it the client's holds."""
    assert in_force.window(client) == tokens


OPUS_ONLY: dict[str, object] = {f"modelSettings.{OPUS}.autoCompactWindow": 133_000}


@pytest.mark.parametrize(
    ("client", "tokens"),
    [
        ({}, 100_000),
        ({"autoCompactWindow": 500_000}, 100_000),
        ({"plan.window_tokens": 150_000}, 150_000),
        ({"plan.window_tokens": 150_000, "mod.enabled": False}, 100_000),
        ({"plan.cold_return": "ask"}, None),  # the module skips what it is asked for
        ({"env.CLAUDE_CODE_AUTO_COMPACT_WINDOW": "500k"}, None),
        ({"autoCompactEnabled": False}, None),
    ],
)
def test_a_model_s_own_window_is_in_force(
    paused: Month, client: dict[str, object], tokens: int | None
) -> None:
    """Contexts on that model end there, whatever the window of the others; the plan counts so."""
    found = in_force.by_model(OPUS_ONLY | client)
    assert found == (((OPUS, tokens),) if tokens else ())
    if not client:
        plan = both(paused, OPUS_ONLY)
        assert "window by model" in plan.held
        assert "window" not in {one.name for one in plan.steps}
        assert plan.held_nano == both(paused, {"autoCompactWindow": 133_000}).held_nano


def test_one_after_the_other_is_both_at_once(paused: Month) -> None:
    """In either order the window that both need; the second counts what it adds to the first."""
    whole = both(paused, {})
    by_name = {one.name: one for one in whole.steps}
    for first, second in (("window", "cold-return"), ("cold-return", "window")):
        client = after({}, by_name[first])
        plan = both(paused, client)
        assert first in plan.held
        assert plan.held_nano - whole.held_nano == by_name[first].saves
        (step,) = [one for one in plan.steps if one.name == second]
        assert step.saves + plan.held_nano <= whole.spent
        assert step.saves < by_name[second].saves
        end = after(client, step)
        assert end["autoCompactWindow"] == 100_000
        assert in_force.window(end) == end["plan.window_tokens"]


def test_what_stands_is_not_loosened(paused: Month) -> None:
    """A hand-over after a pause leaves the user's own window where it is."""
    client: dict[str, object] = {"autoCompactWindow": 200_000}
    (step,) = [one for one in both(paused, client).steps if one.name == "cold-return"]
    assert in_force.window(after(client, step)) == 167_000


def test_what_the_module_does_is_no_step_without_it(paused: Month) -> None:
    """`mod.enabled = false`: nothing is proposed that nobody would do."""
    names = {one.name for one in both(paused, {"mod.enabled": False}).steps}
    assert not names & {"cold-return", "keep-warm", "handover"}
    assert "window" in names


@pytest.mark.parametrize("stands", ["ask", "always"])
def test_a_cold_return_that_stands_is_kept(paused: Month, stands: str) -> None:
    """`always` is not taken back to `ask`."""
    client = {"plan.cold_return": stands, "plan.cold_tokens": 67_000}
    assert "cold-return" not in {one.name for one in both(paused, client).steps}


COMPACTION = {"window", "cold-return", "task-end", "handover"}
CACHES = {"cache", "agents-cache"}
DECIDED: list[tuple[dict[str, object], set[str]]] = [
    (
        {
            "autoCompactEnabled": False,
            "env.FORCE_PROMPT_CACHING_5M": "1",
            "routing.main_keep": ["opus"],
        },
        COMPACTION | CACHES | {"main-model"},
    ),
    (
        {
            "env.DISABLE_AUTO_COMPACT": "true",
            "promptCacheTtl": "1h",
            "subagentPromptCacheTtl": "1h",
            MANAGED: ["promptCacheTtl", "subagentPromptCacheTtl"],
            "availableModels": ["opus"],
        },
        COMPACTION | CACHES | {"main-model"},
    ),
    (
        {
            "autoCompactWindow": 900_000,
            MANAGED: ["autoCompactWindow"],
            "env.CLAUDE_CODE_PROMPT_CACHE_TTL": "1h",
        },
        COMPACTION | {"cache"},
    ),
    ({"env.CLAUDE_CODE_AUTO_COMPACT_WINDOW": "900k"}, COMPACTION),
]


def test_nothing_is_proposed_against_what_is_decided(month: Month) -> None:
    """An organization, a variable, a switch of the client's, a list of models: each is the last."""
    for number in range(2):
        long_session(month, number, pause=70)
        broken_session(month, 100 + number)
        month.sent(300 + number, OPUS, category="implement", edits=3, action="pinned")
    made.everyday_opus(month)
    evidence = month.evidence(plan__min_usd=0.01)

    def named(client: dict[str, object]) -> set[str]:
        plan = propose.propose(evidence, client)
        return {one.name for one in [*plan.steps, *plan.later, *plan.better]}

    assert {"window", "main-model", *CACHES} <= named({})
    for client, never in DECIDED:
        assert not never & named(client), client


@pytest.mark.parametrize(
    ("client", "main", "agents"),
    [
        ({BILLING: "api"}, "5m", "5m"),
        ({BILLING: "plan"}, None, None),
        ({BILLING: "api", "promptCacheTtl": "1h"}, "1h", "5m"),
        ({BILLING: "api", "env.CLAUDE_CODE_SUBAGENT_PROMPT_CACHE_TTL": "1h"}, "5m", "1h"),
        ({BILLING: "plan", "env.FORCE_PROMPT_CACHING_5M": "1"}, "5m", "5m"),
    ],
)
def test_how_long_caches_live_where_nothing_is_set(
    client: dict[str, object], main: str | None, agents: str | None
) -> None:
    """Five minutes for who pays by key; what is set wins."""
    assert in_force.cache_life(client) == main
    assert in_force.cache_life(client, AGENT_TTL) == agents


def test_five_minutes_are_no_step_for_who_pays_by_key(month: Month) -> None:
    """Whose history has the hour of a subscription: the client asks for five by itself."""
    for number in range(2):
        long_session(month, number, pause=70)
    evidence = month.evidence(plan__min_usd=0.01)

    def lives(billing: str) -> set[object]:
        plan = propose.propose(evidence, {BILLING: billing})
        made = [*plan.steps, *plan.later, *plan.better]
        return {one.after for one in made if one.name in CACHES}

    assert "5m" in lives("plan")
    assert "5m" not in lives("api")


def test_a_window_that_a_variable_makes_small_has_the_module_asked() -> None:
    """Where the client asks early enough no window is written, and the one in force is kept."""
    client: dict[str, object] = {"env.CLAUDE_CODE_AUTO_COMPACT_WINDOW": "100000"}
    assert in_force.early(100_000, client) == ({}, {"plan.window_tokens": 67_000})


def test_what_nobody_has_set_is_said_to_be_the_clients_own() -> None:
    """Five minutes of an API key are in force by themselves; a setting or a variable is its own."""
    key = {BILLING: "api"}
    assert in_force.by_itself(key) == ("cache",)
    assert in_force.by_itself({**key, "promptCacheTtl": "5m"}) == ()
    assert in_force.by_itself({**key, f"env.{FIVE_MINUTES}": "1"}) == ()
    assert in_force.by_itself({BILLING: "plan"}) == ()
