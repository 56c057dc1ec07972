"""Older SQLites as libraries: built once, from what npm's better-sqlite3 carries."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.e2e import client

# By SQLite's version: the package that carries its source, and npm's hash of it.
SOURCES = {
    "3.35.2": (
        "better-sqlite3@7.1.4",
        "sha512-9BvUSm8/xSyxZbnWpcRAwEZsfTK0196qi4592N5WoVMM3dAH9g0E3/colX0dxhGVSLcVfkiBUoCEBkFz8uvySw==",
    ),
    "3.31.1": (
        "better-sqlite3@7.0.0",
        "sha512-3i3r8djWlZyjF5IEhc0oJhJP726Vh1zK3w6BBvMgWNDolA6Qbq/gHx5/Eu3JlHbLYsa5UpIKBsT4PzxaZZpC9A==",
    ),
}


def place(version: str, python: str) -> str:
    """The directory to be set as LD_LIBRARY_PATH, so that `python` has that SQLite.

    The test is skipped where it cannot be had, or this Python brings its own.
    """
    there = Path(client.CACHE) / f"sqlite-{version}"
    library = there / "libsqlite3.so.0"
    os.makedirs(client.CACHE, exist_ok=True)
    with open(os.path.join(client.CACHE, "lock-sqlite"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not library.exists():
            _build(version, there)
    said = subprocess.check_output(
        [python, "-c", "import sqlite3; print(sqlite3.sqlite_version)"],
        env={"LD_LIBRARY_PATH": str(there)},
        text=True,
    )
    if said != f"{version}\n":
        pytest.skip(f"this Python brings its own SQLite: {said}")
    return str(there)


def _build(version: str, there: Path) -> None:
    package, integrity = SOURCES[version]
    try:
        archive = client.pack(package, integrity, f"{there}.new")
    except client.ClientMissing as error:
        pytest.skip(f"SQLite {version} is not to be had: {error}")
    new = Path(f"{there}.new")
    with tarfile.open(archive) as outer:
        outer.extract("package/deps/sqlite3.tar.gz", new)
    with tarfile.open(new / "package" / "deps" / "sqlite3.tar.gz") as inner:
        inner.extract("sqlite3.c", new)
    words = ["gcc", "-w", "-shared", "-fPIC", "-DSQLITE_ENABLE_DESERIALIZE", "-o"]
    words += [str(new / "libsqlite3.so.0"), str(new / "sqlite3.c"), "-lpthread", "-ldl", "-lm"]
    try:
        subprocess.run(words, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"SQLite {version} cannot be built here: {error}")
    os.rename(new, there)
