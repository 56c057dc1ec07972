"""Answers that the client could not read: estimated, marked, counted once and for the cap."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.hook.mod import unread
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.ingest import history, ingest
from cheaproute.ledger.query import coverage
from cheaproute.ledger.upkeep import rebuild
from cheaproute.money import NANO
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.hook.mod.test_questions import FLIGHT, OPUS, UUID, Home, record
from tests.transcripts import assistant, open_ended, write

UNREAD = {**FLIGHT, "unread": True, "at": "2026-11-26T00:00:00Z", "request_id": "req_1"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A cap of a dollar, and a call of $0.20 for 50,000 tokens in 60,000 bytes."""
    made = Home(tmp_path, NANO)
    made.ask("ModBook", calls=[record(1)])
    return made


@pytest.mark.parametrize("request_id", ["req_1", ""])
def test_it_counts_once_as_an_estimate(home: Home, request_id: str) -> None:
    """By what the loop's requests are like; told twice it is one call."""
    told = {**UNREAD, "request_id": request_id}
    for _ in range(2):
        assert home.ask("ModBook", calls=[told])["booked"]
    with closing(home.ledger()) as db:
        rows = db.execute("SELECT input + write_5m + read, final, estimated FROM call").fetchall()
    assert len(rows) == 2
    [estimated] = [row for row in rows if not row[1]]
    assert estimated[0] == 50_000
    assert estimated[2]


def test_one_that_was_given_up_counts_for_the_caps_alone(home: Home) -> None:
    """Before its answer began: whether it is billed nobody is told, so it is in no books."""
    left = home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["left"]
    home.ask("ModBook", calls=[{**UNREAD, "gave_up": True, "unread": True}])
    told = home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["left"]
    assert 0.02 * NANO < left - told < 0.4 * NANO
    assert home.spent() == 200_000_000
    with closing(home.ledger()) as db:
        kept = "SELECT uuid, path, g.model, agent, requests, nano FROM given_up AS g"
        kept += " JOIN session ON session.id = session JOIN project ON project.id = project"
        *row, nano = db.execute(kept).fetchone()
        assert row == [UUID, "/tmp/p", FLIGHT["model"], "", 1]  # noqa: S108
        assert nano == left - told
        assert coverage.lower(db, "session:1")


def test_what_it_was_asked_again_is_the_better_estimate(home: Home) -> None:
    """The counts of the request that followed, in the same words, are its own."""
    again = {**record(2, input_tokens=50_000, output_tokens=100), **UNREAD, "request_id": "req_1"}
    home.ask("ModBook", calls=[record(2, input_tokens=50_000, output_tokens=100), again])
    with closing(home.ledger()) as db:
        rows = db.execute("SELECT input, output, final FROM call ORDER BY final").fetchall()
    assert rows[0] == (50_000, 100, 0)
    assert len(rows) == 3


def test_its_own_record_takes_its_place(home: Home) -> None:
    """A client that can read it after all tells exactly what it was."""
    told = {**UNREAD, "request_id": "req_011CQabcdefghij00000009"}
    home.ask("ModBook", calls=[told])
    home.ask("ModBook", calls=[record(9, request_id="req_011CQabcdefghij00000009")])
    with closing(home.ledger()) as db:
        assert db.execute("SELECT count(*), min(final) FROM call").fetchone() == (2, 1)
    assert home.spent() == 2 * NANO // 5


@pytest.mark.parametrize("named", ["", 7])
def test_an_answer_without_a_models_name_is_of_the_one_asked_for(home: Home, named: object) -> None:
    """It is booked at once, and does not wait for a row of the transcript."""
    before = home.spent()
    asked = str(record(1)["model"])
    home.ask("ModBook", calls=[{**record(2), "model": named, "asked": asked}])
    assert home.spent() == 2 * before


