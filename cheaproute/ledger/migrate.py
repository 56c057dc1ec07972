"""An empty or an older ledger is brought to this version's tables; one of a newer is looked at."""

from __future__ import annotations

import os

from cheaproute.ledger import meta, schema
from cheaproute.ledger.transactions import Immediate, sqlite3

# How long each migration is: one that is cut at a statement's end would be taken for done.
_LENGTHS = (10_987, 3_397, 1_675, 1_230, 708, 239, 265, 857, 858, 759, 481, 621, 647)


def run(db: sqlite3.Connection) -> None:
    """Run the missing migrations, one process at a time, all or nothing."""
    with Immediate(db):
        version = db.execute("PRAGMA user_version").fetchone()[0]
        for number in range(version, schema.VERSION):
            for statement in _statements(migration(number + 1)):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {schema.VERSION}")


def goes_on_with(db: sqlite3.Connection) -> bool:
    """Whether the newer version that migrated the ledger left it so that this code can go on.

    A migration that only adds says so in `meta`, for sessions that were running when it came: it
    puts the number of migrations that a reader must at least know under `works_with`.
    """
    row = db.execute("SELECT value FROM meta WHERE key = 'works_with'").fetchone()
    return row is not None and int(row[0]) <= schema.VERSION


def restore_triggers(db: sqlite3.Connection) -> None:
    """Put this version's triggers in the place of what somebody else did with them.

    A ledger without them, or with others, would count no call, or take it away again.
    """
    with Immediate(db):
        kinds = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'view')"
        for kind, name in db.execute(kinds).fetchall():
            db.execute('DROP {} IF EXISTS "{}"'.format(kind, name.replace('"', '""')))
        for number in range(schema.VERSION):
            for statement in _statements(migration(number + 1)):
                if statement.lstrip().startswith(("CREATE TRIGGER", "DROP TRIGGER")):
                    db.execute(statement)
        meta.put(db, schema.SUMS_DUE, "1")


def migration(number: int) -> str:
    """The SQL that makes version `number` of the version before it.

    Raises:
        LedgerError: the file is missing in this copy of the plugin, or not whole.
    """
    place = os.path.join(os.path.dirname(__file__), "migrations", f"{number:04d}.sql")
    try:
        with open(place, encoding="utf-8") as file:
            text = file.read()
        if len(text) != _LENGTHS[number - 1]:
            raise FileNotFoundError(2, "cut", place)
    except OSError as error:
        from cheaproute import kinds

        raise kinds.ledger(error, place) from error
    return text


def _statements(script: str) -> list[str]:
    """The statements of `script`; `executescript` would commit behind our back."""
    statements, begun = [], ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            statements.append(begun)
            begun = ""
    return statements
