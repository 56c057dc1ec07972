"""What a stretch of a transcript held, into the ledger: calls, session, project, the totals."""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.client.transcript import layout
from cheaproute.days import DAY_MS
from cheaproute.ledger import intern
from cheaproute.ledger.calls.record import Place
from cheaproute.ledger.schema import MAIN, NEVER, SUBAGENT
from cheaproute.usage.models import SYNTHETIC

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

    from cheaproute.client.transcript.reader import File
    from cheaproute.client.transcript.scan import Scan
    from cheaproute.client.transcript.spelt.alike import Alike
    from cheaproute.ledger.calls.batch_totals import Tally
    from cheaproute.ledger.calls.record import Recorder
    from cheaproute.usage.call import Call
    from cheaproute.usage.prices import Price

    Told = tuple[Alike, Tally, Price]

# Rows that were made before the client's total, and written after it, are no further back.
_LATE_MS = 10_000


def scanned(db: sqlite3.Connection, file: File, scan: Scan, now_ms: int, recorder: Recorder) -> int:
    """Write down what one stretch of `file` held; how many calls were new or changed.

    Inside the caller's transaction. Sets the file's id and session when it is new.
    """
    if not (file.id and file.session and file.born_ms):
        _introduce(db, file, scan, recorder)
    _settle_project(db, file.session, scan.cwd, recorder)
    instead = _instead(db, file.dispatch)
    told, calls = _apart(scan, recorder, instead)
    for call in calls:
        call.ts_ms = call.ts_ms or file.seen_ms or scan.born_ms or now_ms
    changed = _put(db, file, recorder, told, calls, instead)
    if instead:
        _settle_way_up(file, recorder, calls, instead)
    _touch(db, file.session, told, calls)
    _note(db, file, scan, now_ms, recorder)
    if scan.states:
        recorder.changed.add(file.session)
    file.seen_ms = scan.seen_ms or file.seen_ms
    return changed


def _apart(scan: Scan, recorder: Recorder, instead: str) -> tuple[list[Told], list[Call]]:
    """The calls of a stretch: those to put down by columns, with their prices, and the others."""
    tally = None if instead else recorder.columns
    if tally is None or not scan.alike:
        return [], list(scan.calls.values())
    from cheaproute.ledger.calls.batch_totals import plain_price

    told: list[Told] = []
    calls = scan.others()
    for alike in scan.alike:
        price = plain_price(alike.first, recorder.prices)
        if price is None:
            calls += alike.calls()
        elif tally.fresh.issuperset(alike.id):
            told.append((alike, tally, price))
        else:
            new, known = alike.apart(tally.fresh)
            calls += known.calls()
            if new.id:
                told.append((new, tally, price))
    return told, calls


def _put(
    db: sqlite3.Connection,
    file: File,
    recorder: Recorder,
    told: list[Told],
    calls: list[Call],
    instead: str,
) -> int:
    """Put the calls down, each where it was made; how many were new or changed."""
    places: dict[tuple[str, str, bool], Place] = {}
    for call in sorted([*calls, *(one.first for one, _, _ in told)], key=_place_of):
        if _where(call) not in places:
            places[_where(call)] = _place(db, file, call, recorder)
    changed = 0
    for alike, tally, price in told:
        place = places[_where(alike.first)]
        tally.take_alike(alike, place, recorder.models[alike.first.model], price)
        recorder.changed.add(place.session)
        changed += len(alike.id)
    placed: dict[tuple[str, str, bool], list[Call]] = {}
    for call in sorted(calls, key=_place_of):
        placed.setdefault(_where(call), []).append(call)
    for where, place in places.items():
        if where in placed:
            changed += recorder.put_all(placed[where], place, instead)
    return changed


def _settle_way_up(file: File, recorder: Recorder, calls: list[Call], own: str) -> None:
    from cheaproute.ledger.calls import steps_up  # only of what was routed

    agents = {call.agent for call in calls if call.agent and steps_up.is_own(call, own)}
    for agent in agents:
        steps_up.settle(recorder, file.session, agent, own)


def _place_of(call: Call) -> int:
    return call.place


def _where(call: Call) -> tuple[str, str, bool]:
    return call.session, call.agent, call.sidechain


def skip(db: sqlite3.Connection, path: str, offset: int, why: str) -> None:
    """Note a row that could not be counted; inside the caller's transaction."""
    db.execute("INSERT OR REPLACE INTO skipped_row VALUES(?, ?, ?)", (path, offset, why))


def forget_skipped(db: sqlite3.Connection, path: str) -> None:
    """Forget the rows of a file that is read anew; inside the caller's transaction."""
    db.execute("DELETE FROM skipped_row WHERE path = ?", (path,))


