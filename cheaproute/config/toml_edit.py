"""config.toml, written with tomlkit so that comments, order and encoding stay."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from cheaproute import atomic
from cheaproute.config import table, toml_file
from cheaproute.errors import ConfigError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.items import Item, Key


def write(path: str, changes: dict[str, object]) -> None:
    """Put `changes` (dotted key to value, None removes) into the file; all else stays as it is.

    Raises:
        ConfigError: a value is not of its kind, or the file is not valid or not writable.
    """
    after = edited(path, changes)[1]
    atomic.write(path, toml_file.text(path).encode(after))


def edited(path: str, changes: dict[str, object]) -> tuple[str, str]:
    """The file's text before and after `write` with these `changes`; "" where there is no file.

    Raises:
        ConfigError: a value is not of its kind, or the file is not valid.
    """
    for key, value in changes.items():
        if value is not None or key not in table.SETTINGS:
            toml_file.check(key, value, path)
    toml_file.written(path)  # a file that is wrong is not made worse
    if (first := _first(changes)) and not toml_file.text(path).text:
        return "", first
    import tomlkit

    before, document = _parsed(path)
    for old in [old for old, new in table.RENAMED.items() if new in changes]:
        section, _, name = old.rpartition(".")
        _drop(document, section, name)  # what the user says now is not to stand twice
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        place = document.setdefault(section, tomlkit.table()) if section else document
        _put(place, name, value)
    return before, tomlkit.dumps(document)


def _first(changes: dict[str, object]) -> str:
    """A new file with one switch or number in it, "" where it is more: no library is needed.

    So a switch can be turned before the environment is built.
    """
    if len(changes) != 1:
        return ""
    ((key, value),) = changes.items()
    section, _, name = key.rpartition(".")
    if not section or type(value) not in (bool, int, float):
        return ""
    return f"[{section}]\n{name} = {str(value).lower()}\n"


def migrated(path: str) -> tuple[str, str]:
    """The file's text before and after each old name is today's; comments move along.

    Raises:
        ConfigError: the file is not valid.
    """
    import tomlkit

    toml_file.written(path)
    before, document = _parsed(path)
    for old, new in toml_file.renamed(path):
        section, _, name = old.rpartition(".")
        entries = _drop(document, section, name)
        place, _, key = new.rpartition(".")
        home = document.setdefault(place, tomlkit.table()) if place else document
        if not new or key in home:
            continue
        for known, item in entries:
            if known is None:
                home.add(item)
            else:
                home.add(key, item)
    return before, tomlkit.dumps(document)


def _parsed(path: str) -> tuple[str, TOMLDocument]:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    before = toml_file.text(path).text
    try:
        return before, tomlkit.parse(before)
    except TOMLKitError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _drop(document: TOMLDocument, section: str, name: str) -> list[tuple[Key | None, Item]]:
    """Take a setting out, and the comment right above it; what was taken out, in order."""
    from tomlkit.container import Container
    from tomlkit.items import Comment, Null, Table, Whitespace

    place: object = document.get(section) if section else document
    container = place.value if isinstance(place, Table) else place
    if not isinstance(container, Container) or name not in container:
        return []
    body = container.body
    index = next(n for n, (key, _) in enumerate(body) if key is not None and key.key == name)
    first = index
    while first and isinstance(body[first - 1][1], Comment):
        first -= 1
    taken = list(body[first : index + 1])
    container.remove(name)
    for number in range(first, index):
        body[number] = (None, Null())
    if section and all(isinstance(item, Null | Whitespace) for _, item in body):
        document.remove(section)
    return taken


def _put(place: MutableMapping[str, object], name: str, value: object) -> None:
    """Set, or with None remove; in a table of rules only what differs, so that comments stay."""
    known = place.get(name)
    if value is None:
        place.pop(name, None)
    elif isinstance(value, dict) and isinstance(known, MutableMapping):
        for gone in set(known) - set(value):
            del known[gone]
        for inner, rule in value.items():
            if known.get(inner) != rule:
                known[inner] = rule
    else:
        place[name] = value
