"""Every call is reserved before and booked after, whatever happens in between."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cheaproute.cap import expected
from cheaproute.delegate.backends.request import (
    Interrupted,
    Refused,
    Request,
    Unavailable,
    Unheard,
)
from cheaproute.delegate.metered import Purse
from cheaproute.errors import CapReached
from cheaproute.ledger import schema, store
from cheaproute.ledger.query import coverage
from cheaproute.usage.call import ESTIMATED
from tests.api import Api, Reply
from tests.api import Request as Asked
from tests.ledgers import set_cap

ASK = Request("claude-haiku-5-5", "Be brief.", "Say hello.", 100, 10, retries=0)
# The stand-in says 1000 in, 100 out: at $0.10 and $0.50 a million.
COST = 150_000
BYTES = 9 + 10 + 100  # of the prompt and the SDK's share
MOST = BYTES * 100 + 100 * 500  # a token a byte; the longest answer
LIKELY = BYTES // 3 * 100 + 100 * 500


def booked(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Source, cost and finality of the calls in the ledger."""
    return db.execute("SELECT source, cost_nano, final FROM call ORDER BY id").fetchall()


def held(db: sqlite3.Connection) -> int:
    """How many reservations there are."""
    row = db.execute("SELECT count(*) FROM reservation").fetchone()
    return int(row[0])


def test_a_call_is_booked_as_delegated(api: Api, purse: Purse, db: sqlite3.Connection) -> None:
    """With its session and project, and nothing stays reserved."""
    api.script = lambda _request: Reply("Hello.")
    paying = replace(purse, session="s-1", project="/p")
    assert paying.pay(ASK).text == "Hello."
    assert booked(db) == [(schema.DELEGATED, COST, 1)]
    assert paying.nano == COST
    assert held(db) == 0
    assert db.execute(
        "SELECT s.uuid, p.path FROM call JOIN session s ON s.id = call.session"
        " JOIN project p ON p.id = call.project"
    ).fetchone() == ("s-1", "/p")


def test_the_worst_case_is_held_while_the_call_runs(
    api: Api, purse: Purse, db: sqlite3.Connection
) -> None:
    """Another process sees the most that it can cost: a likely part booked, the rest held."""
    seen: list[object] = []

    def look(_text: str) -> None:
        seen.extend(db.execute("SELECT nano, purpose FROM reservation").fetchall())
        seen.extend(booked(db))

    api.script = lambda _request: Reply("Hello.")
    purse.pay(ASK, look)
    assert seen == [(MOST - LIKELY, "ask"), (schema.DELEGATED, LIKELY, 1)]


def test_past_the_cap_no_call_is_made(api: Api, purse: Purse, db: sqlite3.Connection) -> None:
    """The cap is looked at before the API is."""
    db.execute("INSERT INTO cap VALUES('month', 1000, 'command', 0)")
    with pytest.raises(CapReached, match="ask: not called"):
        purse.pay(ASK)
    assert api.calls == []
    assert held(db) == 0


def test_what_was_given_up_stays_booked(api: Api, purse: Purse, db: sqlite3.Connection) -> None:
    """No answer in time, or none read: at its likely cost, which is no bound; nothing is held."""
    api.script = lambda _request: Reply(delay_s=1)
    with pytest.raises(Unheard, match="no answer in time"):
        purse.pay(replace(ASK, timeout_s=0.3))
    api.script = lambda _request: Reply(hang_up=True)
    with pytest.raises(Unheard, match="cannot reach"):
        purse.pay(ASK)
    assert booked(db) == [(schema.DELEGATED, LIKELY, 1)] * 2
    assert purse.nano == 2 * LIKELY
    assert held(db) == 0
    assert not coverage.lower(db, "month:2026-11")


def test_what_was_given_up_is_booked_as_its_like_were_billed(
    api: Api, purse: Purse, db: sqlite3.Connection
) -> None:
    """By the bytes a token, the cache and the median output of the purpose's answered calls."""
    long = replace(ASK, prompt="x" * 891)  # 1,000 bytes with what is around them
    written = {"input_tokens": 50, "cache_creation_input_tokens": 200}
    lengths = [20, 90, 30]
    api.script = lambda _request: Reply("Hello.", usage=written | {"output_tokens": lengths.pop()})
    for _ in range(3):
        purse.pay(long)
    api.script = lambda _request: Reply(hang_up=True)
    with pytest.raises(Unheard):
        purse.pay(replace(long, prompt="x" * 1_891))
    with pytest.raises(Unheard):  # of another kind: nothing is known
        replace(purse, purpose="digest").pay(long)
    assert db.execute(
        "SELECT input, write_5m, output, estimated FROM call WHERE id LIKE 'sent:%' ORDER BY input"
    ).fetchall() == [(100, 400, 30, ESTIMATED), (333, 0, 100, ESTIMATED)]


