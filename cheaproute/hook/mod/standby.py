"""A process that stands by for the module's questions: what they need is loaded, a fork answers.

It is the client's child and hears that process alone, by the kernel's word. It ends with the
client, after a while without a question, and where a file that it has loaded is another by now:
then each question starts a process of its own, as where nobody stands by.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys

from cheaproute import log
from cheaproute.client import trust
from cheaproute.config import paths
from cheaproute.hook import main
from cheaproute.hook.mod import ask

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

# A socket's path has room for so many bytes everywhere.
_LONGEST = 100
_IDLE_MS = 900_000
_READ_S = 2
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
_MOST_HEAD = 1 << 16
# What the questions of a turn load beside their seats' own modules.
_BESIDE = (
    "cap.gate", "client.ancestry", "client.login", "config.table", "hook.events.stop",
    "hook.mod.main_loop", "ledger.calls.retention", "ledger.ingest.ingest",
    "ledger.ingest.silence", "ledger.locks", "ledger.query.coverage", "ledger.store",
    "report.statusline", "routing.turns",
)  # fmt: skip
_PID_BYTES = 4  # of what SO_PEERCRED says the first


def run() -> NoReturn:
    """Print where questions are heard, and answer them until nobody asks any more; ends with 0."""
    try:
        env = trust.environment(os.environ, os.getcwd())
        if env.get("CHEAPROUTE_DISABLE") != "1":
            _stand_by(os.path.join(paths.data_dir(env), "passes"), os.getppid())
    except Exception as error:  # noqa: BLE001  # whatever it is: a process for each question
        log.write(os.environ, "standby", error)
    finally:
        os._exit(0)


def _stand_by(folder: str, client_pid: int) -> None:
    where = os.path.join(folder, f"{client_pid}.{os.getpid()}")
    if len(os.fsencode(where)) > _LONGEST:
        return
    _load()
    files = {file: _stamp(file) for file in _files()}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(where)
        try:
            listening.listen()
            os.write(1, where.encode() + b"\n")
            ready = select.poll()
            ready.register(listening, select.POLLIN)
            ready.register(1, 0)  # the client has gone, or does not listen any more
            while [number for number, _ in ready.poll(_IDLE_MS)] == [listening.fileno()]:
                if any(_stamp(file) != stamp for file, stamp in files.items()):
                    return
                connection, _ = listening.accept()
                with connection:
                    if _is_of(connection, client_pid) and os.fork() == 0:
                        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                        signal.signal(signal.SIGINT, signal.SIG_DFL)
                        listening.close()
                        _answer(connection, client_pid)
        finally:
            os.unlink(where)


def _load() -> None:
    """Import what the questions need; what is made from here on is no garbage to look through."""
    seats = {seat if "." in seat else f"mod.{seat}" for seat in ask.SEATS.values()}
    for name in (*(f"hook.{seat}" for seat in seats), *_BESIDE):
        __import__(f"cheaproute.{name}")
    gc.collect()
    gc.freeze()


def _files() -> list[str]:
    """The files that this process has loaded of ours."""
    own = [sys.argv[0]]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name.partition(".")[0] in ("cheaproute", "bytecode"):
            own.append(file)
    return own


def _stamp(file: str) -> tuple[int, int, int]:
    try:
        status = os.stat(file)
    except OSError:
        return (0, 0, 0)
    return status.st_ino, status.st_mtime_ns, status.st_size


def _is_of(connection: socket.socket, client_pid: int) -> bool:
    """Whether the client itself asks."""
    said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PID_BYTES)
    return int.from_bytes(said, sys.byteorder) == client_pid


def _answer(connection: socket.socket, client_pid: int) -> NoReturn:
    """Answer the one question, in a process of its own."""
    try:
        connection.settimeout(_READ_S)
        question = _body(connection)
        connection.setblocking(True)  # noqa: FBT003
        os.dup2(connection.fileno(), 1)
        os.write(1, _HEAD)
        main.run("mod", _nothing, question=question, client_pid=client_pid)
    finally:
        os._exit(0)


def _body(connection: socket.socket) -> bytes:
    """What a POST says; ValueError for anything else."""
    said = b""
    while b"\r\n\r\n" not in said and len(said) < _MOST_HEAD:
        part = connection.recv(1 << 16)
        if not part:
            break
        said += part
    head, _, body = said.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    size = int(fields[b"content-length"])
    while len(body) < size:
        part = connection.recv(1 << 20)
        if not part:
            raise ValueError("an incomplete question")
        body += part
    return body


def _nothing() -> None:
    """What is done afterwards: what was loaded here is not kept for others."""
