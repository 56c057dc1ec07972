"""A request that cost more than its counts say: by its row, which is waited for, or an estimate."""

from __future__ import annotations

import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cheaproute.ledger.calls.told import PART
from cheaproute.ledger.ingest import ingest
from cheaproute.money import NANO
from cheaproute.usage import prices
from cheaproute.usage.call import ESTIMATED
from tests.hook.mod import test_questions as questions
from tests.hook.mod.test_questions import FLIGHT, OPUS, UUID, record
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


class Home(questions.Home):
    """One that may look at its transcripts again."""

    def read(self) -> None:
        """As the background does."""
        with closing(self.ledger()) as db:
            for path in Path(self.env["HOME"], ".claude", "projects").rglob("*.jsonl"):
                ingest.meter(db, str(path), time.time_ns() // 1_000_000, prices.load())


def write(home: Home, request: str | None = None) -> None:
    """The session's transcript has its row, as the client writes it."""
    place = Path(home.env["HOME"], ".claude", "projects", "-tmp-p")
    place.mkdir(parents=True)
    row: dict[str, Any] = assistant("msg_1", session=UUID, used=ADVISED, model=OPUS)
    row |= {"requestId": told()["request_id"] if request is None else request}
    row |= {"timestamp": told()["at"]}
    if not row["requestId"]:
        del row["requestId"]
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


def sums(home: Home) -> list[tuple[str, int, int]]:
    """Id, whether estimated, nano-dollars of what is booked, the surest first."""
    with closing(home.ledger()) as db:
        rows: list[tuple[str, int, int]] = db.execute(
            "SELECT id, estimated, cost_nano FROM call ORDER BY estimated, id"
        ).fetchall()
    return rows


@pytest.mark.parametrize("named", ["by the API", "by nobody"])
def test_without_a_row_the_client_s_own_cost_is_booked_as_an_estimate(
    home: Home, named: str
) -> None:
    """A session that writes no transcript: once, however often it is told."""
    one = told(**({} if named == "by the API" else {"request_id": ""}))
    for _ in range(2):
        assert home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT], calls=[one])["deny"]
    (_, sure, _), (part, guessed, _) = sums(home)
    assert (sure, guessed) == (0, ESTIMATED)
    assert part.endswith(PART)
    assert home.spent() == pytest.approx(200_000_000, abs=10_000)


@pytest.mark.parametrize("named", ["by the API", "by nobody"])
def test_a_row_that_comes_after_all_replaces_the_estimate(home: Home, named: str) -> None:
    """Its tokens are exact; what was told of it again changes nothing."""
    one = told(**({} if named == "by the API" else {"request_id": ""}))
    home.ask("ModBook", calls=[one])
    write(home, "" if named == "by nobody" else str(one["request_id"]))
    home.read()
    exact = [("msg_1", 0), ("msg_1#advisor:1", 0)]
    assert [row[:2] for row in sums(home)] == exact
    home.ask("ModBook", calls=[one])
    assert [row[:2] for row in sums(home)] == exact
    assert home.spent() == pytest.approx(200_000_000, abs=100_000)


def test_an_advisor_of_every_request_is_booked_each_time(home: Home) -> None:
    """Also where all are alike, which a price that differs would be, too."""
    for number in range(3):
        home.ask("ModBook", calls=[told(request_id=f"req_011CQabcdefghij{number:08d}")])
    assert home.spent() == pytest.approx(600_000_000, abs=30_000)


def test_an_old_client_s_price_of_a_model_is_no_estimate(home: Home) -> None:
    """All its requests are dearer by one share: what the first of them was taken for goes."""
    used = [(1, 4_000), (2, 9_000), (3, 30_000)]
    for number, tokens in used:
        dearer = tokens * 4 * 3  # dollars a million by our table, three times that by its own
        home.ask("ModBook", calls=[record(number, input_tokens=tokens, cost_usd_micros=dearer)])
    assert home.spent() == sum(tokens for _, tokens in used) * 4_000


def test_a_share_less_than_the_counts_is_booked_until_it_is_seen_to_be_a_price(
    home: Home,
) -> None:
    """The first counts, for nothing says what it is; a second one shows, and takes it back."""
    home.ask("ModBook", calls=[record(1, cost_usd_micros=300_000)])
    assert home.spent() == pytest.approx(300_000_000, abs=10_000)
    home.ask("ModBook", calls=[record(2, input_tokens=20_000, cost_usd_micros=120_000)])
    assert home.spent() == 280_000_000
    home.ask("ModBook", calls=[record(3, input_tokens=30_000, cost_usd_micros=180_000)])
    assert home.spent() == 400_000_000


def test_two_of_one_question_show_it_as_well(home: Home) -> None:
    """Nothing is booked that would have to be taken back."""
    told = [record(1, cost_usd_micros=300_000)]
    told.append(record(2, input_tokens=20_000, cost_usd_micros=120_000))
    home.ask("ModBook", calls=told)
    assert home.spent() == 280_000_000


