"""The per-user directories by platformdirs, wherever the command line, setup or the build runs.

What hooks need of them is written down where the build ends: the interpreter, in the data
directory, and in the default place. Before that, and without libraries, `paths` has a copy of the
rules.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

from cheaproute.config import paths


def use() -> bool:
    """Have `paths` ask platformdirs from now on, where it is installed; whether it is."""
    try:
        import platformdirs  # noqa: F401
    except ImportError:
        return False
    paths.library = place
    return True


def place(env: Mapping[str, str], platform: str, xdg: str) -> str:
    """The directory of the variable `xdg`, as platformdirs has it for a normalised `env`.

    On a Mac without that variable: an app that is started from the desktop does not have it, and
    would keep a second ledger.
    """
    if platform == "darwin":
        from platformdirs.macos import MacOS as Directories
    else:
        from platformdirs.unix import Unix as Directories  # type: ignore[assignment]
    said = "" if platform == "darwin" else paths.absolute(env.get(xdg, ""), env)
    with _variables({"HOME": paths.home(env), xdg: said}):
        found = Directories(paths.APP)
        return found.user_config_dir if xdg == "XDG_CONFIG_HOME" else found.user_data_dir


@contextlib.contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """The environment with these variables, "" for none: platformdirs reads no other."""
    before = {name: os.environ.get(name) for name in wanted}
    try:
        _put(wanted)
        yield
    finally:
        _put(before)


def _put(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)
