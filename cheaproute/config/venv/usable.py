"""The one probe: can this Python run cheaproute? As a script it says so, or what it lacks.

With a word, whether it can run the command line, too: hooks do with less, and the cap is theirs.

`hooks/run`, `bin/cheaproute` and `install.sh` start it with whatever Python they find, so it is
plain, and quick. One that can says in a second line where it is itself, behind whatever shim.
"""

from __future__ import annotations

import sys

YES = "usable"
PYTHON = (3, 11)
# The oldest SQLite that the ledger's statements work on (upserts, renamed columns).
SQLITE = (3, 35)
# What a build may lack that nothing of ours does without, and what commands need besides.
PARTS = ("_sqlite3", "math")
WHOLE = (
    "zlib", "_socket", "select", "_posixsubprocess", "_struct", "array", "binascii", "_random",
    "unicodedata", "_csv",
)  # fmt: skip


def lacks(parts=PARTS):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201 - any old Python may read this
    """What the Python that runs this lacks, as a few words; "" if nothing."""
    if sys.version_info < PYTHON:
        return "is Python %d.%d" % sys.version_info[:2]  # noqa: UP031
    for part in parts:
        try:
            __import__(part)
        except ImportError:
            return "was built without " + ("SQLite" if part == "_sqlite3" else part)
    import _sqlite3

    version = _sqlite3.sqlite_version
    if tuple(int(part) for part in version.split(".")[:2]) < SQLITE:
        return "has SQLite {}, not {}.{}".format(version, *SQLITE)
    return ""


if __name__ == "__main__":
    FOUND = lacks(PARTS + WHOLE if sys.argv[1:] else PARTS)  # type: ignore[no-untyped-call]
    sys.stdout.write(FOUND or YES + "\n" + sys.executable)
    sys.exit(bool(FOUND))
