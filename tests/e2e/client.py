"""The real Claude Code client: pinned versions, fetched from npm once, checked by their hashes."""

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

# What npm publishes for each version (`npm view PACKAGE@VERSION dist.integrity`).
INTEGRITY = {
    "2.1.139": "sha512-BwfSmFhas8MkOtYweY23gHPJTasHzklDSBGqWaae/ObTmk7swiz6NYSaP7DEbrWa1WSl3PTgduFq9/fJVhYNGQ==",  # noqa: E501
    "2.1.270": "sha512-DFwGNa5eSZ40UtoJ6TlyDQym1jdUkr+/YB7B0CN0maCPwzxJHvIG6gHMomdQRwj/Bd8XQyemCMIJVAscKjlhzQ==",  # noqa: E501
    "2.1.286": "sha512-PnVL8ZCEev3IexLeOc9/QRfqRDUZRgnsaMLdpjlBN0VaieeTrf7mZ2JJi29ue2KAqHvq6SsOadU5G/shnFE4MA==",  # noqa: E501
    "2.1.322": "sha512-0DoaNAXLWCYYIGachWBCkTUsS8dOOgvk4R2fFKdrLejO9XlRTwaWUMD9ONdDmv0csdpwxj4qLUN6zWMaG2Sz6g==",  # noqa: E501
    "2.1.330": "sha512-9Gn+V7DtJ8M1nztP9CeDVl9g3RtrepI7rOFTyPRRnZe8D6zebIHKmC7OvBauucuAP0X0k85SDN/LPVZyjsGezQ==",  # noqa: E501
    "2.1.332": "sha512-f4JWhzwYutJIHScC7/dYOPX6s28tt7ZADhsOi8zwOHq5fFPEuUeChh2NMfinSg0GrUckYxaeebC4h0DqiKzLcw==",  # noqa: E501
}
VERSION = "2.1.330"
NEWEST = "2.1.332"
# From the first modules are loaded, from the second they hear the engine's requests.
FIRST_MODULE, FIRST_FETCH = "2.1.286", "2.1.322"
# The oldest supported, and the last that had classic hooks alone.
OLDEST, CLASSIC = "2.1.139", "2.1.270"

# Read when the tests are collected: the fixtures give each test another HOME.
HOME = os.path.expanduser("~")
CACHE = os.environ.get("CHEAPROUTE_TEST_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.join(HOME, ".cache"), "cheaproute-tests"
)


class ClientMissing(Exception):
    """The client can be neither found nor fetched; the message says why."""


def find(version: str = VERSION, cache: str = CACHE) -> str:
    """The path of the client of that version, fetched into `cache` if it is not there yet.

    Raises:
        ClientMissing: not a Linux x86-64 machine, no npm, no network, or another file than pinned.
    """
    package = f"@anthropic-ai/claude-code-linux-x64@{version}"
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise ClientMissing(f"the pinned client is {package}, this is {sys.platform}")
    place = os.path.join(cache, version)
    program = os.path.join(place, "claude")
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(program):
            _fetch(package, INTEGRITY[version], place + ".new")
            os.rename(place + ".new", place)
    return program


def _fetch(package: str, expected: str, place: str) -> None:
    archive = pack(package, expected, place)
    with tarfile.open(archive) as tar, open(os.path.join(place, "claude"), "wb") as target:
        member = tar.extractfile("package/claude")
        assert member is not None
        shutil.copyfileobj(member, target)
    os.chmod(os.path.join(place, "claude"), stat.S_IRWXU)
    os.unlink(archive)


def pack(package: str, expected: str, place: str) -> str:
    """Fetch npm's `package` (NAME@VERSION) into the new folder `place`; the archive's path.

    Raises:
        ClientMissing: no npm, no network, or another file than `expected`, npm's hash of it.
    """
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    npm = shutil.which("npm")
    if npm is None:
        raise ClientMissing("npm is not on PATH")
    command = [npm, "pack", package, "--silent", "--pack-destination", place]
    done = subprocess.run(
        command,
        cwd=place,
        env={**os.environ, "HOME": HOME},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    archives = [name for name in os.listdir(place) if name.endswith(".tgz")]
    if done.returncode or not archives:
        raise ClientMissing(f"npm pack {package}: {done.stderr.strip()[-300:]}")
    archive = os.path.join(place, archives[0])
    found = integrity(archive)
    if found != expected:
        raise ClientMissing(f"{package} is {found}, pinned is {expected}")
    return archive


def integrity(path: str) -> str:
    """The file's hash in npm's notation."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    return "sha512-" + base64.b64encode(digest).decode()
