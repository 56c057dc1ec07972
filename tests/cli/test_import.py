"""`cheaproute import`."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger import meta
from cheaproute.ledger.query import coverage
from tests.conftest import ROOT
from tests.transcripts import SESSION, assistant, progress, usage, write

CORPUS = Path(os.environ.get("CHEAPROUTE_CORPUS") or Path(ROOT, "..", "..", "shared", "corpus"))


@pytest.fixture
def projects(home: Path) -> Path:
    """Where Claude Code keeps its transcripts."""
    return home / ".claude" / "projects"


def history(projects: Path) -> None:
    """Two sessions of two generations, one with a subagent."""
    write(projects / "-p" / f"{SESSION}.jsonl", assistant("msg_1"), assistant("msg_1"))
    write(projects / "-p" / SESSION / "subagents" / "agent-a.jsonl", assistant("msg_2"))
    write(projects / "-q" / "old.jsonl", progress("msg_3"), assistant("msg_4", stop=None))


def rows(db: sqlite3.Connection) -> Any:
    """The calls, and all that was kept of them."""
    return db.execute(
        "SELECT call.id, ts_ms, name, uuid, file.path, call.agent, source, cost_nano, project.path"
        " FROM call JOIN model ON model.id = call.model JOIN session ON session.id = call.session"
        " JOIN file ON file.id = call.file JOIN project ON project.id = call.project ORDER BY 1"
    ).fetchall()


def test_imports_the_clients_own_directory(
    ledger: sqlite3.Connection, projects: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without arguments the client's transcripts are read; again, and nothing is new."""
    history(projects)
    assert main(["import"]) == 0
    out, err = capsys.readouterr()
    first, *story = out.splitlines()
    assert (first, err) == ("4 new calls in 3 transcripts (0.0 MB).", "")
    assert "in 4 calls; the last 30 days" in story[0]
    assert "main loop" in story[1]
    assert "Dearest project: /home/me/project" in story[2]
    assert any("$0.00 at most" in line for line in story)  # honest where there is nothing to save
    before = rows(ledger)
    assert [(row[0], row[6]) for row in before] == [
        ("msg_1", 0), ("msg_2", 1), ("msg_3", 1), ("msg_4", 0),
    ]  # fmt: skip
    assert main(["import", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "files": 3,
        "bytes": sum(path.stat().st_size for path in projects.rglob("*.jsonl")),
        "calls": 0,
    }
    assert rows(ledger) == before


def test_a_reading_that_was_broken_off_is_done_by_it(
    ledger: sqlite3.Connection, projects: Path
) -> None:
    """Nothing says any more that the history is being read; a part of it leaves the word."""
    history(projects)
    meta.put(ledger, coverage.PROGRESS, f"65 {time.time_ns() // 1_000_000}")
    assert main(["import", str(projects / "-p")]) == 0
    assert meta.get(ledger, coverage.PROGRESS)
    assert main(["import"]) == 0
    assert not meta.get(ledger, coverage.PROGRESS)


def test_claude_config_dir(
    ledger: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`CLAUDE_CONFIG_DIR` says where the client's directory is."""
    history(tmp_path / "elsewhere" / "projects")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "elsewhere"))
    assert main(["import"]) == 0
    assert len(rows(ledger)) == 4


def test_directories_and_files(ledger: sqlite3.Connection, projects: Path) -> None:
    """Directories and single files can be named; one named twice counts once."""
    history(projects)
    assert main(["import", str(projects / "-q"), str(projects / "-q" / "old.jsonl")]) == 0
    assert [row[0] for row in rows(ledger)] == ["msg_3", "msg_4"]


