"""Which calls a first import does not look for, as it knows that the ledger has no other."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cheaproute.client.transcript import layout
from cheaproute.ledger import store
from cheaproute.ledger.calls import batch_totals, known
from cheaproute.ledger.calls.known import Known
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.ingest import faults, history, ingest, writer
from cheaproute.ledger.schema import MAIN
from cheaproute.ledger.transactions import Immediate
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.transcripts import assistant, lines

PRICES = prices.load()
NOW = 1_795_341_600_000
ONE = 5_550_000  # what `assistant()` costs, nano-dollars


@pytest.fixture
def db(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty ledger in a file, so that others can write to it."""
    with contextlib.closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        yield db


@pytest.fixture
def asked(db: sqlite3.Connection) -> list[str]:
    """The queries for known ids, as they are made."""
    seen: list[str] = []
    begun = batch_totals._KNOWN.partition("?")[0]
    db.set_trace_callback(lambda sql: seen.append(sql) if sql.startswith(begun) else None)
    return seen


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The transcripts whose calls were put one by one, as together they could not be written."""
    seen: list[str] = []
    real = faults.guard

    def guard(*args: Any) -> None:
        seen.append(args[2].file.path)
        real(*args)

    monkeypatch.setattr(faults, "guard", guard)
    return seen


def files(tmp_path: Path, parts: list[range], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """A transcript for each of `parts`, with the messages of these numbers; a batch each."""
    monkeypatch.setattr(history, "BATCH_FILES", 1)
    for number, part in enumerate(parts):
        session = f"{number:08d}-0000-4000-8000-000000000000"
        path = tmp_path / "projects" / "-p" / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [
            assistant(f"msg_{n}", session=session, requestId=f"req_{n}", ts=_time(n)) for n in part
        ]
        path.write_bytes(lines(*rows))
    return history.transcripts([str(tmp_path / "projects")])


def _time(number: int) -> str:
    return f"2026-11-22T09:{number // 60 % 60:02d}:{number % 60:02d}.000Z"


def total(db: sqlite3.Connection) -> tuple[int, int]:
    """Calls and nano-dollars, of which all kept sums tell the same."""
    real: tuple[int, int] = db.execute("SELECT count(*), sum(cost_nano) FROM call").fetchone()
    assert db.execute("SELECT sum(calls), sum(cost_nano) FROM daily").fetchone() == real
    month = "SELECT sum(cost_nano) FROM spent WHERE period LIKE 'month:%'"
    assert db.execute(month).fetchone() == real[1:]
    return real


def test_no_query_looks_for_new_calls(
    db: sqlite3.Connection, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two transactions none asks."""
    found = files(tmp_path, [range(300), range(300, 700)], monkeypatch)
    history.read(db, found, NOW, PRICES)
    assert not asked
    assert total(db) == (700, 700 * ONE)


def test_few_calls_are_remembered_as_many_are(
    db: sqlite3.Connection,
    one_by_one: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A transaction of ten calls, some of which the next tells again."""
    found = files(tmp_path, [range(300), range(300, 310), range(305, 700)], monkeypatch)
    history.read(db, found, NOW, PRICES)
    assert not one_by_one
    assert total(db) == (700, 700 * ONE)


def test_what_was_written_is_looked_for(
    db: sqlite3.Connection, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that a later transaction tells again count once, and only those are asked for."""
    found = files(tmp_path, [range(300), range(290, 600)], monkeypatch)
    history.read(db, found, NOW, PRICES)
    assert len(asked) == 1
    assert "msg_300'" not in asked[0]
    assert all(f"msg_{n}'" in asked[0] for n in range(290, 300))
    assert total(db) == (600, 600 * ONE)


def test_what_another_process_writes_meanwhile_counts_once(
    db: sqlite3.Connection, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hook counts calls of the history itself: from then on all are looked for."""
    found = files(tmp_path, [range(300), range(300, 600), range(600, 900)], monkeypatch)
    late = found[1][0]

    def hook(_: int) -> None:
        with contextlib.closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as other:
            ingest.meter(
                other, str(tmp_path / "other" / f"{layout.session_of(late)}.jsonl"), 0, PRICES
            )

    (tmp_path / "other").mkdir()
    rows = Path(late).read_bytes().splitlines(keepends=True)
    (tmp_path / "other" / Path(late).name).write_bytes(b"".join(rows[:20]))
    done = history.read(db, found, NOW, PRICES, hook)
    assert len(asked) == 2
    assert db.execute("SELECT count(*) FROM skipped_row").fetchone() == (0,)
    assert total(db) == (900, 900 * ONE)
    assert done.calls >= 880


def test_beyond_the_bound_all_are_looked_for(
    db: sqlite3.Connection, asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as that are remembered, and none any more from there on."""
    monkeypatch.setattr(known, "MOST", 599)
    found = files(tmp_path, [range(300), range(300, 600), range(600, 900)], monkeypatch)
    history.read(db, found, NOW, PRICES)
    assert len(asked) == 1
    assert total(db) == (900, 900 * ONE)


def test_a_transaction_that_is_rolled_back_is_read_again(
    db: sqlite3.Connection,
    one_by_one: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A row of it cannot be written: all the others are, and so are those of later ones."""
    found = files(tmp_path, [range(300), range(300, 600), range(590, 900)], monkeypatch)
    real = writer.scanned

    def odd(*args: Any) -> int:
        done = real(*args)
        if args[1].path == found[1][0] and type(args[4]) is Recorder:
            raise ValueError
        return done

    monkeypatch.setattr(writer, "scanned", odd)
    history.read(db, found, NOW, PRICES)
    assert one_by_one == [found[1][0]]
    assert total(db) == (900, 900 * ONE)


def test_an_id_of_a_call_that_was_taken_back_is_new(db: sqlite3.Connection) -> None:
    """It is remembered for nothing: looked for, not found, and put."""
    kept = Known()
    calls = [Call(f"msg_{n}", NOW + n, "claude-sonnet-5-5", request_id=f"r{n}") for n in range(9)]
    for again in (False, True):
        with contextlib.suppress(ZeroDivisionError), Immediate(db):
            tally = batch_totals.Tally(db, kept)
            tally.expect(call.id for call in calls)
            assert tally.fresh == {call.id for call in calls}
            Recorder(db, PRICES, tally).put_all(calls, Place(MAIN))
            tally.finish()
            assert kept.among({call.id for call in calls}) == [*{call.id for call in calls}]
            assert again or 1 // 0
    assert kept.whole
    assert total(db)[0] == 9


def test_a_ledger_that_has_calls_is_asked(db: sqlite3.Connection) -> None:
    """Whatever is known of it: nothing."""
    with Immediate(db):
        Recorder(db, PRICES).put(Call("msg_1", NOW, "claude-sonnet-5-5"), Place(MAIN))
        kept = Known()
        assert not kept.look(db)
    assert kept.among({"msg_1", "msg_2"}) == [*{"msg_1", "msg_2"}]
