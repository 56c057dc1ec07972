"""What of the transcripts could not be read or counted, and why."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3


def places(db: sqlite3.Connection) -> list[tuple[str, str]]:
    """What could not be read, and why."""
    rows = db.execute("SELECT path, reason FROM unreadable ORDER BY path")
    return [(row[0], row[1]) for row in rows]


def skipped(db: sqlite3.Connection) -> list[tuple[str, int, str]]:
    """The rows that could not be counted: file, line (from 1; 0: the file is gone) and why."""
    return [
        (path, _line(path, offset), reason)
        for path, offset, reason in db.execute("SELECT * FROM skipped_row ORDER BY path, offset")
    ]


def _line(path: str, offset: int) -> int:
    """The number of the line that begins at `offset`."""
    count = 1
    try:
        with open(path, "rb") as file:
            while offset > 0 and (data := file.read(min(offset, 1 << 20))):
                count += data.count(b"\n")
                offset -= len(data)
    except (OSError, ValueError):
        return 0
    return count