def test_a_share_is_no_price_where_another_call_of_the_session_is_at_ours(home: Home) -> None:
    """An advisor reads what the model reads: its share may be the same, whatever the counts."""
    home.ask("ModBook", calls=[record(1, input_tokens=1_000, cost_usd_micros=4_000)])
    for number in range(2, 6):
        used = {"input_tokens": 10_000 * number, "cost_usd_micros": 60_000 * number}
        home.ask("ModBook", calls=[record(number, **used)])
    assert home.spent() == pytest.approx(4_000_000 + 60_000_000 * 14, abs=40_000)


def test_another_session_s_client_may_be_another(home: Home) -> None:
    """What it takes for the price says nothing of this one's."""
    other = {"session.id": UUID.replace("1", "2")}
    home.ask("ModBook", calls=[record(1, input_tokens=1_000, cost_usd_micros=4_000, **other)])
    for number in range(2, 4):
        used = {"input_tokens": 10_000 * number, "cost_usd_micros": 60_000 * number}
        home.ask("ModBook", calls=[record(number, **used)])
    assert home.spent() == 204_000_000


@pytest.mark.parametrize(
    ("model", "used", "micros"),
    [
        ("claude-sonnet-5-5", {"cache_read_tokens": 200_000}, 44_000),  # at its price before
        ("claude-fable-5-2", {"output_tokens": 0}, 10_000),  # one it does not know: that of Opus 5
        ("claude-haiku-5-5", {"output_tokens": 1_000}, 35_000),
    ],
)
def test_what_an_old_client_takes_for_a_price_is_known(
    home: Home, model: str, used: dict[str, object], micros: int
) -> None:
    """2.1.286 has not heard of Sonnet 5.5's cheaper reads, nor of Haiku 5.5: no estimate at all."""
    one = record(1, model=model, input_tokens=2_000, cost_usd_micros=micros, **used)
    home.ask("ModBook", calls=[one])
    assert [row[1] for row in sums(home)] == [0]


@given(
    st.integers(1_000, 150_000),
    st.integers(0, 30_000),
    st.integers(0, 400_000),
    st.integers(0, 2_000_000),
)
@settings(max_examples=40, deadline=None)
def test_what_is_past_the_books_is_bounded(sent: int, output: int, read: int, more: int) -> None:
    """Whatever the first call cost beyond its counts: a tenth of them, or a tenth of a cent."""
    counted = 4 * sent + 20 * output + read * 2 // 10
    used = {"input_tokens": sent, "output_tokens": output, "cache_read_tokens": read}
    known = 5 * sent + 25 * output + read * 5 // 10
    assume(abs(counted + more - known) > 2)  # what an old client takes for it
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place), NANO * 100)
        home.ask("ModBook", calls=[record(1, cost_usd_micros=counted + more, **used)])
        left = (counted + more) * 1_000 - home.spent()
    assert -10_000 <= left <= max(counted * 100, 1_000_000) + 10_000


def test_with_nothing_to_say_otherwise_each_share_is_booked(home: Home) -> None:
    """The calls with such parts agree with the client, too."""
    for number in range(3):
        home.ask("ModBook", calls=[record(number, input_tokens=1_000, cost_usd_micros=4_000)])
    for number in range(4, 7):
        home.ask("ModBook", calls=[record(number, cost_usd_micros=300_000)])
    assert home.spent() == pytest.approx(912_000_000, abs=30_000)


def test_the_estimate_is_at_the_user_s_own_prices(home: Home) -> None:
    """A gateway's tenth of the list is no advisor; an advisor there costs a tenth, too."""
    config = home.data / "config.toml"
    config.write_text(f'[prices.overrides."{OPUS}"]\ninput = 0.4\noutput = 2\n')
    home.ask("ModBook", calls=[record(1)])
    assert home.spent() == 20_000_000
    home.ask("ModBook", calls=[told(request_id="req_011CQabcdefghij00000009")])
    assert home.spent() == pytest.approx(40_000_000, rel=0.001)


def test_a_difference_of_prices_is_no_reason_to_wait(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row is looked for where it is known, or was seen to be one."""
    write(home)
    looked: list[object] = []
    monkeypatch.setattr("cheaproute.hook.mod.record.reread", lambda *_: looked.append(1))
    home.ask("ModBook", calls=[record(2, input_tokens=20_000, cost_usd_micros=100_000)])
    assert not looked
    for number, waited in ((3, 1), (4, 2), (5, 2), (6, 2)):  # the second one takes the first back
        used = {"input_tokens": 10_000 * number, "cost_usd_micros": 60_000 * number}
        home.ask("ModBook", calls=[record(number, **used)])
        assert len(looked) == waited
    home.ask("ModBook", calls=[told()])
    assert len(looked) == 3
