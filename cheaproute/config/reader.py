"""One setting's value, typed, out of the nested settings (hot path).

What is absent or of another type, as after an update that brought the setting, is the table's
default: no caller has to mind the shape of what it is given.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def get(settings: Mapping[str, object], key: str) -> object:
    """The value of dotted `key` as it stands; the default where there is none."""
    section, _, name = key.rpartition(".")
    table = settings.get(section) if section else settings
    if isinstance(table, dict) and name in table:
        return table[name]
    if not section and name in settings:
        return settings[name]
    return _default(key)


def flag(settings: Mapping[str, object], key: str) -> bool:
    """A `bool`."""
    value = get(settings, key)
    return value if isinstance(value, bool) else bool(_default(key))


def text(settings: Mapping[str, object], key: str) -> str:
    """A `text`, or one of several words."""
    value = get(settings, key)
    return value if isinstance(value, str) else str(_default(key))


def whole(settings: Mapping[str, object], key: str) -> int:
    """An `int`."""
    value = get(settings, key)
    return value if type(value) is int else int(str(_default(key)))


def number(settings: Mapping[str, object], key: str) -> float:
    """A `share` or `seconds`."""
    value = get(settings, key)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return float(str(_default(key)))


def nano(settings: Mapping[str, object], key: str) -> int | None:
    """A `usd` in nano-dollars; None where it is unset."""
    value = get(settings, key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        value = _default(key)
    from cheaproute import money

    return None if value is None else round(float(str(value)) * money.NANO)


def words(settings: Mapping[str, object], key: str) -> list[str]:
    """A `[text]`."""
    value = get(settings, key)
    value = value if isinstance(value, list) else _default(key)
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def wholes(settings: Mapping[str, object], key: str) -> list[int]:
    """An `[int]`."""
    value = get(settings, key)
    value = value if isinstance(value, list) else _default(key)
    return [number for number in value if type(number) is int] if isinstance(value, list) else []


def rules(settings: Mapping[str, object], key: str) -> dict[str, str]:
    """A `{tier}`: name to tier."""
    value = get(settings, key)
    if not isinstance(value, dict):
        return {}
    return {str(name): tier for name, tier in value.items() if isinstance(tier, str)}


def _default(key: str) -> object:
    from cheaproute.config import table

    return table.SETTINGS[key][0]
