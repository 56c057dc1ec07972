"""A project by the name people use for it: a path, or the last part of one."""

from __future__ import annotations

import os

from cheaproute.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_OFFERED = 3
_LEAST = 3


def find(db: sqlite3.Connection, said: str, cwd: str) -> str:
    """The directory that `said` means: a project's, or one that has projects below it.

    A part of a project's name is enough where no other has it.

    Raises:
        UsageError: the ledger knows none, or several; the message names them.
    """
    known = _known(db)
    path = os.path.normpath(os.path.join(cwd or os.sep, os.path.expanduser(said)))
    if any(_within(one, path) for one in known):
        return path
    name = said.lstrip("….").strip("/\\").lower().replace("\\", "/")
    found = sorted(one for one in known if _ends(one, name))
    if not found and len(name) >= _LEAST:  # a part of its name, as far as a table may show it
        found = sorted(one for one in known if name in os.path.basename(one).lower())
    roots = [one for one in found if not any(_within(one, up) for up in found if up != one)]
    if len(roots) == 1:
        return roots[0]
    if roots:
        raise UsageError(f"{said!r} could be {_listed(roots)}: say more of the path")
    close = _near(known, name.rpartition("/")[2])
    raise UsageError(
        f"{'no call was made in this directory' if said == os.curdir else f'no project {said!r}'}: "
        + (f"did you mean {_listed(close)}?" if close else "`cheaproute costs projects` lists them")
    )


def names(db: sqlite3.Connection) -> list[str]:
    """What each project can be called by, where that is one word of a shell."""
    found = {os.path.basename(path) for path in _known(db)}
    return sorted(name for name in found if name.replace("-", "").replace(".", "").isidentifier())


def like(db: sqlite3.Connection, said: str) -> str:
    """The last part of the one project's path that `said` is like, "" for none."""
    return next((os.path.basename(path) for path in _near(_known(db), said.lower())), "")


def _known(db: sqlite3.Connection) -> list[str]:
    return [str(row[0]) for row in db.execute("SELECT path FROM project WHERE path != ''")]


def _near(known: list[str], name: str) -> list[str]:
    from difflib import get_close_matches

    names = {os.path.basename(one): one for one in known}
    return [names[word] for word in get_close_matches(name, names, _OFFERED)]


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith((root.rstrip("/\\") + "/", root + "\\"))


def _ends(path: str, name: str) -> bool:
    low = path.lower().replace("\\", "/")
    return low == name or low.endswith("/" + name)


def _listed(paths: list[str]) -> str:
    return " or ".join(paths[:_OFFERED]) + (" or others" if len(paths) > _OFFERED else "")
