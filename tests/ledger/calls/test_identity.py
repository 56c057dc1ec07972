"""Which rows are of one call: what gateways, relays and older ledgers make of ids."""

from __future__ import annotations

import contextlib
import itertools
import random
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.ingest import history, ingest, telemetry
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import check, rebuild
from cheaproute.usage import prices
from tests import transcripts
from tests.transcripts import SESSION, append, assistant, lines, usage

PRICES = prices.load()
ONE = 5_550_000  # what `assistant()` costs, nano-dollars


def write(path: Path, *rows: dict[str, Any]) -> Path:
    """Write a transcript."""
    transcripts.write(path, *rows)
    return path


def named(n: int, **fields: Any) -> dict[str, Any]:
    """An assistant row with a uuid of its own, `n` seconds into the day."""
    ts = f"2026-11-22T09:{n // 60:02d}:{n % 60:02d}.000Z"
    return assistant("msg_0", ts=ts, uuid=str(uuid.UUID(int=n + 1)), **fields)


def count(db: sqlite3.Connection) -> tuple[int, int]:
    """Calls and nano-dollars; the kept totals are theirs."""
    kept = db.execute("SELECT sum(calls), sum(cost_nano) FROM daily").fetchone()
    assert kept == db.execute("SELECT count(*), sum(cost_nano) FROM call").fetchone()
    return kept[0] or 0, kept[1] or 0


def read(db: sqlite3.Connection, *paths: Path) -> None:
    """Read the transcripts in this order."""
    for path in paths:
        ingest.read(db, [str(path)], 0, PRICES)


def test_one_message_id_and_many_requests(db: sqlite3.Connection, tmp_path: Path) -> None:
    """200 answers under one id: each request is a call, each content block is not."""
    rows = [
        row
        for n in range(200)
        for row in [named(n, requestId=f"req_{n}"), named(n, requestId=f"req_{n}")]
    ]
    path = write(tmp_path / f"{SESSION}.jsonl", *rows)
    read(db, path, path)
    assert count(db) == (200, 200 * ONE)


