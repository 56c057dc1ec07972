"""A cap that is passed stops every session, on a disk that is full or cannot be written at all."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cheaproute.cap import limits
from cheaproute.ledger import store
from cheaproute.money import NANO
from tests.conftest import ROOT
from tests.faults.box import Box, mounted, remount

GATES = ("user_prompt_submit", "pre_tool_use", "post_tool_batch", "subagent_stop", "stop")


def past_the_cap(box: Box) -> None:
    """A month's cap that the calls so far have passed; the user pays by the token."""
    box.env["ANTHROPIC_API_KEY"] = "sk-ant-x"
    box.call_api(2)
    box.hook("post_tool_batch")
    with contextlib.closing(store.connect(str(box.ledger))) as db:
        limits.put(db, {"month": NANO // 1000}, 0)


def held(box: Box) -> None:
    """Every gate stops the session."""
    for gate in GATES:
        answer = box.hook(gate)
        assert answer is not None, gate
        assert "Monthly cap reached" in json.dumps(answer), gate


def test_a_read_only_home(tmp_path: Path) -> None:
    """Nothing can be kept, and what is known stops what comes."""
    with mounted(tmp_path / "home", "size=8m"):
        box = Box(tmp_path)
        past_the_cap(box)
        remount(box.home, "ro")
        held(box)
        remount(box.home, "rw")
        held(box)


@pytest.mark.parametrize("rows", [1, 500])
def test_a_full_disk(tmp_path: Path, rows: int) -> None:
    """One more row than fits, or many."""
    kept = tmp_path / "kept"
    box = Box(tmp_path)
    past_the_cap(box)
    box.data.rename(kept)
    with mounted(box.data, "size=1m,mode=700"):
        for path in kept.iterdir():
            if path.is_file():
                (box.data / path.name).write_bytes(path.read_bytes())
                (box.data / path.name).chmod(0o600)
        box.call_api(rows)
        with (box.data / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(bytes(4096))
        held(box)


HANGS = """
import sys
sys.path.insert(0, sys.argv[1])
from cheaproute.hook import main
from cheaproute.hook.events import post_tool_batch
main.BUDGET_S = 0.3
def handle(event, context):
    import re
    re.match("(a+)+$", "a" * 60 + "b")  # holds the interpreter's lock for years
post_tool_batch.handle = handle
main.run("post_tool_batch", lambda: None)
"""


def test_a_hook_that_holds_the_interpreter_s_lock_ends_in_its_time(tmp_path: Path) -> None:
    """No thread runs then; the alarm ends the process, long before the client would."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", HANGS, ROOT],
        input=b"{}",
        capture_output=True,
        timeout=30,
        check=False,
        env={"HOME": str(tmp_path)},
    )
    assert time.monotonic() - begin < 10
    assert (done.stdout, done.stderr) == (b"", b"")
