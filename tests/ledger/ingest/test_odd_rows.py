"""Rows with values that no ledger can keep: bounded or passed over, and said; the next counts."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute.ledger.ingest import history, ingest
from cheaproute.ledger.upkeep import unreadable
from cheaproute.usage import prices
from tests.transcripts import SESSION, assistant, cost_state, usage

PRICES = prices.load()
DEAR = assistant("msg_dear", model="claude-opus-5-5", used={"input_tokens": 1_000_000})
HUGE = 18_446_744_073_709_551_000


def write(path: Path, *rows: dict[str, Any]) -> Path:
    """Write rows in the client's spelling, lone surrogates escaped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
    return path


def odd(**used: Any) -> dict[str, Any]:
    """A row whose usage is odd."""
    return assistant("msg_odd", model="claude-opus-4-8", used=usage(**used))


def named(**fields: Any) -> dict[str, Any]:
    """A row that is odd elsewhere."""
    message = assistant("msg_odd", model="claude-opus-4-8")["message"] | fields.pop("message", {})
    return assistant("msg_odd", **fields) | {"message": message} | fields


ODD = {
    "output": odd(output_tokens=HUGE),
    "input": odd(input_tokens=HUGE),
    "read": odd(cache_read_input_tokens=HUGE),
    "write": odd(cache_creation_input_tokens=HUGE),
    "split": odd(
        cache_creation={"ephemeral_1h_input_tokens": HUGE, "ephemeral_5m_input_tokens": HUGE}
    ),
    "searches": odd(server_tool_use={"web_search_requests": HUGE}),
    "dear": odd(output_tokens=9 * 10**15),
    "iterations": odd(iterations=5),
    "iterations text": odd(iterations="5"),
    "iterations object": odd(iterations={"a": 1}),
    "iterations nested": odd(iterations=[[], 3, None, {"type": {}, "input_tokens": HUGE}]),
    "iteration type": odd(iterations=[{"type": "\ud800", "input_tokens": 5}]),
    "speed": odd(speed="\ud800"),
    "speed list": odd(speed=[1]),
    "speed commas": odd(speed="a,b,c,d:e;f"),
    "geo": odd(inference_geo="x,1:2,y"),
    "id": named(message={"id": "msg_\ud800"}),
    "id number": named(message={"id": 5}),
    "model": named(message={"model": "claude-\udfff"}),
    "agent": named(agentId="a\ud800"),
    "session": named(sessionId="\ud800"),
    "cwd": named(cwd="/home/\udcff"),
    "request": named(requestId="req_\ud800"),
    "ref": named(requestRef="\ud800"),
    "time": named(timestamp="9999-99-99T99:99:99.999Z"),
    "far time": named(timestamp="8999-01-01T00:00:00.000Z"),
    "fork": named(forkedFrom={"sessionId": "\ud800"}),
    "state start": cost_state({"claude-opus-5-5": (5, 5, 0.1)}, start=10**30),
    "state count": cost_state({"claude-opus-5-5": (10**30, 5, 0.1)}),
    "state cost": cost_state({"claude-opus-5-5": (5, 5, 1e300)}),
    "state name": cost_state({"claude-\ud800": (0, 0, 0.0)}),
    "state models": {"type": "cost-state", "modelUsage": {"x": 5, "y": []}, "sessionId": {}},
}


