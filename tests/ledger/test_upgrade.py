"""0.1.0 and this code in turn on one ledger: 0.1.0 is taken from the repository's history."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from cheaproute import money
from tests.conftest import ROOT
from tests.transcripts import append, assistant, usage, write

RELEASED = "4dc6869"
MONTH = time.strftime("%Y-%m", time.gmtime())  # the cap is the running month's
UUIDS = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(6)]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The tree of 0.1.0."""
    git = ["git", "-C", ROOT, "archive", RELEASED]
    done = subprocess.run(git, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"0.1.0 (commit {RELEASED}) is not in this clone")
    place = tmp_path_factory.mktemp("released")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(place, filter="data")
    return str(place)


class Home:
    """A user's directories, seen by either version."""

    def __init__(self, place: Path, old: str) -> None:
        self.place = place
        self.old = old
        self.projects = place / "projects" / "-p"

    def run(self, *words: str, old: bool = False, stdin: bytes = b"") -> str:
        """The command line of one of the two."""
        tree = self.old if old else ROOT
        return self._do([sys.executable, "-m", "cheaproute", *words], tree, stdin)

    def hook(self, event: str, path: Path, *, old: bool = False) -> str:
        """The answer of a hook of one of the two."""
        tree = self.old if old else ROOT
        said = {
            "session_id": path.stem,
            "transcript_path": str(path),
            "cwd": str(self.place),
            "hook_event_name": event.title().replace("_", ""),
            "tool_calls": [],
        }
        code = (
            "import os, sys; sys.path.insert(0, sys.argv[1]); from cheaproute.hook import main;"
            "said = main.respond(sys.argv[2], sys.stdin.buffer.read(), os.environ);"
            "sys.stdout.buffer.write(said)"
        )
        command = [sys.executable, "-I", "-S", "-c", code, tree, event]
        return self._do(command, tree, json.dumps(said).encode())

    def _do(self, command: list[str], tree: str, stdin: bytes) -> str:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place),
            "CLAUDE_CONFIG_DIR": str(self.place),
            "CHEAPROUTE_HOME": str(self.place / "data"),
            "PYTHONPATH": tree,
        }
        done = subprocess.run(
            command, input=stdin, capture_output=True, env=env, check=False, cwd=self.place
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode()

    def total(self, *, old: bool = False) -> tuple[float, int]:
        """Dollars and messages of the month."""
        report = json.loads(self.run("costs", "--json", "--month", MONTH, old=old))
        return report["total_usd"], sum(row["messages"] for row in report["by_model"])


@pytest.fixture
def home(tmp_path: Path, old: str) -> Home:
    """A home with six transcripts of clean history, three of them copying from others."""
    home = Home(tmp_path, old)
    for n, uuid in enumerate(UUIDS):
        rows = [call(k) for k in range(10 * n, 10 * n + 14)]
        write(home.projects / f"{uuid}.jsonl", *rows)
    return home


def call(n: int, **fields: Any) -> dict[str, Any]:
    """A call like those of a real client: two rows, the first of them partial."""
    used = usage(output_tokens=100 + n)
    ts = f"{MONTH}-01T00:{n % 60:02d}:00.000Z"
    return assistant(f"msg_01Abcdefghij{n:012d}", ts=ts, used=used, **fields)


def test_an_upgraded_ledger_is_read_again(home: Home) -> None:
    """All transcripts once more, in any order, some of them gone: the month is what it was."""
    home.run("import", old=True)
    before = home.total(old=True)
    assert home.total() == before  # migrated
    files = [home.projects / f"{uuid}.jsonl" for uuid in UUIDS]
    files.pop().unlink()
    moved = home.place / "moved"
    moved.mkdir()
    random.Random(5).shuffle(files)
    for file in files:
        file.rename(moved / file.name)
        home.run("import", str(moved / file.name))
        assert home.total() == before
    home.run("rebuild")
    assert home.total() == before


def test_both_in_turn(home: Home) -> None:
    """A session goes on with the old code while a new one runs: each call once, both gates hold."""
    path = home.projects / f"{UUIDS[0]}.jsonl"
    home.run("cap", "set", "1", old=True)
    for n in range(200, 206):
        append(path, call(n))
        assert home.hook("post_tool_batch", path, old=n % 2 == 0) == ""
    assert home.total() == home.total(old=True)
    assert home.total()[1] == 14 + 6
    used = {"input_tokens": 800_000, "output_tokens": 10}
    ts = f"{MONTH}-01T00:00:00.000Z"
    append(path, assistant("msg_01Zzyyxxwwvvuuttss", ts=ts, used=used))
    assert "cap" in home.hook("post_tool_batch", path, old=True)
    assert "cap" in home.hook("post_tool_batch", path)
    home.run("import", old=True)
    home.run("import")
    assert home.total() == home.total(old=True)
    home.run("rebuild", old=True)
    after = home.total()
    home.run("rebuild")
    assert home.total() == after == home.total(old=True)


def test_what_the_old_one_lost_is_found(home: Home) -> None:
    """Six requests under one message id: 0.1.0 has a mix of them, a rebuild has all six."""
    path = home.projects / f"{UUIDS[5]}.jsonl"
    counts = (10, 5000, 300, 20, 8, 1000)
    used = [{"input_tokens": 100, "output_tokens": count} for count in counts]
    write(
        path,
        *(
            assistant("msg_0", ts=f"{MONTH}-01T00:00:00.000Z", used=u, requestId=f"req_{n}")
            for n, u in enumerate(used)
        ),
    )
    home.run("import", old=True)
    others = len(UUIDS[:5]) * 14 - 4 * 4
    short, messages = home.total(old=True)
    assert messages == 1 + others
    home.run("rebuild")
    spent, messages = home.total()
    assert messages == 6 + others
    home.run("import")
    assert home.total() == (spent, messages)
    later = {"ts": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())}
    append(path, assistant("msg_01Zzyyxxwwvvuuttss", used=used[0], **later))
    home.run("import")
    books = [money.show(round(usd * 1e9)) for usd in (short, spent)]
    told = f"{MONTH} was {books[0]} in an earlier version's books; the same days: {books[1]}"
    assert told in home.run("doctor")
