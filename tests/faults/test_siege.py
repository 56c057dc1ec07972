"""Everything at once: fifty sessions, kills, no room, no right to write; and the cap holds."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cheaproute.cap import limits
from cheaproute.ledger import store
from tests.faults.box import ONE, Box, mounted, remount

pytestmark = pytest.mark.long

SESSIONS, KILLS = 50, 180
# As many calls as the cap has room for; each session would make many more.
ROOM, MOST = 200, 60


class Siege:
    """Sessions that call on and on until a hook stops them, some of whose hooks are killed."""

    def __init__(self, place: Path, kills: int) -> None:
        self.boxes = [Box(place, number=number) for number in range(SESSIONS)]
        self.made = random.Random(15)
        self.kills = kills
        self.killed = 0
        self.late = 0  # calls made though the cap was passed
        self._lock = threading.Lock()
        self._calls = 0
        first = self.boxes[0]
        for box in self.boxes:
            box.env["ANTHROPIC_API_KEY"] = "sk-ant-x"
        first.hook("session_start")
        with contextlib.closing(store.connect(str(first.ledger))) as db:
            limits.put(db, {"month": ROOM * ONE}, 0)

    def session(self, number: int) -> None:
        """A loop of calls, each followed by the hook that judges the next."""
        box = self.boxes[number]
        for step in range(MOST):
            with self._lock:
                self.late += self._calls >= ROOM
                self._calls += 1
            box.call_api()
            use = f"toolu_{number}_{step}"
            process = box.start("post_tool_batch")
            event = box.event("post_tool_batch", tool_calls=[{"tool_use_id": use}])
            with self._lock:
                kill = self.killed < self.kills and self.made.random() < 0.8
                self.killed += kill
                wait_s = self.made.uniform(0, 0.4)
            if kill:
                timer = threading.Timer(wait_s, process.send_signal, (signal.SIGKILL,))
                timer.start()
            out, _ = process.communicate(event, timeout=120)
            if kill:
                timer.cancel()
            if b'"continue":false' in out.replace(b" ", b""):
                return

    def run(self) -> None:
        """All of them side by side."""
        with ThreadPoolExecutor(SESSIONS) as pool:
            list(pool.map(self.session, range(SESSIONS)))


def adds_up(box: Box) -> None:
    """`cheaproute ledger check` has nothing to say, and each call of each session counts once."""
    from tests.conftest import ROOT

    done = subprocess.run(
        [os.path.join(ROOT, "bin", "cheaproute"), "ledger", "check"],
        env=box.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "everything adds up" in done.stdout


def test_fifty_sessions_and_kills_at_180_points(tmp_path: Path) -> None:
    """They pass the cap by a call in flight each, and by one for each hook that was killed."""
    siege = Siege(tmp_path, KILLS)
    siege.run()
    assert siege.killed == KILLS
    # What a killed hook did not write down no other session could know.
    assert siege.late <= SESSIONS + KILLS
    for box in siege.boxes:
        box.hook("stop")
    calls = sum(box.rows for box in siege.boxes)
    assert siege.boxes[0].total() == (calls, calls * ONE)
    adds_up(siege.boxes[0])


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_fifty_sessions_where_nothing_can_be_written(tmp_path: Path, how: str) -> None:
    """Past the cap each of them is stopped at its next step; with room again all is counted."""
    with mounted(tmp_path / "home", "size=24m,mode=700"):
        siege = Siege(tmp_path, 0)
        first = siege.boxes[0]
        first.call_api(ROOM)
        first.hook("stop")
        filler = first.home / "filler"
        if how == "read-only":
            for box in siege.boxes:
                box.call_api()
            remount(first.home, "ro")
        else:
            for box in siege.boxes:
                box.call_api()
            with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
                while True:
                    file.write(bytes(4096))
        with ThreadPoolExecutor(SESSIONS) as pool:
            answers = list(pool.map(lambda box: box.hook("post_tool_batch"), siege.boxes))
        assert all(answer and answer["continue"] is False for answer in answers)
        if how == "read-only":
            remount(first.home, "rw")
        else:
            filler.unlink()
        for box in siege.boxes:
            box.hook("stop")
        calls = sum(box.rows for box in siege.boxes)
        assert first.total() == (calls, calls * ONE)
        adds_up(first)
