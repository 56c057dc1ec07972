"""This machine's place in a team: where the server is, and the password that nobody else reads."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from cheaproute import atomic, fastjson
from cheaproute.cap.shared import lease
from cheaproute.cap.shared.lease import Lease
from cheaproute.config import paths
from cheaproute.machines.team import connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection

FILE, PASSFILE = lease.JOINED, "team.pass"


@dataclass(frozen=True, slots=True)
class Member:
    """The server's URL, without a password; whether names of projects may be told."""

    url: str
    projects: bool


def of(env: Mapping[str, str]) -> Member | None:
    """The team that this machine has joined; None for none."""
    try:
        found = fastjson.read(os.path.join(paths.data_dir(env), FILE), lease.MOST_BYTES)
        return Member(str(found["url"]), bool(found["projects"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def join(env: Mapping[str, str], url: str, password: str, *, projects: bool) -> None:
    """Try the login, and keep it: URL in one file, password (0600) in another, as libpq reads it.

    Raises:
        UsageError: the URL holds a password, or would send rows in the open.
        CheaprouteError: the login fails, or there is no team there.
    """
    connection.check(url)
    with (
        connection.connect(url, password=password, passfile=_user_passfile(env)) as db,
        connection.refusals(),
    ):
        db.execute("SELECT cheaproute.me()")
        # As libpq will look them up: the URL may leave them out, or spell them otherwise.
        fields = (db.info.host, str(db.info.port), "*", db.info.user, password)
    if password:
        line = ":".join(field.replace("\\", "\\\\").replace(":", "\\:") for field in fields)
        atomic.write(os.path.join(paths.data_dir(env), PASSFILE), line.encode() + b"\n", 0o600)
    _write(env, {"url": url, "projects": projects})


def still(env: Mapping[str, str], member: Member) -> bool:
    """Whether this machine is in that team now."""
    return of(env) == member


def note(
    env: Mapping[str, str], member: Member, taken: Lease, prices: Mapping[str, object]
) -> None:
    """Keep beside it what the team's owner wants: where no lease can be read, of what models cost.

    Raises:
        ConfigError: it cannot be written.
    """
    kept = {"url": member.url, "projects": member.projects}
    policy = {"at_cap": taken.at_cap, "out_of_touch": taken.out_of_touch, "prices": prices}
    wanted = kept | policy
    if fastjson.read(os.path.join(paths.data_dir(env), FILE), lease.MOST_BYTES) != wanted:
        _write(env, wanted)


def _write(env: Mapping[str, str], content: Mapping[str, object]) -> None:
    path = os.path.join(paths.data_dir(env), FILE)
    atomic.write(path, json.dumps(content).encode() + b"\n", 0o600)


def connect(env: Mapping[str, str], member: Member) -> Connection[tuple[object, ...]]:
    """A connection as this member.

    Raises:
        CheaprouteError: the server cannot be reached, or refuses.
    """
    own = os.path.join(paths.data_dir(env), PASSFILE)
    return connection.connect(
        member.url, passfile=own if os.path.exists(own) else _user_passfile(env)
    )


def forget(env: Mapping[str, str]) -> None:
    """Leave the team here; what was told stays there."""
    for name in (FILE, PASSFILE):
        atomic.remove(os.path.join(paths.data_dir(env), name))
    lease.forget(paths.data_dir(env))


def _user_passfile(env: Mapping[str, str]) -> str:
    """The user's own password file, where the environment names one; "" leaves it to libpq."""
    return env.get("PGPASSFILE", "")