ROWS = [assistant(f"msg_{n}", requestId=f"req_{n}") for n in range(3)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ROWS),
        json.dumps(ROWS, separators=(",", ":")),
        json.dumps(ROWS) + "\n",
        " " + json.dumps([*ROWS, None, 5, ["x"]]) + "\r\n",
        f"{json.dumps(ROWS[:2])}\n{json.dumps(ROWS[2])}",
    ],
)
def test_an_array_of_rows_is_rows(db: sqlite3.Connection, tmp_path: Path, text: str) -> None:
    """A transcript that a tool made one array: each row counts once, also told again by lines."""
    path = tmp_path / f"{SESSION}.jsonl"
    path.write_text(text)
    ingest.meter(db, str(path), 0, PRICES)
    assert db.execute("SELECT count(*), sum(output) FROM call").fetchone() == (3, 600)
    write(path, *ROWS)
    ingest.meter(db, str(path), 0, PRICES)
    assert db.execute("SELECT count(*), sum(output) FROM call").fetchone() == (3, 600)


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(ROWS, indent=2).encode(),
        json.dumps(ROWS, indent=0).encode(),
        "\n".join(json.dumps(row, indent="\t") for row in ROWS).encode(),
        json.dumps(DEAR).encode() + b"\n" + json.dumps(ROWS[0], indent=1).encode() + b"\n",
        json.dumps(DEAR).encode("utf-16"),
    ],
    ids=["array", "flush", "tabs", "amid lines", "utf-16"],
)
def test_rows_that_are_no_lines_are_told(
    db: sqlite3.Connection, tmp_path: Path, data: bytes
) -> None:
    """What is printed over several lines, or in another encoding, is in no sum: it is named."""
    path = tmp_path / f"{SESSION}.jsonl"
    path.write_bytes(data)
    ingest.meter(db, str(path), 0, PRICES)
    ((place, line, why),) = unreadable.skipped(db)
    assert (place, line > 0) == (str(path), True)
    assert "several lines" in why or "UTF-16" in why


def test_a_file_that_was_mended_is_named_no_more(db: sqlite3.Connection, tmp_path: Path) -> None:
    """What could not be read of it goes with it; what is odd in the new one is told."""
    path = tmp_path / f"{SESSION}.jsonl"
    path.write_bytes(json.dumps(ROWS[0], indent=1).encode() + b"\n" + b"x" * 4000 + b"\n")
    ingest.meter(db, str(path), 0, PRICES)
    assert unreadable.skipped(db)
    mended = tmp_path / "mended"
    write(mended, *ROWS, DEAR)
    mended.rename(path)
    ingest.meter(db, str(path), 1, PRICES)
    assert unreadable.skipped(db) == []


@pytest.mark.parametrize("row", ODD.values(), ids=ODD)
def test_the_next_row_counts(db: sqlite3.Connection, tmp_path: Path, row: dict[str, Any]) -> None:
    """Whatever a row holds, those after it count, and reading again finds nothing more."""
    path = write(tmp_path / f"{SESSION}.jsonl", row, DEAR)
    for _ in range(2):
        ingest.meter(db, str(path), 1_795_341_600_000, PRICES)
        dear = db.execute("SELECT cost_nano FROM call WHERE id = 'msg_dear'").fetchone()
        assert dear == (4_000_000_000,)
    offset = db.execute("SELECT offset FROM file").fetchone()[0]
    assert offset == path.stat().st_size


