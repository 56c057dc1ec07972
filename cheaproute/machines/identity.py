"""Which machine this is: a random id, kept beside the ledger, that a copied home does not keep."""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import subprocess
import zlib
from dataclasses import dataclass

from cheaproute import atomic, fastjson
from cheaproute.config import paths, platform

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# What tells one system from another; a Mac has no such file, and a command that shows its UUID.
_SYSTEM_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid")
_OF_A_MAC = ("/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice")
_UUID = re.compile(r'"IOPlatformUUID"\s*=\s*"([0-9A-Fa-f-]{32,36})"')
_ID_CHARS = 16


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine as others see it: `id` is random, `name` for people."""

    id: str
    name: str


def hardware() -> str:
    """What a Mac says of its hardware; "" on other systems, and where it says nothing."""
    if platform.system() != platform.MAC:
        return ""
    try:
        done = subprocess.run(
            _OF_A_MAC, capture_output=True, text=True, timeout=10, check=False, env={}
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return ""
    return done.stdout


def this(
    env: Mapping[str, str],
    system_files: tuple[str, ...] = _SYSTEM_FILES,
    shown: Callable[[], str] = hardware,
) -> Machine:
    """This machine, made known to itself the first time.

    The id stands with the system it was made on and the directory it was made in. Where either
    differs (a home copied to a new laptop, a directory moved), a new id begins: two machines must
    never append to one file. A Mac (`shown`) that for once does not tell its UUID is no other one.

    Raises:
        ConfigError: it cannot be written down.
    """
    path = os.path.join(paths.data_dir(env), "machine.json")
    home = _fingerprint(system_files, os.path.realpath(os.path.dirname(path)))
    found = _UUID.search(shown())
    mac = zlib.crc32(found[1].lower().encode()) if found else None
    known = _read(path)
    before = known.get("mac")
    same = known.get("home") == home and (mac is None or before is None or mac == before)
    made = Machine(secrets.token_hex(_ID_CHARS // 2), _name(socket.gethostname()))
    if same and is_id(known.get("id")):
        made = Machine(str(known["id"]), _name(known.get("name")))
        if mac is None or before is not None:
            return made
    row = {"id": made.id, "name": made.name, "home": home} | ({} if mac is None else {"mac": mac})
    atomic.write(path, json.dumps(row).encode() + b"\n", 0o600)
    return made


def is_id(value: object) -> bool:
    """Whether `value` could be a machine's id: it names files, so nothing else may stand in it."""
    return (
        isinstance(value, str)
        and len(value) == _ID_CHARS
        and all(char in "0123456789abcdef" for char in value)
    )


def _name(value: object) -> str:
    """A short printable name."""
    text = value if isinstance(value, str) else ""
    return "".join(char for char in text if char.isprintable())[:40] or "machine"


def _fingerprint(system_files: tuple[str, ...], place: str) -> int:
    """A number for this system and this directory; it tells nothing about either."""
    words = [place]
    for path in system_files:
        try:
            with open(path, encoding="ascii") as file:
                word = file.read(200).strip()
        except (OSError, ValueError):
            continue
        if word:  # an image has it empty, to be filled at its first start
            words.append(word)
            break
    return zlib.crc32("\0".join(words).encode("utf-8", "surrogateescape"))


def _read(path: str) -> dict[str, object]:
    try:
        known = fastjson.read(path, 10_000)
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}
