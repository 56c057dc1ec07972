"""What the settings files of a project around a place set, as far as a hook has time to read."""

from __future__ import annotations

import os

from cheaproute.client import settings
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_LONGEST = 10_000_000  # the client passes over a longer file
_MOST_BYTES, _MOST_FILES = 4_000_000, 200  # of all around a place: tenths of a second
_HOMES = ("HOME", "CLAUDE_CONFIG_DIR")  # which say whose settings are the user's


def foreign(env: Mapping[str, str], cwd: str, names: Iterable[str]) -> set[str]:
    """Those of `names` that a project's settings set, and the user's do not as `env` has them."""
    names = set(names)
    files = _affordable(settings.project_files(env, cwd)) if names else []
    taken: set[str] = set(names if files is None else ())
    for path in files or ():
        taken |= _sets(path, names)
        if taken == names:
            break
    if not taken:
        return taken
    own = settings.variables(settings.user(env))
    return {name for name in taken if env.get(name) != own.get(name)}


def names_one(env: Mapping[str, str], cwd: str, places: Collection[str]) -> bool:
    """Whether a project's settings set one of the variables `places`, or may do so."""
    files = _affordable(settings.project_files(env, cwd), _LONGEST + _MOST_BYTES, _LONGEST)
    if files is None:
        return True
    return any(_leads_nowhere(path) or not _said(path).isdisjoint(places) for path in files)


def named_places(env: Mapping[str, str], cwd: str, places: Collection[str]) -> set[str]:
    """Those of the variables `places` that a project sets, by whatever home it names itself.

    First which of them say where the user's own settings are: without them that is the home of the
    password database.
    """
    places = set(places)
    bare = {name: value for name, value in env.items() if name not in _HOMES}
    own = paths.identity(paths.claude_dir(env))
    taken = _named(bare, cwd, places.intersection(_HOMES), own)
    left = {name: value for name, value in env.items() if name not in taken}
    return taken | _named(left, cwd, places - taken, None)


def _named(
    env: Mapping[str, str], cwd: str, names: set[str], perhaps_own: tuple[int, int] | None
) -> set[str]:
    """Those of `names` that a project's settings set.

    What cannot be read sets all, but in the directory that may well be the user's own.
    """
    files = _affordable(settings.project_files(env, cwd), _LONGEST + _MOST_BYTES, _LONGEST)
    if files is None or not names:
        return set(names)
    taken: set[str] = set()
    for path in files:
        own = perhaps_own is not None and paths.identity(os.path.dirname(path)) == perhaps_own
        plain = own and not _leads_nowhere(path)
        taken |= names & _said(path) if plain else _sets(path, names)
    return taken


def _said(path: str) -> set[str]:
    return set(settings.variables(settings.read(path, _LONGEST) or {}))


def _affordable(
    files: Iterable[str], room: int = _MOST_BYTES, longest: int = 1 << 62
) -> list[str] | None:
    """These files; None where there is more in them than a hook has the time to read.

    One that is longer than `longest` is left out.
    """
    found = []
    for path in files:
        try:
            size = os.stat(path).st_size
            if size > longest:
                continue
            room -= size
        except FileNotFoundError:
            if not _leads_nowhere(path):
                continue
        except OSError:
            pass
        found.append(path)
        if room < 0 or len(found) > _MOST_FILES:
            return None
    return found


def _leads_nowhere(path: str) -> bool:
    """Whether a link stands there whose end is not seen from here; the client may see one."""
    try:
        os.stat(path)
    except FileNotFoundError:
        return os.path.islink(path) or os.path.islink(os.path.dirname(path))
    except OSError:  # a link to itself: the client sees no end of it either
        pass
    return False


def _sets(path: str, names: set[str]) -> set[str]:
    """Those of `names` that the settings file sets; all of them where there is no telling."""
    content = settings.read(path)
    if content is None or _leads_nowhere(path):
        return set(names)
    said = {name.partition("=")[0] for name in settings.variables(content)}
    if os.name == "nt":  # which does not tell variables apart by case
        upper = {name.upper() for name in said}
        return {name for name in names if name.upper() in upper}
    return names & said
