"""Libraries that come while a command runs: the environment's, where it is still being built."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from importlib import machinery, util
from types import ModuleType

from cheaproute.cli.context import Context
from cheaproute.config.venv import status
from cheaproute.errors import CheaprouteError

# Those without which a command ends; without another it does something simpler.
NEEDED = frozenset(("tomlkit", "cryptography", "psycopg", "detect_secrets", "pygal"))


class Awaited:
    """The last of the finders: a library that nobody has is waited for, and then found."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> machinery.ModuleSpec | None:
        """Where the library is once the environment is there; None where it is not being built."""
        del path, target
        if name not in NEEDED:
            return None
        from cheaproute.config.venv import build  # seldom

        context = self._context
        try:
            there = build.wait(context.env, lambda line: context.say(f"cheaproute: {line}"))
        except CheaprouteError:
            return None
        if not there:
            return None
        sys.meta_path.remove(self)
        sys.path.append(_libraries(status.place(context.env)))
        importlib.invalidate_caches()
        return util.find_spec(name)


def await_them(context: Context) -> None:
    """On a terminal a command waits for an environment that is being built."""
    if context.err.terminal:
        sys.meta_path.append(Awaited(context))


def being_built(context: Context) -> str:
    """What to do about a library that the environment under way will have; "" for none under way.

    A build that has the lock will be done; `cheaproute setup` would only wait for it.
    """
    from cheaproute.config.venv import build  # seldom

    if not build.under_way(context.env):
        return ""
    return "the environment is being built in the background, try again in a minute"


def _libraries(place: str) -> str:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return os.path.join(place, "lib", version, "site-packages")
