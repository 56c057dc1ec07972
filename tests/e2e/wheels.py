"""The plugin's libraries as wheels, fetched once, so that an installation needs no network."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import zlib

from tests.conftest import ROOT
from tests.e2e.client import CACHE, HOME


class WheelsMissing(Exception):
    """They can be neither found nor fetched; the message says why."""


def find(cache: str = CACHE) -> str:
    """A directory with a wheel for each line of requirements.lock.

    Raises:
        WheelsMissing: pip could not fetch them.
    """
    lock_file = os.path.join(ROOT, "requirements.lock")
    with open(lock_file, "rb") as file:
        key = f"{zlib.crc32(file.read()):08x}-{sys.version_info.major}.{sys.version_info.minor}"
    place = os.path.join(cache, f"wheels-{key}")
    os.makedirs(cache, exist_ok=True)
    with open(os.path.join(cache, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(place):
            command = [sys.executable, "-m", "pip", "download", "-q", "--require-hashes"]
            done = subprocess.run(
                [*command, "-r", lock_file, "-d", place + ".new"],
                env={**os.environ, "HOME": HOME},
                capture_output=True,
                text=True,
                timeout=600,
                check=False,
            )
            if done.returncode:
                raise WheelsMissing(f"pip download: {done.stderr.strip()[-300:]}")
            os.rename(place + ".new", place)
    return place


def offline(place: str) -> dict[str, str]:
    """Variables that make pip use the wheels in `place` and nothing else."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": place, "PIP_CONFIG_FILE": os.devnull}
