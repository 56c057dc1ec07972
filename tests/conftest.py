"""Guards: no test touches the real home or the network beyond loopback."""

from __future__ import annotations

import os
import platform
import random
import shutil
import socket
from contextlib import closing
from glob import glob
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from cheaproute.config import paths
from cheaproute.ledger import store
from tests import ledgers

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

# Machines under load are slow, not wrong: no test fails by hypothesis's clock. CI draws the same
# examples in every run; other runs look for new ones.
settings.register_profile("unhurried", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("unhurried")

# What of the machine a test may say that it ran with: (kind, version) in `user_properties`.
RAN_WITH = ("client", "Python", "PostgreSQL", "SQLite", "Chromium")

# A test that is allowed more than this is begun before all others.
LONG_S = 400

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of the test's own; nothing of the real environment leaks in, nothing stays."""
    place = tmp_path / "home"
    place.mkdir()
    for name in list(os.environ):
        if name.startswith(("CHEAPROUTE", "CLAUDE", "ANTHROPIC", "XDG_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(place))
    yield place
    for beside in paths.beside_dirs({"CHEAPROUTE_HOME": str(tmp_path)}):
        for left in glob(f"{beside}*"):
            shutil.rmtree(left)


@pytest.fixture(autouse=True)
def usual_umask() -> None:
    """A test that enters the program leaves its umask behind; the next begins with the usual."""
    os.umask(0o022)


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that leaves this machine fails the test."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else ""
        if host not in ("", "127.0.0.1", "::1", "localhost"):
            pytest.fail(f"the test reached for the network: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def same_draws(request: pytest.FixtureRequest) -> None:
    """What a test draws by `random` is the same in every run."""
    random.seed(request.node.nodeid)


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ledger in which nothing stands, to be copied: making one takes ten times as long."""
    path = str(tmp_path_factory.mktemp("empty") / "ledger.db")
    store.connect(path).close()
    return path


@pytest.fixture(scope="session")
def year_ledger(empty_ledger: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ledger of a year, to be copied."""
    path = str(tmp_path_factory.mktemp("year") / "ledger.db")
    shutil.copy(empty_ledger, path)
    with closing(store.connect(path)) as connection:
        ledgers.year(connection)
    return path


@pytest.fixture
def db(empty_ledger: str, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty ledger of the test's own, closed after it."""
    yield from _copied(empty_ledger, tmp_path)


@pytest.fixture
def full(year_ledger: str, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A ledger of a year, the test's own, closed after it."""
    yield from _copied(year_ledger, tmp_path)


def _copied(template: str, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    path = str(data / "ledger.db")
    shutil.copy(template, path)
    with closing(store.connect(path)) as connection:
        yield connection


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take many minutes begins first: a run does not end with one worker at it."""

    def minutes(item: pytest.Item) -> bool:
        mark = item.get_closest_marker("timeout")
        return mark is not None and mark.args[0] > LONG_S

    items.sort(key=minutes, reverse=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Name the clients, Pythons and servers that the tests really ran with."""
    found: dict[str, set[str]] = {"Python": {platform.python_version()}}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name in RAN_WITH:
                    found.setdefault(name, set()).add(str(value))
    words = [f"{name} {', '.join(sorted(found[name]))}" for name in RAN_WITH if name in found]
    terminalreporter.write_line("ran with: " + "; ".join(words))
