"""What Haiku said of a task, by the task's fingerprint, so that the same is not asked twice."""

from __future__ import annotations

from cheaproute.ledger import meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_KEY = "reader."


def read(db: sqlite3.Connection, task: str) -> str:
    """The two words that were kept for the task of this fingerprint, "" if there are none."""
    return meta.get(db, _KEY + task) if task else ""


def save(db: sqlite3.Connection, task: str, said: str) -> None:
    """Keep two words of ours for the task; a task without words is not kept."""
    if task:
        meta.put(db, _KEY + task, said)
