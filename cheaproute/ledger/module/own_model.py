"""A session's own model, where its client took up another one again as it was resumed.

Claude Code resumes a session on the model of its last answer (seen, 2.1.286 to 2.1.332): where that
was routed here, or a skill's for one turn, nobody chose it for what comes.
"""

from __future__ import annotations

from cheaproute.ledger import meta
from cheaproute.ledger.module import loops
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

_KEY, _TOLD = "resumed_on:", " told"


def resumed(db: sqlite3.Connection, session: int, model: str, *, named: bool) -> None:
    """A client takes the session up on `model`; `named`: somebody told it so."""
    main = loops.read(db, session, "")
    last = bool(main.ran) and canonical(model) == canonical(main.ran)
    taken_up = main.own and last and not named and canonical(model) != canonical(main.own)
    _keep(db, session, f"{model} {main.own}" if taken_up else "")


def note(db: sqlite3.Connection, session: int, model: str, *, named: bool) -> None:
    """Keep what the session's own model is, by its client's word (`model`).

    What it took up again is none, until a person has `named` it, or another is told.
    """
    if model and (named or not of(db, session, model)):
        if model != loops.read(db, session, "").own:
            _keep(db, session, "")
        loops.note_own(db, session, model)


def of(db: sqlite3.Connection, session: int, model: str) -> str:
    """The session's own model, where `model` is one that its client took up again; else ""."""
    taken_up, _, own = meta.get(db, f"{_KEY}{session}").partition(" ")
    return own.removesuffix(_TOLD) if taken_up == model else ""


def is_news(db: sqlite3.Connection, session: int) -> bool:
    """Whether the session's user was not told of it yet; from now on they were."""
    kept = meta.get(db, f"{_KEY}{session}")
    if kept and not kept.endswith(_TOLD):
        _keep(db, session, kept + _TOLD)
        return True
    return False


def _keep(db: sqlite3.Connection, session: int, value: str) -> None:
    if meta.get(db, f"{_KEY}{session}") != value:
        meta.put(db, f"{_KEY}{session}", value)
