"""Claude Code's own settings.json: one key of it changed, all else left as it is."""

from __future__ import annotations

import json
import os
import shutil

from cheaproute.errors import ConfigError


def read(path: str) -> dict[str, object]:
    """The settings, {} where there is no file.

    Raises:
        ConfigError: the file is no JSON object.
    """
    try:
        with open(path, encoding="utf-8") as file:
            content: object = json.load(file)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise ConfigError(f"{path}: not JSON: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path}: not a JSON object")
    return content


def put(path: str, key: str, value: object) -> None:
    """Set `key`, or remove it where `value` is None. A link is followed, permissions are kept.

    Raises:
        ConfigError: the file is no JSON object; it is left as it is.
    """
    path = os.path.realpath(path)
    content = read(path)
    if value is None:
        content.pop(key, None)
    else:
        content[key] = value
    os.makedirs(os.path.dirname(path), exist_ok=True)
    aside = f"{path}.{os.getpid()}"
    with open(aside, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2, ensure_ascii=False)
        file.write("\n")
    if os.path.exists(path):
        shutil.copymode(path, aside)
    os.replace(aside, path)
