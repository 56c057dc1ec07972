"""The settings as the hot path reads them: config.toml compiled to JSON, redone when it changes."""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.config import paths, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Raised when the shape of the snapshot changes.
FORMAT = 1


def load(env: Mapping[str, str]) -> dict[str, object]:
    """All settings, nested by section, defaults filled in.

    Raises:
        ConfigError: config.toml was changed and is wrong. `last_good` has what held before.
    """
    config = paths.config_file(env)
    try:
        status = os.stat(config)
    except OSError:
        return table.defaults()
    stamp = [FORMAT, len(table.SETTINGS), config, status.st_mtime_ns, status.st_size]
    kept = _read(env)
    if kept.get("stamp") == stamp:
        settings = kept["settings"]
        assert isinstance(settings, dict)  # noqa: S101  # `_read` looked
        return settings
    from cheaproute.config import toml_file as compiler

    fresh = compiler.read(config)
    store(env, {"stamp": stamp, "settings": fresh})
    return fresh


def last_good(env: Mapping[str, str]) -> dict[str, object]:
    """The settings that held before config.toml went wrong, else the defaults."""
    settings = _read(env).get("settings")
    return settings if isinstance(settings, dict) else table.defaults()


def store(env: Mapping[str, str], content: dict[str, object]) -> None:
    """Replace the snapshot file atomically; a directory that cannot be written is no error."""
    path = paths.snapshot_file(env)
    aside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(fastjson.dumps(content))
        os.replace(aside, path)
    except OSError:
        return


def _read(env: Mapping[str, str]) -> dict[str, object]:
    try:
        with open(paths.snapshot_file(env), "rb") as file:
            content = fastjson.loads(file.read())
    except (OSError, ValueError):
        return {}
    if isinstance(content, dict) and isinstance(content.get("settings"), dict):
        return content
    return {}