@pytest.mark.usefixtures("ledger")
def test_what_is_no_transcript_is_not_read(
    ledger: sqlite3.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file of another name is refused, and the ledger does not remember it."""
    other = tmp_path / "passwd"
    other.write_text("root:x:0:0\n")
    assert main(["import", str(other)]) == 1
    assert "no transcript: they are named ID.jsonl" in capsys.readouterr().err
    assert ledger.execute("SELECT count(*) FROM file").fetchone() == (0,)


def test_nothing_there(projects: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No history is no error; a directory that was named and is not there is one."""
    assert main(["import"]) == 0
    assert capsys.readouterr().out == f"No transcripts below {projects}: nothing to import.\n"
    assert main(["import", "/no/such"]) == 1
    assert capsys.readouterr().err == ("cheaproute: /no/such: there is no such directory or file\n")


def test_many_calls_are_summed_like_few(ledger: sqlite3.Connection, projects: Path) -> None:
    """A large import, summed in one go, leaves the totals that single calls would have left."""
    triggers = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1"
    before = ledger.execute(triggers).fetchall()
    many = [
        assistant(
            f"msg_{n}",
            model=["claude-opus-5-5", "claude-unheard-of", "<synthetic>"][n % 3],
            stop=None if n % 5 else "end_turn",
            ts=f"2026-{1 + n % 12:02}-{1 + n % 28:02}T00:00:00Z",
            used=usage(output_tokens=n, input_tokens=7 * n),
        )
        for n in range(300)
    ]
    write(projects / "-p" / f"{SESSION}.jsonl", *many)
    assert main(["import"]) == 0
    # Copies of all, finished now: every call is taken out of the totals and put back in.
    other = SESSION.replace("1", "0")
    again = [row | {"sessionId": other} for row in many]
    for row in again:
        row["message"] = row["message"] | {"stop_reason": "end_turn"}
    write(projects / "-p" / f"{other}.jsonl", *again)
    assert main(["import"]) == 0
    assert ledger.execute("SELECT * FROM daily WHERE calls > 0 ORDER BY 1, 2").fetchall() == (
        ledger.execute(
            "SELECT day, model, source, project, count(*), sum(input), sum(output), sum(write_5m),"
            " sum(write_1h), sum(read), sum(web_search), sum(coalesce(cost_nano, 0)),"
            " sum(saved_nano), sum(cost_nano IS NULL), sum(1 - final) FROM call"
            " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2"
        ).fetchall()
    )
    spent = "SELECT cost_nano, unpriced FROM spent WHERE period = ?"
    total = ledger.execute("SELECT sum(cost_nano), sum(cost_nano IS NULL) FROM call").fetchone()
    sessions = [
        ledger.execute(spent, (f"session:{number}",)).fetchone() or (0, 0) for number in (1, 2)
    ]
    assert tuple(map(sum, zip(*sessions, strict=True))) == total
    months = [ledger.execute(spent, (f"month:2026-{n:02}",)).fetchone() for n in range(1, 13)]
    assert tuple(map(sum, zip(*months, strict=True))) == total
    assert ledger.execute(triggers).fetchall() == before


def test_killed_import_goes_on(
    ledger: sqlite3.Connection, projects: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An import killed between any two moments loses nothing and counts nothing twice."""
    for n in range(40):
        write(
            projects / f"-p{n}" / f"{n:08}-2222-4333-8444-555555555555.jsonl",
            *[assistant(f"msg_{n}_{m}", text="x" * 20_000) for m in range(20)],
        )
    script = (
        "import sys; from cheaproute.cli.main import main; "
        "from cheaproute.ledger.ingest import history; history.BATCH_FILES = 1; "
        "sys.exit(main(['import']))"
    )
    words = [sys.executable, "-c", script]
    env = dict(os.environ) | {"PYTHONPATH": ROOT}
    monkeypatch.undo()  # the clock of the fixture is not the child's
    for delay in (0.25, 0.3, 0.35, 0.4):
        child = subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL)
        time.sleep(delay)
        child.kill()
        child.wait()
    assert subprocess.run(words, env=env, stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert ledger.execute("SELECT count(*), sum(output) FROM call").fetchone() == (800, 160_000)
    assert ledger.execute("SELECT sum(calls), sum(output) FROM daily").fetchone() == (800, 160_000)


@pytest.mark.skipif(not (CORPUS / "expected.json").exists(), reason="the corpus is not here")
@pytest.mark.parametrize("backwards", [False, True])
def test_real_history(
    ledger: sqlite3.Connection,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    backwards: bool,
) -> None:
    """Real transcripts of early 2026 come to what was counted independently, to the nano-dollar."""
    with tarfile.open(CORPUS / "transcripts.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    expected = json.loads((CORPUS / "expected.json").read_text())
    places = sorted(map(str, (tmp_path / "transcripts").iterdir()), reverse=backwards)
    halves = [places[len(places) // 2 :], places[: len(places) // 2], places]
    for half in halves:
        assert main(["import", *half]) == 0
    assert f" in {expected['files']} transcripts (" in capsys.readouterr().out
    assert ledger.execute("SELECT count(*) FROM call").fetchone() == (
        expected["distinct_message_ids"],
    )
    got = ledger.execute(
        "SELECT strftime('%Y-%m', day * 86400, 'unixepoch'), name, sum(calls), sum(input),"
        " sum(output), sum(write_5m), sum(write_1h), sum(read), sum(cost_nano)"
        " FROM daily JOIN model ON model.id = model GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    keys = ("month", "model", "messages", "input_tokens", "output_tokens", "cache_write_5m_tokens",
            "cache_write_1h_tokens", "cache_read_tokens")  # fmt: skip
    assert got == [
        (*(row[key] for key in keys), round(row["cost_usd"] * 1e9))
        for row in expected["by_month_and_model"]
    ]
