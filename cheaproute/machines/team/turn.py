"""Rounds of one machine take turns: those of a session in the background, and one that is typed."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager

from cheaproute.config import paths, platform
from cheaproute.errors import CheaprouteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SYNC, TEAM = "sync", "team"
# A round that goes on for longer than this hangs, or nearly so.
_PATIENCE_S = 15.0
_LOOK_S = 0.05


@contextmanager
def taken(env: Mapping[str, str], what: str, patience_s: float = 0) -> Iterator[bool]:
    """Whether the turn is this process's, to its end; False where another keeps it for so long.

    Raises:
        CheaprouteError: nothing can be written where turns are told.
    """
    if not platform.runs_hooks():  # nor is there a round in the background
        yield True
        return
    place = paths.data_dir(env)
    until = time.monotonic() + patience_s
    path = os.path.join(place, f"{what}.lock")
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CheaprouteError(f"{path}: {error.strerror}") from None
    with open(handle, "r+", encoding="ascii") as lock:
        while not (ours := platform.lock(lock, wait=False)) and time.monotonic() < until:
            time.sleep(_LOOK_S)
        yield ours


@contextmanager
def typed(env: Mapping[str, str], what: str) -> Iterator[None]:
    """A command's turn.

    Raises:
        CheaprouteError: a round goes on all the while.
    """
    with taken(env, what, _PATIENCE_S) as ours:
        if not ours:
            raise CheaprouteError("another round goes on in the background: try again in a minute")
        yield


@contextmanager
def last(env: Mapping[str, str], what: str) -> Iterator[None]:
    """The turn of who leaves: one that hangs holds nobody."""
    with taken(env, what, _PATIENCE_S):
        yield
