"""What to do about one dispatch, given what it needs and what was asked (pure, hot path)."""

from __future__ import annotations

from cheaproute.routing.decision import OPEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.routing.decision import Decision

# Families by rising price; an alias is its family's name.
FAMILIES = ("haiku", "sonnet", "opus", "fable", "mythos")
# What is open may start one tier below these: never on Haiku.
_TRIED = (FAMILIES.index("opus"), FAMILIES.index("fable"))
# Why what Haiku could do stays on its model; none is a word on how hard to think.
_STAYS = ("explicit", "pinned", "fits", "rests", "absent", "dearer")


class Choice:
    """The alias to answer with ("" for silence), and the word for why.

    `action` is `routed`, `explored` (open, one tier down for a try), `escalated`, `rule` or
    `capped` with an alias, else why there is silence:
    `off`, `fork`, `explicit`, `pinned`, `kept` (a rule), `unknown` (model or agent), `open` (the
    text does not say), `fits` (what it runs on is not dearer than what it needs), `rests`,
    `absent` or `dearer` (the cheaper model failed lately, is not allowed, or not cheaper here).
    """

    __slots__ = ("action", "alias", "is_lookup")

    def __init__(self, action: str, alias: str = "") -> None:
        self.action = action
        self.alias = alias
        self.is_lookup = False  # see `is_lookup`


class Dispatch:
    """One Agent call as policy sees it.

    `asked` is the call's own model, `pin` the agent's own ("" none, None: not to be found out),
    `current` the model it would run on, `retry` whether Haiku failed this task before. `is_new`:
    the task was not tried before, and the module can take it up again.
    """

    __slots__ = ("agent_type", "asked", "current", "is_new", "pin", "retry")

    def __init__(
        self,
        agent_type: str,
        asked: str,
        pin: str | None,
        current: str,
        *,
        retry: bool = False,
        is_new: bool = False,
    ) -> None:
        self.is_new = is_new
        self.agent_type = agent_type
        self.asked = asked
        self.pin = pin
        self.current = current
        self.retry = retry


def choose(
    decision: Decision,
    dispatch: Dispatch,
    routing: Mapping[str, object],
    *,
    cheap: bool = False,
) -> Choice:
    """The model for `dispatch`: the user's word first, then what the task needs, never upward.

    Args:
        decision: what the classifier says the task needs.
        dispatch: what was asked for, and what it would run on without us.
        routing: the config's `routing` section.
        cheap: the cap is reached and its action is `cheap`: all that may go to Haiku does.
    """
    if not routing.get("enabled"):
        return Choice("off")
    if dispatch.agent_type == "fork":
        return Choice("fork")
    rule = _rule(routing, "agents", dispatch.agent_type)
    if not rule:
        if dispatch.pin is None:
            return Choice("unknown")
        if dispatch.pin:
            return Choice("pinned")
        if dispatch.asked and routing.get("keep_explicit") and not cheap:
            return Choice("explicit")
        rule = _rule(routing, "categories", decision.category)
    if rule == "keep":
        return Choice("kept")
    if rule:
        tier, action = rule, "rule"
    elif cheap:
        tier, action = "haiku", "capped"
    elif dispatch.retry and decision.tier == "haiku":
        tier, action = "sonnet", "escalated"
    else:
        tier, action = decision.tier, "routed"
    now = rank(dispatch.current)
    if tier == OPEN:
        tries = routing.get("explore") and dispatch.is_new and now is not None
        return Choice("explored", FAMILIES[now - 1]) if tries and now in _TRIED else Choice(OPEN)
    if now is None:
        return Choice("unknown")
    wanted = FAMILIES.index(tier)
    if wanted < now or (wanted > now and routing.get("allow_upgrade")):
        return Choice(action, tier)
    return Choice("fits")


def is_lookup(decision: Decision, dispatch: Dispatch, choice: Choice) -> bool:
    """Whether the task is surely a lookup, not tried before, that stays where it is."""
    return decision.tier == "haiku" and not dispatch.retry and choice.action in _STAYS


def rank(model: str) -> int | None:
    """How dear the family of a model id or alias is, 0 for Haiku; None for a model not known."""
    for number, family in enumerate(FAMILIES):
        if family in model:
            return number
    return None


def _rule(routing: Mapping[str, object], table: str, name: str) -> str:
    rules = routing.get(table)
    rule = rules.get(name) if isinstance(rules, dict) else None
    return rule if isinstance(rule, str) else ""
