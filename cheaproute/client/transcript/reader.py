"""A transcript file, and the bytes of it that were not yet read."""

from __future__ import annotations

import os
import stat
import time

from cheaproute import fastjson
from cheaproute.client.transcript import layout
from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import RawIOBase

# Read in stretches that stay in the processor's cache, and small in memory; most files are one.
CHUNK = 1 << 20
# A longer line is passed over: no API call is told of in so much, and a hook's memory is bounded.
MOST_LINE = 32 << 20
# So many bytes before the offset are kept: they differ where a file was written anew. Rows end
# alike; this far back stand their own id and time.
TAIL = 512
# A file that nobody wrote to for so long is as it was, if it is as long.
_FRESH_S = 3600


class File:
    """A transcript as the ledger knows it; `id` is 0 until it is first written down."""

    __slots__ = (
        "agent",
        "agent_type",
        "born_ms",
        "dispatch",
        "id",
        "inode",
        "offset",
        "path",
        "seen_ms",
        "session",
        "tail",
    )

    def __init__(self, path: str) -> None:
        self.id = 0
        self.path = path
        self.session = 0
        self.agent = layout.agent_of(path)
        self.agent_type = ""
        self.dispatch = ""
        self.born_ms = 0
        self.seen_ms = 0
        self.offset = 0
        self.inode = 0
        self.tail = b""


def grown(file: File) -> bool:
    """Whether the file holds anything not yet read: it grew, shrank, or is another file now.

    False where there is no such file.

    Raises:
        OSError: it cannot be looked at.
    """
    try:
        status = os.stat(file.path)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: no path at all
        return False
    if not stat.S_ISREG(status.st_mode):
        return False  # a pipe or a device might never end
    if status.st_size != file.offset or status.st_ino != file.inode:
        return True
    return time.time() - status.st_mtime < _FRESH_S and _is_anew(file, status)


def _is_anew(file: File, status: os.stat_result) -> bool:
    """Whether a file as long as the one read before, in its place, has other rows."""
    with open(file.path, "rb", buffering=0) as stream:
        return not _is_same(file, status, stream)


def describe(file: File) -> None:
    """Fill in what `agent-<id>.meta.json` tells: the subagent's type and the dispatch."""
    try:
        meta = fastjson.read(file.path.removesuffix(".jsonl") + ".meta.json", CHUNK)
    except (OSError, ValueError):
        return
    if isinstance(meta, dict):
        kind, dispatch = meta.get("agentType"), meta.get("toolUseId")
        file.agent_type = storable(kind) if isinstance(kind, str) else file.agent_type
        file.dispatch = storable(dispatch) if isinstance(dispatch, str) else file.dispatch


def stretches(file: File) -> Iterator[tuple[bytes, bool]]:
    """The unread bytes of `file` in stretches of whole lines, and whether the file ends there.

    The caller calls `advance` with what it consumed before it asks for the next stretch. A file
    that is not the one read before is read from its start. OSError if it cannot be read.
    """
    with open(file.path, "rb", buffering=0) as stream:
        status = os.fstat(stream.fileno())
        if not _is_same(file, status, stream):
            file.offset, file.tail = 0, b""
        file.inode = status.st_ino
        size, ends = CHUNK, False
        while not ends:
            stream.seek(file.offset)
            data = stream.read(size)
            ends = len(data) < size
            before = file.offset
            if data:
                yield data, ends
            if file.offset > before:
                size = CHUNK
            elif size < MOST_LINE:
                size *= 2  # a line longer than the stretch
            elif not ends:
                _pass_over(file, stream)
                size = CHUNK


def _pass_over(file: File, stream: RawIOBase) -> None:
    """Go on behind the line that begins at the offset; to the file's end if it has none yet.

    What is still to come of it will then look like a line: no JSON, and no call.
    """
    stream.seek(file.offset)
    while data := stream.read(CHUNK):
        end = data.find(b"\n") + 1
        advance(file, data, end or len(data))
        if end:
            return
        if not data.strip(b"\0"):
            _skip_hole(file, stream)
            return


def _skip_hole(file: File, stream: RawIOBase) -> None:
    """Go on with the row behind a hole at the offset, which may be many gigabytes of nothing."""
    size = os.fstat(stream.fileno()).st_size
    try:
        there = os.lseek(stream.fileno(), file.offset, os.SEEK_DATA)
    except AttributeError:  # a system that tells of none
        there = file.offset
    except OSError:  # it goes on to the end
        there = size
    stream.seek(there)
    data = stream.read(CHUNK)
    there += len(data) - len(data.lstrip(b"\0"))
    stream.seek(max(0, there - TAIL))
    file.tail = stream.read(there - stream.tell()) or b""
    file.offset = there


def advance(file: File, data: bytes, consumed: int) -> None:
    """Note that the first `consumed` bytes of the stretch `data` were read."""
    if consumed:
        file.offset += consumed
        file.tail = (file.tail + data[max(0, consumed - TAIL) : consumed])[-TAIL:]


def _is_same(file: File, status: os.stat_result, stream: RawIOBase) -> bool:
    """Whether this is the file read before, grown: if in doubt, no (to read twice is no harm)."""
    if status.st_ino != file.inode or status.st_size < file.offset:
        return False
    stream.seek(file.offset - len(file.tail))
    return stream.read(len(file.tail)) == file.tail
