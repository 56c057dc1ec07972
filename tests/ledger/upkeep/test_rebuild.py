"""The ledger made anew, calls dropped after a time, prices that come later, files set aside."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli.main import main
from cheaproute.days import DAY_MS
from cheaproute.ledger import intern, store
from cheaproute.ledger.calls import record, retention
from cheaproute.ledger.calls.batch_totals import Tally
from cheaproute.ledger.client_totals import reprice
from cheaproute.ledger.ingest import history, ingest, interrupted, telemetry
from cheaproute.ledger.schema import DELEGATED
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import check, daily, rebuild, repair
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.transcripts import SESSION, assistant, cost_state, open_ended, usage, write

PRICES = prices.load()
NOW = 1_795_361_400_000
ONE = 5_550_000


def everything(db: sqlite3.Connection) -> Any:
    """Calls and totals, but for row ids."""
    calls = (
        "SELECT call.id, name, source, uuid, path, cost_nano, saved_nano, final, output FROM call"
        " JOIN model ON model.id = call.model LEFT JOIN session ON session.id = call.session"
        " LEFT JOIN file ON file.id = call.file ORDER BY 1"
    )
    totals = (
        "SELECT day, name, source, calls, output, cost_nano, unpriced, partial FROM daily"
        " JOIN model ON model.id = daily.model WHERE calls > 0 ORDER BY 1, 2, 3"
    )
    spent = "SELECT * FROM spent WHERE cost_nano > 0 ORDER BY 1"
    return [db.execute(query).fetchall() for query in (calls, totals, spent)]


def delegated(db: sqlite3.Connection) -> None:
    """A call that no transcript tells."""
    call = Call("msg_d", NOW, "claude-haiku-5-5", output=1000)
    with Immediate(db):
        record.put(db, call, source=DELEGATED, prices=PRICES)


def test_rebuild_keeps_what_only_the_ledger_knows(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Pruned transcripts and delegated calls stay; what is left is read again, to the same sums."""
    gone = write(tmp_path / "old.jsonl", assistant("msg_old"))
    main_file = write(
        tmp_path / f"{SESSION}.jsonl",
        assistant("msg_1"),
        assistant("msg_2", stop=None),
        cost_state({"claude-sonnet-5-5": (5000, 900, 0.05)}),
    )
    for path in (gone, main_file):
        ingest.meter(db, path, NOW, PRICES)
    delegated(db)
    os.unlink(gone)
    before = everything(db)
    found = history.transcripts([str(tmp_path)])
    for _ in range(2):
        rebuild.rebuild(db, found, NOW, PRICES)
        assert everything(db) == before
    assert check.problems(db) == []


def test_many_files_are_rebuilt_as_few(db: sqlite3.Connection, tmp_path: Path) -> None:
    """All of it is one transaction, in which what is known of many files is looked up, too."""
    for number in range(30):
        write(tmp_path / f"{number}.jsonl", assistant(f"msg_{number}"))
    found = history.transcripts([str(tmp_path)])
    history.read(db, found, NOW, PRICES)
    before = everything(db)
    rebuild.rebuild(db, found, NOW, PRICES)
    assert everything(db) == before
    assert len(before[0]) == 30


