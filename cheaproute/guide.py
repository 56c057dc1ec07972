"""The guide's API: `route_model` and `track_api_cost`, as its readers type them."""

from __future__ import annotations

import os
from collections.abc import Mapping

from cheaproute.config import snapshot
from cheaproute.routing.decide import NOTHING, decide
from cheaproute.routing.decision import Decision

_SHORT = 300  # characters; a longer task has something to it, whether we see it or not


def route_model(task_description: str) -> str:
    """The id of the cheapest model that does the task well; ids come from the config.

    Two models, as in the guide: Haiku and Sonnet. Opus only with `routing.guide_opus`. Why it is
    this model: `route_decision`.
    """
    settings = snapshot.load(os.environ)
    tier = route_decision(task_description, settings).tier
    models = settings["models"]
    assert isinstance(models, dict)  # noqa: S101  # a section of the defaults
    return str(models[tier])


def route_decision(task_description: str, settings: Mapping[str, object]) -> Decision:
    """The decision behind `route_model`, with its reason.

    The catch-all is Haiku, but only for a short text in which nothing asks for more; what cannot
    be read at all is not called unremarkable.
    """
    routing = settings["routing"]
    assert isinstance(routing, dict)  # noqa: S101  # a section of the defaults
    found = decide("", task_description, caution=float(routing["caution"]))
    if found.reason == NOTHING and task_description.isascii() and len(task_description) <= _SHORT:
        return Decision("haiku", "other", found.confidence, "catch-all: " + NOTHING)
    if found.tier == "opus" and not routing["guide_opus"]:
        return Decision("sonnet", found.category, found.confidence, found.reason)
    return found


def track_api_cost(model: str, input_tokens: int, output_tokens: int) -> bool:
    """Whether the month is still within the cap after this call."""
    raise NotImplementedError(model, input_tokens, output_tokens)
