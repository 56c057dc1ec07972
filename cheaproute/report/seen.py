"""Seen at work: one short line on what was done since the last one, with dollars (hot path)."""

from __future__ import annotations

from cheaproute.days import HOUR_MS
from cheaproute.ledger import bulk_reads, schema
from cheaproute.ledger.module import loops
from cheaproute.ledger.query import agent_runs
from cheaproute.ledger.transactions import sqlite3
from cheaproute.usage.models import family

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from cheaproute.ledger.query.agent_runs import Dispatch

    Find = Callable[[], str] | None
    Beside = Callable[[int], str] | None

LINE, STATUS, QUIET = "line", "status", "quiet"
_TOLD = "seen"
_FIRST_MS = HOUR_MS  # the first line of a session looks back so far
_TAIL_BYTES = 1 << 20
_MOST = 3


def shown(settings: Mapping[str, object]) -> str:
    """Where it is said: `line`, `status` or `quiet`."""
    word = settings.get("show")
    return word if isinstance(word, str) else LINE


def after_answer(
    settings: Mapping[str, object],
    db: sqlite3.Connection,
    session: int,
    now_ms: int,
    working: Collection[str] = (),
) -> str:
    """The line for a turn that has ended, "" where there is none or the user wants none."""
    if shown(settings) != LINE:
        return ""
    return told(db, session, now_ms, working=working, chosen=is_chosen(settings))[0]


def is_chosen(settings: Mapping[str, object]) -> bool:
    """Whether the main loop's model is chosen turn by turn."""
    routing = settings.get("routing")
    return isinstance(routing, dict) and routing.get("main") == "auto"


def late(said: str) -> str:
    """The same line where it can only be shown under the next prompt."""
    if said.startswith("this turn "):
        return f"the turn before {said.removeprefix('this turn ')}"
    return f"in the turn before: {said}"


def told_ms(db: sqlite3.Connection, uuid: str) -> int:
    """Up to when a session's doings were told; 0: nothing was yet."""
    row = db.execute("SELECT ts_ms FROM told WHERE session = ? AND what = ?", (uuid, _TOLD))
    return int((row.fetchone() or (0,))[0])


def told(
    db: sqlite3.Connection,
    session: int,
    now_ms: int,
    seen_ms: int | None = None,
    find: Find = None,
    heard_ms: int = 0,
    fail: Callable[[Exception], None] | None = None,
    working: Collection[str] = (),
    beside: Beside = None,
    *,
    chosen: bool = True,
) -> tuple[str, int]:
    """What ran on a cheaper model or was digested since it was told, and up to when all is told.

    `Explore ran on Haiku, saved $0.06 · build.log read as a digest, saved $0.31`. `seen_ms` says up
    to when the user has seen it (0: nothing), where what was told last came too late to be shown;
    `heard_ms` up to when it was told by the hand's word, where that could not be written. `find`
    looks for the transcript, which the ledger may not know yet. The agents `working` have not ended
    for the client, whatever their last turn's end says: one that waits for what it has in the
    background is told of when that is over, too. `beside` says more of a turn that `/cheap` began;
    `chosen` as by `is_chosen`.

    Where it cannot be written now, `fail` is told; the line is said, and the hand remembers it.

    Raises:
        sqlite3.OperationalError: the same without `fail`.
    """
    row = db.execute("SELECT uuid FROM session WHERE id = ?", (session,)).fetchone()
    if row is None:
        return "", 0
    from cheaproute.ledger.query import choices  # at a turn's end alone

    uuid, before = row[0], told_ms(db, row[0])
    known = max(before, heard_ms)
    since = (known if seen_ms is None else seen_ms) or now_ms - _FIRST_MS
    noted = agent_runs.ended_since(db, session, since)
    ended = [run for run in noted if run.agent not in working]
    turn = _turn(db, session, since, chosen=chosen)
    parts = [
        *(turn or choices.of_cheap(db, session, since, find, beside)),
        *_routed(ended),
        *_digested(db, session, uuid, since, find),
    ]
    if not parts and known == before:
        return "", before
    # An agent may have ended since this look began; another look may have told it all meanwhile.
    upto = max([now_ms, *(run.ended_ms for run in ended)]) if parts else known
    held = [run for run in noted if run.agent in working and run.ended_ms <= upto]
    try:
        if parts:  # with what is said all is told up to then: their end comes after it
            later = [(upto + 1, run.id) for run in held]
            db.executemany("UPDATE dispatch SET ended_ms = ? WHERE id = ?", later)
        taken = db.execute(
            "INSERT INTO told VALUES(?1, ?2, ?3)"
            " ON CONFLICT DO UPDATE SET ts_ms = ?3 WHERE ts_ms = ?4",
            (uuid, _TOLD, upto, before),
        ).rowcount
    except sqlite3.OperationalError as error:
        if fail is None:
            raise
        fail(error)
        taken = 1
    if not taken:
        return "", told_ms(db, uuid)
    said = [what for what, _ in parts[:_MOST]]
    if len(parts) > _MOST:
        rest = parts[_MOST:]
        said.append(_part(f"{len(rest)} more", sum(saved for _, saved in rest))[0])
    return " · ".join(said), upto


