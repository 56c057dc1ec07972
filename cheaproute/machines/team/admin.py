"""What the owner of a team does: the schema, its members, its policy."""

from __future__ import annotations

import os
import re
import secrets

from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.machines.team import connection

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from psycopg import Connection

    Db = Connection[tuple[object, ...]]

VERSION = 1
_SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "schema.sql")
# One word a database, so that two who migrate at once take turns.
_LOCK = 0x63686561  # "chea"
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,39}\Z")
SCOPES, PERIODS = ("team", "person", "project"), ("month", "week", "day")
POLICY = {
    "at_cap": ("block", "cheap", "warn"),
    "out_of_touch": ("open", "closed"),
    "see_others": (True, False),
}


def init(db: Db) -> bool:
    """Create or migrate the schema, one at a time; whether it was new.

    Raises:
        CheaprouteError: the schema is of a newer version, or the server refuses.
    """
    import psycopg

    try:
        with db.transaction():
            db.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            found = version(db)
            if found > VERSION:
                raise CheaprouteError(
                    f"the team's schema is of version {found}, this cheaproute knows {VERSION}: "
                    "update the plugin"
                )
            if found == VERSION:
                return False
            db.execute("CREATE SCHEMA IF NOT EXISTS cheaproute")
            db.execute(
                "DO $$ BEGIN CREATE ROLE cheaproute_member NOLOGIN; "
                "EXCEPTION WHEN duplicate_object THEN NULL; END $$"
            )
            with open(_SCHEMA, encoding="utf-8") as file:
                db.execute(file.read().encode())
            db.execute("CREATE TABLE IF NOT EXISTS cheaproute.version(number integer NOT NULL)")
            db.execute("DELETE FROM cheaproute.version")
            db.execute("INSERT INTO cheaproute.version VALUES (%s)", (VERSION,))
            db.execute("GRANT SELECT ON cheaproute.version TO cheaproute_member")
    except psycopg.Error as error:
        raise CheaprouteError(connection.in_a_line(error)) from None
    return True


def version(db: Db) -> int:
    """The schema's version; 0 where there is none."""
    row = db.execute("SELECT to_regclass('cheaproute.version')").fetchone()
    if row is None or row[0] is None:
        return 0
    found = db.execute("SELECT number FROM cheaproute.version").fetchone()
    return int(str(found[0])) if found else 0


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
    except psycopg.Error as error:
        raise CheaprouteError(connection.in_a_line(error)) from None
    return password


def remove(db: Db, name: str, *, delete: bool) -> int:
    """Take a member out: no login, no lease; the rows stay without a name, or go; how many.

    What was spent stays in the team's sums either way.

    Raises:
        CheaprouteError: no such member.
    """
    from psycopg import sql

    with db.transaction():
        row = db.execute("SELECT id FROM cheaproute.person WHERE role = %s", (name,)).fetchone()
        if row is None:
            raise CheaprouteError(f"{name}: no member of this team")
        person = row[0]
        found = db.execute("SELECT count(*) FROM cheaproute.call WHERE person = %s", (person,))
        count = found.fetchone()
        db.execute("DELETE FROM cheaproute.lease WHERE person = %s", (person,))
        db.execute("DELETE FROM cheaproute.spent WHERE scope = 'person' AND key = %s", (name,))
        if delete:
            db.execute("DELETE FROM cheaproute.person WHERE id = %s", (person,))
        else:
            db.execute(
                "UPDATE cheaproute.person SET role = NULL, name = '' WHERE id = %s", (person,)
            )
            db.execute("UPDATE cheaproute.machine SET title = '' WHERE person = %s", (person,))
        db.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
    return int(str(count[0])) if count else 0


def policy(db: Db) -> dict[str, object]:
    """The policy as a table for `policy.toml`: caps in dollars, and what holds at them."""
    row = db.execute(
        "SELECT at_cap, out_of_touch, see_others, lease_s FROM cheaproute.policy"
    ).fetchone()
    if row is None:
        raise CheaprouteError("the team's policy is missing: `cheaproute team init` again")
    found: dict[str, object] = dict(
        zip(("at_cap", "out_of_touch", "see_others", "lease_s"), row, strict=True)
    )
    found["caps"] = [
        {"scope": scope, "key": key, "period": period, "usd": int(str(nano)) / 1e9}
        for scope, key, period, nano in db.execute(
            "SELECT scope, key, period, limit_nano FROM cheaproute.cap ORDER BY 1, 2, 3"
        )
    ]
    return found


def set_policy(db: Db, wanted: Mapping[str, object]) -> None:
    """Make `wanted` (as `policy` gives it) the policy, all or nothing.

    Raises:
        UsageError: a value is not of its kind; the message names it.
    """
    for key, words in POLICY.items():
        if wanted.get(key) not in words:
            raise UsageError(f"{key} = {wanted.get(key)!r}: one of {', '.join(map(str, words))}")
    lease = wanted.get("lease_s")
    if type(lease) is not int or not 120 <= lease <= 86_400:
        raise UsageError(f"lease_s = {lease!r}: whole seconds from 120 to 86400")
    caps = wanted.get("caps", [])
    rows = [_cap(cap) for cap in (caps if isinstance(caps, list) else [None])]
    with db.transaction():
        db.execute("SELECT cheaproute.lock_budget()")
        db.execute(
            "UPDATE cheaproute.policy SET at_cap = %s, out_of_touch = %s, see_others = %s, "
            "lease_s = %s",
            (wanted["at_cap"], wanted["out_of_touch"], wanted["see_others"], lease),
        )
        db.execute("DELETE FROM cheaproute.cap")
        for row in rows:
            db.execute("INSERT INTO cheaproute.cap VALUES (%s, %s, %s, %s)", row)


def _cap(cap: object) -> Sequence[object]:
    found = cap if isinstance(cap, dict) else {}
    scope, key, period = found.get("scope"), found.get("key", ""), found.get("period")
    usd = found.get("usd")
    good = isinstance(usd, int | float) and not isinstance(usd, bool) and 0 <= usd <= 1e9
    if scope not in SCOPES or period not in PERIODS or not isinstance(key, str) or not good:
        raise UsageError(
            f"cap {cap!r}: scope ({', '.join(SCOPES)}), key, period ({', '.join(PERIODS)}), usd"
        )
    if scope == "project" and not key:
        raise UsageError(f"cap {cap!r}: the key names the project")
    return scope, key if scope != "team" else "", period, round(float(str(usd)) * 1e9)
