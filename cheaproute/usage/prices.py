"""What a call costs: exact integers, effective-dated rates, one rounding a call.

Rates are nano-dollars per million tokens, so a rate of $0.01 per million is 10,000,000. The table
is `prices.json`; the user's own rows (config, `[prices.overrides]`) win over it. A model in neither
has no price: None, never a guess.
"""

from __future__ import annotations

import os
from _operator import mul  # without `operator`, which a hook has no use for

from cheaproute import fastjson
from cheaproute.days import parse_ms
from cheaproute.usage.models import SYNTHETIC, canonical, family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cheaproute.usage.call import Call

    Rates = tuple[int, int, int, int, int]  # input, output, 5m write, 1h write, read

FILE = os.path.join(os.path.dirname(__file__), "prices.json")
NEWEST_TOKENIZER = 2

# An override may leave these out; they are then the multiples of `input` that hold for most models.
_DERIVED = {"cache_write_5m": 1.25, "cache_write_1h": 2.0, "cache_read": 0.1}
_KEYS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


class Row:
    """The rates of a model from a day on; `above` tokens of prompt move a request to `high`."""

    __slots__ = ("above", "base", "high", "since", "since_ms")

    def __init__(self, since: str, base: Rates, above: int, high: Rates) -> None:
        self.since = since
        self.since_ms = parse_ms(f"{since}T00:00:00Z")
        self.base = base
        self.above = above
        self.high = high

    def rates(self, prompt: int) -> Rates:
        """Those of a request with a prompt of so many tokens."""
        return self.high if self.above and prompt > self.above else self.base


class Price:
    """A model's rows, oldest first, its fast mode's rates (None: no such mode), its tokenizer."""

    __slots__ = ("fast", "rows", "tokenizer")

    def __init__(self, rows: list[Row], fast: Rates | None, tokenizer: int) -> None:
        self.rows = rows
        self.fast = fast
        self.tokenizer = tokenizer

    def row(self, ts_ms: int) -> Row:
        """The row in force at `ts_ms`; the oldest one before that, for clocks are off at times."""
        rows = self.rows
        if len(rows) == 1:
            return rows[0]
        for row in reversed(rows):
            if row.since_ms <= ts_ms:
                return row
        return rows[0]

    def plain(self, ts_ms: int, sent: int, output: int, five: int, hour: int, read: int) -> int:
        """What a call of one pass at the standard speed costs in nano-dollars, searches aside."""
        row = self.rows[0] if len(self.rows) == 1 else self.row(ts_ms)
        first, second, third, fourth, fifth = (
            row.base if not row.above else row.rates(sent + five + hour + read)
        )
        total = sent * first + output * second + five * third + hour * fourth + read * fifth
        return (total + 500_000) // 1_000_000  # as `rounded` does


