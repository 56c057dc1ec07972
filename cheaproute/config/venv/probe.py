"""Seen to work, not written down as ready: the environment's libraries, imported in its Python."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

from cheaproute.config import paths
from cheaproute.config.venv import spawn

# What the command line and delegated calls import, by the package that brings it.
LIBRARIES = {
    "anthropic": "anthropic",
    "cryptography": "cryptography.fernet",
    "detect-secrets": "detect_secrets",
    "platformdirs": "platformdirs",
    "psycopg": "psycopg",
    "pygal": "pygal",
    "pyyaml": "yaml",
    "rich": "rich",
    "shtab": "shtab",
    "tomli-w": "tomli_w",
    "tomlkit": "tomlkit",
}
WAIT_S = 120
_CODE = """
from importlib import import_module
from cheaproute.config.venv import usable
found = usable.lacks()
try:
    for module in sys.argv[1:]:
        import_module(module)
except BaseException as error:
    found = found or f"{module}: {type(error).__name__}: {error}"
print(found)
"""


def wrong(python: str, env: Mapping[str, str], lock: str = "") -> str:
    """Why the environment of interpreter `python` does not work, in one line; "" if it does."""
    command = spawn.command(
        _CODE, *_modules(lock or paths.LOCK_FILE), python=python, libraries=True
    )
    try:
        done = spawn.run(env, command, WAIT_S)
    except (OSError, subprocess.SubprocessError) as error:
        return f"its Python does not start: {error}"
    said = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or [""]
        return f"its Python ends with {done.returncode}: {lines[-1]}"[:300]
    return " ".join(said.split())[:300] + hint(python) if said else ""


def _modules(lock: str) -> list[str]:
    """What to import of all that `lock` names."""
    with open(lock, encoding="utf-8") as file:
        named = {line.partition("==")[0].partition("[")[0].lower() for line in file if "==" in line}
    return [module for package, module in LIBRARIES.items() if package in named]


def hint(python: str) -> str:
    """What the file system adds to a reason: from where nothing may be run nothing is loaded."""
    try:
        flags = os.statvfs(os.path.dirname(python)).f_flag
    except OSError:
        return ""
    if not flags & getattr(os, "ST_NOEXEC", 0):
        return ""
    place = os.path.dirname(os.path.dirname(os.path.dirname(python)))
    return (
        f" ({place} is mounted noexec, so no library can be loaded from it: "
        "`cheaproute config set home DIR` puts everything elsewhere)"
    )
