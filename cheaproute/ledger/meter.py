"""New transcript bytes into the ledger, at each hook and for a whole history.

Idempotent, and safe to kill at any point: a file's offset is written in the transaction that
writes its calls. Of each file it asks only whether it grew, and reads only what is new.
"""

from __future__ import annotations

import os

from cheaproute import lean
from cheaproute.ledger import files, names
from cheaproute.ledger.record import Place, Recorder, source_of
from cheaproute.ledger.schema import NEVER
from cheaproute.ledger.transaction import Immediate
from cheaproute.usage import transcript
from cheaproute.usage.clock import parse_ms
from cheaproute.usage.models import SYNTHETIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from cheaproute.ledger.files import File
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Prices
    from cheaproute.usage.transcript import Scan


class Metered:
    """What a look at the transcripts brought.

    `session` is the row id of the first file's session (0: nothing is known of it), `calls` how
    many calls were new or changed.
    """

    __slots__ = ("calls", "session")

    def __init__(self) -> None:
        self.session = 0
        self.calls = 0


def meter(db: sqlite3.Connection, path: str, now_ms: int, prices: Prices) -> Metered:
    """Bring the ledger up to date with the session whose main transcript is at `path`.

    A missing or unreadable file is passed over. `now_ms` dates rows that carry no time.
    """
    return read(db, files.of_session(path), now_ms, prices)


def read(db: sqlite3.Connection, paths: Iterable[str], now_ms: int, prices: Prices) -> Metered:
    """Bring the ledger up to date with the transcripts at `paths`, in one transaction."""
    found = Metered()
    grown = []
    for number, path in enumerate(paths):
        file = files.load(db, path)
        if number == 0:
            found.session = file.session
        if files.grown(file):
            grown.append(path)
    if not grown:
        return found
    with Immediate(db):
        recorder = Recorder(db, prices)
        for path in grown:
            # Loaded again: another process may have read on before we had the lock.
            file = files.load(db, path)
            _read(db, file, now_ms, recorder, found)
            found.session = found.session or file.session
        _reconcile(db, recorder.changed, prices)
    return found


def _reconcile(db: sqlite3.Connection, sessions: set[int], prices: Prices) -> None:
    """Compare with the client's own totals where it has written any, mostly when a run ends."""
    marks = ", ".join("?" * len(sessions))
    query = f"SELECT 1 FROM cost_state WHERE session IN ({marks}) LIMIT 1"  # noqa: S608
    if db.execute(query, tuple(sessions)).fetchone():
        from cheaproute.ledger.reconcile import reconcile

        reconcile(db, sessions, prices)


def _read(
    db: sqlite3.Connection, file: File, now_ms: int, recorder: Recorder, found: Metered
) -> None:
    """Read one file's new bytes into the ledger; a file that cannot be read is passed over."""
    if file.agent and not file.dispatch:
        files.describe(file)
    uuid = files.session_of(file.path)
    try:
        for data in files.stretches(file):
            scan = transcript.scan(data, session=uuid, agent=file.agent)
            files.advance(file, data, scan.consumed)
            _keep(db, file, scan, now_ms, recorder, found)
    except OSError:
        return
    if file.id:
        files.save(db, file)


def _keep(
    db: sqlite3.Connection,
    file: File,
    scan: Scan,
    now_ms: int,
    recorder: Recorder,
    found: Metered,
) -> None:
    """Write down what one stretch of a file held."""
    if not file.id:
        _introduce(db, file, scan)
    instead = _instead(db, file.dispatch)
    places: dict[tuple[str, str, int], Place] = {}
    for call in scan.calls.values():
        call.ts_ms = call.ts_ms or now_ms
        key = (call.session, call.agent, source_of(call))
        place = places.get(key)
        if place is None:
            place = places[key] = _place(db, file, call)
        found.calls += recorder.put(call, place, instead=instead)
    _touch(db, file.session, scan)
    _note(db, file, scan, now_ms)
    if scan.states:
        recorder.changed.add(file.session)


def _introduce(db: sqlite3.Connection, file: File, scan: Scan) -> None:
    """Give a file met for the first time its row, and its session a project."""
    named = (call.session for call in scan.calls.values() if call.session)
    file.session = names.session_id(db, files.session_of(file.path) or next(named, ""))
    file.born_ms = parse_ms(scan.born)
    files.save(db, file)
    project = names.project_id(db, scan.cwd or os.path.basename(os.path.dirname(file.path)))
    db.execute(
        "UPDATE session SET project = ? WHERE id = ? AND project = 0", (project, file.session)
    )


def _place(db: sqlite3.Connection, file: File, call: Call) -> Place:
    """Where `call`, met in `file`, was made."""
    session = names.session_id(db, call.session) or file.session
    row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
    project = (row[0] if row else 0) or names.project_id(db, call.cwd)
    return Place(source_of(call), session=session, project=project, file=file.id, agent=call.agent)


def _instead(db: sqlite3.Connection, dispatch: str) -> str:
    """The model a routed subagent would have run on; "" if it was not routed."""
    if not dispatch:
        return ""
    row = db.execute(
        "SELECT instead FROM dispatch WHERE id = ? AND routed != ''", (dispatch,)
    ).fetchone()
    return row[0] if row else ""


def _touch(db: sqlite3.Connection, session: int, scan: Scan) -> None:
    """Note when the session ran, and what its main loop last ran on."""
    calls = scan.calls.values()
    if not calls:
        return
    main = [call for call in calls if not call.sidechain and call.model != SYNTHETIC]
    latest = max(main, key=lambda call: call.ts_ms, default=None)
    db.execute(
        "UPDATE session SET model = CASE WHEN ?1 >= last_ms AND ?2 != '' THEN ?2 ELSE model END, "
        "first_ms = CASE WHEN first_ms = 0 THEN ?3 ELSE min(first_ms, ?3) END, "
        "last_ms = max(last_ms, ?4) WHERE id = ?5",
        (
            latest.ts_ms if latest else 0,
            latest.model if latest else "",
            min(call.ts_ms for call in calls),
            max(call.ts_ms for call in calls),
            session,
        ),
    )


def _note(db: sqlite3.Connection, file: File, scan: Scan, now_ms: int) -> None:
    """Keep the client's own totals; a row with a time ends the reach of the total before it."""
    if scan.born and not file.agent:
        db.execute(
            "UPDATE cost_state SET until_ms = ? WHERE session = ? AND until_ms = ?",
            (parse_ms(scan.born) - 1, file.session, NEVER),
        )
    for state in scan.states:
        db.execute(
            "INSERT OR REPLACE INTO cost_state(session, at_ms, until_ms, start_ms, usage) "
            "VALUES(?, ?, ?, ?, ?)",
            (
                names.session_id(db, state.session) or file.session,
                state.at_ms or now_ms,
                state.until_ms - 1 if state.until_ms else NEVER,
                state.start_ms,
                lean.dumps(state.usage),
            ),
        )
