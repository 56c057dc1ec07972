"""The limits set by command as they are kept beside config.toml, should the ledger be lost."""

from __future__ import annotations

from cheaproute import atomic, fastjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 4096


def write(path: str, said: Mapping[str, int | None]) -> None:
    """Write down what limits hold, nano-dollars by period (None: no cap).

    Raises:
        ConfigError: it cannot be written there.
    """
    atomic.write(path, fastjson.dumps(dict(said)).encode(), 0o600)


def read(path: str) -> object:
    """What was written down; None where nothing can be read."""
    try:
        return fastjson.read(path, _MOST_BYTES)
    except (OSError, ValueError):
        return None
