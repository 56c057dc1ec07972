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

SECRET, DENIED, LINKED, LED = "secret", "denied", "linked", "led"


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
    if any(map(_linked, ways)):
        return LINKED
    return LED if _led(ways[0], os.path.realpath(ways[-1]), env, project) else ""


def stayed(path: str, real: str, status: os.stat_result) -> bool:
    """Whether what was opened is what `path` led to when it was judged, and leads to now.

    A directory on the way may have become a link meanwhile, and be itself again already.
    """
    try:
        return os.path.realpath(path) == real and os.path.samestat(status, os.lstat(real))
    except OSError:
        return False


def _led(path: str, real: str, env: Mapping[str, str], project: str) -> bool:
    """Whether a link leads from the project, or a checkout, to what is its user's own.

    That is the home, the client's directory and ours; not another checkout, whose files are as
    much of a project as the link is.
    """
    if path == real:
        return False
    home = os.path.realpath(paths.home(env) or os.sep)
    base = _base(path, project, home)
    if not base or _below(real, os.path.realpath(base)):
        return False
    if any(_below(real, os.path.realpath(one)) for one in _own(env)):
        return True
    return home != os.sep and _below(real, home) and not _open(real, home)


def _own(env: Mapping[str, str]) -> tuple[str, ...]:
    return paths.claude_dir(env), paths.config_dir(env), paths.data_dir(env)


def _base(path: str, project: str, home: str) -> str:
    """What `path` must not lead out of, "" where it is in no project and no checkout."""
    inside = bool(project) and (_below(path, project) or _below(path, os.path.realpath(project)))
    if inside and not _below(home, os.path.realpath(project)):
        return project
    # From the home itself, or above it, every repository of its own is one.
    return _checkout(path) or (os.path.dirname(path) if inside else "")


def _checkout(path: str) -> str:
    """The directory of the git checkout that `path` is in, "" if there is none."""
    place = os.path.dirname(path)
    while not os.path.exists(os.path.join(place, ".git")):
        above = os.path.dirname(place)
        if above == place:
            return ""
        place = above
    return place


def _open(real: str, home: str) -> bool:
    """Whether `real`, below `home`, is in a checkout, and that in no hidden directory.

    Settings are kept in checkouts, too: all of the home, or ~/.config.
    """
    checkout = _checkout(real)
    if checkout == home or not _below(checkout, home):
        return False
    return not any(part.startswith(".") for part in checkout[len(home) :].split(os.sep))


def _below(path: str, place: str) -> bool:
    return path == place or path.startswith(place.rstrip(os.sep) + os.sep)


def _linked(path: str) -> bool:
    """Whether a file has another name, too, about which nothing is known."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(status.st_mode) and status.st_nlink > 1
