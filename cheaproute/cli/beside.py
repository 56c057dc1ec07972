"""What runs while cheaproute is taken away: sessions that are open, our own background work."""

from __future__ import annotations

import contextlib
import glob
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

from cheaproute import atomic
from cheaproute.cap import process_identity
from cheaproute.cli import authority
from cheaproute.cli.context import Context
from cheaproute.client import ancestry, command_line
from cheaproute.client.plugins import installed
from cheaproute.config import paths
from cheaproute.config.venv import spawn
from cheaproute.errors import CheaprouteError

_PLUGIN = ("cache", "cheaproute", "cheaproute", "*")
_PATIENCE_S, _PAUSE_S = 3.0, 0.05


def quiet(env: Mapping[str, str]) -> str:
    """Have open sessions go on without us and our background work end; a line about the sessions.

    A cap that holds them ends by it: only where a person is seen to ask, whether or not the ledger
    is there still. Else they keep what they have loaded.
    """
    clients = sessions(env)
    marked = installed.is_gone(env, "cheaproute") and _is_asked(env) and _mark(env, [*clients])
    end_work(env)
    number = sum(above not in clients for above in clients.values())
    if not number:
        return ""
    they, go = ("1 session is", "it goes") if number == 1 else (f"{number} sessions are", "they go")
    if marked:
        return f"{they} open: {go} on without cheaproute\n"
    return f"{they} open: where cheaproute is loaded it goes on until the session ends\n"


def _mark(env: Mapping[str, str], clients: list[int]) -> bool:
    """Leave word for the open sessions in each copy they may have loaded; whether all have it.

    Those are the client's own, and where it loads a directory in its place, that one.
    """
    if not clients:
        return False
    listing = paths.plugin_list(env)
    copies = glob.glob(os.path.join(glob.escape(os.path.dirname(listing)), *_PLUGIN))
    linked = os.path.realpath(os.path.join(paths.data_dir(env), "plugin"))
    roots = {root for root in (*copies, paths.ROOT, linked) if _is_copy(root)}
    said = "".join(f"{pid} {_begun(pid)} {listing}\n" for pid in clients)
    try:
        for root in roots:
            atomic.write(paths.uninstalled(root), os.fsencode(said), 0o600)
    except CheaprouteError:
        return False
    return True


def _is_copy(root: str) -> bool:
    return os.path.isfile(os.path.join(root, "hooks", "run"))


def _begun(pid: int) -> str:
    """When the process began, as Linux counts it; "-" elsewhere."""
    return process_identity.started(pid).rpartition(" ")[2] or "-"


def _is_asked(env: Mapping[str, str]) -> bool:
    context = Context(env)
    try:
        authority.a_person(context)
    except CheaprouteError:
        return False
    finally:
        context.close()
    return True


def sessions(env: Mapping[str, str]) -> dict[int, int]:
    """The clients that run with the same settings of Claude Code, and what started each."""
    place = paths.claude_dir(env)
    found = {}
    for pid in _processes():
        there = ancestry.environment(pid)
        if ancestry.runs_client(pid) and (not there or paths.claude_dir(there) == place):
            found[pid] = ancestry.parent(pid)
    return found


def end_work(env: Mapping[str, str]) -> None:
    """End what builds, reads or stands by for this data directory, and let hooks under way end."""
    data = paths.data_dir(env)
    told: set[int] = set()
    until = time.monotonic() + _PATIENCE_S
    while work := dict(_work(data)):
        late = time.monotonic() > until
        for pid, behind in work.items():
            if behind and (late or pid not in told):
                told.add(pid)
                with contextlib.suppress(OSError):
                    os.killpg(pid, signal.SIGKILL if late else signal.SIGTERM)
        if late:
            return
        time.sleep(_PAUSE_S)


def _work(data: str) -> Iterator[tuple[int, bool]]:
    """Processes of ours at this data directory, and whether each is in the background."""
    for pid in _processes():
        words = command_line.words_of(pid)
        ours = any(word.startswith(spawn.BOOT) for word in words)
        hook = any(os.path.basename(word) == "hook.py" for word in words)
        there = ancestry.environment(pid) if ours or hook else {}
        if not there or paths.data_dir(there) != data:
            continue
        with contextlib.suppress(OSError):
            behind = os.getsid(pid) == pid
            if behind or hook:
                yield pid, behind


def _processes() -> list[int]:
    """The user's own processes."""
    if sys.platform == "linux":
        pids = [int(name) for name in os.listdir("/proc") if name.isdecimal()]
    else:
        try:
            done = subprocess.run(
                ["/bin/ps", "-xo", "pid="], capture_output=True, timeout=5, check=False, env={}
            )
        except (OSError, subprocess.TimeoutExpired):
            return []
        pids = [int(word) for word in done.stdout.split()]
    return [pid for pid in pids if _is_own(pid)]


def _is_own(pid: int) -> bool:
    try:
        return sys.platform != "linux" or os.stat(f"/proc/{pid}").st_uid == os.getuid()
    except OSError:
        return False
