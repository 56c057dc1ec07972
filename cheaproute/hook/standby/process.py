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
import tempfile
from contextlib import suppress

from cheaproute import log
from cheaproute.client import trust
from cheaproute.config import paths
from cheaproute.hook.standby import post

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    # Of a question and the client's process: prints what is said to it.
    Say = Callable[[bytes, int], None]

# A socket's path has room for no more bytes; a deeper one is a folder of its own elsewhere.
_LONGEST = 100
_IDLE_MS = 900_000
_READ_S = 2
# What the questions of a turn load.
_NEEDED = (
    "cap.fallback.uncounted", "cap.gate", "client.ancestry", "client.login", "client.switches",
    "config.table", "config.version", "hook.events.stop", "hook.mod.ask", "hook.mod.http_fetch",
    "hook.mod.main_loop", "hook.mod.turn_complete", "hook.mod.turn_step", "hook.notices",
    "ledger.calls.retention", "ledger.ingest.ingest", "ledger.ingest.silence", "ledger.locks",
    "ledger.query.coverage", "ledger.store", "report.statusline", "report.terminal.size",
    "routing.turns",
)  # fmt: skip
_PID_BYTES = 4  # of what SO_PEERCRED says the first


def run(say: Say) -> NoReturn:
    """Print a word and where it is asked, and answer until nobody asks any more; ends with 0."""
    try:
        env = trust.environment(os.environ, os.getcwd())
        if env.get("CHEAPROUTE_DISABLE") != "1":
            _stand_by(paths.passes_dir(env), os.getppid(), say)
    except Exception as error:  # noqa: BLE001  # whatever it is: a process for each question
        log.write(os.environ, "standby", error)
    finally:
        os._exit(0)


def _stand_by(folder: str, client_pid: int, say: Say) -> None:
    where = os.path.join(folder, f"{client_pid}.{os.getpid()}")
    if len(os.fsencode(where)) > _LONGEST:
        with tempfile.TemporaryDirectory(prefix="cheaproute.", dir="/tmp") as own:
            _hear(os.path.join(own, "questions"), client_pid, say)
    else:
        _hear(where, client_pid, say)


def _hear(where: str, client_pid: int, say: Say) -> None:
    """Answer questions at `where` as long as there may be any."""
    _load()
    files = {file: _stamp(file) for file in _files()}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who answer
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(where)
        try:
            listening.listen()
            word = os.urandom(16).hex()  # known to the client and nobody else, by this pipe
            os.write(1, f"{word} {where}\n".encode())
            ready = select.poll()
            ready.register(listening, select.POLLIN)
            ready.register(1, 0)  # the client has gone, or does not listen any more
            while [number for number, _ in ready.poll(_IDLE_MS)] == [listening.fileno()]:
                if any(_stamp(file) != stamp for file, stamp in files.items()):
                    return
                connection, _ = listening.accept()
                with connection:
                    if _is_of(connection, client_pid) and os.fork() == 0:
                        listening.close()
                        _answer(connection, client_pid, say, word)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(where)


def _load() -> None:
    """Import what the questions need; what is made from here on is no garbage to look through."""
    for name in _NEEDED:
        __import__(f"cheaproute.{name}")
    gc.collect()
    gc.freeze()


def _files() -> list[str]:
    """The files that this process has loaded of ours."""
    own = [sys.argv[0]]
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and name.partition(".")[0] in ("cheaproute", "start", "bytecode"):
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


def _answer(connection: socket.socket, client_pid: int, say: Say, word: str) -> NoReturn:
    """Answer the one question, in a process of its own, and by `word` as the one that was asked."""
    try:
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        os.getppid = lambda: client_pid  # as of a start: who is trusted is told by the parent
        connection.settimeout(_READ_S)
        question = post.body(connection)
        connection.setblocking(True)  # noqa: FBT003
        os.dup2(connection.fileno(), 1)
        os.write(1, post.HEAD + word.encode())
        say(question, client_pid)
    finally:
        os._exit(0)
