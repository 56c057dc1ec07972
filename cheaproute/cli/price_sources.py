"""Price tables of others, where they are installed, next to ours. Nothing is fetched."""

from __future__ import annotations

import importlib.metadata
import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from cheaproute.usage.models import canonical

RATES = ("input", "output", "cache write 5m", "cache write 1h", "cache read")
_GENAI = "genai-prices"
_LITELLM = "litellm"
_LITELLM_FILE = "litellm/model_prices_and_context_window_backup.json"
_LITELLM_KEYS = (
    "input_cost_per_token",
    "output_cost_per_token",
    "cache_creation_input_token_cost",
    "cache_creation_input_token_cost_above_1hr",
    "cache_read_input_token_cost",
)
_GENAI_KEYS = (
    "input_mtok",
    "output_mtok",
    "cache_write_mtok",
    "cache_write_1h_mtok",
    "cache_read_mtok",
)


class Difference(NamedTuple):
    """A rate, dollars per million tokens, that another table has otherwise.

    `why` it is right here nevertheless stands in prices.json; "" where it does not.
    """

    model: str
    rate: str
    ours: float
    theirs: float
    table: str
    why: str = ""


class Comparison(NamedTuple):
    """How many models each table was compared on, which tables are not there, what differs."""

    compared: dict[str, int]
    missing: list[str]
    differences: list[Difference]
    accepted: list[Difference]


def compare(table: dict[str, Any], now_ms: int) -> Comparison:
    """Our rows in force at `now_ms` against each table installed, as far as it has the model."""
    found = Comparison({}, [], [], [])
    accepted = {(row["table"], row["model"], row["rate"]): row["why"] for row in table["accepted"]}
    for name, read in ((_GENAI, _genai), (_LITELLM, _litellm)):
        try:
            theirs = read(now_ms)
            label = f"{name} {importlib.metadata.version(name)}"
        except (ImportError, OSError):
            found.missing.append(name)
            continue
        shared = sorted(table["models"].keys() & theirs.keys())
        found.compared[label] = len(shared)
        for model in shared:
            ours = _in_force(table["models"][model]["prices"], now_ms)
            for one in _differences(model, ours, theirs[model], label):
                why = accepted.get((name, model, one.rate), "")
                (found.accepted if why else found.differences).append(one._replace(why=why))
    return found


def _in_force(rows: list[dict[str, Any]], now_ms: int) -> dict[str, Any]:
    day = time.strftime("%Y-%m-%d", time.gmtime(now_ms // 1000))
    return next((row for row in reversed(rows) if row["from"] <= day), rows[0])


def _differences(
    model: str, ours: dict[str, Any], theirs: dict[str, Any], label: str
) -> Iterator[Difference]:
    for kind, prefix in (("rates", ""), ("above_rates", "long prompt: ")):
        if kind not in ours or kind not in theirs:
            continue
        for rate, mine, other in zip(RATES, ours[kind], theirs[kind], strict=True):
            if other is not None and abs(mine - other) > 1e-9:
                yield Difference(model, prefix + rate, mine, other, label)
    if "above" in theirs and theirs["above"] != ours.get("above", 0):
        yield Difference(model, "long prompt from", ours.get("above", 0), theirs["above"], label)


def _litellm(_: int) -> dict[str, dict[str, Any]]:
    """Litellm's map as it is in the package; the package itself, 40 MB of it, is not imported."""
    distribution = importlib.metadata.distribution(_LITELLM)
    with open(str(distribution.locate_file(_LITELLM_FILE)), encoding="utf-8") as file:
        entries = json.load(file)
    found = {}
    for name, entry in entries.items():
        if entry.get("litellm_provider") == "anthropic" and "input_cost_per_token" in entry:
            rates = [_million(entry.get(key)) for key in _LITELLM_KEYS]
            found[canonical(name)] = {"rates": rates}
    return found


def _million(rate: object) -> float | None:
    return round(rate * 1e6, 9) if isinstance(rate, int | float) else None


def _genai(now_ms: int) -> dict[str, dict[str, Any]]:
    from datetime import UTC, datetime

    from genai_prices.data import providers

    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    anthropic = next(provider for provider in providers if provider.id == "anthropic")
    found = {}
    for model in anthropic.models:
        price = model.get_prices(at)
        values = [getattr(price, key, None) for key in _GENAI_KEYS]
        entry: dict[str, Any] = {"rates": [_base(value) for value in values]}
        steps = [getattr(value, "tiers", [None])[0] for value in values]
        if any(steps):
            entry["above"] = next(step.start for step in steps if step)
            entry["above_rates"] = [float(step.price) if step else None for step in steps]
        found[canonical(model.id)] = entry
    return found


def _base(value: Any) -> float | None:  # noqa: ANN401  # a Decimal, or prices in tiers
    if value is None:
        return None
    return float(getattr(value, "base", value))
