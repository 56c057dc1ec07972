"""What the owner of a team does: the schema, and who its members are."""

from __future__ import annotations

import os
import re
import secrets
from typing import NamedTuple

from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.machines.team.connection import refusals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from psycopg import Connection

    Db = Connection[tuple[object, ...]]

# 2: a member's own types are found last; only the budget's latest state is shared out; a clock that
# is ahead moves nothing; who has left keeps no machine. 3: a policy has prices.
# 4: rows say whether their counts are lower bounds.
VERSION = OPEN_CALLS = 4
_SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema")
# One word a database, so that two who migrate at once take turns.
_LOCK = 0x63686561  # "chea"
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,39}\Z")


class Removed(NamedTuple):
    """What became of a member: rows kept or deleted, and whether the role had to stay, locked."""

    rows: int
    role_stays: bool


@refusals()
def init(db: Db) -> int:
    """Create or migrate the schema, one at a time; the version that was found, 0 for none.

    Raises:
        CheaprouteError: the schema is of a newer version or somebody else's, or the server refuses.
    """
    with db.transaction():
        db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        found = version(db)
        if found > VERSION:
            raise CheaprouteError(
                f"the team's schema is of version {found}, this cheaproute knows {VERSION}: "
                "update the plugin"
            )
        if found == VERSION:
            return found
        if not found:
            _begin(db)
        for name in ("since", "functions") if found else ("tables", "since", "functions", "rights"):
            with open(os.path.join(_SCHEMA, f"{name}.sql"), encoding="utf-8") as file:
                db.execute(file.read().encode())
        db.execute("DELETE FROM cheaproute.version")
        db.execute("INSERT INTO cheaproute.version VALUES (%s)", (VERSION,))
    return found


def _begin(db: Db) -> None:
    """An empty schema, the members' common role, and the place of the version's number."""
    row = db.execute(
        "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'cheaproute' "
        "AND pg_get_userbyid(nspowner) <> current_user"
    ).fetchone()
    if row:  # who owns it could put functions of their own in the place of ours
        raise CheaprouteError(f"the schema cheaproute is {row[0]}'s: drop it, or init as {row[0]}")
    db.execute("CREATE SCHEMA IF NOT EXISTS cheaproute")
    db.execute(
        "DO $$ BEGIN CREATE ROLE cheaproute_member NOLOGIN; "
        "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    db.execute("CREATE TABLE cheaproute.version(number integer NOT NULL)")
    db.execute("GRANT SELECT ON cheaproute.version TO cheaproute_member")


def version(db: Db) -> int:
    """The schema's version; 0 where there is none."""
    row = db.execute("SELECT to_regclass('cheaproute.version')").fetchone()
    if row is None or row[0] is None:
        return 0
    found = db.execute("SELECT number FROM cheaproute.version").fetchone()
    return int(str(found[0])) if found else 0


@refusals()
def add(db: Db, name: str) -> str:
    """Make a login role for the member `name`; its password, which stands nowhere else.

    Raises:
        UsageError: the name is none for a role.
        CheaprouteError: there is such a member, or the server refuses.
    """
    import psycopg
    from psycopg import sql

    if not _NAME.match(name):
        raise UsageError(f"{name!r}: a name of small letters, digits, `_`, `.` and `-`, please")
    password = secrets.token_urlsafe(18)
    # What goes to the server, and may stand in its log, is the verifier that it keeps anyway.
    verifier = db.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
    try:
        with db.transaction():
            db.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE cheaproute_member").format(
                    sql.Identifier(name), sql.Literal(verifier.decode())
                )
            )
            db.execute("INSERT INTO cheaproute.person(role, name) VALUES (%s, %s)", (name, name))
    except psycopg.errors.DuplicateObject:
        raise CheaprouteError(f"{name}: there is a role of that name already") from None
    return password


@refusals()
def remove(db: Db, name: str, *, delete: bool) -> Removed:
    """Take a member out: no login, no lease, no cap; the rows stay without a name, or go.

    What was spent stays in the team's sums either way. A role on which something else depends
    (its own tables, other rights) stays, and can no longer log in.

    Raises:
        CheaprouteError: no such member, or the server refuses.
    """
    from psycopg import errors, sql

    role = sql.Identifier(name)
    with db.transaction():
        db.execute("SELECT cheaproute.lock_budget()")
        row = db.execute("SELECT id FROM cheaproute.person WHERE role = %s", (name,)).fetchone()
        if row is None:
            raise CheaprouteError(f"{name}: no member of this team")
        person = row[0]
        found = db.execute("SELECT count(*) FROM cheaproute.call WHERE person = %s", (person,))
        count = found.fetchone()
        db.execute("DELETE FROM cheaproute.lease WHERE person = %s", (person,))
        for table in ("spent", "cap"):
            db.execute(
                sql.SQL("DELETE FROM cheaproute.{} WHERE scope = 'person' AND key = %s").format(
                    sql.Identifier(table)
                ),
                (name,),
            )
        if delete:
            db.execute("DELETE FROM cheaproute.person WHERE id = %s", (person,))
        else:
            db.execute(
                "UPDATE cheaproute.person SET role = NULL, name = '' WHERE id = %s", (person,)
            )
            db.execute("UPDATE cheaproute.machine SET title = '' WHERE person = %s", (person,))
        stays = False
        try:
            with db.transaction():
                db.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
        except errors.DependentObjectsStillExist:
            stays = True
            db.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(role))
            db.execute(sql.SQL("REVOKE cheaproute_member FROM {}").format(role))
    return Removed(int(str(count[0])) if count else 0, stays)
