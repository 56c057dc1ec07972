"""A whole history into the ledger: any number of transcripts, in stretches of bounded size."""

from __future__ import annotations

import gc
import os

from cheaproute.client.transcript import layout, reader
from cheaproute.ledger.ingest import faults, ingest

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator

    from cheaproute.usage.prices import Prices

# A transaction's worth of transcripts: its writing keeps hooks waiting for some milliseconds.
BATCH_BYTES = 32 << 20
BATCH_FILES = 500
# Pages in the write-ahead log before it is carried over: several transactions change the same ones.
# SQLite's 1,000 are a batch's; with many more a hook that carries a long log over would wait.
_LOG_PAGES = 4000


class Backfill:
    """What a history came to: files and bytes looked at, calls new or changed.

    `unreadable` are the files and folders that could not be read, and why; `kept` is how many calls
    a rebuild did not find again where they had been read.
    """

    __slots__ = ("bytes", "calls", "files", "kept", "unreadable")

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0
        self.calls = 0
        self.kept = 0
        self.unreadable: dict[str, str] = {}


class Found(list[tuple[str, int]]):
    """Transcripts with their bytes; `unreadable` are the folders that could not be looked into."""

    def __init__(self, items: Iterable[tuple[str, int]], unreadable: dict[str, str]) -> None:
        super().__init__(items)
        self.unreadable = unreadable


def transcripts(places: Iterable[str]) -> Found:
    """The transcripts at or below `places`, each once, with their bytes; main ones come first.

    A session's project is where its main transcript began, so that one has to be met first.
    """
    found: dict[str, int] = {}
    unreadable: dict[str, str] = {}
    for place in places:
        for path in [place] if os.path.isfile(place) else layout.below(place, unreadable):
            try:
                found[os.path.abspath(path)] = os.stat(path).st_size
            except FileNotFoundError:
                continue
            except OSError as error:
                unreadable[path] = error.strerror or type(error).__name__
    ordered = sorted(found.items(), key=lambda item: (_is_subagents(item[0]), item[0]))
    return Found(ordered, unreadable)


def read(
    db: sqlite3.Connection,
    found: list[tuple[str, int]],
    now_ms: int,
    prices: Prices,
    progress: Callable[[int], None] = lambda _: None,
) -> Backfill:
    """Bring the ledger up to date with the transcripts `found`; tells `progress` the bytes done.

    A kill loses no more than the batch it is at; the next run goes on there.
    """
    done = Backfill()
    faults.look_again(db)
    if isinstance(found, Found) and found.unreadable:
        faults.unreadable(db, found.unreadable, now_ms)
        done.unreadable |= found.unreadable
    db.execute("PRAGMA cache_size = -65536")  # message ids come in no order: keep the whole tree
    db.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    # Until a longer piece was given back glibc asks the kernel for each stretch anew, in pages to
    # be zeroed first; this one costs nothing, as nobody writes to it.
    bytes(4 * reader.CHUNK)
    collected = gc.isenabled()
    gc.disable()  # nothing here is cyclic, and looking for it takes a tenth of the time
    try:
        for batch in batches(found, BATCH_BYTES, BATCH_FILES):
            metered = ingest.read(db, [path for path, _ in batch], now_ms, prices)
            done.calls += metered.calls
            done.unreadable |= metered.unreadable
            done.files += len(batch)
            size = sum(size for _, size in batch)
            done.bytes += size
            progress(size)
    finally:
        if collected:
            gc.enable()
    return done


def _is_subagents(path: str) -> bool:
    return bool(layout.agent_of(path)) or f"{os.sep}subagents{os.sep}" in path


def batches(
    found: Iterable[tuple[str, int]], most_bytes: int, most_files: int
) -> Iterator[list[tuple[str, int]]]:
    """`found` in its order, in parts of about so many bytes and at most so many files."""
    batch: list[tuple[str, int]] = []
    size = 0
    for item in found:
        if batch and (size + item[1] > most_bytes or len(batch) >= most_files):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += item[1]
    if batch:
        yield batch
