"""Fast mode that was asked for, and passes of an answer: what was served is booked."""

from __future__ import annotations

import itertools
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from tests.hook.mod.test_questions import OPUS, UUID, Home, record
from tests.transcripts import append, assistant

HAIKU = "claude-haiku-5-5"
# $0.06 at the standard speed, $0.12 in fast mode.
USED = {"input_tokens": 10_000, "output_tokens": 1_000}
STANDARD, FAST = 60_000_000, 120_000_000


def meter(
    home: Home, used: dict[str, Any], model: str = OPUS, stop: str | None = "end_turn"
) -> None:
    """The row of the first record's request is written, and read."""
    path = Path(home.env["HOME"], ".claude", "projects", "-tmp-p", f"{UUID}.jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    row = assistant("msg_1", session=UUID, used=used, model=model, stop=stop)
    append(path, row | {"requestId": record(1)["request_id"], "timestamp": record(1)["at"]})
    with closing(home.ledger()) as db:
        ingest.meter(db, str(path), time.time_ns() // 1_000_000, prices.load())


TOLD = [
    ("standard", STANDARD, STANDARD),
    (None, STANDARD, STANDARD),
    ("fast", FAST, FAST),
    ("fast", 0, FAST),
]
ORDERS = [
    *itertools.product(TOLD, ["record", "row", "a part of the row"]),
    *itertools.product([("standard", FAST, STANDARD)], ["record", "row"]),
]


@pytest.mark.parametrize(("told", "first"), ORDERS)
def test_the_row_says_at_which_speed_it_was(
    tmp_path: Path, told: tuple[str | None, int, int], first: str
) -> None:
    """In any order; a gateway may drop the word, as for the standard speed."""
    served, said, nano = told
    home = Home(tmp_path)
    used: dict[str, Any] = USED | ({"speed": served} if served else {})
    one = record(1, **USED, speed="fast", cost_usd_micros=said // 1_000)
    if first == "a part of the row":
        meter(home, used | {"output_tokens": 1}, stop=None)
    elif first == "row":
        meter(home, used)
    home.ask("ModBook", calls=[one])
    if first != "row":
        meter(home, used)
    assert home.spent() == nano
    home.ask("ModBook", calls=[one])
    assert home.spent() == nano


@pytest.mark.parametrize(("said", "nano"), [(STANDARD, STANDARD), (FAST, FAST)])
def test_before_the_row_is_there_the_client_s_cost_says_it(
    tmp_path: Path, said: int, nano: int
) -> None:
    """The cap is judged by what was paid."""
    home = Home(tmp_path)
    home.ask("ModBook", calls=[record(1, **USED, speed="fast", cost_usd_micros=said // 1_000)])
    assert home.spent() == nano


PASS = {"type": "message", "input_tokens": 60_000, "output_tokens": 500}
TWO = {"input_tokens": 120_000, "output_tokens": 1_000}
BELOW, ABOVE = 12_500_000, 62_500_000


@pytest.mark.parametrize(("said", "nano"), [(BELOW, BELOW), (ABOVE, ABOVE), (0, ABOVE)])
def test_passes_without_a_row_are_priced_as_the_client_does(
    tmp_path: Path, said: int, nano: int
) -> None:
    """Two of 60,000 tokens each are below the step, where their sum is above it."""
    home = Home(tmp_path)
    home.ask("ModBook", calls=[record(1, **TWO, model=HAIKU, cost_usd_micros=said // 1_000)])
    assert home.spent() == nano


@pytest.mark.parametrize("first", ["record", "row"])
@pytest.mark.parametrize("said", [BELOW, ABOVE], ids=["2.1.332", "2.1.322"])
def test_a_row_tells_the_passes(tmp_path: Path, said: int, first: str) -> None:
    """In any order, and by them alone."""
    home = Home(tmp_path)
    told = record(1, **TWO, model=HAIKU, cost_usd_micros=said // 1_000)
    uneven = [PASS | {"input_tokens": 110_000}, PASS | {"input_tokens": 10_000}]
    if first == "record":
        home.ask("ModBook", calls=[told])
    meter(home, TWO | {"iterations": uneven}, HAIKU)
    home.ask("ModBook", calls=[told])
    assert home.spent() == 55_000_000 + 1_250_000 + 1_000_000 + 250_000


@pytest.mark.parametrize(
    ("micros", "open_calls"), [(12_501, 0), (62_505, 1)], ids=["2.1.332", "2.1.322"]
)
def test_a_searcher_s_passes_and_fees(tmp_path: Path, micros: int, open_calls: int) -> None:
    """At once, not when the session ends; what an older client hides is marked."""
    home = Home(tmp_path)
    asked: dict[str, Any] = {"model": HAIKU, "query_source": "web_search_tool"}
    asked |= TWO | {"input_tokens": 120_010, "cost_usd_micros": micros + 20_000}
    home.ask("ModBook", calls=[record(1, **asked)])
    assert home.spent() == BELOW + 1_000 + 20_000_000
    with closing(home.ledger()) as db:
        assert db.execute("SELECT sum(partial) FROM daily").fetchone() == (open_calls,)