def test_rebuild_mends(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Totals that went wrong, by whatever cause, are found and put right."""
    path = write(tmp_path / f"{SESSION}.jsonl", assistant("msg_1"))
    ingest.meter(db, path, NOW, PRICES)
    before = everything(db)
    db.execute("UPDATE daily SET cost_nano = cost_nano + 7, calls = 9")
    db.execute("UPDATE spent SET cost_nano = 1")
    assert check.problems(db)
    rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    assert everything(db) == before
    assert check.problems(db) == []


def test_rebuild_takes_back_alone_what_could_not_be_written_together(
    db: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many calls at once fail for one of them: none of it stays, and all are put one by one."""
    written = Tally._write

    def fails(self: Tally, *args: Any) -> None:
        written(self, *args)
        if args[1]:
            raise OverflowError("too large")

    rows = [assistant(f"msg_01Abcdefghijkl{n:04}") for n in range(ingest.MANY + 50)]
    write(tmp_path / f"{SESSION}.jsonl", *rows)
    monkeypatch.setattr(Tally, "_write", fails)
    rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    assert check.problems(db) == []
    assert db.execute("SELECT count(*) FROM call").fetchone() == (len(rows),)
    assert spent_of(db) == len(rows) * ONE


def test_rebuild_is_all_or_nothing(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A rebuild that fails half-way leaves the ledger as it was."""
    path = write(tmp_path / f"{SESSION}.jsonl", assistant("msg_1"))
    ingest.meter(db, path, NOW, PRICES)
    before = everything(db)

    def fail(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES, fail)
    assert everything(db) == before


def test_rebuild_prices_anew(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A changed price holds for all calls, those of pruned transcripts too."""
    path = write(tmp_path / f"{SESSION}.jsonl", assistant("msg_1"))
    ingest.meter(db, path, NOW, PRICES)
    delegated(db)
    os.unlink(path)
    free = {"input": 0, "output": 0}
    table = prices.load({"claude-sonnet-5-5": free, "claude-haiku-5-5": {"input": 1, "output": 5}})
    rebuild.rebuild(db, [], NOW, table)
    assert db.execute("SELECT id, cost_nano FROM call ORDER BY 1").fetchall() == [
        ("msg_1", 0),
        ("msg_d", 5_000_000),
    ]
    assert check.problems(db) == []


def test_price_that_comes_later(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Calls of unknown price are settled when one comes, with what they saved."""
    db.execute(
        "INSERT INTO dispatch(id, ts_ms, session, routed, instead)"
        " VALUES('toolu_1', 0, 1, 'haiku', 'claude-opus-5-5')"
    )
    total = {"claude-next": (2000, 400, 1.0), "claude-far": (10, 0, 1.0)}
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        assistant("msg_1", model="claude-next", used={"input_tokens": 1000, "output_tokens": 200}),
        cost_state(total),
    )
    agent = tmp_path / SESSION / "subagents" / "agent-a1.jsonl"
    write(agent, assistant("msg_2", model="claude-next", used={"input_tokens": 500}))
    agent.with_suffix(".meta.json").write_text(json.dumps({"toolUseId": "toolu_1"}))
    ingest.meter(db, path, NOW, PRICES)
    assert db.execute("SELECT sum(unpriced), sum(cost_nano) FROM daily").fetchone() == (4, 0)
    assert reprice.price_unknown(db, PRICES) == 0
    table = prices.load({"claude-next": {"input": 1, "output": 5}})
    assert reprice.price_unknown(db, table) == 3
    assert db.execute("SELECT sum(unpriced) FROM daily").fetchone() == (1,)
    assert db.execute("SELECT id, cost_nano, saved_nano FROM call ORDER BY 1").fetchall() == [
        ("msg_1", 2_000_000, 0),
        ("msg_2", 500_000, 1_500_000),
        ("unlisted:1:claude-far:20779", None, 0),
        ("unlisted:1:claude-next:20779", 1_500_000, 0),
    ]
    assert check.problems(db) == []


def test_calls_are_dropped_totals_stay(db: sqlite3.Connection, tmp_path: Path) -> None:
    """After keep_days the single calls go; the totals stay, and nothing is ever counted again."""
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        assistant("msg_1", ts="2026-09-01T00:00:00Z"),
        assistant("msg_2", ts="2026-11-21T00:00:00Z"),
    )
    ingest.meter(db, path, NOW, PRICES)
    totals = everything(db)[1:]
    assert retention.drop(db, 0, NOW) == 0
    assert retention.drop(db, 30, NOW) == 1
    assert retention.drop(db, 30, NOW) == 0
    assert everything(db)[1:] == totals
    copy = write(tmp_path / "copy.jsonl", assistant("msg_1", ts="2026-09-01T00:00:00Z"))
    ingest.meter(db, copy, NOW, PRICES)
    rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    assert everything(db)[1:] == totals
    assert db.execute("SELECT id FROM call").fetchall() == [("msg_2",)]
    assert retention.horizon(db) == NOW // DAY_MS - 30
    assert check.problems(db) == []


def test_upkeep(db: sqlite3.Connection, tmp_path: Path) -> None:
    """What has a price now is settled, and what is past its time dropped."""
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        assistant("msg_1", ts="2026-09-01T00:00:00Z"),
        assistant("msg_2", model="claude-next", used={"input_tokens": 1000}),
    )
    ingest.meter(db, path, NOW, PRICES)
    daily.run(db, prices.load({"claude-next": {"input": 1, "output": 5}}), 30, NOW)
    assert db.execute("SELECT id, cost_nano FROM call").fetchall() == [("msg_2", 1_000_000)]


@pytest.fixture
def home_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's data directory."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def test_command(home_data: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`cheaproute rebuild` reads the client's transcripts, and others it knew."""
    write(home / ".claude" / "projects" / "-p" / f"{SESSION}.jsonl", assistant("msg_1"))
    elsewhere = write(home / "elsewhere.jsonl", assistant("msg_2"))
    with contextlib.closing(store.connect(str(home_data / "ledger.db"))) as db:
        ingest.meter(db, elsewhere, NOW, PRICES)
        delegated(db)
    assert main(["rebuild"]) == 0
    assert capsys.readouterr() == (
        "3 calls: 2 read again from 2 transcripts (0.0 MB), 1 that only the ledger knows.\n",
        "",
    )


@pytest.mark.parametrize("damage", ["foreign", "torn", "newer", "empty"])
def test_unusable_ledger_is_set_aside(
    home_data: Path, home: Path, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    """A ledger that cannot be used is kept under another name; what it tells is taken over."""
    path = home_data / "ledger.db"
    with contextlib.closing(store.connect(str(path))) as db:
        delegated(db)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")
        if damage == "newer":
            db.execute("PRAGMA user_version = 99")
            db.execute("DROP TABLE daily")
    old = path.read_bytes()
    if damage == "foreign":
        old = b"PK\x03\x04 this is no ledger" * 100
    elif damage == "torn":  # the end of the file is lost
        old = old[: 4096 * 8]
    elif damage == "empty":
        old = b""
    path.write_bytes(old)
    assert repair.is_sound(str(path)) == (damage == "empty")
    write(home / ".claude" / "projects" / "-p" / f"{SESSION}.jsonl", assistant("msg_1"))
    assert main(["rebuild", "--json"]) == 0
    out, err = capsys.readouterr()
    told = json.loads(out)
    with contextlib.closing(store.connect(str(path))) as db:
        calls = [row[0] for row in db.execute("SELECT id FROM call ORDER BY 1")]
        assert check.problems(db) == []
    assert calls[0] == "msg_1"
    if damage == "newer":
        assert calls == ["msg_1", "msg_d"]
    if damage == "empty":
        assert (told["aside"], err) == (None, "")
    else:
        assert Path(told["aside"]).read_bytes()[:4096] == old[:4096]
        assert f"{path} could not be used; it is kept as {told['aside']}\n" in err


def spent_of(db: sqlite3.Connection) -> int:
    """All that was spent."""
    return int(db.execute("SELECT coalesce(sum(cost_nano), 0) FROM daily").fetchone()[0])


def ten(*, request: bool = True, unique: bool = True) -> list[dict[str, Any]]:
    """Ten calls of one session, by message ids of their own or, as of a gateway, under one."""
    rows = []
    for n in range(10):
        identity = f"msg_01Abcdefghijkl{n:04}" if unique else "msg_0"
        row = assistant(identity, ts=f"2026-11-22T09:{n:02}:00.000Z", uuid=f"uuid-{n}")
        row["requestId"] = f"req_01Abcdefghijkl{n:04}"
        row["parentUuid"] = None
        if not request:
            del row["requestId"]
        rows.append(row)
    return rows


@pytest.mark.parametrize("left", [slice(0, 4), slice(6, 10), slice(0, 0), slice(3, 5)])
@pytest.mark.parametrize("request_id", [True, False])
@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("imported", [True, False])
def test_calls_of_a_transcript_cut_since_are_kept(
    db: sqlite3.Connection,
    tmp_path: Path,
    left: slice,
    *,
    request_id: bool,
    unique: bool,
    imported: bool,
) -> None:
    """What a file that is still there no longer tells stays, once, whatever names the calls."""
    rows = ten(request=request_id, unique=unique)
    path = tmp_path / f"{SESSION}.jsonl"
    ingest.meter(db, write(path, *rows), NOW, PRICES)
    assert spent_of(db) == 10 * ONE
    write(path, *rows[left])
    found = history.transcripts([str(tmp_path)])
    if imported:
        history.read(db, found, NOW, PRICES)
        assert spent_of(db) == 10 * ONE
    for _ in range(2):
        done = rebuild.rebuild(db, found, NOW, PRICES)
        assert spent_of(db) == 10 * ONE
        assert done.kept == 10 - len(rows[left])
        assert check.problems(db) == []
    write(path, *rows)  # it comes back
    rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    assert spent_of(db) == 10 * ONE
    assert check.problems(db) == []


def test_a_transcript_that_cannot_be_read_keeps_all(
    db: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls and totals of a file that nobody may read stand; the others are read again."""
    locked = tmp_path / f"{SESSION}.jsonl"
    write(locked, assistant("msg_1"), cost_state({"claude-sonnet-5-5": (5000, 900, 0.05)}))
    write(tmp_path / "other.jsonl", assistant("msg_2"))
    found = history.transcripts([str(tmp_path)])
    history.read(db, found, NOW, PRICES)
    before = everything(db)

    def refuse(file: Any, *args: Any, **options: Any) -> Any:
        if str(file) == str(locked):
            raise PermissionError(13, "Permission denied", file)
        return open(file, *args, **options)

    for module in ("cheaproute.ledger.upkeep.rebuild", "cheaproute.client.transcript.reader"):
        monkeypatch.setattr(f"{module}.open", refuse, raising=False)
    rebuild.rebuild(db, found, NOW, PRICES)
    assert everything(db) == before
    monkeypatch.setattr("cheaproute.ledger.upkeep.rebuild.open", open)  # gone while it was at it
    done = rebuild.rebuild(db, found, NOW, PRICES)
    assert everything(db) == before
    assert list(done.unreadable) == [str(locked)]
    assert check.problems(db) == []


def test_totals_of_a_file_that_is_gone_stay(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A session in two files, one of them gone: its calls, and what only its totals told."""
    total = cost_state({"claude-sonnet-5-5": (5000, 900, 0.05)})
    gone = write(tmp_path / "a" / f"{SESSION}.jsonl", assistant("msg_1"), total)
    later = assistant("msg_2", ts="2026-11-22T10:53:16.303Z")
    more = cost_state({"claude-sonnet-5-5": (9000, 1900, 0.09)})
    write(tmp_path / "b" / f"{SESSION}.jsonl", later, more)
    history.read(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    before = everything(db)
    assert [row[2] for row in before[0]].count(3) == 2
    os.unlink(gone)
    rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    assert everything(db) == before
    assert check.problems(db) == []


def test_totals_cut_away_stay(db: sqlite3.Connection, tmp_path: Path) -> None:
    """The client's total is kept with its calls: nothing unlisted is lost, or booked for them."""
    total = cost_state({"claude-sonnet-5-5": (5000, 900, 0.05)})
    path = tmp_path / f"{SESSION}.jsonl"
    later = assistant("msg_2", ts="2026-11-22T10:53:16.303Z")
    rows = [assistant("msg_1"), total, later]
    write(path, *rows)
    history.read(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    before = everything(db)
    for left in ([], rows[:1], rows[1:], rows[2:], [rows[0], rows[2]], rows):
        write(path, *left)
        rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
        assert everything(db) == before
        assert check.problems(db) == []


def test_a_call_cut_in_its_middle_keeps_its_end(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Only its first row is left: the end that the ledger has stands, and once."""
    path = tmp_path / f"{SESSION}.jsonl"
    begun = assistant("msg_1", stop=None, used=usage(output_tokens=1))
    write(path, begun, assistant("msg_1"))
    ingest.meter(db, str(path), NOW, PRICES)
    write(path, begun)
    for _ in range(2):
        rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
        assert everything(db)[0] == [
            ("msg_1", "claude-sonnet-5-5", 0, SESSION, str(path), ONE, 0, 1, 200)
        ]
        assert check.problems(db) == []


def test_a_partial_that_was_completed_is_not_kept(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A stored first row goes for the whole call, though that names its request and it did not."""
    path = tmp_path / f"{SESSION}.jsonl"
    begun = assistant("msg_1", stop=None, used=usage(output_tokens=1))
    del begun["requestId"]
    write(path, begun)
    ingest.meter(db, str(path), NOW, PRICES)
    write(path, assistant("msg_1"))
    done = rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    assert (spent_of(db), done.kept) == (ONE, 0)
    assert check.problems(db) == []


def test_a_call_found_in_a_copy_stays_its_owners(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A fork still has a call that its parent's file lost: one call, the parent's, as before."""
    fork = "22222222-2222-4333-8444-555555555555"
    one = assistant("msg_1")
    parent = tmp_path / f"{SESSION}.jsonl"
    write(parent, one, cost_state({"claude-sonnet-5-5": (5000, 900, 0.05)}))
    later = assistant("msg_2", ts="2026-11-22T10:53:16.303Z", session=fork)
    write(tmp_path / f"{fork}.jsonl", one, later)
    history.read(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    before = everything(db)
    write(parent)
    for _ in range(2):
        rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
        assert everything(db) == before
        assert check.problems(db) == []


def by_day(db: sqlite3.Connection) -> list[tuple[int, int]]:
    """What was spent on each day."""
    return db.execute("SELECT day, sum(cost_nano) FROM daily GROUP BY 1 ORDER BY 1").fetchall()


def spoil(path: Path, name: str) -> None:
    """Overwrite the first page of the table or index `name` in the ledger at `path`."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("PRAGMA journal_mode = DELETE")
        (page,) = db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)
        ).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    with open(path, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)


@pytest.mark.parametrize("name", ["call_session", "call_time", "spent", "daily", "call"])
@pytest.mark.parametrize("pruned", [True, False])
def test_totals_of_dropped_calls_outlive_damage(
    home_data: Path, home: Path, capsys: pytest.CaptureFixture[str], name: str, *, pruned: bool
) -> None:
    """Days before `ledger.keep_days` are taken over from a damaged ledger, and nothing twice."""
    projects = home / ".claude" / "projects" / "-p"
    days = ["2026-09-01", "2026-09-02", "2026-10-01", "2026-10-02", "2026-11-20", "2026-11-21"]
    rows = [assistant(f"msg_{n}", ts=f"{day}T08:00:00Z") for n, day in enumerate(days)]
    old = write(projects / "22222222-2222-4333-8444-555555555555.jsonl", *rows[:3])
    write(projects / f"{SESSION}.jsonl", *rows[3:])
    path = home_data / "ledger.db"
    with contextlib.closing(store.connect(str(path))) as db:
        history.read(db, history.transcripts([str(projects)]), NOW, PRICES)
        assert retention.drop(db, 30, NOW) == 4
        totals, whole = everything(db)[1:], spent_of(db)
        told = sum(nano for _, nano in by_day(db)[3 if pruned else 0 :])
    if pruned:
        os.unlink(old)
    spoil(path, name)
    assert not repair.is_sound(str(path))
    main(["rebuild"])
    capsys.readouterr()
    with contextlib.closing(store.connect(str(path))) as db:
        assert check.problems(db) == []
        if name in {"call_session", "call_time"}:
            assert everything(db)[1:] == totals
        elif name == "daily":  # nobody can tell what was dropped: what is still told counts
            assert spent_of(db) == told
        else:
            assert spent_of(db) == whole


@pytest.mark.parametrize("total", [False, True])
@pytest.mark.parametrize("guessed", [False, True])
def test_rebuild_keeps_the_mark_of_an_estimate(
    db: sqlite3.Connection, tmp_path: Path, *, guessed: bool, total: bool
) -> None:
    """Of an answer that was broken off or cut the ledger has a guess: that stays, and stays one."""
    request, sonnet = "req_011CQabcdefghijkLMNOPqr", "claude-sonnet-5-5"
    used = {"input_tokens": 1000, "output_tokens": 1}
    stop = "end_turn" if guessed else None
    row = open_ended(assistant("msg_1", stop=stop, used=used, requestId=request))
    with Immediate(db):
        number = intern.session_id(db, SESSION)
        if guessed:
            told = {
                "request_id": request, "model": sonnet, "query_source": "sdk", "input_tokens": 1000,
                "output_tokens": 1, "cost_usd_micros": 4_000, "said_chars": 800,
            }  # fmt: skip
            telemetry.book(db, [told], session=SESSION, cwd="/a", now_ms=NOW, prices=PRICES)
        else:
            told = {"agent": "", "model": sonnet, "request_id": request, "usage": used}
            interrupted.book(db, told, 4_000_000, session=number, now_ms=NOW, prices=PRICES)
    state = [cost_state({sonnet: (1000, 200, 0.004)})] if total else []
    path = write(tmp_path / f"{SESSION}.jsonl", row, *state)
    ingest.meter(db, path, NOW, PRICES)
    kept = "SELECT sum(calls), sum(cost_nano), sum(partial) FROM daily"
    for _ in range(2):
        assert db.execute(kept).fetchone() == (1, 4_000_000, 1)
        rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
