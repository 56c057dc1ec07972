"""What a session's user said of its loop for as long as the session goes on."""

from __future__ import annotations

from cheaproute.ledger import meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3


def note_plan_mode(db: sqlite3.Connection, session: int, *, planned: bool) -> None:
    """Keep whether the session's last prompt was given in plan mode; writes only what is new."""
    if planned != in_plan_mode(db, session):
        meta.put(db, f"plan_mode:{session}", "1" if planned else "")


def in_plan_mode(db: sqlite3.Connection, session: int) -> bool:
    """Whether the session's last prompt was given in plan mode, as far as is known."""
    return meta.get(db, f"plan_mode:{session}") == "1"


def leave_main(db: sqlite3.Connection, session: int, *, left: bool) -> None:
    """Keep whether the session's main loop is left on its own model, whatever the settings say."""
    if left != main_is_left(db, session):
        meta.put(db, f"main_left:{session}", "1" if left else "")


def main_is_left(db: sqlite3.Connection, session: int) -> bool:
    """Whether the session's main loop is left on its own model by a word of this session."""
    return meta.get(db, f"main_left:{session}") == "1"