def _introduce(db: sqlite3.Connection, file: File, scan: Scan, recorder: Recorder) -> None:
    """Give a file its row, session and birth; the first rows may tell neither of the latter."""
    uuid = layout.session_of(file.path)
    if not uuid:
        told = sorted([*scan.others(), *(some.first for some in scan.alike)], key=_place_of)
        uuid = next((call.session for call in told if call.session), "")
    file.session = file.session or recorder.sessions[uuid]
    file.born_ms = file.born_ms or scan.born_ms
    intern.add_file(db, file)


def _settle_project(db: sqlite3.Connection, session: int, cwd: str, recorder: Recorder) -> None:
    """The project of a session is where it was first seen to run."""
    row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
    if row and not row[0] and cwd:
        number = recorder.projects[cwd]
        db.execute("UPDATE session SET project = ? WHERE id = ?", (number, session))


def _place(db: sqlite3.Connection, file: File, call: Call, recorder: Recorder) -> Place:
    """Where `call`, met in `file`, was made."""
    session = recorder.sessions[call.session] or file.session
    row = db.execute("SELECT project FROM session WHERE id = ?", (session,)).fetchone()
    project = row[0] if row else 0
    project = project or recorder.projects[call.cwd or layout.folder_of(file.path)]
    source = SUBAGENT if call.agent or call.sidechain else MAIN
    return Place(source, session=session, project=project, file=file.id, agent=call.agent)


def _instead(db: sqlite3.Connection, dispatch: str) -> str:
    """The model a routed subagent would have run on; "" if it was not routed."""
    if not dispatch:
        return ""
    row = db.execute(
        "SELECT instead FROM dispatch WHERE id = ? AND routed != ''", (dispatch,)
    ).fetchone()
    return row[0] if row else ""


def _touch(db: sqlite3.Connection, session: int, told: list[Told], calls: list[Call]) -> None:
    """Note when the session ran, and what its main loop last ran on."""
    times_ms = [call.ts_ms for call in calls]
    main = [(call.ts_ms, -call.place, call.model) for call in calls if _is_main(call)]
    for alike, _, _ in told:
        times_ms += alike.ts_ms
        if _is_main(alike.first):
            last_ms = max(alike.ts_ms)
            place = alike.place[alike.ts_ms.index(last_ms)]
            main.append((last_ms, -place, alike.first.model))
    if not times_ms:
        return
    last_ms, _, model = max(main, key=lambda one: one[:2], default=(0, 0, ""))
    db.execute(
        "UPDATE session SET model = CASE WHEN ?1 >= last_ms AND ?2 != '' THEN ?2 ELSE model END, "
        "first_ms = CASE WHEN first_ms = 0 THEN ?3 ELSE min(first_ms, ?3) END, "
        "last_ms = max(last_ms, ?4) WHERE id = ?5",
        (
            last_ms,
            model,
            min(times_ms),
            max(times_ms),
            session,
        ),
    )


def _is_main(call: Call) -> bool:
    return not call.sidechain and call.model != SYNTHETIC


def _note(db: sqlite3.Connection, file: File, scan: Scan, now_ms: int, recorder: Recorder) -> None:
    """Keep the client's own totals; a row with a time ends the reach of the total before it."""
    if scan.born_ms and not file.agent:
        still_open = db.execute(
            "SELECT at_ms, ended_ms FROM cost_state"
            " WHERE session = ? AND until_ms = ? AND file IN (0, ?)",
            (file.session, NEVER, file.id),
        ).fetchall()
        for at_ms, ended_ms in still_open:
            db.execute(
                "UPDATE cost_state SET until_ms = ? WHERE session = ? AND at_ms = ?",
                (_reach(at_ms, ended_ms, scan.born_ms), file.session, at_ms),
            )
    for state in scan.states:
        at_ms = state.before_ms or file.seen_ms or now_ms
        session = recorder.sessions[state.session] or file.session
        db.executemany(
            "INSERT OR IGNORE INTO turn(session, ts_ms, kind) VALUES(?, ?, 'compact')",
            [(session, compacted_ms) for compacted_ms in state.compacted_ms],
        )
        db.execute(
            "INSERT OR REPLACE INTO cost_state(session, at_ms, until_ms, start_ms, usage, file, "
            "run_ms, ended_ms) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
            (
                session,
                at_ms,
                _reach(at_ms, state.ended_ms, state.after_ms) if state.after_ms else NEVER,
                state.start_ms,
                fastjson.dumps(state.usage),
                file.id,
                state.run_ms,
                state.ended_ms,
            ),
        )


def _reach(at_ms: int, ended_ms: int, after_ms: int) -> int:
    """Up to when calls are in a total that stands between rows of `at_ms` and of `after_ms`.

    A row that was made shortly before the total may be written after it. Less than `at_ms` where
    the row after it is earlier: the clock may have been set back, and later calls have such times.
    """
    if at_ms - DAY_MS < after_ms < at_ms:
        return after_ms - 1
    late_ms = ended_ms if ended_ms <= after_ms + _LATE_MS else 0
    return max(at_ms, after_ms - 1, late_ms)
