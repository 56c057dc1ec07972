"""The plugin's own Python environment: is it there, and if not, have it built (hot path).

Hooks never need it; the command line and delegated calls do. `interpreter` in the data directory
names the Python that hooks/run starts: the base one, which is quicker to start than an environment.

An environment is named by what it depends on: the locked packages, the base Python, the machine.
So another Python, another machine on the same home, or a plugin with other packages beside this
one has an environment of its own, and none is changed under a session that runs on it.
"""

from __future__ import annotations

import os
import sys
import time
import zlib

from cheaproute import fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# After a failed build (no network, say) sessions leave it alone for so long.
RETRY_S = 600
# Libraries of the C library's own.
_OF_C = ("ld-", "libc.", "libm.", "libdl.", "libpthread.", "libutil.", "librt.")


def base() -> str:
    """The Python below any environment."""
    return str(getattr(sys, "_base_executable", "") or sys.executable)


def name() -> str:
    """The environment's directory: packages, Python, machine and C library, base interpreter."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}{getattr(sys, 'abiflags', '')}"
    machine = getattr(sys.implementation, "_multiarch", "") or sys.platform
    if hasattr(os, "uname"):
        machine += "-" + os.uname().machine
    with open(paths.LOCK_FILE, "rb") as file:
        lock = zlib.crc32(file.read())
    where = zlib.crc32(os.path.realpath(base()).encode("utf-8", "surrogateescape"))
    return f"venv-{lock:08x}-{version}-{machine}-{where:08x}"


def place(env: Mapping[str, str]) -> str:
    """The environment's directory, whether it is built or not."""
    return os.path.join(paths.data_dir(env), name())


def python(env: Mapping[str, str]) -> str:
    """The environment's interpreter, whether it is built or not."""
    return os.path.join(place(env), "bin", "python")


def mark(place: str) -> str:
    """The file that says that an environment was seen to work: the probe's word."""
    return os.path.join(place, "ready.json")


def ready(env: Mapping[str, str]) -> bool:
    """Whether this plugin's environment was built here and seen to work."""
    try:
        there = place(env)
    except OSError:
        return False
    return os.path.exists(mark(there)) and os.access(os.path.join(there, "bin", "python"), os.X_OK)


def doubt(env: Mapping[str, str]) -> None:
    """Something of the environment did not work: the next who asks has it looked at anew."""
    try:
        os.unlink(mark(place(env)))
    except OSError:
        return


def bake(env: Mapping[str, str]) -> bool:
    """Remember this process's base interpreter for hooks/run; whether it is remembered.

    In the default place, too: where a project's settings might have set CHEAPROUTE_HOME, the
    launcher looks there.
    """
    path = paths.interpreter_file(env)
    usual = os.path.join(os.path.dirname(paths.home_file(env)), "interpreter") if _home(env) else ""
    done = _baked(path)
    if usual and usual != path:
        _baked(usual)
    return done


def _home(env: Mapping[str, str]) -> bool:
    return bool(paths.home(env))


def _baked(path: str) -> bool:
    line = os.fsencode(base())
    try:
        first, *parts = fastjson.content(path, 65_536).splitlines()
        if first == line and parts and all(map(os.path.exists, parts)):
            return True
    except (OSError, ValueError):
        pass
    from cheaproute import atomic
    from cheaproute.errors import ConfigError

    try:
        atomic.write(path, b"\n".join([line, *map(os.fsencode, _stands_on()), b""]), 0o600)
    except ConfigError:
        return False
    return True


def _stands_on() -> list[str]:
    """Files without which this Python does not start, or has no SQLite: its libraries.

    Not the C library, without which nothing starts at all.
    """
    import _sqlite3

    found = {os.__file__, getattr(_sqlite3, "__file__", None) or os.__file__}
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            for row in file:
                path = row.rstrip("\n").partition("/")[2]
                if ".so" not in path or "/site-packages/" in path:
                    continue
                if not os.path.basename(path).startswith(_OF_C):
                    found.add("/" + path)
    except OSError:  # not Linux
        pass
    return sorted(path for path in found if "\n" not in path and os.path.exists(path))


def start_in_background(env: Mapping[str, str]) -> str:
    """See to interpreter and environment without waiting for either; never raises.

    Returns:
        "ready"; "started": a build was begun (or goes on already); "failed": the last one failed
        less than RETRY_S ago; "stuck": the data directory cannot be written.
    """
    from cheaproute.errors import NoHome

    try:
        if not os.path.exists(paths.LOCK_FILE):
            return "ready"  # installed as a package: whoever did that saw to the libraries
        if not bake(env):
            return "stuck"
        if ready(env):
            os.utime(place(env))  # in use: see `links.tidy`
            _follow(env)
            return "ready"
        try:
            if 0 <= time.time() - os.stat(paths.failure_file(env)).st_mtime < RETRY_S:
                return "failed"
        except OSError:
            pass
        return "started" if _spawn(env) else "stuck"
    except (NoHome, OSError):
        return "stuck"


def _follow(env: Mapping[str, str]) -> None:
    """The links that serve the command line lead to this plugin, where it is the newest."""
    link, venv = paths.link(env), os.path.dirname(os.path.dirname(paths.python(env)))
    try:
        if os.readlink(link) == paths.ROOT and os.readlink(venv) == name():
            return
    except OSError:
        pass
    from cheaproute.config.venv import links

    links.follow(env, name())


def _spawn(env: Mapping[str, str]) -> bool:
    from cheaproute.config.venv import spawn

    code = "from cheaproute.config.venv import build; build.in_background()"
    return spawn.start(env, code, paths.data_dir(env))
