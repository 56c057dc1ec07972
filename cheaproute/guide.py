"""The guide's API: `route_model` and `track_api_cost`, as its readers type them."""

from __future__ import annotations


def route_model(task_description: str) -> str:
    """The id of the cheapest model that does the task well."""
    raise NotImplementedError(task_description)


def track_api_cost(model: str, input_tokens: int, output_tokens: int) -> bool:
    """Whether the month is still within the cap after this call."""
    raise NotImplementedError(model, input_tokens, output_tokens)