def test_a_call_is_booked_before_it_leaves(api: Api, purse: Purse, tmp_path: Path) -> None:
    """Whoever is killed from then on has it in the books; the answer makes it exact."""
    seen: list[tuple[object, ...]] = []

    def script(_request: Asked) -> Reply:
        with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as other:
            seen.extend(booked(other))
        return Reply("Hello.")

    api.script = script
    purse.pay(ASK)
    assert seen == [(schema.DELEGATED, LIKELY, 1)]
    assert booked(purse.db) == [(schema.DELEGATED, COST, 1)]


@pytest.mark.parametrize(
    ("first", "costs"),
    [
        (Reply(status=529, headers={"retry-after-ms": "1"}), [COST]),
        (Reply(hang_up=True), [COST, LIKELY]),
    ],
    ids=["refused", "unheard"],
)
@pytest.mark.parametrize("together", [False, True])
def test_what_may_pass_is_tried_again(
    api: Api,
    purse: Purse,
    db: sqlite3.Connection,
    first: Reply,
    costs: list[int],
    together: bool,
) -> None:
    """Each try is a call of its own in the books: what was refused in none, the unheard as well."""
    replies = [first, Reply("Hello.")]
    api.script = lambda _request: replies.pop(0)
    asked = replace(ASK, retries=1)
    reply = dict(purse.pay_all([asked]))[0] if together else purse.pay(asked)
    assert (reply.text, len(api.calls)) == ("Hello.", 2)
    assert [cost for _, cost, _ in booked(db)] == costs
    assert held(db) == 0


def test_what_cannot_be_used_is_not_sent(api: Api, purse: Purse, db: sqlite3.Connection) -> None:
    """Neither a part whose turn comes too late, nor another try after too long a wait."""
    api.script = lambda _request: Reply("Hello.", delay_s=0.9)
    purse.backend.prepare()
    late = replace(ASK, timeout_s=1.2, until_s=time.monotonic() + 1.2)
    with pytest.raises(Unavailable, match=r"no time is left|no answer in time"):
        list(purse.pay_all([late] * 6))
    assert len(api.calls) == len(booked(db)) == 4
    api.script = lambda _request: Reply(status=529, headers={"retry-after": "60"})
    with pytest.raises(Unavailable, match="overloaded"):
        purse.pay(replace(ASK, retries=1))
    assert len(api.calls) == 5
    assert (len(booked(db)), held(db)) == (4, 0)


def test_a_failed_call_costs_nothing(api: Api, purse: Purse, db: sqlite3.Connection) -> None:
    """An error of the API frees what was held."""
    api.script = lambda _request: Reply(status=529)
    with pytest.raises(Unavailable):
        purse.pay(ASK)
    assert (booked(db), held(db)) == ([], 0)


def test_a_refused_and_a_broken_call_are_paid_for(
    api: Api, purse: Purse, db: sqlite3.Connection
) -> None:
    """What they used is booked; the broken one as a lower bound."""
    api.script = lambda _request: Reply("I", stop_reason="refusal")
    with pytest.raises(Refused):
        purse.pay(ASK)

    def interrupt(_text: str) -> None:
        raise KeyboardInterrupt

    api.script = lambda _request: Reply("Hello.")
    with pytest.raises(KeyboardInterrupt):
        purse.pay(ASK, interrupt)
    assert booked(db) == [(schema.DELEGATED, COST, 1), (schema.DELEGATED, 100_500, 0)]
    assert held(db) == 0


