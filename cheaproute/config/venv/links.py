"""The links in the data directory: the newest plugin, and the environment it is built for.

`plugin` and `venv` serve what is started by a fixed path: the command line, a status line in the
user's settings. Sessions go by neither, so that several copies of the plugin live side by side.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Mapping

from cheaproute.config import paths
from cheaproute.config.version import of_manifest

# An environment that nobody's link leads to is kept for so long: a session may run on it.
KEPT_S = 30 * 86_400


def follow(env: Mapping[str, str], name: str, *, asked: bool = False) -> None:
    """Let the links lead to this plugin and its environment `name`, unless a newer one has them.

    `asked`: the user ran `setup` of this very copy, so it has them whatever its version.
    """
    if not asked and _held_by_newer(env):
        return
    data = paths.data_dir(env)
    with contextlib.suppress(OSError):
        _link(paths.ROOT, paths.link(env))
        _link(name, os.path.join(data, "venv"))
        version = next(iter(sorted(os.listdir(os.path.join(data, name, "lib")))))
        pth = os.path.join(data, name, "lib", version, "site-packages", "cheaproute.pth")
        from cheaproute import atomic

        atomic.write(pth, os.fsencode(paths.ROOT + "\n"), 0o600)


def tidy(data: str, name: str) -> None:
    """Remove environments that were not built for long and that nothing leads to."""
    link = os.path.join(data, "venv")
    led = os.readlink(link) if os.path.islink(link) else ""
    for other in os.listdir(data):
        path = os.path.join(data, other)
        if other.startswith("venv-") and other not in (name, led):
            with contextlib.suppress(OSError):
                if time.time() - os.stat(path).st_mtime > KEPT_S:
                    shutil.rmtree(path, ignore_errors=True)


def _held_by_newer(env: Mapping[str, str]) -> bool:
    """Whether another copy that is there has the links, and is no older than this one."""
    try:
        holder = os.readlink(paths.link(env))
    except OSError:
        return False
    if holder == paths.ROOT or not os.path.isdir(os.path.join(holder, "cheaproute")):
        return False
    return _number(of_manifest(holder)) >= _number(of_manifest())


def _number(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdecimal()]


def _link(target: str, link: str) -> None:
    aside = f"{link}.{os.getpid()}"
    os.symlink(target, aside)
    try:
        os.replace(aside, link)
    except OSError:
        os.unlink(aside)
        raise
