"""Every kind of trouble made, the cure read from what doctor says, followed, and health seen."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cheaproute import kinds
from tests import terminal
from tests.config.venv.tiny import tiny
from tests.faults import shims, sqlites
from tests.faults.box import mounted, open_to_all, remount
from tests.faults.test_odd import BASE, Machine, plugin_named

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

SYSTEM_PYTHON = "/usr/bin/python3.11"
NOBODY = 54_321


class Sick(Machine):
    """A machine with something wrong; `by_hand` are the cures that are no command of ours."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.good = place / "good"
        self.stopped = False
        self.by_hand: dict[str, Callable[[], object]] = {}

    @property
    def data(self) -> Path:
        """The usual data directory."""
        return Path(self.home, ".local", "share", "cheaproute")

    def begin(self) -> None:
        """A session before anything went wrong."""
        self.settle()
        self.hook("session_start", "SessionStart", source="startup")

    def preload(self, *defined: str) -> None:
        """From now on calls to the data directory fail (see `shims`)."""
        self.env |= {"LD_PRELOAD": shims.built(self.place, *defined), "BAD": str(self.data)}

    def person(self, line: str) -> str:
        """A command of ours as the user types it in a terminal: it succeeds; what it says."""
        words = shlex.split(line)
        assert words[0] == "cheaproute"
        program = [*self.shell, os.path.join(self.plugin, "bin", "cheaproute"), *words[1:]]
        whole = ["/bin/sh", "-c", self.line, "sh", *program]
        code, said = terminal.run(whole, self.env, str(self.project))
        self.said.append(f"$ {line}: {code}\n{said}")
        assert code == 0, self.story
        return said


@pytest.fixture
def sick() -> Iterator[Sick]:
    """A machine on which nothing is wrong yet."""
    with open_to_all() as place:
        yield Sick(place)


