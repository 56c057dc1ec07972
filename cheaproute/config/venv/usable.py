"""The one probe: can this Python run cheaproute? As a script it says so, or what it lacks.

`hooks/run`, `bin/cheaproute` and `install.sh` start it with whatever Python they find, so it is
plain, and quick.
"""

from __future__ import annotations

import sys

YES = "usable"
PYTHON = (3, 11)
# The oldest SQLite that the ledger's statements work on (upserts, renamed columns).
SQLITE = (3, 35)


def lacks():  # type: ignore[no-untyped-def] # noqa: ANN201 - any old Python may read this
    """What the Python that runs this lacks, as a few words; "" if nothing."""
    if sys.version_info < PYTHON:
        return "is Python %d.%d" % sys.version_info[:2]  # noqa: UP031
    try:
        import _sqlite3
    except ImportError:
        return "was built without SQLite"
    version = _sqlite3.sqlite_version
    if tuple(int(part) for part in version.split(".")[:2]) < SQLITE:
        return "has SQLite {}, not {}.{}".format(version, *SQLITE)
    return ""


if __name__ == "__main__":
    FOUND = lacks()  # type: ignore[no-untyped-call]
    sys.stdout.write(FOUND or YES)
    sys.exit(bool(FOUND))
