"""A process that stands by for the module's questions: what they need is loaded, a fork answers.

It hears the client's process alone, by the kernel's word, and ends with it, after a while without a
question, and where a file that it has loaded is another by now: then each question starts a process
of its own, as where nobody stands by. It is nobody's child: a client that has children left when it
ends looks for them with whatever `ps` a project's `PATH` names.
"""

from __future__ import annotations

import _thread
import gc
import os
import select
import signal
import socket
import sys
import tempfile
import time
from contextlib import suppress

from cheaproute import client, log
from cheaproute.client import trust
from cheaproute.config import paths
from cheaproute.hook.standby import post

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import NoReturn

    # Of a question, and the seconds in which it is answered: prints what is said to it.
    Say = Callable[[bytes, float], None]

# A socket's path has room for no more bytes; a deeper one is a folder of its own elsewhere.
_LONGEST = 100
_IDLE_MS = 900_000
_READ_S = 2
_LONGEST_S = 10  # no question waits longer: the clock was set back since
# What the questions of a turn load.
_NEEDED = (
    "cap.answers.gate", "cap.fallback.uncounted", "client.ancestry", "client.login",
    "client.plugins.switches", "client.trust.judged", "config.platform", "config.table",
    "config.version",
    "hook.events.stop", "hook.mod.ask", "hook.mod.http_fetch", "hook.mod.main_loop",
    "hook.mod.turn_complete", "hook.mod.turn_step",
    "hook.notices", "ledger.calls.retention", "ledger.ingest.ingest", "ledger.query.choices",
    "ledger.ingest.silence", "ledger.locks", "ledger.query.coverage", "ledger.store",
    "report.statusline", "report.terminal.size", "routing.turns",
)  # fmt: skip
_PID_BYTES = 4  # of what SO_PEERCRED says the first
_TOLD = 1 << 13  # bytes: a word and a path


def run(say: Say) -> NoReturn:
    """Print a word and where it is asked; who answers from then on is left behind. Ends with 0."""
    env: Mapping[str, str] = {}
    try:
        env = trust.environment(os.environ, os.getcwd())
        if env.get("CHEAPROUTE_DISABLE") != "1":
            heard = Client(os.getppid())
            reading, writing = os.pipe()
            if os.fork() == 0:
                os.setsid()
                _leave_streams()
                _stand_by(paths.passes_dir(env), heard, say, writing)
            else:
                os.close(writing)
                os.write(1, os.read(reading, _TOLD))
    except Exception as error:  # noqa: BLE001  # whatever it is: a process for each question
        log.write(env or os.environ, "standby", error)
    finally:
        os._exit(0)


class Client:
    """The process that is heard; OSError where it has ended, or its end could not be seen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.descriptor = os.pidfd_open(pid)
        if os.getppid() != pid:
            raise ProcessLookupError(pid)

    def asks_by(self, connection: socket.socket) -> bool:
        """Whether the client itself asks."""
        said = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PID_BYTES)
        return int.from_bytes(said, sys.byteorder) == self.pid


def _leave_streams() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)


def _stand_by(folder: str, heard: Client, say: Say, telling: int) -> None:
    where = os.path.join(folder, f"{heard.pid}.{os.getpid()}")
    if len(os.fsencode(where)) > _LONGEST:
        with tempfile.TemporaryDirectory(prefix="cheaproute.", dir="/tmp") as own:
            _hear(os.path.join(own, os.path.basename(where)), heard, say, telling)
    else:
        _hear(where, heard, say, telling)


def _hear(where: str, heard: Client, say: Say, telling: int) -> None:
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
            own = os.getpid()
            word = os.urandom(16).hex()  # known to the client and nobody else, by this pipe
            os.write(telling, f"{word} {where}\n".encode())
            os.close(telling)
            ready = select.poll()
            ready.register(listening, select.POLLIN)
            ready.register(heard.descriptor, select.POLLIN)  # it has ended
            while [number for number, _ in ready.poll(_IDLE_MS)] == [listening.fileno()]:
                if any(_stamp(file) != stamp for file, stamp in files.items()):
                    return
                connection, _ = listening.accept()
                with connection:
                    if heard.asks_by(connection) and os.fork() == 0:
                        listening.close()
                        _answer(connection, heard.pid, say, word, own)
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
    own = [sys.argv[0], paths.uninstalled(paths.ROOT)]  # the second is there once it is taken away
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


def _answer(connection: socket.socket, client_pid: int, say: Say, word: str, own: int) -> NoReturn:
    """Answer the one question, in a process of its own, and by `word` as the one that was asked.

    An empty one tells who stands by (`own`) to end. One that waits no more (this process, or all of
    the machine, was stopped) is answered by a start by now.
    """
    try:
        for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        connection.settimeout(_READ_S)
        question, until_ms = post.body(connection)
        left_s = until_ms / 1000 - time.time()
        if not question:
            _end(own)
        elif 0 < left_s < _LONGEST_S:
            connection.setblocking(True)  # noqa: FBT003
            os.dup2(connection.fileno(), 1)
            os.write(1, post.HEAD + word.encode())
            client.answer_for(client_pid)
            with suppress(OSError):
                os.chdir(f"/proc/{client.shown()}/cwd")  # what holds is told by that, too
            _end_in(left_s)
            say(question, left_s)
    finally:
        os._exit(0)


def _end(own: int) -> None:
    """Have who stands by end, if it has not by itself: its number may be another's by then."""
    if os.getppid() == own:
        os.kill(own, signal.SIGTERM)


def _end_in(seconds: float) -> None:
    """End then, whatever is under way: nobody waits any more, and a start sees to the question."""

    def end() -> None:
        time.sleep(seconds)
        os._exit(0)

    with suppress(RuntimeError):  # no more threads: what the hooks end by is there still
        _thread.start_new_thread(end, ())
