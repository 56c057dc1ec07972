"""The settings as the hot path reads them: config.toml compiled to JSON, redone when it changes."""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Raised when the shape of the snapshot changes.
FORMAT = 2
_MOST_BYTES = 4_000_000
_TABLE = os.path.join(os.path.dirname(__file__), "table.py")


def load(env: Mapping[str, str]) -> dict[str, object]:
    """All settings, nested by section, defaults filled in.

    Raises:
        ConfigError: config.toml was changed and is wrong. `last_good` has what held before.
    """
    config = paths.config_file(env)
    try:
        status = os.stat(config)
    except (FileNotFoundError, NotADirectoryError):
        return _defaults()
    except OSError as error:
        from cheaproute.errors import ConfigError

        raise ConfigError(f"{config}: {error.strerror}") from error
    stamp = [FORMAT, *_code(), config, status.st_mtime_ns, status.st_size]
    kept = _read(env)
    if kept.get("stamp") == stamp:
        settings = kept["settings"]
        assert isinstance(settings, dict)  # noqa: S101  # `_read` looked
        return settings
    from cheaproute.config import toml_file as compiler

    fresh = compiler.read(config)
    _store(env, {"stamp": stamp, "settings": fresh})
    return fresh


def last_good(env: Mapping[str, str]) -> dict[str, object]:
    """The settings that held before config.toml went wrong, else the defaults.

    They may be another version's: what of them can be used today holds, the cap above all.
    """
    settings = _read(env).get("settings")
    if not isinstance(settings, dict):
        return _defaults()
    from cheaproute.config import toml_file as compiler

    return compiler.salvaged(settings)


def _code() -> list[object]:
    """What the table of settings is of: the plugin's version, and in a checkout its file."""
    from cheaproute.config.version import of_manifest

    try:
        status = os.stat(_TABLE)
    except OSError:  # in an archive
        return [of_manifest(), 0, 0]
    return [of_manifest(), status.st_mtime_ns, status.st_size]


def _defaults() -> dict[str, object]:
    from cheaproute.config import table

    return table.defaults()


def _store(env: Mapping[str, str], content: dict[str, object]) -> None:
    """Replace the snapshot; a directory that cannot be written is no error."""
    from cheaproute import atomic
    from cheaproute.errors import ConfigError

    try:
        atomic.write(paths.snapshot_file(env), fastjson.dumps(content).encode(), 0o600)
    except ConfigError:
        return


def _read(env: Mapping[str, str]) -> dict[str, object]:
    try:
        content = fastjson.read(paths.snapshot_file(env), _MOST_BYTES)
    except (OSError, ValueError):
        return {}
    if isinstance(content, dict) and isinstance(content.get("settings"), dict):
        return content
    return {}
