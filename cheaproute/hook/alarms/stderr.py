"""The client's own stderr: the one place in which `-p` shows what a hook has to say."""

from __future__ import annotations

import os
import stat

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context

_APPENDS = os.O_APPEND


def tell(context: Context, text: str) -> None:
    """Print a line there where the client answers one prompt and ends; elsewhere hooks are seen.

    Silent where that cannot be done at once and without harm: no /proc, a socket, a pipe that is
    full, a file that the client itself writes from its beginning.
    """
    if not context.is_one_run:
        return
    place = f"/proc/{context.client_pid}"
    try:
        descriptor = os.open(f"{place}/fd/2", os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | _APPENDS)
        try:
            file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            if not file or _flags(place) & _APPENDS:
                os.write(descriptor, f"{text}\n".encode("utf-8", "replace"))
        finally:
            os.close(descriptor)
    except (OSError, LookupError, ValueError):
        return


def _flags(place: str) -> int:
    """What the client's stderr was opened with."""
    with open(f"{place}/fdinfo/2", encoding="ascii") as file:
        told = dict(line.partition(":")[::2] for line in file)
    return int(told["flags"], 8)