def test_many_calls_come_back_with_their_index(
    api: Api, purse: Purse, db: sqlite3.Connection
) -> None:
    """In whatever order they end, each reply is told with the request's place."""

    def script(request: Asked) -> Reply:
        number = str(request.body["messages"][0]["content"])
        return Reply(number, delay_s=0.2 if number == "0" else 0)

    api.script = script
    requests = [replace(ASK, prompt=str(number)) for number in range(6)]
    found = list(purse.pay_all(requests))
    assert sorted((i, reply.text) for i, reply in found) == [(i, str(i)) for i in range(6)]
    assert found[0][0] != 0
    assert (len(booked(db)), held(db)) == (6, 0)


def test_many_calls_are_all_reserved_or_none_is_made(
    api: Api, purse: Purse, db: sqlite3.Connection
) -> None:
    """A cap that allows one of them lets none start."""
    db.execute("INSERT INTO cap VALUES('month', 100000, 'command', 0)")
    with pytest.raises(CapReached):
        list(purse.pay_all([ASK, ASK, ASK]))
    assert (api.calls, held(db)) == ([], 0)


def test_the_first_failure_ends_it_and_the_rest_is_paid_for(
    api: Api, purse: Purse, db: sqlite3.Connection
) -> None:
    """Calls under way are booked, those not begun are not made, nothing stays held."""

    def script(request: Asked) -> Reply:
        fails = "0" in str(request.body["messages"])
        return Reply(status=529, delay_s=0.1) if fails else Reply("fine", delay_s=0.3)

    api.script = script
    with pytest.raises(Unavailable):
        list(purse.pay_all([replace(ASK, prompt=str(number)) for number in range(9)]))
    assert 3 <= len(booked(db)) < 8
    assert len(booked(db)) == len(api.calls) - 1
    assert held(db) == 0


def test_an_unknown_price_is_booked_as_unknown(
    api: Api, purse: Purse, db: sqlite3.Connection
) -> None:
    """A model without a price is called within the cap, and its cost stays open."""
    set_cap(db, 1)
    api.script = lambda _request: Reply("Hello.")
    purse.pay(replace(ASK, model="my-own-model"))
    assert booked(db) == [(schema.DELEGATED, None, 1)]
    assert purse.nano is None


def test_what_broke_off_says_so(api: Api, purse: Purse) -> None:
    """An error while the answer is written keeps its own words."""

    def fail(_text: str) -> None:
        raise OSError("disk full")

    api.script = lambda _request: Reply("Hello.")
    with pytest.raises((Interrupted, OSError), match="disk full"):
        purse.pay(ASK, fail)


def test_a_burst_gets_nearly_all_that_there_is_room_for(
    api: Api, purse: Purse, db: sqlite3.Connection, tmp_path: Path
) -> None:
    """Twenty at once, each allowed 40,000 tokens and using 100, at a cap with room for twelve.

    Those that do not fit wait for the others to settle; what they used in fact is what counts.
    """
    for number in range(expected.ENOUGH):  # what `ask` was seen to answer
        expected.learn_output(db, "ask", 90 + number)
    usage = {"input_tokens": 119, "output_tokens": 100}  # as long as the prompt is
    cost = 119 * 100 + 100 * 500
    db.execute("INSERT INTO cap VALUES(?, ?, ?, 0)", ("month", 12 * cost, "command"))
    api.script = lambda _request: Reply("Hello.", usage=usage, delay_s=0.2)
    request = replace(ASK, max_tokens=40_000, timeout_s=5)
    made: list[str] = []

    def burst() -> None:
        with closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as own:
            try:
                made.append(replace(purse, db=own, calls=[]).pay(request).text)
            except CapReached:
                made.append("refused")

    threads = [threading.Thread(target=burst) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.count("Hello.") >= 10
    assert made.count("refused") + made.count("Hello.") == 20
    assert len(booked(db)) == made.count("Hello.")
    spent = db.execute("SELECT sum(cost_nano) FROM call").fetchone()[0]
    assert spent <= 12 * cost
    assert held(db) == 0


def test_parts_of_one_file_do_not_wait_for_each_other(
    api: Api, purse: Purse, db: sqlite3.Connection
) -> None:
    """What the caller itself holds does not come free by waiting: it is refused at once."""
    db.execute("INSERT INTO cap VALUES('month', 100000, 'command', 0)")
    begin = time.monotonic()
    with pytest.raises(CapReached):
        list(purse.pay_all([replace(ASK, timeout_s=30)] * 3))
    assert time.monotonic() - begin < 10
    assert api.calls == []