def test_absurd_counts_block_and_say_so(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Four rows whose sum no integer holds: bounded, marked, and the sums stay integers."""
    rows = [assistant(f"msg_{n}", used={"input_tokens": 10**15}) for n in range(4)]
    ingest.meter(db, str(write(tmp_path / f"{SESSION}.jsonl", *rows)), 0, PRICES)
    cost, partial = db.execute("SELECT sum(cost_nano), sum(partial) FROM daily").fetchone()
    assert type(cost) is int
    assert (cost, partial) == (4 * 20_000_000_000, 4)


def test_kept_sums_saturate(db: sqlite3.Connection) -> None:
    """A sum that would not fit stays at its bound, as an integer."""
    for n in range(5):
        db.execute(
            "INSERT INTO call(id, ts_ms, day, model, source, cost_nano, input)"
            " VALUES(?, 0, 1, 1, 0, ?, ?)",
            (f"c{n}", (1 << 60) - 1, (1 << 60) - 1),
        )
    for column, table in (("input", "daily"), ("cost_nano", "daily"), ("cost_nano", "spent")):
        query = f"SELECT typeof({column}), {column} FROM {table}"  # noqa: S608
        (kind, value) = db.execute(query).fetchone()
        assert (kind, value) == ("integer", 1 << 60)


def test_a_row_that_fails_all_the_same_is_skipped_alone(
    db: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parser may have missed something: the file goes on, and the place is named."""
    from cheaproute.ledger.calls.record import Recorder

    insert = Recorder.insert

    def fails(self: Recorder, call: Any, place: Any, cost: Any, saved: int = 0) -> bool:
        done = insert(self, call, place, cost, saved)
        if call.id == "msg_2":
            raise OverflowError("too large")
        return done

    monkeypatch.setattr(Recorder, "insert", fails)
    rows = [assistant(f"msg_{n}") for n in range(5)]
    bad = write(tmp_path / "p" / f"{SESSION}.jsonl", *rows)
    good = write(tmp_path / "p" / "z.jsonl", assistant("msg_good"))
    done = history.read(db, history.transcripts([str(tmp_path / "p")]), 0, PRICES)
    assert done.files == 2
    ids = [row[0] for row in db.execute("SELECT id FROM call ORDER BY id")]
    assert ids == ["msg_0", "msg_1", "msg_3", "msg_4", "msg_good"]
    path, offset, reason = db.execute("SELECT path, offset, reason FROM skipped_row").fetchone()
    assert (path, reason) == (str(bad), "OverflowError")
    assert json.loads(bad.read_bytes()[offset:].splitlines()[0])["message"]["id"] == "msg_2"
    assert good.exists()
    assert db.execute("SELECT min(offset > 0) FROM file").fetchone() == (1,)


def test_what_cannot_be_read_is_told(
    db: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file and a folder of another user: counted, named, and forgotten once they can be read."""
    good = write(tmp_path / "p" / "a" / "good.jsonl", assistant("msg_good"))
    closed = write(tmp_path / "p" / "a" / "closed.jsonl", assistant("msg_closed"))
    write(tmp_path / "p" / "shut" / "in.jsonl", assistant("msg_in"))
    real_open, real_scan = open, os.scandir

    def opened(path: Any, *args: Any, **more: Any) -> Any:
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, *args, **more)

    def scanned(path: Any) -> Any:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return real_scan(path)

    with monkeypatch.context() as denied:
        denied.setattr("builtins.open", opened)
        denied.setattr(os, "scandir", scanned)
        done = history.read(db, history.transcripts([str(tmp_path / "p")]), 0, PRICES)
    assert set(done.unreadable) == {str(closed), str(tmp_path / "p" / "shut")}
    assert db.execute("SELECT count(*) FROM unreadable").fetchone() == (2,)
    assert db.execute("SELECT id FROM call").fetchall() == [("msg_good",)]
    done = history.read(db, history.transcripts([str(tmp_path / "p")]), 0, PRICES)
    assert not done.unreadable
    assert db.execute("SELECT count(*) FROM call").fetchone() == (3,)
    assert db.execute("SELECT path FROM unreadable").fetchall() == []
    assert good.exists()


def test_a_link_to_itself_stops_no_other_file(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A transcript's name that links to itself is named; what lies beside it counts."""
    write(tmp_path / "p" / "good.jsonl", assistant("msg_good"))
    loop = tmp_path / "p" / "loop.jsonl"
    loop.symlink_to(loop)
    done = history.read(db, history.transcripts([str(tmp_path / "p")]), 0, PRICES)
    assert db.execute("SELECT id FROM call").fetchall() == [("msg_good",)]
    assert set(done.unreadable) == {str(loop)}


def test_names_that_are_no_text(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A file whose name is no UTF-8 does not stop the others."""
    folder = tmp_path / "p"
    write(folder / "good.jsonl", assistant("msg_good"))
    odd_name = os.path.join(os.fsencode(str(folder)), b"bad\xff.jsonl")
    with open(odd_name, "wb") as file:
        file.write(json.dumps(assistant("msg_bad")).encode() + b"\n")
    for _ in range(2):
        history.read(db, history.transcripts([str(folder)]), 0, PRICES)
        assert db.execute("SELECT count(*) FROM call").fetchone() == (2,)
