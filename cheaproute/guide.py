"""The guide's API: `route_model` and `track_api_cost`, as its readers type them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import closing

from cheaproute.config import paths, reader, snapshot
from cheaproute.routing import catch_all
from cheaproute.routing.decide import decide
from cheaproute.routing.decision import OPEN, Decision


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

    What the text leaves open is Sonnet's. The catch-all is Haiku, but only for a short text in
    which nothing asks for more; what cannot be read at all is not called unremarkable.
    """
    bound = reader.number(settings, "routing.max_unsafe")
    found = decide("", task_description, max_unsafe=bound)
    beyond = found.basis.beyond if found.basis is not None else 1.0
    if found.tier == OPEN and catch_all.is_plain(task_description, beyond):
        return Decision("haiku", found.category, found.confidence, f"catch-all: {found.reason}")
    tier = found.likely
    if tier == "opus" and not reader.flag(settings, "routing.guide_opus"):
        tier = "sonnet"
    return Decision(tier, found.category, found.confidence, found.reason)


def track_api_cost(model: str, input_tokens: int, output_tokens: int) -> bool:
    """Count a call of your own program's; whether the month is still within the cap after it.

    It is priced and kept in the ledger (source `tracked`), and `api_costs.json` in the data
    directory lists all such calls. Past the monthly cap a warning is printed. A model of unknown
    price is kept, and counts nothing until its price is known.

    Raises:
        ValueError: `model` is empty, or a count is no whole number of tokens.
        LedgerError: the ledger cannot be used.
        OSError: `api_costs.json` cannot be opened; the call was not counted.
    """
    from cheaproute import money
    from cheaproute.cap import state
    from cheaproute.context import Surroundings
    from cheaproute.ledger.ingest import tracked

    for count in (input_tokens, output_tokens):
        if type(count) is not int or not 0 <= count <= tracked.MOST_TOKENS:
            raise ValueError(f"{count!r} is no number of tokens")
    if not model:
        raise ValueError("the model's name is empty")
    with closing(Surroundings(os.environ)) as here:
        here.sync_caps()
        now_ms = here.time_ms()
        call = tracked.new(model, input_tokens, output_tokens, now_ms)
        directory = paths.data_dir(os.environ)
        tracked.add(here.db, call, here.prices, project=os.getcwd(), directory=directory)
        month = state.state(here.db, 0, now_ms, coming=here.coming_caps()).periods["month"]
    if month.limit is None or month.spent <= month.limit:
        return True
    sys.stderr.write(
        f"cheaproute: {money.show(month.spent)} spent this month, past the cap of "
        f"{money.exact(month.limit)}: see `cheaproute cap`\n"
    )
    return False
