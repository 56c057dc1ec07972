"""A user's file replaced: whole or not at all, links and rights kept."""

from __future__ import annotations

import os
import stat

from cheaproute.errors import ConfigError


def write(path: str, content: bytes) -> None:
    """Replace the file at `path`, or create it (0600) and its directory (0700).

    Raises:
        ConfigError: it cannot be written.
    """
    path = os.path.realpath(path)  # a dotfile manager's link stays a link
    aside = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        try:
            mode = stat.S_IMODE(os.stat(path).st_mode)
        except FileNotFoundError:
            mode = 0o600
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(content)
        os.chmod(aside, mode)
        os.replace(aside, path)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
