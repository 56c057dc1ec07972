"""Where things are: one ledger, in a place that can hold it, found by every process alike."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cheaproute import kinds
from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import FAULT, NOTE, OK, WARNING, Finding
from cheaproute.client import settings as client_settings
from cheaproute.config import paths
from cheaproute.ledger import locks

_VARIABLES = ("CHEAPROUTE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME")


def directories(context: Context) -> Iterator[Finding]:
    """The data directory, and variables that name no place of their own."""
    env = context.env
    for name in _VARIABLES:
        said = env.get(name, "")
        if said.strip() and not paths.absolute(said, env):
            what = f"{name} is no absolute path, so it is ignored: {said!r}"
            yield Finding(WARNING, what, "environment", f"set it to a full path, or unset {name}")
    yield Finding(OK, "the data directory", paths.data_dir(env))


def file_system(context: Context) -> Iterator[Finding]:
    """Whether the data directory can be written, locks and lets libraries be loaded from it."""
    data = paths.data_dir(context.env)
    place = data
    while not os.path.exists(place):
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        yield Finding(FAULT, "the data directory is a file", place, "move it away")
        return
    flags = _flags(place)
    read_only = flags & getattr(os, "ST_RDONLY", 1)
    if read_only or not os.access(place, os.W_OK | os.X_OK):
        what, cure = kinds.WORDS[kinds.READ_ONLY if read_only else kinds.NO_RIGHTS]
        yield Finding(FAULT, f"the data directory cannot be written: {what}", place, cure)
        return
    if flags & getattr(os, "ST_NOEXEC", 0):
        what = "mounted noexec: no library can be loaded from it, so no digests and no `ask`"
        do = "`cheaproute config set home DIR` puts everything elsewhere"
        yield Finding(WARNING, what, place, do)
    if os.path.isdir(data) and not locks.work(data):
        what, cure = kinds.WORDS[kinds.NO_LOCKS]
        yield Finding(FAULT, f"{what}: nothing is counted, and caps go by old figures", data, cure)
    try:
        statistics = os.statvfs(place)
        if statistics.f_bavail * statistics.f_frsize < 10 << 20:
            what, cure = kinds.WORDS[kinds.FULL]
            yield Finding(WARNING, f"{what}, or nearly so", place, cure)
    except (OSError, AttributeError):
        return


def ledgers(context: Context) -> Iterator[Finding]:
    """Whether every process finds the same ledger, however it was started."""
    env = context.env
    here = paths.data_dir(env)
    without = {name: value for name, value in env.items() if name != "CHEAPROUTE_HOME"}
    there = paths.data_dir(without)
    settings = client_settings.user_file(env)
    of_client = _of_settings(settings)
    if of_client:
        there = paths.absolute(of_client, env) or there
    if os.path.realpath(here) != os.path.realpath(there):
        both = os.path.exists(os.path.join(there, "ledger.db"))
        what = (
            f"two ledgers: what is started without this shell's variables uses {there}"
            if both
            else f"only what this shell starts uses {here}: apps and editors would use {there}"
        )
        do = f"run `cheaproute config set home {here}`, or set it under env in {settings}"
        yield Finding(WARNING, what, "CHEAPROUTE_HOME", do)
        return
    usual = os.path.dirname(paths.home_file(env)) if paths.home(env) else here
    if usual != here and os.path.exists(os.path.join(usual, "ledger.db")):
        what = f"an older ledger lies in the default place; {here} is the one that counts"
        yield Finding(NOTE, what, usual, "move it away, or `cheaproute import` what it held")


def _of_settings(path: str) -> str:
    """What the user's settings of the client give to all its sessions as CHEAPROUTE_HOME."""
    said = client_settings.variables(client_settings.read(path) or {})
    return said.get("CHEAPROUTE_HOME", "")


def _flags(place: str) -> int:
    try:
        return os.statvfs(place).f_flag
    except (OSError, AttributeError):
        return 0
