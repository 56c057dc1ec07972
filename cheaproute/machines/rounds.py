"""Rounds with other machines, begun by a session and never waited for (hot path)."""

from __future__ import annotations

import os

from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.context import Surroundings

_CODE = "from cheaproute.machines.team import background; background.main()"
# With a folder a round in five minutes; a team's lease is looked after each minute, and at once
# where it stops this session.
FOLDER_MS, TEAM_MS, PRESSING_MS = 300_000, 60_000, 10_000


def begin(context: Surroundings, *, pressing: bool = False) -> bool:
    """Start a round where one is due and this machine shares anything; whether it was started."""
    place = paths.data_dir(context.env)
    team = os.path.exists(os.path.join(place, "team.json"))
    if not team and not context.section("sync").get("folder"):
        return False
    from cheaproute.config.venv import spawn, status
    from cheaproute.ledger import meta

    every = PRESSING_MS if pressing else TEAM_MS if team else FOLDER_MS
    if not meta.once_every(context.db, "round", every, context.time_ms()):
        return False
    python = status.python(context.env)
    built = os.path.exists(python)
    return spawn.start(context.env, _CODE, place, python=python if built else "", libraries=built)
