"""What can happen to a transcript: none of it loses a call or counts one twice."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cheaproute.client.transcript import reader
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from tests.faults.box import ONE, Box
from tests.transcripts import append, assistant, lines


def test_deleted(box: Box) -> None:
    """What was counted stays; the session, which goes on in a new file, is counted on."""
    box.transcript.unlink()
    assert box.hook("post_tool_batch") is None
    assert box.exact()
    box.call_api()
    box.hook("post_tool_batch")
    assert box.exact()


def test_replaced_by_a_directory_a_pipe_or_a_link(box: Box) -> None:
    """What is no file is not waited for; a link is read like the file."""
    shutil.move(box.transcript, box.home / "kept")
    box.transcript.mkdir()
    box.hook("post_tool_batch")
    box.transcript.rmdir()
    os.mkfifo(box.transcript)
    box.hook("post_tool_batch")
    box.transcript.unlink()
    box.transcript.symlink_to("/dev/zero")
    box.hook("post_tool_batch")
    box.transcript.unlink()
    box.transcript.symlink_to(box.home / "kept")
    box.call_api()
    box.hook("post_tool_batch")
    assert box.exact()
    assert box.log() == ""


@pytest.mark.parametrize("keep", [0, 1])
def test_rotated(box: Box, keep: int) -> None:
    """A new file under the old name, with some of the old rows or none: each call once."""
    rows = box.transcript.read_bytes().splitlines(keepends=True)
    fresh = box.home / "fresh"
    fresh.write_bytes(b"".join(rows[:keep]))
    os.replace(fresh, box.transcript)
    box.hook("post_tool_batch")
    box.call_api(3)
    box.hook("post_tool_batch")
    assert box.exact()


def test_cut_and_written_again_in_place(box: Box) -> None:
    """The same file, emptied and filled with other calls, longer than it was."""
    os.truncate(box.transcript, 0)
    for number in range(5):
        box.rows += 1
        row = assistant(f"msg_new_{number}", session=box.session, text="x" * (7 + number))
        append(box.transcript, row)
    box.hook("post_tool_batch")
    assert box.exact()


def test_unreadable(box: Box) -> None:
    """A file that may not be read is passed over, and read when it may."""
    box.call_api()
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    box.transcript.chmod(0)
    box.hook("post_tool_batch")
    box.transcript.chmod(0o600)
    box.hook("post_tool_batch")
    assert box.exact()


# A process counts as its own the memory of the one it was forked from, and a test runner's is
# large: so a small one stands between.
_BETWEEN = """
import os, sys
pid = os.posix_spawn("/bin/sh", ["sh", "-c", *sys.argv[1:]], os.environ)
_, status, used = os.wait4(pid, 0)
sys.stderr.write(f"{os.waitstatus_to_exitcode(status)} {used.ru_maxrss}")
"""


def measured(box: Box, hook: str) -> tuple[int, float]:
    """(exit code, megabytes at most) of a run of `hook` in little more memory than it may take."""
    fed = box.home / "event"
    fed.write_bytes(box.event(hook))
    launcher = os.path.join(box.plugin, "hooks", "run")
    script = f'ulimit -v 400000; exec "$0" {hook} <"$1" 2>/dev/null'
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _BETWEEN, script, launcher, str(fed)],
        env=box.env,
        capture_output=True,
        text=True,
        check=True,
    )
    code, kilobytes = done.stderr.split()
    return int(code), int(kilobytes) / 1024


@pytest.mark.parametrize(
    ("ended", "size"),
    [pytest.param(True, 1 << 30, marks=pytest.mark.long), (True, 100 << 20), (False, 200 << 20)],
)
def test_a_line_of_a_gigabyte(box: Box, size: int, *, ended: bool) -> None:
    """It is passed over in bounded memory, whole or still being written; what follows counts."""
    box.call_api()
    with box.transcript.open("ab") as file:
        file.write(b'{"type":"user","message":"')
        file.truncate(file.tell() + size)
        if ended:
            file.seek(0, os.SEEK_END)
            file.write(b'"}\n')
    code, megabytes = measured(box, "post_tool_batch")
    assert code == 0
    assert megabytes < 250
    if not ended:
        with box.transcript.open("ab") as file:
            file.write(b'"}\n')
    box.call_api()
    box.hook("stop")
    assert box.exact()
    assert "MemoryError" not in box.log()


def test_a_long_history_is_kept_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends half-way has kept what it had read so far."""
    monkeypatch.setattr(ingest, "BOUND", 20_000)
    monkeypatch.setattr(reader, "CHUNK", 4_000)
    path = tmp_path / "0a1b2c3d-1111-4222-8333-444444444444.jsonl"
    append(path, *(assistant(f"msg_{n}") for n in range(100)))
    with contextlib.closing(store.connect(str(tmp_path / "data" / "ledger.db"))) as db:
        written = ingest._write
        seen = []

        def then_die(*args: Any) -> None:
            written(*args)
            seen.append(db.execute("SELECT count(*) FROM call").fetchone()[0])
            if len(seen) == 2:
                raise KeyboardInterrupt

        monkeypatch.setattr(ingest, "_write", then_die)
        with pytest.raises(KeyboardInterrupt):
            ingest.meter(db, str(path), 0, prices.load())
        assert 0 < seen[0] < seen[1] < 100
        monkeypatch.setattr(ingest, "_write", written)
        assert ingest.meter(db, str(path), 0, prices.load()).calls == 100 - seen[1]
        assert db.execute("SELECT count(*), sum(cost_nano) FROM call").fetchone() == (
            100,
            100 * ONE,
        )


def test_torn_writes(box: Box) -> None:
    """NULs of a crash, a row in two halves, broken UTF-8, another process's line in between."""
    row = lines(assistant("msg_torn", session=box.session, text="é€😀"))
    with box.transcript.open("ab") as file:
        file.write(b"\0" * 4096 + b"\n")
        file.write(row[: len(row) // 2])
    box.hook("post_tool_batch")
    with box.transcript.open("ab") as file:
        file.write(row[len(row) // 2 :])
        file.write(b'\xff\xfe{"usage": }\n{"type":"assistant","message":{"usage":[]}}\n')
    box.rows += 1
    box.call_api()
    box.hook("post_tool_batch")
    assert box.exact()


def test_an_import_that_is_killed_again_and_again(box: Box) -> None:
    """`cheaproute import`, killed by its clock 10 times, at last has everything."""
    folder = box.home / ".claude" / "projects" / "-other"
    folder.mkdir()
    for number in range(8):
        session = f"0a1b2c3d-1111-4222-8333-9999999999{number:02d}"
        rows = [assistant(f"msg_{number}_{n}", session=session) for n in range(200)]
        append(folder / f"{session}.jsonl", *rows)
    command = [sys.executable, "-m", "cheaproute", "import"]
    from tests.conftest import ROOT

    for number in range(10):
        with subprocess.Popen(command, cwd=ROOT, env=box.env, stdout=subprocess.DEVNULL) as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.15 + 0.04 * number)
            process.kill()
    subprocess.run(command, cwd=ROOT, env=box.env, check=True, stdout=subprocess.DEVNULL)
    assert box.total() == (1602, 1602 * ONE)
    with contextlib.closing(sqlite3.connect(box.ledger)) as db:
        assert db.execute("SELECT count(*) FROM file").fetchone() == (9,)


def test_the_memory_bound_is_real() -> None:
    """The limit under which the gigabyte is read is one that binds here."""
    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -v 400000; "$0" -c "bytes(1 << 30)"', sys.executable],
        capture_output=True,
        check=False,
    )
    assert b"MemoryError" in done.stderr
