"""The limits set by command as they are kept outside the ledger, should that be lost.

They stand beside config.toml and, as a session's prompt leaves them, in the client's own folder for
the plugin.
"""

from __future__ import annotations

from cheaproute import atomic, fastjson, money
from cheaproute.errors import ConfigError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 4096


def write(path: str, said: Mapping[str, int | None]) -> None:
    """Have the file say what limits hold, nano-dollars by period (None: no cap), if it can be."""
    if _content(path) == said:
        return
    try:
        atomic.write(path, fastjson.dumps(dict(said)).encode(), 0o600)
    except ConfigError:  # the ledger has them
        return


def read(*paths: str) -> dict[str, int]:
    """What was written down; of two words the tighter, for a file may have been written anew."""
    said: dict[str, int] = {}
    for path in paths:
        for name, nano in amounts(_content(path)).items():
            said[name] = min(nano, said.get(name, nano))
    return said


def amounts(said: object) -> dict[str, int]:
    """The limits that `said` holds; none where it is no such thing."""
    if not isinstance(said, dict):
        return {}
    return {n: nano for n, nano in said.items() if type(nano) is int and 0 < nano <= money.MOST}


def _content(path: str) -> object:
    try:
        return fastjson.read(path, _MOST_BYTES)
    except (OSError, ValueError):
        return None
