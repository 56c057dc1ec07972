"""What the tokens of one kind of call cost: a model on a day, in one mode; from `usage.prices`."""

from __future__ import annotations

from cheaproute.usage.call import Call
from cheaproute.usage.prices import Prices, Row

# Rates are nano-dollars per million tokens, percents are in ten-thousandths.
_UNIT = 1_000_000 * 10_000


class Tariff:
    """The rates of one kind of call; what it spends besides tokens (web searches) is not in it."""

    __slots__ = (
        "above",
        "base",
        "basis_points",
        "even",
        "high",
        "model",
        "token_read",
        "tokenizer",
    )

    def __init__(self, model: str, row: Row, basis_points: int, tokenizer: int) -> None:
        self.model = model
        self.base, self.above, self.high = row.base, row.above, row.high
        self.basis_points = basis_points
        self.tokenizer = tokenizer
        # Whether each token costs whole nano-dollars, below the step.
        self.even = not any(rate * basis_points % _UNIT for rate in row.base)
        self.token_read = row.base[4] * basis_points // _UNIT

    def nano(self, fresh: int, output: int, write_5m: int, write_1h: int, read: int) -> int:
        """Nano-dollars of one call with these tokens, rounded half up once."""
        rates = self.base
        if self.above and fresh + write_5m + write_1h + read > self.above:
            rates = self.high
        one, two, three, four, five = rates
        total = fresh * one + output * two + write_5m * three + write_1h * four + read * five
        return (total * self.basis_points + _UNIT // 2) // _UNIT


class Tariffs:
    """Tariffs by model, time and mode, each made once."""

    def __init__(self, prices: Prices, now_ms: int | None = None) -> None:
        """`now_ms`: every call at the prices of that moment; None: at those of its own day."""
        self._prices = prices
        self._now_ms = now_ms
        self._known: dict[tuple[object, ...], Tariff | None] = {}

    def of(self, model: str, call: Call) -> Tariff | None:
        """What `call` would be billed by on `model`; None where no price is known.

        Fast mode is of the model that ran and does not move along.
        """
        speed = call.speed if model == call.model else ""
        price = self._prices.of(model)
        if price is None:
            return None
        row = price.row(call.ts_ms if self._now_ms is None else self._now_ms)
        key = (model, id(row), speed, call.geo, call.service_tier)
        try:
            return self._known[key]
        except KeyError:
            pass
        made = None
        rates = price.fast if speed == "fast" else row.base
        if rates is not None:
            points = self._prices.geo_percent if call.geo == "us" else 100
            points *= self._prices.batch_percent if call.service_tier == "batch" else 100
            fast = Row(row.since, rates, 0, rates)
            made = Tariff(model, fast if speed == "fast" else row, points, price.tokenizer)
        self._known[key] = made
        return made

    def searches(self, call: Call) -> int:
        """What the call's web searches cost."""
        return call.web_search * self._prices.search_nano