def test_of_a_stream_that_was_cut_it_is_known_that_it_was(home: Home) -> None:
    """What it used stands in the client's own total: no amount of ours, a lower bound, no stop."""
    before = home.spent()
    cut = [{**UNREAD, "cut": True, "request_id": f"req_{n}", "at_ms": n} for n in range(3)]
    for _ in range(2):
        home.ask("ModBook", calls=cut)
    assert home.spent() == before
    assert "deny" not in home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])
    with closing(home.ledger()) as db:
        assert db.execute("SELECT sum(partial) FROM daily").fetchone() == (3,)
        assert coverage.lower(db, "month:2026-11")


def test_an_answer_that_says_more_than_it_counts_was_cut(home: Home) -> None:
    """The client ends it by itself; what it guesses of it stands in its own cost alone."""
    before = home.spent()
    cut = record(2, output_tokens=1, cost_usd_micros=201_640)
    home.ask("ModBook", calls=[{**cut, "said_chars": 250}, {**record(3), "said_chars": 50}])
    path, now_ms = home.data.parent / f"{UUID}.jsonl", time.time_ns() // 1_000_000
    used, request = {"input_tokens": 50_000, "output_tokens": 1}, cut["request_id"]
    row = assistant("msg_cut", model=OPUS, session=UUID, used=used, requestId=request)
    write(path, row | {"timestamp": cut["at"]})
    with closing(home.ledger()) as db:
        for again in (False, True):
            ingest.meter(db, str(path), now_ms, prices.load())
            if again:
                found = history.transcripts([str(path.parent)])
                rebuild.rebuild(db, found, now_ms, prices.load())
            assert db.execute("SELECT sum(partial) FROM daily").fetchone() == (1,)
            assert home.spent() == before + 201_640_000 + 200_000_000


def test_a_cut_answer_that_said_little_shows_by_its_row(home: Home) -> None:
    """The record has a count, as if it were whole; the row has no end that the API told of."""
    cut = record(2, output_tokens=1, cost_usd_micros=200_020)
    path, now_ms = home.data.parent / f"{UUID}.jsonl", time.time_ns() // 1_000_000
    used, request = {"input_tokens": 50_000, "output_tokens": 1}, cut["request_id"]
    row = open_ended(assistant("msg_cut", model=OPUS, session=UUID, used=used, requestId=request))
    home.ask("ModBook", calls=[{**cut, "said_chars": 14}])
    write(path, row | {"timestamp": cut["at"]})
    with closing(home.ledger()) as db:
        ingest.meter(db, str(path), now_ms, prices.load())
        home.ask("ModBook", calls=[{**cut, "said_chars": 14}])
        assert db.execute("SELECT sum(partial) FROM daily").fetchone() == (1,)


WHOLE = {"whole": True, "auto": True, "max_tokens": 64, "model": "claude-sonnet-5"}
CHECK = {**UNREAD, **WHOLE, "request_id": "req_011CQabcdefghij00000009"}


@pytest.mark.parametrize("micros", [90_224, 1_000, 37, 120_001])
def test_what_has_no_record_costs_what_the_clients_total_grew_by(home: Home, micros: int) -> None:
    """Once, to the millionth, no lower bound; its own record, if one comes, changes nothing."""
    before = home.spent()
    told = {**CHECK, "cost_usd_micros": micros}
    for _ in range(2):
        assert home.ask("ModBook", calls=[told])["booked"]
    assert home.spent() - before == pytest.approx(1_000 * micros, abs=1_000)
    with closing(home.ledger()) as db:
        found = db.execute("SELECT purpose, final, estimated FROM call WHERE source = 5").fetchall()
    assert found == [("auto_mode", 1, 1)]
    own = {"model": "claude-sonnet-5", "request_id": CHECK["request_id"], "input_tokens": 5}
    home.ask("ModBook", calls=[record(9, **own, query_source="auto_mode")])
    with closing(home.ledger()) as db:
        assert db.execute("SELECT count(*) FROM call WHERE source = 5").fetchone() == (1,)


