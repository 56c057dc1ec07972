"""Who stands by for the module, in the real client: whatever becomes of it, the session goes on."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.api import Api
from tests.e2e.client import FIRST_MODULE, NEWEST
from tests.e2e.hands import started
from tests.e2e.kinds import said
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd
from tests.e2e.test_mod_cap import idle
from tests.marks import in_long

LIE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    b'{"grant": {"any": true, "nano": 1000000000000000, "seconds": 300, "loops": {}}, "left": null,'
    b' "held": false, "booked": true, "enabled": true, "closed": false, "asks": "", "caps": {}}'
)


def door(machine: Machine) -> Path:
    """The socket of the one that stands by, once there is one; elsewhere where that is too deep."""
    deadline = time.monotonic() + 30
    while True:
        near = Path(machine.data, "passes").glob("[0-9]*.[0-9]*")
        for path in (*near, *Path("/tmp").glob("cheaproute.*/[0-9]*.[0-9]*")):  # noqa: S108
            environ = Path(f"/proc/{pid(path)}/environ")
            with suppress(OSError):  # one that has ended, or ends just now
                if f"HOME={machine.home}\0".encode() in environ.read_bytes():
                    return path
        assert time.monotonic() < deadline
        time.sleep(0.05)


def pid(where: Path) -> int:
    """The process that listens there."""
    return int(where.name.partition(".")[2])


@contextmanager
def sent(where: Path, what: signal.Signals) -> Iterator[None]:
    """It gets a signal, and goes on afterwards if it can."""
    os.kill(pid(where), what)
    yield
    if what == signal.SIGSTOP:
        os.kill(pid(where), signal.SIGCONT)


@contextmanager
def killed(where: Path, _plugin: Path) -> Iterator[None]:
    """It is ended from outside."""
    with sent(where, signal.SIGKILL):
        yield


@contextmanager
def stopped(where: Path, _plugin: Path) -> Iterator[None]:
    """It is stopped, and goes on when its question was answered otherwise long ago."""
    with sent(where, signal.SIGSTOP):
        yield


@contextmanager
def updated(_where: Path, plugin: Path) -> Iterator[None]:
    """The plugin's files are others by now."""
    with (plugin / "cheaproute" / "cap" / "answers" / "gate.py").open("r+") as file:
        file.seek(0, os.SEEK_END)
        file.write("\n")
    yield


@contextmanager
def replaced(where: Path, _plugin: Path) -> Iterator[None]:
    """Somebody else listens in its place, and allows all."""
    where.unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(where))
        listening.listen()

        def lie() -> None:
            for _ in range(2):  # the question, and that it may end
                there, _ = listening.accept()
                with there:
                    there.recv(1 << 20)
                    there.sendall(LIE)

        threading.Thread(target=lie, daemon=True).start()
        yield


@pytest.mark.parametrize("version", [NEWEST])
@pytest.mark.parametrize("harm", [in_long(killed), stopped, in_long(updated), in_long(replaced)])
def test_a_start_takes_over(
    machine: Machine, api: Api, tmp_path: Path, harm: Callable[[Path, Path], object]
) -> None:
    """The turn goes on and is booked once; a cap that is set then holds for the next prompt."""
    machine.cheaproute("cap", "set", "1000")
    plugin = tmp_path / "plugin"
    log = started(plugin)
    api.script = lambda _request: said()
    with machine.talk("--plugin-dir", str(plugin), plugin=False) as say:
        assert "Said." in say("MAINTASK one")
        where = door(machine)
        idle(machine, spent_usd=bill_usd(api.bill))
        before = log.read_text().split().count("mod")
        with harm(where, plugin):  # type: ignore[attr-defined]
            assert "Said." in say("MAINTASK two")
            assert log.read_text().split().count("mod") > before
        idle(machine, spent_usd=bill_usd(api.bill))
        assert machine.cheaproute("cap", "set", "0.01").returncode == 0
        calls = len(api.calls)
        assert "cap" in say("MAINTASK three")
        assert len(api.calls) == calls
    billed = pytest.approx(bill_usd(api.bill), abs=1e-6 * len(api.bill))
    assert machine.costs()["total_usd"] == billed
    machine.cheaproute("import")
    assert machine.costs()["total_usd"] == billed


@pytest.mark.long
@pytest.mark.parametrize(("version", "begun"), [(FIRST_MODULE, 2), (NEWEST, 1)])
def test_nobody_stands_by_who_cannot_be_asked(
    machine: Machine, api: Api, tmp_path: Path, begun: int
) -> None:
    """Without nonessential traffic 2.1.286 lets no module ask: none is started in each turn."""
    assert machine.env["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] == "1"
    plugin = tmp_path / "plugin"
    log, module = started(plugin), plugin / "hooks" / "mod.js"
    text = module.read_text()
    assert text.count("const STAND_MS = 60_000") == 1
    module.write_text(text.replace("const STAND_MS = 60_000", "const STAND_MS = 0"))
    api.script = lambda _request: said()
    with machine.talk("--plugin-dir", str(plugin), plugin=False) as say:
        for number in range(5):
            assert "Said." in say(f"MAINTASK {number}")
            idle(machine, spent_usd=bill_usd(api.bill))
    assert log.read_text().split().count("mod_standby") == begun