def _turn(
    db: sqlite3.Connection, session: int, since: int, *, chosen: bool
) -> list[tuple[str, int]]:
    """The session's own turn, where it was sent to a cheaper model and ran there."""
    loop = loops.read(db, session, "")
    if not loop.model or loop.model not in loop.ran or loop.last_ms <= since:
        return _back(db, session, since, chosen=chosen)
    saved = db.execute(
        "SELECT coalesce(sum(saved_nano), 0) FROM call WHERE session = ? AND source = ?"
        " AND ts_ms > ?",
        (session, schema.MAIN, since),
    ).fetchone()[0]
    return [_part(f"this turn ran on {loop.model.capitalize()}", saved)]


def _back(
    db: sqlite3.Connection, session: int, since: int, *, chosen: bool
) -> list[tuple[str, int]]:
    """The way back to the session's own model and why, where its cache was written for that.

    What was decided for the turn that was sent away is no reason to come back.
    """
    row = db.execute(
        "SELECT over, sum(price_nano + switch_nano) AS saved, coalesce((SELECT reason FROM"
        " (SELECT turn AS last, reason FROM turn_choice WHERE session = ?1 ORDER BY ts_ms DESC"
        " LIMIT 1) WHERE last NOT IN (SELECT turn FROM choice WHERE session = ?1"
        " AND model != over)), '') FROM choice"
        " WHERE session = ?1 AND ts_ms > ?2 AND model = over GROUP BY over HAVING saved < 0",
        (session, since),
    ).fetchone()
    if row is None:
        return []
    own, why = family(row[0]).capitalize() or row[0], row[2].partition(":")[0]
    if not chosen:
        why = "routing of the main loop is off"
    own += f" again ({why})" if why else " again"
    return [_part(f"this turn ran on {own}, its cache written anew", row[1])]


def _routed(ended: Sequence[Dispatch]) -> list[tuple[str, int]]:
    """Subagents that ended on another model than they would have run on, alike ones as one."""
    found: dict[tuple[str, str, str], list[int]] = {}
    for run in ended:
        if run.went:
            key = (run.agent_type or "a subagent", run.routed, run.why_up)
            found.setdefault(key, []).append(run.saved_nano)
    return [
        _part(
            f"{f'{len(saved)} x {kind}' if len(saved) > 1 else kind} ran on {model.capitalize()}"
            + (f", {up}" if up else ""),
            sum(saved),
        )
        for (kind, model, up), saved in found.items()
    ]


def _digested(
    db: sqlite3.Connection, session: int, uuid: str, since: int, find: Find
) -> list[tuple[str, int]]:
    rows = db.execute(
        "SELECT path_hash, outcome, saved_nano, coalesce((SELECT saved_nano FROM digest AS made"
        " WHERE made.session = digest.session AND made.path_hash = digest.path_hash"
        " AND made.outcome = ?3), 0) FROM digest"
        " WHERE session = ?1 AND ts_ms > ?2 AND outcome IN (?3, ?4) ORDER BY id",
        (session, since, bulk_reads.MADE, bulk_reads.WHOLE),
    ).fetchall()
    if not rows:
        return []
    paths = [path for (path,) in db.execute("SELECT path FROM file WHERE session = ?", (session,))]
    if not paths and find is not None:
        paths.append(find())
    names = _files_read(paths, uuid)
    return [
        _digest(names.get(key, "a large file"), outcome, saved, made)
        for key, outcome, saved, made in rows
    ]


def _digest(name: str, outcome: str, saved: int, made: int) -> tuple[str, int]:
    """A digest that was `made`, or whose file was read whole after it: `saved` takes it back."""
    if outcome == bulk_reads.MADE:
        return _part(f"{name} read as a digest", saved)
    from cheaproute.money import show

    cost = f"its digest cost {show(-saved - made)}"
    lost = f"{show(made)} not saved, {cost}" if made > 0 else cost
    return f"{name} was read whole after all: {lost}", saved


def _files_read(paths: Sequence[str], uuid: str) -> dict[str, str]:
    """The names of the files read of late, by what stands for them in the ledger.

    The ledger has no path; the ends of the transcripts at `paths` do.
    """
    import os

    from cheaproute.client.transcript import peek

    found: dict[str, str] = {}
    for path in paths:
        for read in peek.files_named(path, _TAIL_BYTES):
            name = "".join(c if c.isprintable() else "?" for c in os.path.basename(read))
            found[bulk_reads.key(uuid, os.path.realpath(read))] = name[:60]
    return found


def _part(what: str, saved_nano: int) -> tuple[str, int]:
    """A part of the line, `build.log read as a digest, saved $0.06`, and that saving."""
    if not saved_nano:
        return what, 0
    from cheaproute.money import change  # not while nothing was saved

    return f"{what}, {change(saved_nano)}", saved_nano