def test_no_more_is_its_than_it_can_have_cost(home: Home) -> None:
    """What else was not recorded meanwhile is another's: then it costs what is likely."""
    home.ask("ModBook", calls=[{**CHECK, "cost_usd_micros": 9_000_000}])
    with closing(home.ledger()) as db:
        (nano,) = db.execute("SELECT cost_nano FROM call WHERE source = 5").fetchone()
    assert NANO // 100 < nano < NANO // 2


def test_where_the_clients_total_does_not_grow_it_costs_what_is_likely(home: Home) -> None:
    """As 2.1.322 leaves auto mode's checks out: an estimate, and a lower bound."""
    home.ask("ModBook", calls=[{**CHECK, "auto": False}])
    with closing(home.ledger()) as db:
        row = db.execute("SELECT purpose, final, cost_nano FROM call WHERE source = 5").fetchone()
    assert row[:2] == ("unrecorded", 0)
    assert row[2] > NANO // 100


@pytest.mark.parametrize("caches", [True, False])
def test_the_next_of_its_kind_reads_what_the_first_has_kept(home: Home, caches: bool) -> None:
    """Where its request asks for a cache; else each is written anew."""
    for number in range(3):
        told = {**CHECK, "caches": caches, "request_id": f"req_011CQabcdefghij0000001{number}"}
        home.ask("ModBook", calls=[told])
    with closing(home.ledger()) as db:
        rows = db.execute("SELECT read, write_5m FROM call WHERE source = 5").fetchall()
    (prompt,) = {read + written for read, written in rows}
    assert sorted(rows) == sorted([(0, prompt), *[(prompt, 0) if caches else (0, prompt)] * 2])


def test_what_was_broken_off_beside_it_does_not_cost_its_share(home: Home) -> None:
    """The client's total grew by both: what was booked by what is likely is taken off first."""
    request = "req_011CQabcdefghij00000007"
    used = {"input_tokens": 900, "output_tokens": 1}
    broken = [{"agent": "", "model": OPUS, "request_id": request, "usage": used}]
    home.ask("ModBook", calls=[CHECK])
    with closing(home.ledger()) as db:
        (likely,) = db.execute("SELECT cost_nano FROM call WHERE source = 5").fetchone()
    before, gap = home.spent(), likely + 20_000_000
    home.ask("ModTurnEnd", broken=broken, guessed=[CHECK], gap_usd=gap / NANO)
    assert home.spent() - before == pytest.approx(20_000_000, abs=100_000)


def test_it_fills_the_cap(tmp_path: Path) -> None:
    """A gateway that answers so for ever is stopped."""
    home = Home(tmp_path, NANO // 2)
    home.ask("ModBook", calls=[record(1)])
    for number in range(40):
        told = {**UNREAD, "request_id": f"req_{number}"}
        if "deny" in home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT], calls=[told]):
            break
    else:
        raise AssertionError
    assert home.spent() >= NANO // 4


def test_what_cannot_be_booked_keeps_nothing_else_from_counting_once(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One odd answer is lost alone; while the ledger takes none, all of the question waits."""

    class Failing(Recorder):
        def put(self, call: Call, place: Place, *, instead: str = "") -> bool:
            if error is sqlite3.OperationalError or call.request_id == "req_odd":
                raise error("no")
            return super().put(call, place, instead=instead)

    monkeypatch.setattr(unread, "Recorder", Failing)
    left = home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT])["left"]
    error: type[Exception] = sqlite3.OperationalError
    for _ in range(2):
        assert not home.ask("ModBook", calls=[record(2), UNREAD])["booked"]
        assert home.spent() == NANO // 5
    told = home.ask("ModGate", flight=FLIGHT, flights=[FLIGHT], calls=[record(2), UNREAD])
    assert left - told["left"] == pytest.approx(2 * NANO // 5, abs=NANO // 50)
    error = OverflowError
    odd = {**UNREAD, "request_id": "req_odd"}
    for _ in range(2):
        assert home.ask("ModBook", calls=[record(2), odd, UNREAD])["booked"]
        with closing(home.ledger()) as db:
            assert db.execute("SELECT count(*) FROM call").fetchone() == (3,)
