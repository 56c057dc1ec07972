"""Which machine this is: a random id, kept beside the ledger, that a copied home does not keep."""

from __future__ import annotations

import json
import os
import secrets
import socket
import zlib
from dataclasses import dataclass

from cheaproute import atomic, fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# What tells one system from another; the last is a Mac's.
_SYSTEM_FILES = ("/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid")
_ID_CHARS = 16


@dataclass(frozen=True, slots=True)
class Machine:
    """This machine as others see it: `id` is random, `name` for people."""

    id: str
    name: str


def this(env: Mapping[str, str], system_files: tuple[str, ...] = _SYSTEM_FILES) -> Machine:
    """This machine, made known to itself the first time.

    The id stands with the system it was made on and the directory it was made in. Where either
    differs (a home copied to a new laptop, a directory moved), a new id begins: two machines must
    never append to one file.

    Raises:
        ConfigError: it cannot be written down.
    """
    path = os.path.join(paths.data_dir(env), "machine.json")
    home = _fingerprint(system_files, os.path.realpath(os.path.dirname(path)))
    known = _read(path)
    if known.get("home") == home and is_id(known.get("id")):
        return Machine(str(known["id"]), _name(known.get("name")))
    made = Machine(secrets.token_hex(_ID_CHARS // 2), _name(socket.gethostname()))
    row = {"id": made.id, "name": made.name, "home": home}
    atomic.write(path, json.dumps(row).encode() + b"\n")
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
