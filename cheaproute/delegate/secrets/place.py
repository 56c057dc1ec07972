"""What a file's name, its place and the user's own rules say of sending it (hot path)."""

from __future__ import annotations

import os
import stat

from cheaproute.client import permissions
from cheaproute.config import paths
from cheaproute.delegate.secrets import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SECRET, DENIED, LINKED = "secret", "denied", "linked"


def why_kept(
    ways: Sequence[str], rules: Sequence[str], env: Mapping[str, str], project: str
) -> str:
    """Why the file that each of `ways` leads to is sent nowhere, "" if its text decides.

    `rules` are `permissions.rules` of the project.
    """
    if any(map(names.withheld, ways)):
        return SECRET
    home = paths.home(env)
    for path in ways:
        if rules and permissions.matches(path, rules, project=project, home=home):
            return DENIED
    return LINKED if any(map(_linked, ways)) else ""


def stayed(path: str, real: str, status: os.stat_result) -> bool:
    """Whether what was opened is what `path` led to when it was judged, and leads to now.

    A directory on the way may have become a link meanwhile, and be itself again already.
    """
    try:
        return os.path.realpath(path) == real and os.path.samestat(status, os.lstat(real))
    except OSError:
        return False


def _linked(path: str) -> bool:
    """Whether a file has another name, too, about which nothing is known."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink > 1
