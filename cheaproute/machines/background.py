"""A round now and then, without anybody waiting for it: begun by a session, ended by itself."""

from __future__ import annotations

import os

from cheaproute.config import paths, reader
from cheaproute.machines.sync import Terms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def key_file(env: Mapping[str, str]) -> str:
    """Where the folder's passphrase is kept (0600); absent for an open folder."""
    return os.path.join(paths.data_dir(env), "sync.key")


def terms(env: Mapping[str, str], settings: Mapping[str, object]) -> Terms:
    """How the user wants it."""
    try:
        with open(key_file(env), encoding="utf-8") as file:
            passphrase = file.readline().rstrip("\n")
    except OSError:
        passphrase = ""
    share = reader.number(settings, "sync.share")
    return Terms(
        reader.text(settings, "sync.folder"),
        passphrase,
        projects=reader.flag(settings, "sync.projects"),
        share=share if 0 < share < 1 else None,
    )


def main() -> None:
    """The background process: one round; an error goes to the log."""
    import time
    from contextlib import closing

    from cheaproute import log
    from cheaproute.config import snapshot
    from cheaproute.ledger import store
    from cheaproute.machines import identity, sync

    env = os.environ
    try:
        how = terms(env, snapshot.load(env))
        if not how.place or not os.path.isdir(how.place):
            return
        with closing(store.connect(paths.ledger_file(env))) as ledger:
            now_ms = int(time.time() * 1000)
            sync.run(ledger, paths.data_dir(env), identity.this(env), how, now_ms)
    except Exception as error:  # noqa: BLE001  # nobody is there to see it
        log.write(env, "sync", error)
