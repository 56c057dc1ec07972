"""The background process of a round: one with the folder, one with the team's server.

One that hangs (a folder's server is gone) is left alone by those that come after it.
"""

from __future__ import annotations

import os
import sqlite3

from cheaproute.config import paths
from cheaproute.errors import CheaprouteError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def main() -> None:
    """Both rounds, each by itself; errors go to the log."""
    from contextlib import closing

    from cheaproute import log
    from cheaproute.cap.shared import failing
    from cheaproute.ledger import store
    from cheaproute.machines.team import turn

    env = os.environ
    try:
        with closing(store.connect(paths.ledger_file(env))) as ledger:
            for name, one in ((turn.SYNC, _folder), (turn.TEAM, _team)):
                before = failing.of(ledger, name, _now_ms())
                try:
                    with turn.taken(env, name) as ours:
                        if ours:
                            with failing.Noted(ledger, name, _now_ms()):
                                one(env, ledger)
                except Exception as error:  # noqa: BLE001  # nobody is there to see it
                    if before is None or not isinstance(error, CheaprouteError):
                        log.write(env, name, error)  # once, not each five minutes
    except Exception as error:  # noqa: BLE001  # as above
        log.write(env, "rounds", error)


def _folder(env: Mapping[str, str], ledger: sqlite3.Connection) -> None:
    """A round as it is wanted; another one where something else is wanted meanwhile."""
    from cheaproute.cap.shared import elsewhere
    from cheaproute.config import snapshot
    from cheaproute.machines import identity, sync

    done = None
    while (how := sync.wanted(env, snapshot.load(env))) != done:
        if not how.place:
            elsewhere.forget(paths.data_dir(env))
            return
        sync.run(ledger, paths.data_dir(env), identity.this(env), how, _now_ms())
        done = how


def _team(env: Mapping[str, str], ledger: sqlite3.Connection) -> None:
    from cheaproute.machines import identity
    from cheaproute.machines.team import member, work

    joined = member.of(env)
    if joined is not None:
        with member.connect(env, joined) as db:
            work.run(env, ledger, db, identity.this(env), joined, _now_ms())


def _now_ms() -> int:
    import time

    return int(time.time() * 1000)
