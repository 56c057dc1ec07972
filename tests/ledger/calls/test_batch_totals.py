"""Calls that are written together."""

from __future__ import annotations

import contextlib
import random
from typing import Any

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.calls.batch_totals import Tally
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.schema import MAIN, SUBAGENT
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage import prices
from cheaproute.usage.call import Call

PRICES = prices.load()
TABLES = ("call", "daily", "spent")
SELDOM = (
    {"requested": "claude-opus-5-5"},
    {"purpose": "title"},
    {"estimated": 1},
    {"odd": True, "final": False},
    {"client_nano": 7},
    {"web_search": 3},
    {"model": "nobody-knows-it"},
)


def calls(source: random.Random) -> list[tuple[Call, Place]]:
    """Calls of a few days, sessions and kinds, some told twice."""
    made = []
    for n in range(300):
        told: dict[str, Any] = {"model": source.choice(["claude-sonnet-5-5", "claude-haiku-5-5"])}
        if source.random() < 0.3:
            told |= source.choice(SELDOM)
        counts = {name: source.randrange(10_000) for name in ("input", "output", "read")}
        speed = {"effort": "high", "geo": source.choice(["", "us"]), "ref": n}
        call = Call(
            f"msg_{n - source.randrange(2)}",
            1_795_000_000_000 + n * 5_000_000,
            session="s",
            request_id=f"req_{n // 2}",
            **(told | counts | (speed if n % 5 == 0 else {})),
        )
        agent = source.choice(["", "", "a1"])
        place = Place(SUBAGENT if agent else MAIN, session=1 + n % 3, project=1, agent=agent)
        made.append((call, place))
    return made


@pytest.mark.parametrize("size", [1, 7, 300])
def test_together_they_are_what_they_are_one_by_one(size: int) -> None:
    """Each column of each call, and each sum, are the same, so many of a place at once."""
    kept = []
    for together in (False, True):
        with contextlib.closing(store.in_memory()) as db, Immediate(db):
            tally = Tally(db) if together else None
            recorder = Recorder(db, PRICES, tally)
            made = calls(random.Random(7))
            for start in range(0, len(made), size):
                some = made[start : start + size]
                if tally:
                    tally.expect(call.id for call, _ in some)
                places = {(place.session, place.agent): place for _, place in some}
                for key, place in places.items():
                    of_place = [c for c, at in some if (at.session, at.agent) == key]
                    recorder.put_all(of_place, place)
            if tally:
                tally.finish()
            kept.append([sorted(db.execute(f"SELECT * FROM {name}"), key=str) for name in TABLES])  # noqa: S608
    assert kept[0] == kept[1]
    assert len(kept[0][0]) > 150


def test_calls_written_many_at_once_leave_nothing_to_take_back() -> None:
    """Their statement has no step that could have SQLite copy each changed page aside before.

    It does so for one of several rows that calls a function, or may be given up alone.
    """
    with contextlib.closing(store.in_memory()) as db:
        seen: list[str] = []
        db.set_trace_callback(seen.append)
        with Immediate(db):
            tally = Tally(db)
            recorder = Recorder(db, PRICES, tally)
            for n in range(150):
                call = Call(f"msg_{n}", 1_795_000_000_000 + n, "claude-opus-5-5", request_id="r")
                recorder.put(call, Place(MAIN))
            tally.finish()
        db.set_trace_callback(None)
        written = [sql for sql in seen if sql.startswith("INSERT OR FAIL INTO call")]
        assert len(written) == 3
        db.execute("DROP TRIGGER call_added")
        steps = db.execute(f"EXPLAIN {written[0]}").fetchall()
        assert not [name for _, name, *_ in steps if name.endswith(("Func", "Function"))]
        given_up = [step[2:4] for step in steps if step[1].startswith("Halt") and step[2]]
        assert {how for _, how in given_up} == {3}  # fails as it stands
        assert db.execute("SELECT count(*) FROM call").fetchone() == (150,)