@contextmanager
def corrupt(sick: Sick) -> Iterator[None]:
    """The ledger's pages are overwritten."""
    sick.begin()
    size = (sick.data / "ledger.db").stat().st_size
    for path in sick.data.glob("ledger.db-*"):
        path.unlink()
    (sick.data / "ledger.db").write_bytes(b"not pages of a database\n" * (size // 24))
    yield


@contextmanager
def no_locks(sick: Sick) -> Iterator[None]:
    """The home is on an NFS whose locks do not work."""
    sick.begin()
    sick.preload("LOCKS")
    yield


@contextmanager
def disk(sick: Sick) -> Iterator[None]:
    """The disk cannot be read."""
    sick.begin()
    with contextlib.closing(sqlite3.connect(sick.data / "ledger.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sick.preload()
    sick.by_hand["copy the directory elsewhere"] = lambda: shutil.copytree(sick.data, sick.good)
    yield


@contextmanager
def old_sqlite(sick: Sick) -> Iterator[None]:
    """The Python that the hooks know was given an older SQLite."""
    plugin_named("copy")(sick)
    wheels = sick.place / "wheels"
    wheels.mkdir()
    shutil.copy(tiny(wheels) / "requirements.lock", sick.plugin)
    sick.env |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    sick.begin()
    older = sick.place / "older"
    older.write_text(
        f'#!/bin/sh\nLD_LIBRARY_PATH={sqlites.place("3.31.1", BASE)} exec {BASE} "$@"\n'
    )
    older.chmod(0o755)
    (sick.data / "interpreter").write_text(f"{older}\n")
    (sick.tools / "python3").unlink()
    (sick.tools / "python3.13").symlink_to(older)
    sick.env["PATH"] = str(sick.tools)
    sick.by_hand["put a Python with a newer one on PATH"] = lambda: (
        sick.tools / "python3.11"
    ).symlink_to(BASE)
    yield


@contextmanager
def read_only(sick: Sick) -> Iterator[None]:
    """The home is on a disk that was mounted for reading alone."""
    with mounted(Path(sick.home), "size=20m"):
        sick.begin()
        remount(Path(sick.home), "ro")
        yield


@contextmanager
def no_rights(sick: Sick) -> Iterator[None]:
    """The user may not write to the data directory."""
    if os.getuid() or not os.path.exists(SYSTEM_PYTHON):
        pytest.skip("only root can become another user")
    plugin_named("copy")(sick)
    (sick.tools / "python3").unlink()
    (sick.tools / "python3").symlink_to(SYSTEM_PYTHON)
    sick.settle()
    (sick.data / "interpreter").write_text(SYSTEM_PYTHON + "\n")
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", sick.place], check=True)
    who = ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups"]
    sick.shell = who
    sick.hook("session_start", "SessionStart", source="startup")
    for path in sick.data.glob("ledger.db-*"):
        path.unlink()
    (sick.data / "ledger.db").chmod(0o400)
    sick.data.chmod(0o500)
    sick.by_hand["give it back (chown, chmod u+rwX)"] = lambda: subprocess.run(
        [*who, "chmod", "-R", "u+rwX", str(sick.data)], check=True
    )
    yield


@contextmanager
def no_place(sick: Sick) -> Iterator[None]:
    """A file stands where the data directory should be made."""
    sick.settle()
    file = Path(sick.home, "file")
    file.write_text("x")
    sick.env["XDG_DATA_HOME"] = str(file)
    yield


@contextmanager
def full(sick: Sick) -> Iterator[None]:
    """Not a byte more fits on the disk."""
    with mounted(sick.data, "size=40m"):
        sick.begin()
        filler = sick.data / "film.mp4"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        sick.by_hand["make room"] = filler.unlink
        yield


@contextmanager
def bounded(sick: Sick) -> Iterator[None]:
    """The shell lets no file grow."""
    sick.begin()
    for path in sick.data.glob("ledger.db*"):
        path.unlink()
    sick.line = 'ulimit -f 1; exec "$@"'
    sick.by_hand["raise that limit where it is set"] = lambda: setattr(sick, "line", 'exec "$@"')
    yield


@contextmanager
def busy(sick: Sick) -> Iterator[None]:
    """Somebody writes and does not end."""
    sick.begin()
    db = sqlite3.connect(sick.data / "ledger.db", isolation_level=None, check_same_thread=False)
    db.execute("BEGIN IMMEDIATE")
    sick.by_hand["try again in a moment"] = db.close
    with contextlib.closing(db):
        yield


@contextmanager
def in_pieces(sick: Sick) -> Iterator[None]:
    """A checkout lacks a migration, and the ledger is older."""
    plugin_named("copy")(sick)
    sick.settle()
    first = Path(sick.plugin, "cheaproute", "ledger", "migrations", "0001.sql")
    text = first.read_bytes()
    first.unlink()
    sick.by_hand["`git checkout .` brings it"] = lambda: first.write_bytes(text)
    yield


TROUBLES: dict[str, Callable[[Sick], contextlib.AbstractContextManager[None]]] = {
    kinds.CORRUPT: corrupt,
    kinds.NO_LOCKS: no_locks,
    kinds.OLD_SQLITE: old_sqlite,
    kinds.READ_ONLY: read_only,
    kinds.NO_RIGHTS: no_rights,
    kinds.NO_PLACE: no_place,
    kinds.FULL: full,
    kinds.BOUNDED: bounded,
    kinds.BUSY: busy,
    kinds.DISK: disk,
    kinds.IN_PIECES: in_pieces,
}
# Where doctor looks at the cause of a kind itself, its own words for it.
WORDS = {kinds.OLD_SQLITE: "has SQLite 3.31.1, not 3.35"}


def follow(sick: Sick, cure: str) -> None:
    """Do what `cure` says, from its first word to its last."""
    if "set CHEAPROUTE_HOME" in cure and "config set home" not in cure:
        sick.env["CHEAPROUTE_HOME"] = str(sick.good)
    for words, do in sick.by_hand.items():
        if words in cure:
            do()
    commands = re.findall(r"`(cheaproute [^`]*)`", cure)
    if "set CHEAPROUTE_HOME" in cure or "config set home" in cure:
        sick.good.mkdir(exist_ok=True)
        if sick.shell:
            os.chown(sick.good, NOBODY, NOBODY)
    done = set()
    while commands:
        line = commands.pop(0).replace("DIR", str(sick.good)).replace("USD", "1")
        if line not in done:
            done.add(line)
            commands += re.findall(r"`(cheaproute restore [^`]*)`", sick.person(line))


def session(sick: Sick) -> str:
    """What a session's start and the gate after a call say to the user."""
    start = sick.hook("session_start", "SessionStart", source="startup")
    sick.spend()
    gate = sick.hook("post_tool_batch", "PostToolBatch", tool_calls=[])
    sick.stopped = gate.get("continue") is False
    said = [str(start.get("systemMessage", "")), str(gate.get("systemMessage", ""))]
    return next(filter(None, said), "")


def findings(sick: Sick) -> str:
    """What doctor finds now; errors of before stand in the log for a week."""
    said = sick.run("bin/cheaproute", "doctor").stdout.decode()
    return "".join(line for line in said.splitlines(keepends=True) if "in the last 7" not in line)


CURES = [(kind, cure) for kind, (_, cures) in kinds.WORDS.items() for cure in cures.split(", or ")]


@pytest.mark.parametrize(("kind", "cure"), CURES)
def test_the_cure_is_one(sick: Sick, kind: str, cure: str) -> None:
    """What doctor names makes the session count and the cap hold; each of two ways, by itself."""
    words = WORDS.get(kind, kinds.WORDS[kind][0])
    with TROUBLES[kind](sick):
        told = session(sick)
        assert len(told.splitlines()) <= 1, sick.story
        if kind == kinds.BUSY:  # only what has to write notices
            done = sick.run("bin/cheaproute", "cap", "set", "1")
            assert f"{words}: {cure}" in done.stderr.decode(), sick.story
        else:
            assert words in told or sick.stopped, sick.story
        if kind not in (kinds.BUSY, kinds.OLD_SQLITE):  # of these the launcher has the word
            assert words in findings(sick), sick.story
            assert f"-> {kinds.WORDS[kind][1]}\n" in findings(sick), sick.story
        follow(sick, cure)
        assert words not in session(sick), sick.story
        assert sick.stopped, sick.story
        assert words not in findings(sick), sick.story
        costs = sick.run("bin/cheaproute", "costs", "--json").stdout
        assert json.loads(costs)["total_usd"] > 3, sick.story
