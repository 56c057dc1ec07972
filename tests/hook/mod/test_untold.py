"""A request that cost more than its counts say: its row is waited for before the next is judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cheaproute.money import NANO
from tests.hook.mod.test_questions import FLIGHT, OPUS, UUID, Home, record
from tests.transcripts import append, assistant

# An advisor of 40,000 tokens beside an answer of one: $0.20 in the client's own cost.
ADVISED = {
    "input_tokens": 2,
    "output_tokens": 1,
    "iterations": [
        {"type": "message", "input_tokens": 2, "output_tokens": 1},
        {
            "type": "advisor_message",
            "model": "claude-opus-4-8",
            "input_tokens": 40_000,
            "output_tokens": 0,
        },
    ],
}


def told(**more: object) -> dict[str, object]:
    """What the record tells of it."""
    return record(1, input_tokens=2, output_tokens=1, **more)


def write(home: Home) -> None:
    """The session's transcript has its row, as the client writes it."""
    place = Path(home.env["HOME"], ".claude", "projects", "-tmp-p")
    place.mkdir(parents=True)
    row: dict[str, Any] = assistant("msg_1", session=UUID, used=ADVISED, model=OPUS)
    row |= {"requestId": told()["request_id"], "timestamp": told()["at"]}
    append(place / f"{UUID}.jsonl", row)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A cap of 15 cents, which such a request passes."""
    return Home(tmp_path, NANO * 15 // 100)


def test_the_row_is_in_the_books_before_the_next_request_is_judged(home: Home) -> None:
    """The advisor's share is booked with it, once, and the cap is reached."""
    write(home)
    assert home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT], calls=[told()])["deny"]
    assert home.spent() == pytest.approx(200_000_000, abs=100_000)


def test_without_a_row_the_client_s_own_cost_is_judged(home: Home) -> None:
    """No transcript, or none of it yet: it counts for the cap at once, the books take no guess."""
    assert home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT], calls=[told()])["deny"]
    assert home.spent() < NANO // 1000


def test_a_difference_of_prices_is_no_reason_to_wait(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the client's own cost is less than twice ours no row is looked for."""
    write(home)
    looked: list[object] = []
    monkeypatch.setattr("cheaproute.hook.mod.record.reread", lambda *_: looked.append(1))
    home.ask("ModBook", calls=[record(2, input_tokens=20_000, cost_usd_micros=150_000)])
    assert not looked
    home.ask("ModBook", calls=[told()])
    assert looked
