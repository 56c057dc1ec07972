"""config.toml, read and checked with tomllib. Writing it is `toml_edit`'s."""

from __future__ import annotations

import codecs
import os
import re
import stat
import tomllib
from collections.abc import Callable
from typing import Any, NamedTuple

from cheaproute.config import table
from cheaproute.errors import ConfigError

TIERS = ("haiku", "sonnet", "opus", "keep")
PRICE_FIELDS = ("input", "output", "cache_write_5m", "cache_write_1h", "cache_read")
LIMIT_BYTES = 1_000_000
# tomllib's time grows with the square of a key's parts.
_MOST_PARTS = 100
_BETWEEN_KEYS = re.compile(r"[\n\[\]{},=]")
# What an editor may put before the text: a mark, and with it the encoding of all the rest.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class Text(NamedTuple):
    """A file's text, and how its bytes are made of it."""

    text: str
    mark: bytes = b""
    codec: str = "utf-8"

    def encode(self, text: str) -> bytes:
        """`text` as this file has it."""
        return self.mark + text.encode(self.codec)


class Renamed(NamedTuple):
    """A setting that stands in the file under a name of an earlier version; `new` "": no longer."""

    old: str
    new: str


def read(path: str) -> dict[str, object]:
    """All settings, nested, defaults filled in; a missing file is an empty one.

    Raises:
        ConfigError: not TOML, an unknown key, or a value of the wrong kind.
    """
    nested = table.defaults()
    for key, value in written(path).items():
        table.put(nested, key, value)
    return nested


def written(path: str) -> dict[str, object]:
    """The settings that stand in the file, by dotted key, each under today's name.

    Raises:
        ConfigError: not TOML, an unknown key, or a value of the wrong kind.
    """
    found: dict[str, object] = {}
    for key, value in _flat(_content(path)):
        if key not in table.RENAMED:
            found[key] = check(key, value, path)
    return translated(_flat(_content(path))) | found


def renamed(path: str) -> list[Renamed]:
    """The settings that stand in the file under another version's name.

    Raises:
        ConfigError: not TOML.
    """
    keys = [key for key, _ in _flat(_content(path))]
    return [Renamed(key, table.RENAMED[key]) for key in keys if key in table.RENAMED]


def translated(flat: list[tuple[str, object]]) -> dict[str, object]:
    """What old names say under today's; a value that is no longer one says nothing."""
    found = {}
    for key, value in flat:
        new = table.RENAMED.get(key, "")
        if new and not problem(table.SETTINGS[new][1], value):
            found[new] = value
    return found


def salvaged(nested: dict[str, object]) -> dict[str, object]:
    """Settings as another version kept them, with all that today's code can use of them."""
    flat = _flat(nested)
    usable = {
        key: value
        for key, value in flat
        if key in table.SETTINGS and not problem(table.SETTINGS[key][1], value)
    }
    settings = table.defaults()
    for key, value in (translated(flat) | usable).items():
        table.put(settings, key, value)
    return settings


def text(path: str) -> Text:
    """The file's text, whatever mark an editor put before it.

    Raises:
        ConfigError: it cannot be read, or is in no encoding that TOML can be in.
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ConfigError(f"{path}: no file: put one there")
        with open(path, "rb") as file:
            raw = file.read(LIMIT_BYTES + 1)
    except FileNotFoundError:
        return Text("")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    if len(raw) > LIMIT_BYTES:
        raise ConfigError(f"{path}: longer than {LIMIT_BYTES:,} bytes: no settings need that")
    mark, codec = next(((m, c) for m, c in _MARKS if raw.startswith(m)), (b"", "utf-8"))
    try:
        return Text(raw[len(mark) :].decode(codec), mark, codec)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not in UTF-8 (byte {error.start}): save it so") from error


def parsed(text: str) -> dict[str, Any]:
    """What `text` says, in a time that grows with its length.

    Raises:
        ValueError: it is no TOML, or nested too deeply.
    """
    if any(part.count(".") > _MOST_PARTS for part in _BETWEEN_KEYS.split(text)):
        raise ValueError(f"a key of more than {_MOST_PARTS} parts")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def check(key: str, value: object, where: str) -> object:
    """`value` as it will be used.

    Raises:
        ConfigError: `key` is unknown, or `value` is not of its kind.
    """
    if key not in table.SETTINGS:
        raise ConfigError(f"{where}: {key} is not a setting: see `cheaproute config`")
    wrong = problem(table.SETTINGS[key][1], value)
    if wrong:
        raise ConfigError(f"{where}: {key} = {value!r}: {wrong}")
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
    if key in table.SETTINGS and table.SETTINGS[key][1] in ("text", "text?") and value != text:
        value = text
    return check(key, value, "config")


def problem(kind: str, value: object) -> str:
    """What is wrong with `value`, "" if nothing is."""
    if kind not in _KINDS:
        words = kind.split("|")
        return "" if value in words else "must be one of " + ", ".join(words)
    good, want = _KINDS[kind]
    return "" if good(value) else f"must be {want}"


def _content(path: str) -> dict[str, object]:
    try:
        # As tomllib reads a file: a carriage return before a newline is none of TOML's.
        return parsed(text(path).text.replace("\r\n", "\n"))
    except ValueError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _flat(content: dict[str, object]) -> list[tuple[str, object]]:
    """Dotted keys and values; a table is a section where it is no setting itself."""
    known = {*table.SETTINGS, *table.RENAMED}
    found: list[tuple[str, object]] = []
    for name, value in content.items():
        if isinstance(value, dict) and name not in known:
            found += [(f"{name}.{inner}", setting) for inner, setting in value.items()]
        else:
            found.append((name, value))
    return found


def _number(value: object, low: float, high: float) -> bool:
    """Whether it is a number, and in these bounds (which nan never is)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return low <= value <= high


def _wholes(value: object) -> bool:
    return isinstance(value, list) and all(type(v) is int and 0 < v <= 1000 for v in value)


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


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


# kind -> (whether a value is of it, how to say what is wanted); other kinds list their words.
_KINDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "bool": (lambda v: isinstance(v, bool), "true or false"),
    "int": (lambda v: type(v) is int and _number(v, 0, 1 << 62), "a whole number, 0 or more"),
    "usd": (lambda v: _number(v, 0, 999_999_999), "an amount of dollars, 0 or more"),
    "share": (lambda v: _number(v, 0, 1), "a number from 0 to 1"),
    "seconds": (lambda v: _number(v, 1e-9, 600), "seconds, up to 600"),
    "text": (lambda v: isinstance(v, str) and bool(v.strip()), "a text that is not empty"),
    "text?": (lambda v: isinstance(v, str), "a text; an empty one for none"),
    "[int]": (_wholes, "a list of whole numbers above 0"),
    "[text]": (_texts, "a list of texts"),
    "{tier}": (
        lambda v: isinstance(v, dict) and all(tier in TIERS for tier in v.values()),
        "a table of name = " + " | ".join(TIERS),
    ),
    "{price}": (_prices, "a table of model = {" + ", ".join(PRICE_FIELDS) + "}"),
}
