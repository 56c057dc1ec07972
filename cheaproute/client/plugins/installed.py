"""What the client's own list of plugins says of ours."""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_BYTES = 1 << 20


def is_gone(env: Mapping[str, str], marketplace: str = "") -> bool:
    """Whether cheaproute (of `marketplace`, if it is named) is on it no more; no where in doubt."""
    name = f'"cheaproute@{marketplace}'.encode()
    if marketplace:
        name += b'"'
    try:
        return name not in fastjson.content(paths.plugin_list(env), _MOST_BYTES)
    except (OSError, ValueError):
        return False
