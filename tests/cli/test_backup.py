"""A ledger copied, put back, copied by hand, and of another version: understood, or one line."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import intern, store
from cheaproute.ledger.calls import record
from cheaproute.ledger.schema import DELEGATED, HELPER, MAIN, TRACKED
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.faults.box import ONE, Box
from tests.faults.conftest import box as box  # noqa: PLC0414
from tests.ledgers import NOW_MS
from tests.transcripts import append, assistant, cost_state, write

REQUEST = "req_011CVqPzN3xYw8Rk2bTf5LhD"


@pytest.fixture
def inside(box: Box, monkeypatch: pytest.MonkeyPatch) -> Box:
    """The command line in the box's environment."""
    for name, value in box.env.items():
        monkeypatch.setenv(name, value)
    return box


def calls(path: Path) -> int:
    """How many calls a ledger holds."""
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("SELECT count(*) FROM call").fetchone()[0])


def test_a_backup_is_whole_while_sessions_write(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What still stands in the write-ahead log is in it; the file is the user's alone."""
    copy = tmp_path / "copy.db"
    with closing(store.connect(str(inside.ledger))) as session:
        session.execute("PRAGMA wal_autocheckpoint = 0")
        session.execute("UPDATE session SET last_ms = last_ms + 1")
        assert main(["backup", str(copy)]) == 0
    assert calls(copy) == calls(inside.ledger) == 2
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not list(tmp_path.glob("copy.db-*"))
    assert main(["backup", str(copy)]) == 2
    assert "--force" in capsys.readouterr().err
    assert main(["backup", str(copy), "--force"]) == 0


def test_a_copy_put_back_is_read_on(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The calls since are counted again, the limits of today hold, and nothing is thrown away."""
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy)]) == 0
    inside.call_api()
    inside.hook("stop")
    with closing(store.connect(str(inside.ledger))) as db:
        db.execute("INSERT OR REPLACE INTO cap VALUES('month', 5000000000, 'command', 1)")
    assert calls(inside.ledger) == 3
    session = sqlite3.connect(inside.ledger)  # one that is open meanwhile
    session.execute("SELECT 1 FROM call").fetchone()
    assert main(["restore", str(copy)]) == 1
    assert calls(inside.ledger) == 3
    assert main(["restore", str(copy), "--yes"]) == 0
    session.close()
    assert "2 calls put back, 1 new or completed since" in capsys.readouterr().out
    assert inside.exact()
    with closing(sqlite3.connect(inside.ledger)) as db:
        limit = db.execute("SELECT limit_nano FROM cap WHERE period = 'month'").fetchone()
    assert limit == (5_000_000_000,)
    (aside,) = inside.data.glob("ledger.db.aside-*[0-9]")
    assert calls(aside) == 3


@pytest.mark.parametrize("what", ["nothing", "text", "another", "newer", "itself", "cut"])
def test_what_is_no_copy_is_refused(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    """One line, and the ledger is as it was."""
    path = tmp_path / "copy.db"
    if what == "text":
        path.write_text("no ledger\n" * 100)
    elif what == "another":
        with closing(sqlite3.connect(path)) as db:
            db.execute("CREATE TABLE x(y)")
    elif what == "newer":
        assert main(["backup", str(path)]) == 0
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version = 999")
    elif what == "itself":
        path = inside.ledger
    elif what == "cut":
        assert main(["backup", str(path)]) == 0
        os.truncate(path, path.stat().st_size // 2)
    capsys.readouterr()
    assert main(["restore", str(path), "--yes"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert inside.exact()


def test_a_copy_by_hand_over_an_open_ledger_is_found_and_mended(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log of the other ledger stays beside it: doctor says what is wrong, `rebuild` mends."""
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy)]) == 0
    with closing(store.connect(str(inside.ledger))) as session:
        session.execute("PRAGMA wal_autocheckpoint = 0")
        for _ in range(40):
            inside.call_api()
            inside.hook("stop")
        shutil.copy(copy, inside.ledger)
    assert main(["rebuild"]) == 0
    assert inside.exact()
    capsys.readouterr()
    main(["doctor"])
    assert "damaged" not in capsys.readouterr().out


