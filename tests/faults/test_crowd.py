"""Many sessions at once, on one ledger."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bench import soak
from tests.faults.box import ONE, Box

APPENDER = """
import sys, time
sys.path.insert(0, {root!r})
from tests.transcripts import assistant, lines
with open(sys.argv[1], "ab", buffering=0) as file:
    for number in range(120):
        data = lines(assistant(f"msg_g_{{number}}", session=sys.argv[2], text="x" * 3000))
        file.write(data[:1000])
        time.sleep(0.002)
        file.write(data[1000:])
"""


@pytest.mark.long
def test_fifty_sessions_at_once(tmp_path: Path) -> None:
    """Fifty sessions that all begin and all call a model in the same moment: one exact ledger.

    A hook that the machine gave no time ends by itself, and what it had to count the next counts.
    """
    boxes = [Box(tmp_path, number=number) for number in range(50)]
    for hook in ("session_start", "post_tool_batch"):
        started = []
        for box in boxes:
            box.call_api(2)
            started.append((box, box.start(hook)))
        waiting = [
            threading.Thread(target=process.communicate, args=(box.event(hook),))
            for box, process in started
        ]
        for thread in waiting:
            thread.start()
        for thread in waiting:
            thread.join(120)
        assert {process.returncode for _, process in started} <= {0, -signal.SIGALRM}
    assert all(
        any(late in line for late in ("TimeoutError", "LedgerBusy", "database is locked"))
        for line in boxes[0].log().splitlines()
    )
    for box in boxes:
        box.hook("stop")
    assert boxes[0].total() == (200, 200 * ONE)
    with contextlib.closing(sqlite3.connect(boxes[0].ledger)) as db:
        assert db.execute("SELECT count(*) FROM session").fetchone() == (50,)


def test_a_transcript_that_grows_while_it_is_read(box: Box) -> None:
    """Half-written rows are left for the next look, and none is read twice."""
    from tests.conftest import ROOT

    command = [sys.executable, "-c", APPENDER.format(root=ROOT), str(box.transcript), box.session]
    with subprocess.Popen(command) as writer:
        while writer.poll() is None:
            box.hook("post_tool_batch")
    assert writer.returncode == 0
    box.hook("stop")
    assert box.total() == (122, 122 * ONE)
    assert box.log() == ""


def test_a_short_soak(tmp_path: Path) -> None:
    """100 calls of ten sessions, eight at a time; `python -m bench soak` is the long one."""
    made = soak.soak(str(tmp_path), 100, 10)
    assert soak.counted(str(tmp_path)) == (made, made * soak.ONE)
    assert made > 50
