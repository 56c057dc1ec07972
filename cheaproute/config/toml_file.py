"""config.toml: read and checked with tomllib, written with tomlkit so that comments stay."""

from __future__ import annotations

import tomllib
from collections.abc import MutableMapping

from cheaproute import atomic
from cheaproute.config import table as defaults
from cheaproute.errors import ConfigError

TIERS = ("haiku", "sonnet", "opus", "keep")
PRICE_FIELDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")


def read(path: str) -> dict[str, object]:
    """All settings, nested, defaults filled in; a missing file is an empty one.

    Raises:
        ConfigError: not TOML, an unknown key, or a value of the wrong kind.
    """
    nested = defaults.defaults()
    for key, value in written(path).items():
        defaults.put(nested, key, value)
    return nested


def written(path: str) -> dict[str, object]:
    """The settings that stand in the file, by dotted key.

    Raises:
        ConfigError: not TOML, an unknown key, or a value of the wrong kind.
    """
    try:
        with open(path, "rb") as file:
            content = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    found: dict[str, object] = {}
    for name, value in content.items():
        if isinstance(value, dict) and name not in defaults.SETTINGS:
            for inner, setting in value.items():
                found[f"{name}.{inner}"] = check(f"{name}.{inner}", setting, path)
        else:
            found[name] = check(name, value, path)
    return found


def check(key: str, value: object, where: str) -> object:
    """`value` as it will be used.

    Raises:
        ConfigError: `key` is unknown, or `value` is not of its kind.
    """
    if key not in defaults.SETTINGS:
        raise ConfigError(f"{where}: {key} is not a setting: see `cheaproute config`")
    kind = defaults.SETTINGS[key][1]
    problem = _problem(kind, value)
    if problem:
        raise ConfigError(f"{where}: {key} = {value!r}: {problem}")
    return value


def parse(key: str, text: str) -> object:
    """`text` from a command line as a value for `key`: TOML first, a bare word second.

    Raises:
        ConfigError: `key` is unknown, or `text` is not of its kind.
    """
    try:
        value: object = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    if key in defaults.SETTINGS and defaults.SETTINGS[key][1] == "text" and value != text:
        value = text
    return check(key, value, "config")


def write(path: str, changes: dict[str, object]) -> None:
    """Put `changes` (dotted key to value, None removes) into the file; all else stays as it is.

    Raises:
        ConfigError: a value is not of its kind, or the file is not valid or not writable.
    """
    atomic.write(path, edited(path, changes)[1].encode())


def edited(path: str, changes: dict[str, object]) -> tuple[str, str]:
    """The file's text before and after `write` with these `changes`; "" where there is no file.

    Raises:
        ConfigError: a value is not of its kind, or the file is not valid.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    for key, value in changes.items():
        if value is not None or key not in defaults.SETTINGS:
            check(key, value, path)
    written(path)  # a file that is wrong is not made worse
    try:
        with open(path, encoding="utf-8", newline="") as file:
            before = file.read()
        document = tomlkit.parse(before)
    except FileNotFoundError:
        before, document = "", tomlkit.document()
    except TOMLKitError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        table = document.setdefault(section, tomlkit.table()) if section else document
        _put(table, name, value)
    return before, tomlkit.dumps(document)


def _put(table: MutableMapping[str, object], name: str, value: object) -> None:
    """Set, or with None remove; in a table of rules only what differs, so that comments stay."""
    known = table.get(name)
    if value is None:
        table.pop(name, None)
    elif isinstance(value, dict) and isinstance(known, MutableMapping):
        for gone in set(known) - set(value):
            del known[gone]
        for inner, rule in value.items():
            if known.get(inner) != rule:
                known[inner] = rule
    else:
        table[name] = value


def _problem(kind: str, value: object) -> str:
    """What is wrong with `value`, "" if nothing is."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind == "bool":
        good, want = isinstance(value, bool), "true or false"
    elif kind == "int":
        good = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        want = "a whole number, 0 or more"
    elif kind == "usd":
        good, want = number and 0 <= _float(value) < 1e9, "an amount of dollars, 0 or more"
    elif kind == "share":
        good, want = number and 0 <= _float(value) <= 1, "a number from 0 to 1"
    elif kind == "seconds":
        good, want = number and 0 < _float(value) <= 600, "seconds, up to 600"
    elif kind == "text":
        good, want = isinstance(value, str) and bool(value.strip()), "a text that is not empty"
    elif kind == "[int]":
        good = isinstance(value, list) and all(type(v) is int and 0 < v <= 1000 for v in value)
        want = "a list of whole numbers above 0"
    elif kind == "[text]":
        good = isinstance(value, list) and all(isinstance(v, str) for v in value)
        want = "a list of texts"
    elif kind == "{tier}":
        good = isinstance(value, dict) and all(v in TIERS for v in value.values())
        want = "a table of name = " + " | ".join(TIERS)
    elif kind == "{price}":
        good, want = _prices(value), "a table of model = {" + ", ".join(PRICE_FIELDS) + "}"
    else:
        words = kind.split("|")
        good, want = value in words, "one of " + ", ".join(words)
    return "" if good else f"must be {want}"


def _prices(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(row, dict)
        and all(
            field in PRICE_FIELDS and type(rate) in (int, float) and 0 <= rate < 1e6
            for field, rate in row.items()
        )
        and "input" in row
        and "output" in row
        for row in value.values()
    )


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
