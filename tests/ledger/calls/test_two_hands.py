"""Two hands tell of each answered request, in any order: it is one call, whatever the ids."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cheaproute.days import parse_ms
from cheaproute.ledger import store
from cheaproute.ledger.calls import told
from cheaproute.ledger.ingest import ingest, relay, telemetry
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import check
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.transcripts import SESSION, append, assistant

PRICES = prices.load()
OPUS = "claude-opus-5-5"
NOW = parse_ms("2026-11-22T09:00:00.000Z")
GOOD = "req_011CZNrn9bmLJsG1Vfx"
# What a gateway gives as a request id, and as a message id.
REQUESTS: dict[str, Callable[[int], str]] = {
    "none": lambda _: "",
    "one always": lambda _: "req_0",
    "sometimes": lambda n: f"{GOOD}{n:04d}" if n % 2 else "",
    "its own": lambda n: f"{GOOD}{n:04d}",
}
MESSAGES: dict[str, Callable[[int], str]] = {
    "one always": lambda _: "msg_0",
    "its own": lambda n: f"msg_01Abcdefghijklmno{n:04d}",
}


class Hands:
    """A session behind a gateway, and both hands that tell of it."""

    def __init__(self, place: Path, message: str, request: str) -> None:
        self.db = store.connect(str(place / "data" / "ledger.db"))
        self.path = place / "-p" / f"{SESSION}.jsonl"
        self.path.parent.mkdir()
        self._message, self._request = MESSAGES[message], REQUESTS[request]
        self.due = 0

    def call(self, number: int, sent: int, answered: int, agent: str) -> tuple[Any, Any]:
        """The transcript's row and the client's record of a call."""
        at = f"2026-11-22T09:{number:02d}:01.000Z"
        used = {"input_tokens": sent, "output_tokens": answered}
        request = self._request(number)
        row = assistant(self._message(number), model=OPUS, used=used, ts=at, requestId=request)
        row |= {"uuid": f"row-{number}", "parentUuid": f"user-{number}"}
        record = {
            "request_id": request,
            "model": OPUS,
            "input_tokens": sent,
            "output_tokens": answered,
            "cache_creation_tokens": 0,
            "cache_read_tokens": 0,
            "cost_usd_micros": 4 * sent + 20 * answered,
            "query_source": "agent:x" if agent else "sdk",
            "agent_id": agent,
            "at": at.replace("01.000Z", "01.500Z"),
            "event.sequence": number,
        }
        row |= {"isSidechain": True, "agentId": agent} if agent else {}
        self.due += 1000 * (4 * sent + 20 * answered)
        return {key: value for key, value in row.items() if value != ""}, record

    def write(self, row: Any) -> None:
        """The client writes a row, and a hook reads it."""
        append(self.path, row)
        self.read()

    def read(self) -> None:
        """A hook reads what is new."""
        ingest.read(self.db, [str(self.path)], NOW, PRICES)

    def tell(self, *records: Any) -> None:
        """The module tells of answered requests, and does not wait for a late row."""
        some = [dict(record) for record in records]
        common: Any = {"session": SESSION, "now_ms": NOW, "prices": PRICES}
        if unsure := telemetry.unsure(self.db, some, **common):
            found = str(self.path) if self.path.exists() else ""
            relay.attribute(self.db, unsure, find=lambda: found, end_s=time.monotonic(), **common)
        with Immediate(self.db):
            telemetry.book(self.db, some, cwd="/p", **common)

    def sum(self) -> tuple[int, int]:
        """Calls and nano-dollars; the books add up."""
        assert check.problems(self.db) == []
        query = "SELECT count(*), coalesce(sum(cost_nano), 0) FROM call"
        found: tuple[int, int] = self.db.execute(query).fetchone()
        return found


COUNTS = st.tuples(st.sampled_from([10, 1000, 2000]), st.sampled_from([5, 50]))


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(MESSAGES)),
    st.sampled_from(sorted(REQUESTS)),
    st.lists(st.tuples(COUNTS, st.sampled_from(["", "", "a1"])), min_size=1, max_size=6),
    st.data(),
)
def test_hands_race(
    message: str, request: str, calls: list[tuple[tuple[int, int], str]], data: st.DataObject
) -> None:
    """Rows and records come in any order, each hand in its own: each call is counted once."""
    with tempfile.TemporaryDirectory() as place:
        hands = Hands(Path(place), message, request)
        with contextlib.closing(hands.db):
            made = [hands.call(n, *counts, agent) for n, (counts, agent) in enumerate(calls)]
            rows, records = [row for row, _ in made], [record for _, record in made]
            while rows or records:
                if rows and (not records or data.draw(st.booleans())):
                    hands.write(rows.pop(0))
                else:
                    hands.tell(records.pop(0))
            hands.tell(*[record for _, record in made][:1])  # told again: nobody said it was taken
            assert hands.sum() == (len(calls), hands.due)
            hands.db.execute("UPDATE file SET offset = 0, tail = x''")
            hands.read()
            assert hands.sum() == (len(calls), hands.due)


@pytest.mark.parametrize("gives", ["none", "one always"])
def test_a_helper_behind_a_relay_is_booked_by_its_record(tmp_path: Path, gives: str) -> None:
    """A title has no row in any transcript: its record is a call, once, whatever comes."""
    hands = Hands(tmp_path, "one always", gives)
    with contextlib.closing(hands.db):
        row, record = hands.call(1, 1000, 50, "")
        _, title = hands.call(2, 10, 5, "")
        title["query_source"] = "generate_session_title"
        hands.tell(title, record)
        hands.write(row)
        hands.tell(title, record)
        assert hands.sum() == (2, hands.due)


def test_records_alone_are_calls_each(tmp_path: Path) -> None:
    """Without a transcript none takes the place of another, however alike they are."""
    hands = Hands(tmp_path, "one always", "none")
    with contextlib.closing(hands.db):
        for number in range(3):
            hands.tell(hands.call(number, 1000, 50, "")[1])
        assert hands.sum() == (3, hands.due)


def test_no_record_is_taken_for_another_call(tmp_path: Path) -> None:
    """Another session, agent, model, count or time: the client's cost is put to none of these."""
    hands = Hands(tmp_path, "its own", "none")
    with contextlib.closing(hands.db):
        row, _ = hands.call(5, 1000, 50, "")
        hands.write(row)
        at = parse_ms(row["timestamp"])
        same = Call("", at, OPUS, input=1000, output=50)
        assert told.untold(hands.db, same, 1) == row["message"]["id"]
        for change in ({"agent": "a1"}, {"model": "claude-haiku-5-5"}, {"input": 999},
                       {"output": 51}, {"write_1h": 1}, {"read": 1}, {"ts_ms": at - 61_000},
                       {"ts_ms": at + 601_000}):  # fmt: skip
            assert told.untold(hands.db, same.replace(**change), 1) == ""
        assert told.untold(hands.db, same, 2) == ""
