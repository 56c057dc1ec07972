"""The real Claude Code client: one pinned version, fetched from npm once, checked by its hash."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tarfile

VERSION = "2.1.330"
PACKAGE = f"@anthropic-ai/claude-code-linux-x64@{VERSION}"
# What npm publishes for this version (`npm view PACKAGE dist.integrity`).
INTEGRITY = (
    "sha512-9Gn+V7DtJ8M1nztP9CeDVl9g3RtrepI7rOFTyPRRnZe8"
    "D6zebIHKmC7OvBauucuAP0X0k85SDN/LPVZyjsGezQ=="
)

# Read when the tests are collected: the fixtures give each test another HOME.
HOME = os.path.expanduser("~")
CACHE = os.environ.get("CHEAPROUTE_TEST_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.join(HOME, ".cache"), "cheaproute-tests"
)


class ClientMissing(Exception):
    """The client can be neither found nor fetched; the message says why."""


def find(cache: str = CACHE) -> str:
    """The path of the client, fetched into `cache` if it is not there yet.

    Raises:
        ClientMissing: not a Linux x86-64 machine, no npm, no network, or another file than pinned.
    """
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise ClientMissing(f"the pinned client is {PACKAGE}, this is {sys.platform}")
    place = os.path.join(cache, VERSION)
    program = os.path.join(place, "claude")
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(program):
            _fetch(place + ".new")
            os.rename(place + ".new", place)
    return program


def _fetch(place: str) -> None:
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    npm = shutil.which("npm")
    if npm is None:
        raise ClientMissing("npm is not on PATH")
    command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", place]
    environment = {**os.environ, "HOME": HOME}
    done = subprocess.run(
        command,
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    archives = [name for name in os.listdir(place) if name.endswith(".tgz")]
    if done.returncode or not archives:
        raise ClientMissing(f"npm pack {PACKAGE}: {done.stderr.strip()[-300:]}")
    archive = os.path.join(place, archives[0])
    found = integrity(archive)
    if found != INTEGRITY:
        raise ClientMissing(f"{PACKAGE} is {found}, pinned is {INTEGRITY}")
    with tarfile.open(archive) as tar, open(os.path.join(place, "claude"), "wb") as target:
        member = tar.extractfile("package/claude")
        assert member is not None
        shutil.copyfileobj(member, target)
    os.chmod(os.path.join(place, "claude"), stat.S_IRWXU)
    os.unlink(archive)


def integrity(path: str) -> str:
    """The file's hash in npm's notation."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    return "sha512-" + base64.b64encode(digest).decode()
