"""The plugin's own Python environment: is it there, and if not, have it built (hot path).

Hooks never need it; the command line and delegated calls do. `interpreter` in the data directory
names the Python that hooks/run starts: the base one, which is quicker to start than an environment.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib

from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# After a failed build (no network, say) sessions leave it alone for so long.
RETRY_S = 600

_BOOT = "import sys; sys.path.insert(0, sys.argv[1]); from cheaproute.config.venv import build; "


def wanted() -> dict[str, object]:
    """What a ready environment is made of: this Python, the locked packages, this plugin."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    with open(paths.LOCK_FILE, "rb") as file:
        return {"python": version, "lock": zlib.crc32(file.read()), "root": paths.ROOT}


def ready(env: Mapping[str, str]) -> bool:
    """Whether the environment is built for the plugin that is asking, and this Python."""
    try:
        with open(os.path.join(paths.data_dir(env), "venv", "ready.json"), "rb") as file:
            made: object = json.load(file)
        return made == wanted() and os.access(paths.python(env), os.X_OK)
    except (OSError, ValueError):
        return False


def bake(env: Mapping[str, str]) -> bool:
    """Remember this process's base interpreter for hooks/run; whether it is remembered."""
    base = str(getattr(sys, "_base_executable", "") or sys.executable)
    path = paths.interpreter_file(env)
    try:
        with open(path, encoding="utf-8") as file:
            kept = file.readline().rstrip("\n")
        if kept == base:
            return True
    except (OSError, ValueError):
        pass
    aside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(base + "\n")
        os.replace(aside, path)
    except OSError:
        return False
    return True


def start_in_background(env: Mapping[str, str]) -> str:
    """See to interpreter and environment without waiting for either; never raises.

    Returns:
        "ready"; "started": a build was begun (or goes on already); "failed": the last one failed
        less than RETRY_S ago; "stuck": the data directory cannot be written.
    """
    if not os.path.exists(paths.LOCK_FILE):
        return "ready"  # installed as a package: whoever did that saw to the libraries
    if not bake(env):
        return "stuck"
    if ready(env):
        return "ready"
    try:
        if 0 <= time.time() - os.stat(paths.failure_file(env)).st_mtime < RETRY_S:
            return "failed"
    except OSError:
        pass
    return "started" if _spawn(env) else "stuck"


def _spawn(env: Mapping[str, str]) -> bool:
    import subprocess

    command = [sys.executable, "-I", "-S", "-c", _BOOT + "build.in_background()", paths.ROOT]
    try:
        subprocess.Popen(
            command,
            env=dict(env),
            cwd=paths.data_dir(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