def test_requests_of_one_message_keep_their_own_counts(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """Six requests that differ are not a mix of all; a partial row does not split one."""
    counts = [10, 5000, 30, 700, 2, 90]
    rows: list[dict[str, Any]] = []
    for n, output in enumerate(counts):
        for part, stop in ((1, None), (output, "end_turn")):
            used = usage(output_tokens=part)
            rows.append(named(n, requestId=f"req_{n}", used=used, stop=stop))
    read(db, write(tmp_path / f"{SESSION}.jsonl", *rows))
    assert count(db)[0] == 6
    assert sorted(row[0] for row in db.execute("SELECT output FROM call")) == sorted(counts)


def test_copies_keep_the_request(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A fork's copy of such a session adds nothing, whichever is read first."""
    rows = [named(n, requestId=f"req_{n}") for n in range(5)]
    fork = [row | {"sessionId": "f" * 8 + SESSION[8:], "forkedFrom": {}} for row in rows]
    one = write(tmp_path / "a" / f"{SESSION}.jsonl", *rows)
    two = write(tmp_path / "b" / f"{'f' * 8 + SESSION[8:]}.jsonl", *fork)
    for order in ((one, two, one), (two, one, two)):
        with contextlib.closing(store.connect(str(tmp_path / str(order[0])[-9] / "l.db"))) as own:
            read(own, *order)
            assert count(own) == (5, 5 * ONE)
    read(db, two, one)
    assert count(db) == (5, 5 * ONE)


@pytest.mark.parametrize("ref", [True, False], ids=["client-reference", "rows-alone"])
def test_a_relay_that_gives_neither(db: sqlite3.Connection, tmp_path: Path, ref: bool) -> None:
    """One message id, no request id: calls are told apart by the client's reference, or by rows."""
    paths = []
    for s in range(3):
        session = f"{s}" * 8 + SESSION[8:]
        rows: list[dict[str, Any]] = []
        before = None
        for n in range(4):
            for block in range(2):
                row = named(100 * s + 10 * n + block, session=session)
                del row["requestId"]
                if ref:
                    row["requestRef"] = f"{s}{n}-ref"
                row["parentUuid"] = before
                before = row["uuid"]
                rows.append(row)
            result = str(uuid.UUID(int=9000 + 100 * s + n))
            message = {"role": "user", "content": "go on"}
            rows.append({"type": "user", "uuid": result, "parentUuid": before, "message": message})
            before = result
        paths.append(write(tmp_path / f"{session}.jsonl", *rows))
    read(db, *paths)
    assert count(db) == (12, 12 * ONE)
    db.execute("UPDATE file SET offset = 0, tail = x''")
    read(db, *reversed(paths))
    assert count(db) == (12, 12 * ONE)


def test_a_relay_seen_hook_by_hook(db: sqlite3.Connection, tmp_path: Path) -> None:
    """The same where each row is read alone, as hooks do."""
    path = tmp_path / f"{SESSION}.jsonl"
    before = "start"
    for n in range(6):
        for block in range(2):
            row = named(10 * n + block, parentUuid=before)
            del row["requestId"]
            append(path, row) if path.exists() else write(path, row)
            before = row["uuid"]
            read(db, path)
        before = f"result {n}"
    assert count(db) == (6, 6 * ONE)


def relay(
    place: Path, *, sessions: int = 5, calls: int = 3, of: str = "msg_0", fixed: str = "req_0"
) -> list[Path]:
    """Sessions behind a relay that gives every answer the same ids, as the client writes them."""
    paths = []
    for s in range(sessions):
        session = f"{s}" * 8 + SESSION[8:]
        rows: list[dict[str, Any]] = []
        before = f"user-{s}"
        for n in range(calls):
            for block in range(2):
                row = named(100 * s + 10 * n + block, session=session, requestId=fixed)
                row["message"]["id"] = of
                row["parentUuid"], before = before, row["uuid"]
                rows.append(row)
            before = f"result-{s}-{n}"
            message = {"role": "user", "content": "go on"}
            rows.append({"type": "user", "uuid": before, "message": message})
        paths.append(write(place / f"{session}.jsonl", *rows))
    return paths


@pytest.mark.parametrize("hook_by_hook", [False, True])
def test_a_relay_that_gives_all_the_same_ids(
    db: sqlite3.Connection, tmp_path: Path, hook_by_hook: bool
) -> None:
    """One message id and one request id for all: a row's own name and what it follows tell calls.

    Read whole, row by row, twice, and after a rebuild; a fork's copies add nothing.
    """
    paths = relay(tmp_path)
    if hook_by_hook:
        for path in paths:
            whole = path.read_bytes().splitlines(keepends=True)
            for n in range(len(whole)):
                path.write_bytes(b"".join(whole[: n + 1]))
                read(db, path)
    read(db, *paths)
    assert count(db) == (15, 15 * ONE)
    db.execute("UPDATE file SET offset = 0, tail = x''")
    read(db, *reversed(paths))
    assert count(db) == (15, 15 * ONE)
    fork = "f" * 8 + SESSION[8:]
    copied = paths[3].read_text().replace("3" * 8 + SESSION[8:], fork)
    (tmp_path / f"{fork}.jsonl").write_text(copied)
    paths[0].unlink()
    for _ in range(2):
        found = history.transcripts([str(tmp_path)])
        rebuild.rebuild(db, found, 0, PRICES)
        assert count(db) == (15, 15 * ONE)
        assert check.problems(db) == []


@pytest.mark.parametrize("apart", [False, True], ids=["at-once", "row-by-row"])
def test_a_request_id_that_names_the_session(
    db: sqlite3.Connection, tmp_path: Path, *, apart: bool
) -> None:
    """One message id, and one good request id for all of a session: what was sent tells calls."""
    trace, expected = "7f3c9a12-44d0-4b7e-9c0a-1f2e3d4c5b6a", 0
    rows: list[dict[str, Any]] = []
    for n in range(8):
        for stop, output in ((None, 1), ("end_turn", 200)):
            used = usage(cache_read_input_tokens=5000 * n, output_tokens=output)
            rows.append(named(10 * n, requestId=trace, used=used, stop=stop))
        expected += ONE + (n - 1) * 500_000
    path = write(tmp_path / f"{SESSION}.jsonl")
    for part in [[row] for row in rows] if apart else [rows]:
        append(path, *part)
        read(db, path)
    assert count(db) == (8, expected)
    rebuild.rebuild(db, [(str(path), 0)], 0, PRICES)
    assert count(db) == (8, expected)


def test_good_looking_ids_that_a_relay_repeats(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Ids that look the API's are believed within a session; in another an hour later they are not.

    A copy keeps its rows' times.
    """
    ids = "msg_01XFDUDYJgAACzvnptvVoYEL", "req_018EeWyXxfu5pfWkrYcMdjWG"
    paths = relay(tmp_path, calls=1, of=ids[0], fixed=ids[1])
    for s, path in enumerate(paths):
        path.write_text(path.read_text().replace("T09:", f"T{10 + s}:"))
    read(db, *paths)
    assert count(db) == (5, 5 * ONE)
    fork = write(tmp_path / "fork.jsonl")
    fork.write_text(paths[2].read_text().replace("2" * 8 + SESSION[8:], "f" * 8 + SESSION[8:]))
    db.execute("UPDATE file SET offset = 0, tail = x''")
    read(db, fork, *reversed(paths))
    assert count(db) == (5, 5 * ONE)
    rebuild.rebuild(db, history.transcripts([str(tmp_path)]), 0, PRICES)
    assert count(db) == (5, 5 * ONE)


@pytest.mark.parametrize("request_id", ["", "req_0"])
def test_an_advisor_behind_such_a_relay(
    db: sqlite3.Connection, tmp_path: Path, request_id: str
) -> None:
    """What a message used besides stays beside its own message, and is counted once."""
    entry = {"type": "advisor_message", "model": "claude-opus-5-5", "input_tokens": 1000}
    used = usage(iterations=[entry])
    rows = [named(n, requestId=request_id, used=used, parentUuid=f"u{n}") for n in range(3)]
    path = write(tmp_path / f"{SESSION}.jsonl", *rows)
    for _ in range(2):
        read(db, path)
        assert count(db) == (6, 3 * (ONE + 4_000_000))
        db.execute("UPDATE file SET offset = 0, tail = x''")


def test_a_gateway_with_good_message_ids_alone(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Message ids that are given once need no request id, whatever stands between their rows."""
    rows = []
    for n in range(3):
        for block in range(2):
            row = named(10 * n + block, parentUuid=f"result {n} {block}")
            row["message"]["id"] = f"msg_bdrk_01Ab{n}XyZ9KqLmNoPq"
            del row["requestId"]
            rows.append(row)
    path = write(tmp_path / f"{SESSION}.jsonl", *rows)
    read(db, path)
    assert count(db) == (3, 3 * ONE)


def test_an_advisor_belongs_to_its_request(db: sqlite3.Connection, tmp_path: Path) -> None:
    """What a message used besides is counted for each request of one message id."""
    entry = {"type": "advisor_message", "model": "claude-opus-5-5", "input_tokens": 1000}
    rows = [named(n, requestId=f"req_{n}", used=usage(iterations=[entry])) for n in range(3)]
    read(db, write(tmp_path / f"{SESSION}.jsonl", *rows))
    assert count(db) == (6, 3 * (ONE + 4_000_000))


def old(db: sqlite3.Connection) -> None:
    """Make the ledger what an older version wrote: no request ids, no rows."""
    db.execute("UPDATE call SET request = '', ref = 0")
    db.execute("DELETE FROM call_row")
    db.execute("UPDATE file SET offset = 0, tail = x'', inode = 0")


@pytest.mark.parametrize("seed", range(4))
def test_a_ledger_without_request_ids_is_read_again(
    db: sqlite3.Connection, tmp_path: Path, seed: int
) -> None:
    """Each call is known again and gets its request id; nothing is added, in any order of files."""
    rows = [
        assistant(f"msg_{n:020d}ABCDEFGHIJ", ts=f"2026-11-22T09:53:{n:02d}.000Z") for n in range(12)
    ]
    paths = [write(tmp_path / f"{n}.jsonl", *rows[3 * n : 3 * n + 5]) for n in range(4)]
    read(db, *paths)
    before = count(db)
    old(db)
    random.Random(seed).shuffle(paths)
    read(db, *paths)
    assert count(db) == before
    assert db.execute("SELECT count(*) FROM call WHERE request = ''").fetchone() == (0,)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_mix_is_taken_apart(
    db: sqlite3.Connection, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """What an older version made of one message id with three requests becomes three calls."""
    outputs = (10, 5000, 300)
    paths = []
    for n, output in enumerate(outputs):
        row = named(n, requestId=f"req_{n}", used=usage(output_tokens=output))
        paths.append(write(tmp_path / f"{n}.jsonl", row))
    mixed = named(0, used=usage(output_tokens=5000))
    read(db, write(tmp_path / "mix.jsonl", mixed))
    old(db)
    (tmp_path / "mix.jsonl").unlink()
    read(db, *(paths[n] for n in order))
    assert sorted(row[0] for row in db.execute("SELECT output FROM call")) == sorted(outputs)
    assert count(db)[0] == 3


def test_rows_in_any_spelling(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Rows that a repair script wrote with spaces, sorted keys or escaped names are rows."""
    import json

    rows = [assistant(f"msg_{n}") for n in range(6)]
    texts = [
        json.dumps(row, separators=((",", ":"), (", ", ": "))[n % 2], sort_keys=n > 3)
        for n, row in enumerate(rows)
    ]
    texts[2] = texts[2].replace('"usage"', '"us\\u0061ge"')
    texts[4] = texts[4].replace('"message"', '"m\\u0065ssage"').replace('"usage"', '"\\u0075sage"')
    path = tmp_path / f"{SESSION}.jsonl"
    path.write_text("\n".join(texts) + "\n")
    read(db, path)
    assert count(db) == (6, 6 * ONE)
    assert lines(rows[0]).endswith(b"\n")
    found = history.transcripts([str(tmp_path)])
    assert [name for name, _ in found] == [str(path)]


GOOD = "req_011CZNrn9bmLJsG1Vfxe"
REQUESTS = {
    "none": lambda _: "",
    "one always": lambda _: "req_0",
    "one that looks good": lambda _: GOOD + "EKBQ",
    "sometimes": lambda n: f"{GOOD}{n:04d}" if n % 2 else "",
    "its own": lambda n: f"{GOOD}{n:04d}",
}


@pytest.mark.parametrize(
    ("message", "request_of"),
    [("msg_01Abcdefghijklmno{}", request_of) for request_of in REQUESTS.values()]
    + [("msg_0", request_of) for request_of in REQUESTS.values()],
)
@pytest.mark.parametrize("order", ["telemetry", "transcript", "by turns"])
def test_two_hands_and_poor_request_ids(
    db: sqlite3.Connection,
    tmp_path: Path,
    message: str,
    request_of: Callable[[int], str],
    order: str,
) -> None:
    """What the client's telemetry and the transcript tell of is counted once, whatever the ids."""
    rows, records = [], []
    counts = [(1000, 50), (400, 20), (2000, 10), (1001, 50), (30, 5)]
    if message != "msg_0":
        counts[3] = counts[0]  # alike in all but their message ids
    for n, (sent, answered) in enumerate(counts):
        used = {"input_tokens": sent, "output_tokens": answered}
        row = named(n, model="claude-opus-5-5", used=used, parentUuid=f"user-{n}")
        row["message"]["id"] = message.format(n)
        row["requestId"] = request_of(n)
        rows.append({key: value for key, value in row.items() if value != ""})
        records.append(
            {
                "request_id": request_of(n),
                "model": "claude-opus-5-5",
                "input_tokens": sent,
                "output_tokens": answered,
                "cache_creation_tokens": 0,
                "cache_read_tokens": 0,
                "cost_usd_micros": 4 * sent + 20 * answered,
                "query_source": "sdk",
            }
        )
    path = tmp_path / f"{SESSION}.jsonl"

    def book(some: list[dict[str, Any]]) -> None:
        with Immediate(db):
            telemetry.book(db, some, session=SESSION, cwd="/p", now_ms=0, prices=PRICES)

    if order == "telemetry":
        book(records)
    for n in range(5):
        if order == "by turns" and n % 2:
            book(records[n : n + 1])
        read(db, write(path, *rows[: n + 1]))
        if order == "by turns" and not n % 2:
            book(records[n : n + 1])
    if order == "transcript":
        book(records)
    assert count(db) == (5, sum(4 * sent + 20 * answered for sent, answered in counts) * 1000)
