"""Transcript files: which belong to a session, and the bytes of each not yet read."""

from __future__ import annotations

import os
import stat

from cheaproute import fastjson
from cheaproute.usage.call import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from io import RawIOBase

# Read in stretches that stay in the processor's cache, and small in memory.
CHUNK = 1 << 18
# A longer line is passed over: no API call is told of in so much, and a hook's memory is bounded.
MOST_LINE = 32 << 20
# So many bytes before the offset are kept: they differ where a file was written anew. Rows end
# alike; this far back stand their own id and time.
TAIL = 512


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
        self.agent = agent_of(path)
        self.agent_type = ""
        self.dispatch = ""
        self.born_ms = 0
        self.seen_ms = 0
        self.offset = 0
        self.inode = 0
        self.tail = b""


def agent_of(path: str) -> str:
    """The subagent's id in the name `agent-<id>.jsonl`; "" for any other name."""
    name = os.path.basename(path)
    return name[6:-6] if name.startswith("agent-") and name.endswith(".jsonl") else ""


def session_of(path: str) -> str:
    """The session's uuid that the path names: `<uuid>.jsonl` or `<uuid>/subagents/...`; else ""."""
    parts = path.split(os.sep)
    at = _subagents(parts)
    return parts[at - 1] if at else _uuid(parts[-1].removesuffix(".jsonl"))


def folder_of(path: str) -> str:
    """The name of the client's folder for the project, such as `-home-me-project`."""
    parts = path.split(os.sep)
    return parts[(_subagents(parts) or len(parts)) - 2] if len(parts) > 2 else ""


def _subagents(parts: list[str]) -> int:
    """Where a session's own `subagents` stands in a path; 0 if it is of no subagent.

    The word may stand before that, too: a config directory lies wherever its user wants it.
    """
    for at in range(len(parts) - 2, 0, -1):
        if parts[at] == "subagents":
            return at if _uuid(parts[at - 1]) or agent_of(parts[-1]) else 0
    return 0


def _uuid(word: str) -> str:
    return word[:36] if len(word) >= 36 and word[:36].count("-") == 4 else ""


def of_session(transcript: str) -> Iterator[str]:
    """The session's transcripts: the main one, then its subagents' at any depth, sorted."""
    yield transcript
    yield from below(os.path.join(transcript.removesuffix(".jsonl"), "subagents"))


def below(directory: str, unreadable: dict[str, str] | None = None) -> Iterator[str]:
    """Every transcript below `directory`, files before directories, each sorted.

    Linked directories are followed, each once. What cannot be listed goes into `unreadable`, with
    the reason; a directory that is not there is none.
    """
    yield from _below(directory, set(), {} if unreadable is None else unreadable)


def _below(directory: str, seen: set[tuple[int, int]], unreadable: dict[str, str]) -> Iterator[str]:
    try:
        with os.scandir(directory) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        status = os.stat(directory)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        unreadable[directory] = error.strerror or type(error).__name__
        return
    if (status.st_dev, status.st_ino) in seen:
        return
    seen.add((status.st_dev, status.st_ino))
    for entry in listed:
        if entry.name.endswith(".jsonl") and not _is_dir(entry):
            yield entry.path
    for entry in listed:
        if _is_dir(entry):
            yield from _below(entry.path, seen, unreadable)


def _is_dir(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def load(db: sqlite3.Connection, path: str) -> File:
    """What the ledger knows of the file at `path`; a new `File` if nothing."""
    file = File(path)
    row = db.execute(
        "SELECT id, session, agent_type, dispatch, born_ms, seen_ms, offset, inode, tail FROM file "
        "WHERE path = ?",
        (storable(path),),
    ).fetchone()
    if row is not None:
        file.id, file.session, file.agent_type, file.dispatch = row[:4]
        file.born_ms, file.seen_ms, file.offset, file.inode, file.tail = row[4:]
    return file


def save(db: sqlite3.Connection, file: File) -> None:
    """Write `file` down; sets its id. Inside the caller's transaction."""
    db.execute(
        "INSERT INTO file(path, session, agent, agent_type, dispatch, born_ms, seen_ms, offset, "
        "inode, tail) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(path) DO UPDATE SET "
        "session = excluded.session, agent_type = excluded.agent_type, "
        "dispatch = excluded.dispatch, born_ms = excluded.born_ms, seen_ms = excluded.seen_ms, "
        "offset = excluded.offset, inode = excluded.inode, tail = excluded.tail",
        (
            storable(file.path), file.session, file.agent, file.agent_type, file.dispatch,
            file.born_ms, file.seen_ms, file.offset, file.inode, file.tail,
        ),
    )  # fmt: skip
    if not file.id:
        row = db.execute("SELECT id FROM file WHERE path = ?", (storable(file.path),)).fetchone()
        file.id = row[0]


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
    return status.st_size != file.offset or status.st_ino != file.inode


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
