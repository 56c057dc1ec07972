"""Reading a machine's file: on from where it was left, whatever whoever syncs did to it since."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import BinaryIO

from cheaproute.machines.folder import Head
from cheaproute.machines.lines import rows
from cheaproute.machines.lines.rows import Refused, Row
from cheaproute.machines.lines.sealed import Seal

UNOPENED = "sealed with another passphrase, or changed"
_TAIL = 48
_CHUNK = 1 << 20


@dataclass(slots=True)
class Reading:
    """What looks at a file brought: how far it was read, and what was set aside.

    `again_ms`: when a row that was of the future is none any more (0: there is none), and all is
    read anew; `unopened`: lines at the end that our key does not open, which are tried again;
    `looked`: the place behind the last of them, `key`: what tells them and that key.
    """

    offset: int
    tail: bytes
    refused: int = 0
    why: str = ""
    again_ms: int = 0
    unopened: int = 0
    looked: int = 0
    key: bytes = b""

    def refuse(self, why: str, count: int = 1) -> None:
        """Count lines that were set aside."""
        self.refused += count
        self.why = self.why or why

    def passed(self, size: int, tail: bytes) -> None:
        """Go on behind `size` further bytes, of which `tail` are the last."""
        self.offset += size
        self.tail = (self.tail + tail)[-_TAIL:]


def as_left(path: str, found: Head, last: Reading | None, seal: Seal | None) -> bool:
    """Whether the own file still has what it had when it was last read, and under the same key.

    Whoever syncs may have put an older or another one in its place.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        if last is not None and last.offset and not _stands(file, found, last):
            return False
        file.seek(found.size)
        line = file.readline(rows.MOST_LINE_BYTES * 4)
    return seal is None or not line.endswith(b"\n") or seal.open(line.strip()) is not None


def _stands(file: BinaryIO, found: Head, last: Reading) -> bool:
    """Whether the bytes before the place up to which the file was read are those of then."""
    if last.offset < found.size:
        return False
    file.seek(last.offset - len(last.tail))
    return file.read(len(last.tail)) == last.tail


def read(
    path: str,
    found: Head,
    known: Reading | None,
    seal: Seal | None,
    now_ms: int,
    each: Callable[[Row, int], None],
) -> Reading:
    """Hand each row that was not read yet, and where it ends, to `each`; how far that was.

    A file that is not the one read before (shorter, or other bytes before the place) is read from
    its start, as one is that has a row of whose time the clock has come: to read twice is no harm.
    A last line without its end, and lines at the end that no key opens, are left for the next time.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        now = Reading(found.size, b"")
        due = known is not None and 0 < known.again_ms <= now_ms
        behind: Reading | None = None  # where lines begin that no key opened yet
        if known is not None and not due and _stands(file, found, known):
            now = replace(known, unopened=0, looked=0, key=b"")
            if (
                seal
                and known.unopened
                and _tried(file, known.offset, known.looked, seal) == known.key
            ):
                behind, now = now, replace(known, offset=known.looked)
        file.seek(now.offset)
        rest = b""
        while data := file.read(_CHUNK):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                before = replace(now)
                now.passed(len(line) + 1, line + b"\n")
                opened = seal.open(line) if seal and line.strip() else line
                if opened is None:
                    behind = behind or before
                    now.unopened += 1
                    continue
                if now.unopened:
                    now.refuse(UNOPENED, now.unopened)
                    now.unopened, behind = 0, None
                _one(opened, now_ms, now, each)
            if len(rest) > rows.MOST_LINE_BYTES * 4:
                now.passed(len(rest), rest)
                now.refuse("a line without an end")
                rest = b""
        if seal and behind is not None:
            now.looked, now.key = now.offset, _tried(file, behind.offset, now.offset, seal)
    if behind is not None:
        now.offset, now.tail = behind.offset, behind.tail
    return now


def _tried(file: BinaryIO, begin: int, end: int, seal: Seal) -> bytes:
    """What tells these bytes under this key: whoever syncs may bring others into their place."""
    found = hashlib.blake2b(seal.mark, digest_size=8)
    file.seek(begin)
    while begin < end and (data := file.read(min(_CHUNK, end - begin))):
        found.update(data)
        begin += len(data)
    return found.digest()


def _one(line: bytes, now_ms: int, now: Reading, each: Callable[[Row, int], None]) -> None:
    """One line: a row for `each`, or one that is set aside."""
    if not line.strip():
        return
    try:
        each(rows.parse(line, now_ms), now.offset)
    except Refused as refused:
        now.refuse(str(refused))
        if refused.until_ms:
            now.again_ms = min(now.again_ms or refused.until_ms, refused.until_ms)