class Prices:
    """The price `table` with the user's overrides; models are looked up when first asked for.

    `listed` is the table without them, itself where there are none.
    """

    __slots__ = (
        "_cache", "_overrides", "batch_percent", "geo_percent", "listed", "search_nano", "table",
    )  # fmt: skip

    def __init__(self, table: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
        self.table = table
        self.listed: Prices = Prices(table, {}) if overrides else self
        self._overrides = {canonical(name): row for name, row in overrides.items()}
        self._cache: dict[str, Price | None] = {}
        self.search_nano = nano(table["web_search"])
        self.geo_percent: int = table["geo_us_percent"]
        self.batch_percent: int = table["batch_percent"]

    def of(self, model: str) -> Price | None:
        """The price of `model` in any of its spellings; None if unknown."""
        try:
            return self._cache[model]
        except KeyError:
            price = self._cache[model] = self._find(canonical(model))
            return price

    def newest(self, model: str) -> str:
        """The newest model of its family; itself where the family is not known."""
        kin = family(model)
        rows = [
            (entry["prices"][-1]["from"], name)
            for name, entry in self.table["models"].items()
            if kin and family(name) == kin
        ]
        return str(max(rows)[1]) if rows else model

    def _find(self, name: str) -> Price | None:
        entry = self.table["models"].get(name)
        override = self._overrides.get(name)
        if override is not None:
            return _overridden(override, entry)
        if entry is None:
            return None
        fast = entry.get("fast")
        rows = [
            Row(
                row["from"],
                _rates(row["rates"]),
                row.get("above", 0),
                _rates(row.get("above_rates", row["rates"])),
            )
            for row in entry["prices"]
        ]
        return Price(rows, _rates(fast) if fast else None, entry["tokenizer"])


def load(overrides: Mapping[str, Any] | None = None, path: str = "") -> Prices:
    """The table at `path` (ours) under the user's `overrides`: model -> dollars per million tokens.

    An override gives `input` and `output`, and may give `cache_write_5m`, `cache_write_1h` and
    `cache_read` (else 1.25, 2 and 0.1 times `input`).

    Raises:
        FileNotFoundError: ours is not there, or damaged.
    """
    with open(path or FILE, "rb") as file:
        content = file.read()
    try:
        return Prices(fastjson.loads(content), overrides or {})
    except (ValueError, LookupError) as error:
        if path:
            raise
        raise FileNotFoundError(2, "damaged", FILE) from error


def cost_nano(call: Call, prices: Prices) -> int | None:
    """What `call` costs in nano-dollars, rounded half up once; None if its price is unknown."""
    price = prices.of(call.model)
    if price is not None:
        return _priced(call, price, prices)
    # A gateway may use the name for what has counts.
    return 0 if call.model == SYNTHETIC and not any(call.counts()) else None


def saved_nano(call: Call, cost: int | None, instead: str, prices: Prices) -> int:
    """What `call` saved against the same work on the model `instead`: never less than 0.

    A lower bound, see `cost_on`. 0 if a price is unknown.
    """
    spent = cost_on(call, instead, prices)
    return 0 if cost is None or spent is None else max(0, spent - cost)


def cost_on(call: Call, model: str, prices: Prices) -> int | None:
    """What the same work costs on `model` in nano-dollars; None if a price is unknown.

    A lower bound: where `model` has the older tokenizer, which counts the same text as fewer
    tokens, its tokens are taken to be as few as published (a 1.35th).
    """
    ran, other = prices.of(call.model), prices.of(model)
    if ran is None or other is None:
        return None
    spent = _priced(call, other, prices)
    if spent is not None and ran.tokenizer > other.tokenizer:
        spent = spent * 100 // 135
    return spent


def nano(dollars: float) -> int:
    """`dollars` in nano-dollars (exact for any decimal of up to nine places)."""
    return round(dollars * 1_000_000_000)


def _priced(call: Call, price: Price, prices: Prices) -> int | None:
    """`call` at `price`; None in a mode that the price does not know."""
    if is_plain(call):  # nearly all
        nano_ = price.plain(call.ts_ms, *call.counts()[:5])
        return nano_ + call.web_search * prices.search_nano
    total = 0
    for passed in _passes(call):
        rates = _applied(price, call.speed, call.ts_ms, passed)
        if rates is None:
            return None
        total += sum(map(mul, passed, rates))
    percent = prices.geo_percent if call.geo == "us" else 100
    percent *= prices.batch_percent if call.service_tier == "batch" else 100
    return rounded(total, percent) + call.web_search * prices.search_nano


def is_plain(call: Call) -> bool:
    """Whether nothing but its counts and its time says what `call` costs on its model."""
    return not (call.speed or call.geo or call.service_tier or call.parts)


def rounded(total: int, basis_points: int) -> int:
    """Tokens times rates, times so many ten-thousandths, in nano-dollars, half up."""
    unit = 1_000_000 * 10_000
    return (total * basis_points + unit // 2) // unit


def _passes(call: Call) -> tuple[tuple[int, ...], ...]:
    """The passes of a message where they account for all of it, else the message as one."""
    counts = call.counts()[:5]
    if call.parts and tuple(map(sum, zip(*call.parts, strict=True))) == counts:
        return call.parts
    return (counts,)


def _applied(price: Price, speed: str, ts_ms: int, counts: Sequence[int]) -> Rates | None:
    """The rates for a pass; None for a fast mode the table does not know."""
    if speed == "fast":
        return price.fast
    return price.row(ts_ms).rates(counts[0] + counts[2] + counts[3] + counts[4])


def _rates(dollars: Sequence[float]) -> Rates:
    first, second, third, fourth, fifth = dollars
    return nano(first), nano(second), nano(third), nano(fourth), nano(fifth)


def _overridden(override: Mapping[str, Any], entry: Mapping[str, Any] | None) -> Price:
    """The user's price: one row for all time, twice as much in fast mode."""
    start = float(override["input"])
    base = _rates([override.get(key, start * _DERIVED.get(key, 1.0)) for key in _KEYS])
    tokenizer = entry["tokenizer"] if entry else NEWEST_TOKENIZER
    return Price([Row("", base, 0, base)], _rates([2 * rate / 1e9 for rate in base]), tokenizer)
