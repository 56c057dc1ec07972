"""What is done about a dispatch: the user's word first, then the task's need, never upward."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute.config import table
from cheaproute.routing import policy
from cheaproute.routing.decision import CATEGORIES, TIERS, Decision

ROUTING = table.defaults()["routing"]
assert isinstance(ROUTING, dict)
OPUS = "claude-opus-5-5"


def choose(
    tier: str,
    current: str = OPUS,
    *,
    agent: str = "Explore",
    asked: str = "",
    pin: str | None = "",
    retry: bool = False,
    cheap: bool = False,
    **routing: object,
) -> tuple[str, str]:
    """(action, alias) for a task that needs `tier` and would run on `current`."""
    decision = Decision(tier, "search", 0.9, "")
    sent = policy.Dispatch(agent, asked, pin, current, retry=retry)
    assert isinstance(ROUTING, dict)
    choice = policy.choose(decision, sent, {**ROUTING, **routing}, cheap=cheap)
    return choice.action, choice.alias


@pytest.mark.parametrize(
    ("tier", "current", "expected"),
    [
        ("haiku", OPUS, ("routed", "haiku")),
        ("haiku", "claude-sonnet-5-5", ("routed", "haiku")),
        ("sonnet", OPUS, ("routed", "sonnet")),
        ("sonnet", "claude-fable-5-2", ("routed", "sonnet")),
        ("opus", "claude-fable-5-2", ("routed", "opus")),
        ("opus", OPUS, ("fits", "")),
        ("sonnet", "claude-sonnet-5-5", ("fits", "")),
        ("opus", "claude-haiku-5-5", ("fits", "")),
        ("haiku", "some-gateway-model", ("unknown", "")),
        ("haiku", "", ("unknown", "")),
    ],
)
def test_a_task_goes_down_to_what_it_needs_and_never_up(
    tier: str, current: str, expected: tuple[str, str]
) -> None:
    """The cheaper of what it needs and what it would run on; silence where that is the same."""
    assert choose(tier, current) == expected


def test_fork_is_left_alone() -> None:
    """A fork ignores the model, so nothing is answered."""
    assert choose("haiku", agent="fork") == ("fork", "")


def test_a_pin_is_kept() -> None:
    """An agent whose author named a model keeps it, at the cap too."""
    assert choose("haiku", pin="opus") == ("pinned", "")
    assert choose("haiku", pin="opus", cheap=True) == ("pinned", "")


def test_an_agent_that_cannot_be_found_is_left_alone() -> None:
    """It may have a pin that we do not see."""
    assert choose("haiku", pin=None) == ("unknown", "")


def test_an_explicit_model_is_kept_unless_the_config_says_otherwise() -> None:
    """`routing.keep_explicit = false`, or a cap that makes things cheap, opens it to routing."""
    assert choose("haiku", "opus", asked="opus") == ("explicit", "")
    assert choose("haiku", "opus", asked="opus", keep_explicit=False) == ("routed", "haiku")
    assert choose("sonnet", "opus", asked="opus", cheap=True) == ("capped", "haiku")


def test_the_users_rules_win_over_everything_but_the_price() -> None:
    """By agent, also over its pin; by category; `keep` means hands off; upward stays upward."""
    assert choose("opus", agents={"Explore": "haiku"}) == ("rule", "haiku")
    assert choose("haiku", pin="opus", agents={"Explore": "sonnet"}) == ("rule", "sonnet")
    assert choose("haiku", agents={"Explore": "keep"}) == ("kept", "")
    assert choose("haiku", categories={"search": "sonnet"}) == ("rule", "sonnet")
    assert choose("haiku", categories={"search": "keep"}) == ("kept", "")
    assert choose("haiku", "claude-haiku-5-5", agents={"Explore": "opus"}) == ("fits", "")


def test_a_task_haiku_had_before_goes_one_tier_up() -> None:
    """The second try is Sonnet's, or stays where it is if that is no dearer."""
    assert choose("haiku", retry=True) == ("escalated", "sonnet")
    assert choose("haiku", "claude-sonnet-5-5", retry=True) == ("fits", "")


def test_upward_only_when_allowed() -> None:
    """`routing.allow_upgrade` lets a hard task leave a cheap parent."""
    assert choose("opus", "claude-haiku-5-5", allow_upgrade=True) == ("routed", "opus")


def test_off_is_off() -> None:
    """`routing.enabled = false` answers nothing, whatever else holds."""
    assert choose("haiku", enabled=False, agents={"Explore": "haiku"}) == ("off", "")


@given(
    st.sampled_from(TIERS),
    st.sampled_from(CATEGORIES),
    st.sampled_from([*(f"claude-{family}-5" for family in policy.FAMILIES), "x", ""]),
    st.sampled_from(["", "opus", "haiku"]),
    st.sampled_from(["", "opus", "haiku", None]),
    st.booleans(),
    st.booleans(),
)
def test_without_permission_nothing_ever_gets_dearer(
    tier: str,
    category: str,
    current: str,
    asked: str,
    pin: str | None,
    retry: bool,
    cheap: bool,
) -> None:
    """Whatever comes together, an alias is a strictly cheaper family than the current model's."""
    sent = policy.Dispatch("Explore", asked, pin, current, retry=retry)
    assert isinstance(ROUTING, dict)
    choice = policy.choose(Decision(tier, category, 0.5, ""), sent, ROUTING, cheap=cheap)
    if choice.alias:
        now, then = policy.rank(current), policy.rank(choice.alias)
        assert now is not None
        assert then is not None
        assert then < now
        assert not pin
