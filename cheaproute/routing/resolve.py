"""What an alias ("haiku") stands for where the user, a gateway or an organization says otherwise.

Pure: the variables and settings are handed in.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def model(alias: str, env: Mapping[str, str], ids: Mapping[str, object]) -> str:
    """The id `alias` resolves to: the client's variable for it, else the config's."""
    said = env.get(f"ANTHROPIC_DEFAULT_{alias.upper()}_MODEL", "").strip()
    return said or str(ids.get(alias, alias))


def is_available(alias: str, model_id: str, lists: Iterable[object]) -> bool:
    """Whether every list of `availableModels` lets the client run `alias`; it swaps it otherwise.

    What is no list forbids nothing; an entry is an alias, an id, or the head of one.
    """
    for allowed in lists:
        if not isinstance(allowed, list):
            continue
        names = [name.lower() for name in allowed if isinstance(name, str)]
        if alias not in names and not any(
            name not in ("", "default") and model_id.lower().startswith(name) for name in names
        ):
            return False
    return True
