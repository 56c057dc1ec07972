"""Changes to a user's file that can be taken back: the whole text before each, kept aside."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cheaproute import atomic, fastjson
from cheaproute.config import paths
from cheaproute.errors import ConfigError

_KEPT = 20
# A file of settings is shorter.
_MOST_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `before` is None where there was no file. `place` is where it is kept."""

    path: str
    before: bytes | None
    after: bytes
    place: str


def make(env: Mapping[str, str], name: str, path: str, content: bytes, now_ms: int) -> str:
    """Write `content` to `path` after keeping what stood there; where it is kept.

    `name` says whose change it is ("plan", "mode"); each name is taken back on its own.

    Raises:
        ConfigError: something cannot be written; then `path` is as it was.
    """
    before = read(path)
    kept = {
        "path": path,
        "before": None if before is None else base64.b64encode(before).decode(),
        "after": base64.b64encode(content).decode(),
    }
    number = max((_number(file) for file in _files(env, name)), default=0) + 1
    place = os.path.join(_directory(env), f"{name}-{number:06d}-{now_ms}.json")
    atomic.write(place, json.dumps(kept).encode())
    atomic.write(path, content)
    for old in _files(env, name)[:-_KEPT]:
        os.unlink(old)
    return place


def all_of(env: Mapping[str, str], name: str) -> list[Change]:
    """The changes of `name` that were not taken back, oldest first."""
    found = []
    for place in _files(env, name):
        with open(place, "rb") as file:
            kept = json.load(file)
        before = kept["before"]
        found.append(
            Change(
                kept["path"],
                None if before is None else base64.b64decode(before),
                base64.b64decode(kept["after"]),
                place,
            )
        )
    return found


def last(env: Mapping[str, str], name: str) -> Change:
    """The latest change of `name`.

    Raises:
        ConfigError: there is none.
    """
    found = all_of(env, name)
    if not found:
        raise ConfigError(f"there is no change by `cheaproute {name}` to take back")
    return found[-1]


def made_ms(change: Change) -> int:
    """When the change was made: what was changed at one moment belongs together."""
    return int(os.path.basename(change.place).rpartition("-")[2].removesuffix(".json"))


def untouched(change: Change) -> bool:
    """Whether the file still is as the change left it."""
    return read(change.path) == change.after


def take_back(change: Change) -> None:
    """Put the file back, byte for byte, and forget the change.

    Raises:
        ConfigError: it cannot be written.
    """
    if change.before is None:
        try:
            os.unlink(os.path.realpath(change.path))
        except FileNotFoundError:
            pass
        except OSError as error:
            raise ConfigError(f"{change.path}: {error.strerror}") from error
    else:
        atomic.write(change.path, change.before)
    forget(change)


def put(change: Change, content: bytes) -> None:
    """Put `content` where the change was made, and forget the change.

    Raises:
        ConfigError: it cannot be written.
    """
    atomic.write(change.path, content)
    forget(change)


def forget(change: Change) -> None:
    """Forget the change: its file is as it should be."""
    os.unlink(change.place)


def read(path: str) -> bytes | None:
    """The file's bytes, None if there is none.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return fastjson.content(path, _MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: {error}: put a file of settings there") from error


def _directory(env: Mapping[str, str]) -> str:
    return os.path.join(paths.data_dir(env), "changes")


def _files(env: Mapping[str, str], name: str) -> list[str]:
    try:
        found = os.listdir(_directory(env))
    except FileNotFoundError:
        return []
    own = sorted(file for file in found if file.startswith(name + "-") and file.endswith(".json"))
    return [os.path.join(_directory(env), file) for file in own]


def _number(path: str) -> int:
    return int(os.path.basename(path).rpartition("-")[0].rpartition("-")[2])