def test_rebuild_is_for_a_damaged_ledger(
    inside: Box, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where it is the locks, nothing is set aside, and the cure is said."""
    (inside.data / "locks.failed").write_text("")
    monkeypatch.setattr("cheaproute.ledger.locks.work", lambda _: False)
    assert main(["rebuild"]) == 1
    assert "file locks do not work here" in capsys.readouterr().err
    assert not list(inside.data.glob("*.aside-*"))


def extras(inside: Box) -> dict[str, int]:
    """Calls of every kind that no transcript tells any more: {id in the ledger: nano}."""
    gone = inside.transcript.with_name("99999999-1111-4222-8333-000000000009.jsonl")
    session = gone.stem
    rows = [assistant(f"msg_gone_{n}", session=session, text=f"{n}") for n in range(3)]
    total = cost_state({"claude-sonnet-5-5": (90_000, 9_000, 1.5)}, session=session)
    write(gone, *rows, total)
    assert main(["import", str(gone)]) == 0
    gone.unlink()
    table = prices.load({})
    with closing(store.connect(str(inside.ledger))) as db:
        place = intern.project_id(db, "/home/me/own")
        number = intern.session_id(db, inside.session)
        for name, source in (("track_1", TRACKED), ("msg_digest", DELEGATED), ("req:r1", HELPER)):
            call = Call(name, NOW_MS, "claude-haiku-5-5", input=70_000, output=900)
            call.request_id = "r1" if name.startswith("req:") else ""
            own, within = (0, place) if source == TRACKED else (number, 0)
            record.put(db, call, source=source, prices=table, session_id=own, project_id=within)
        db.execute("INSERT INTO dispatch(id, ts_ms, session) VALUES('toolu_9', 1, ?)", (number,))
        return dict(db.execute("SELECT id, cost_nano FROM call").fetchall())


def test_what_neither_the_copy_nor_a_transcript_has_is_kept(
    inside: Box, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tracked, delegated and module-only calls, those of transcripts that went, and bookings."""
    copy = tmp_path / "copy.db"
    with closing(store.connect(str(inside.ledger))) as db:
        intern.session_id(db, "88888888-1111-4222-8333-000000000008")  # other numbers there
    assert main(["backup", str(copy)]) == 0
    with closing(sqlite3.connect(inside.ledger)) as db:
        db.execute("DELETE FROM session WHERE uuid LIKE '8888%'")
        db.commit()
    before = extras(inside)
    assert len(before) == 9
    for _ in range(2):
        assert main(["restore", str(copy), "--yes"]) == 0
        with closing(sqlite3.connect(inside.ledger)) as db:
            after = dict(db.execute("SELECT id, cost_nano FROM call").fetchall())
            kept = db.execute("SELECT uuid FROM dispatch JOIN session ON session.id = session")
            assert kept.fetchall() == [(inside.session,)]
            tracked = "SELECT path FROM call JOIN project ON project.id = project WHERE call.id = ?"
            assert db.execute(tracked, ("track_1",)).fetchone() == ("/home/me/own",)
        assert sorted(after.values()) == sorted(before.values())
        assert {name for name in after if not name.startswith("unlisted")} == {
            name for name in before if not name.startswith("unlisted")
        }
        assert inside.total() == (9, sum(before.values()))
        assert "7 that no transcript tells" in capsys.readouterr().out
    assert main(["ledger", "check"]) == 0
    assert main(["rebuild"]) == 0
    assert inside.total() == (9, sum(before.values()))


def test_a_call_that_only_the_module_booked_is_one_with_its_row(
    inside: Box, tmp_path: Path
) -> None:
    """Booked under its request id in today's ledger, in a transcript by now: it counts once."""
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy)]) == 0
    with closing(store.connect(str(inside.ledger))) as db:
        call = Call(f"req:{REQUEST}", NOW_MS, "claude-sonnet-5-5", input=1000, output=200)
        call.request_id = REQUEST
        number = intern.session_id(db, inside.session)
        record.put(db, call, source=MAIN, prices=prices.load({}), session_id=number)
    row = assistant("msg_late", session=inside.session, requestId=REQUEST)
    append(inside.transcript, row)
    assert main(["restore", str(copy), "--yes"]) == 0
    assert inside.total() == (3, 3 * ONE)


def test_transcripts_in_another_place_are_read_on(inside: Box, tmp_path: Path) -> None:
    """What was imported from elsewhere is looked at there again, not in the usual place alone."""
    copy, other = tmp_path / "copy.db", tmp_path / "other" / "a.jsonl"
    write(other, assistant("msg_o1", session="77777777-1111-4222-8333-000000000007"))
    assert main(["import", str(other)]) == 0
    assert main(["backup", str(copy)]) == 0
    append(other, assistant("msg_o2", session="77777777-1111-4222-8333-000000000007"))
    assert main(["import", str(other)]) == 0
    inside.ledger.unlink()
    for path in inside.data.glob("ledger.db-*"):
        path.unlink()
    assert main(["restore", str(copy), "--yes"]) == 0
    assert inside.total() == (4, 4 * ONE)


def test_a_damaged_ledger_is_replaced_all_the_same(inside: Box, tmp_path: Path) -> None:
    """What can be read of it is taken in; what cannot, is no reason to refuse."""
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy)]) == 0
    for path in inside.data.glob("ledger.db-*"):
        path.unlink()
    inside.ledger.write_bytes(b"no database\n" * 4000)
    assert main(["restore", str(copy), "--yes"]) == 0
    assert inside.exact()
