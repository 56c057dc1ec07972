"""The folder that machines share: each appends to one file of its own and reads the others'.

Whoever syncs the folder (Dropbox, Syncthing, git, NFS) may deliver files late, halved, twice or
under another name; a file counts by its first line, never by its name.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from cheaproute import atomic, fastjson
from cheaproute.errors import CheaprouteError
from cheaproute.machines import identity
from cheaproute.machines.identity import Machine
from cheaproute.machines.lines.sealed import Seal

BELOW = "cheaproute"  # our own folder in the user's
END = ".jsonl"
VERSION = 1
_MOST_HEAD = 1_000
_ELSEWHERE = ".icloud"  # ".<name>.icloud": iCloud keeps the file, and here only its name


@dataclass(frozen=True, slots=True)
class Head:
    """A file's first line: whose it is, and the salt of its seal ("" for none)."""

    machine: str
    name: str
    salt: bytes
    size: int  # of the line, with its end


def own_path(place: str, machine: Machine) -> str:
    """The file that `machine` alone appends to."""
    return os.path.join(place, BELOW, machine.id + END)


def files(place: str) -> list[str]:
    """Every file of the folder that may be a machine's, sorted by name."""
    try:
        names = sorted(os.listdir(os.path.join(place, BELOW)))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CheaprouteError(f"{place}: {error.strerror}") from error
    found = [os.path.join(place, BELOW, name) for name in names if _may_be(name)]
    return [path for path in found if os.path.isfile(path)]


def _may_be(name: str) -> bool:
    return name.endswith(END) and not name.startswith(".")  # "._x.jsonl": what a Mac notes of x


def kept_away(place: str) -> list[str]:
    """The names of machines' files that are not on this disk now: whoever syncs has them."""
    try:
        names = sorted(os.listdir(os.path.join(place, BELOW)))
    except OSError:
        return []
    found = [name[1:].removesuffix(_ELSEWHERE) for name in names if name.endswith(_ELSEWHERE)]
    return [name for name in found if _may_be(name)]


def head(path: str) -> Head | None:
    """The first line of the file at `path`; None where it is not a machine's file.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        line = file.readline(_MOST_HEAD)
    try:
        found = fastjson.loads(line)
        salt = bytes.fromhex(str(found.get("salt") or ""))
    except (ValueError, AttributeError):
        return None
    if not isinstance(found, dict):
        return None
    machine, name = str(found.get("machine")), found.get("name")
    if not line.endswith(b"\n") or found.get("cheaproute") != VERSION:
        return None
    if not identity.is_id(machine):
        return None
    shown = "".join(c for c in name if c.isprintable())[:40] if isinstance(name, str) else ""
    return Head(machine, shown or machine[:8], salt, len(line))


def begin(path: str, machine: Machine, salt: bytes) -> None:
    """Start `machine`'s file.

    Raises:
        CheaprouteError: it cannot be written.
    """
    first = {"cheaproute": VERSION, "machine": machine.id, "name": machine.name}
    if salt:
        first["salt"] = salt.hex()
    # In the place of whatever lies there: a link, put there by whoever can write into the folder,
    # must not lead this to another file.
    atomic.write(path, json.dumps(first).encode() + b"\n", 0o600)


def append(path: str, lines: Iterator[bytes], seal: Seal | None) -> int:
    """Add `lines` to the own file; its size afterwards.

    A line that an earlier crash left half written is closed first: it will be refused, not joined.

    Raises:
        CheaprouteError: it cannot be written.
    """
    try:
        with open(path, "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    file.write(b"\n")
            file.writelines((seal.close(line) if seal else line) + b"\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()
    except OSError as error:
        raise CheaprouteError(f"{path}: {error.strerror}") from error


def checksum(line: bytes) -> int:
    """By which it is seen that a row has changed since it was told."""
    return zlib.crc32(line)
