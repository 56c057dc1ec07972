"""How the user wants machines to share: the folder, the passphrase, what is told."""

from __future__ import annotations

import os

from cheaproute import fastjson
from cheaproute.config import paths, reader
from cheaproute.errors import CheaprouteError
from cheaproute.machines.sync import Terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def key_file(env: Mapping[str, str]) -> str:
    """Where the folder's passphrase is kept (0600); absent for an open folder."""
    return os.path.join(paths.data_dir(env), "sync.key")


def of(env: Mapping[str, str], settings: Mapping[str, object]) -> Terms:
    """How the user wants it.

    Raises:
        CheaprouteError: the passphrase cannot be read: nothing must go out open instead.
    """
    try:
        raw = fastjson.content(key_file(env), 65_536)
        passphrase = raw.decode().partition("\n")[0].rstrip("\r")
    except FileNotFoundError:
        passphrase = ""
    except (OSError, ValueError) as error:
        raise CheaprouteError(
            f"{key_file(env)}: the passphrase cannot be read: `cheaproute sync --sealed` asks anew"
        ) from error
    share = reader.number(settings, "sync.share")
    return Terms(
        reader.text(settings, "sync.folder"),
        passphrase,
        projects=reader.flag(settings, "sync.projects"),
        share=share if 0 < share < 1 else None,
    )
