"""The log: what failed and where, never what was being read. 0600, rotated at 1 MB.

With the setting `debug` it also has a line for each hook call; its word is `DEBUG`.
"""

from __future__ import annotations

import os
import stat
import time

from cheaproute.config import paths
from cheaproute.errors import CheaprouteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LIMIT_BYTES = 1_000_000
DEBUG = "debug"


def write(env: Mapping[str, str], where: str, error: BaseException) -> str:
    """Append one line about `error`; the log's path, "" if it could not be written."""
    return _append(env, f"{where}: {_said(error)} at {_place(error)}")


def tell(pid: int, text: str) -> None:
    """Print a line on the stderr of the process `pid`, where a program's talk is expected.

    Silent where that cannot be done at once and without harm: no /proc, a socket, a pipe that is
    full, a file that the process itself writes from its beginning.
    """
    try:
        flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_APPEND
        with open(f"/proc/{pid}/fdinfo/2", encoding="ascii") as file:
            told = dict(line.partition(":")[::2] for line in file)
        descriptor = os.open(f"/proc/{pid}/fd/2", flags)
        try:
            kept = stat.S_ISREG(os.fstat(descriptor).st_mode)
            if not kept or int(told["flags"], 8) & os.O_APPEND:
                os.write(descriptor, f"{text}\n".encode("utf-8", "replace"))
        finally:
            os.close(descriptor)
    except (OSError, AttributeError, LookupError, ValueError):  # no such thing on other systems
        return


def debug(env: Mapping[str, str], where: str, facts: str) -> str:
    """Append one line of `facts`: counts, times and names of ours, no text of the user's."""
    return _append(env, f"{where}: {DEBUG}: {facts}")


def _append(env: Mapping[str, str], text: str) -> str:
    try:
        path = paths.log_file(env)
    except CheaprouteError:  # nobody knows where
        return ""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = f"{stamp} {text}\n"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        odd = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)  # a pipe, a link
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | odd, 0o600)
        try:
            os.write(handle, line.encode("utf-8", "backslashreplace"))
            _give(handle, os.path.dirname(path))
            if os.fstat(handle).st_size > LIMIT_BYTES:
                os.replace(path, path + ".1")
        finally:
            os.close(handle)
    except OSError:
        return ""
    return path


def _give(handle: int, directory: str) -> None:
    """What root makes in a user's directory is the user's, who could not read or go on with it."""
    owner = os.stat(directory)
    if hasattr(os, "geteuid") and os.geteuid() == 0 != owner.st_uid:
        os.fchown(handle, owner.st_uid, owner.st_gid)


def _said(error: BaseException) -> str:
    """Type, and message where it is ours or the system's; another's may quote what was read."""
    kind = type(error).__name__
    if isinstance(error, CheaprouteError | OSError) or type(error).__module__ == "sqlite3":
        return f"{kind}: {str(error)[:300]}".replace("\n", " ")
    return kind


def _place(error: BaseException) -> str:
    """`file:line` of the frames, innermost last, own file names only."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        name = os.path.basename(trace.tb_frame.f_code.co_filename)
        frames.append(f"{name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(frames[-6:]) or "?"
