"""What a call may cost, by those before it: kept, not summed."""

from __future__ import annotations

from cheaproute.cap import periods
from cheaproute.days import HOUR_MS
from cheaproute.ledger import intern
from cheaproute.ledger.transactions import Immediate, sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from cheaproute.cap.state import State
    from cheaproute.ledger.module.given_up import GivenUp
    from cheaproute.usage.prices import Prices

# Where nothing is known: 5 dollars is a million fresh tokens on Opus 5.5.
UNKNOWN_NANO = 5_000_000_000
# A dear call counts for less with each that follows it.
_KEEP = (4, 5)
# The next call may be so many times as dear as those before it.
_GROWTH = 2
# Sessions before this one that say what is usual.
_SESSIONS = 8
# Hours are kept for the alarms: what is usual for this user.
_HOURS_KEPT = 60 * 24
# Outputs of the last calls of a purpose that are kept, and how many make an expectation.
KEPT, ENOUGH = 64, 20
# The tokens of an answer of a few lines.
_SHORT = 300


def learn_cost(db: sqlite3.Connection, session_id: int, nano: int, calls: int) -> None:
    """Take in that `calls` new calls of the session came to `nano`."""
    with Immediate(db):
        db.execute(
            "INSERT INTO pace VALUES(?1, ?2) ON CONFLICT DO UPDATE"
            " SET dearest_nano = max(?2, dearest_nano * ?3 / ?4)",
            (session_id, nano // max(calls, 1), *_KEEP),
        )


def add_hour(db: sqlite3.Connection, nano: int, now_ms: int) -> None:
    """Take in that `nano` were spent in this hour."""
    hour = now_ms // HOUR_MS
    db.execute(
        "INSERT INTO hour_total VALUES(?1, ?2)"
        " ON CONFLICT(hour) DO UPDATE SET cost_nano = cost_nano + ?2",
        (hour, nano),
    )
    db.execute("DELETE FROM hour_total WHERE hour < ?", (hour - _HOURS_KEPT,))


def one_call(db: sqlite3.Connection, session_id: int) -> int:
    """What one call of the session may cost, nano-dollars; a dear one where nothing is known."""
    return _GROWTH * usual_call(db, session_id) or UNKNOWN_NANO


def usual_call(db: sqlite3.Connection, session_id: int) -> int:
    """What a call of the session costs, nano-dollars; 0 where nothing is known."""
    row = db.execute("SELECT dearest_nano FROM pace WHERE session = ?", (session_id,)).fetchone()
    return row[0] if row else 0


def next_call(
    db: sqlite3.Connection,
    session_id: int,
    now_ms: int,
    prices: Prices | None = None,
    *,
    at_once: bool = False,
) -> int:
    """The likely cost of the session's next call, nano-dollars; 0 where nothing is known of it.

    It is no less than its dear calls of late, nor than its whole context costs once more (in the
    time that a person needs to type, unless `at_once`); of a session without a call it is what the
    first ones of late sessions cost.
    """
    if not session_id:
        return 0
    from cheaproute.cap.needs import context  # seldom

    try:
        within_ms = 0 if at_once else context.PERSON_MS
        again = context.nano(db, session_id, now_ms, prices, within_ms)
        return max(usual_call(db, session_id), again) or _first_call(db)
    except (sqlite3.Error, OSError, TypeError, ValueError):  # an older or a damaged ledger
        return 0


def _first_call(db: sqlite3.Connection) -> int:
    """What the first call of a session's main loop costs, the dearest of late ones."""
    first = (
        "SELECT cost_nano FROM call WHERE call.session = late.session AND source = 0"
        " ORDER BY ts_ms LIMIT 1"
    )
    late = "SELECT session FROM pace ORDER BY session DESC LIMIT ?"
    (nano,) = db.execute(
        f"SELECT max(({first})) FROM ({late}) AS late",  # noqa: S608  # no text of others
        (_SESSIONS,),
    ).fetchone()
    return nano or 0


def take_hidden(
    db: sqlite3.Connection, uuid: str, now_ms: int, purpose: str, models: Sequence[str] = ()
) -> int:
    """Take in a call of the session `uuid` that is written down nowhere: what it counts as.

    `models` it may run on; none: the small one.
    """
    from cheaproute.cap.needs import helper  # seldom

    late = "SELECT dearest_nano FROM pace ORDER BY session DESC LIMIT ?"
    usual = usual_call(db, intern.session_id(db, uuid)) or max(
        (row[0] for row in db.execute(late, (_SESSIONS,))), default=0
    )
    nano = helper.nano(db, intern.session_model(db, uuid), usual, purpose, now_ms, models)
    give_hidden(db, uuid, nano, now_ms)
    return nano


def give_hidden(db: sqlite3.Connection, uuid: str, nano: int, now_ms: int) -> None:
    """Have the caps count `nano` more for the session `uuid`; less than 0: it was not spent."""
    if nano:
        from cheaproute.cap.fallback import hidden

        hidden.add(db, periods.keys(now_ms, intern.session_id(db, uuid)).values(), nano, now_ms)


def give_up(
    db: sqlite3.Connection,
    uuid: str,
    cwd: str,
    told: Sequence[GivenUp],
    now_ms: int,
) -> None:
    """Have the caps count requests that were given up, each once, whoever tells of it.

    They are in no books: sums say by this that they lack them.
    """
    from cheaproute.ledger.module import given_up  # seldom

    with Immediate(db):
        new = given_up.put(db, intern.session_id(db, uuid), cwd, told)
        give_hidden(db, uuid, new, now_ms)


def near(db: sqlite3.Connection, state: State) -> bool:
    """Whether one call decides: some cap has no more left than that, or it cannot be told."""
    try:
        return state.left is not None and state.left <= one_call(db, state.session_id)
    except sqlite3.Error:  # an older or a damaged ledger
        return True


def likely_output(db: sqlite3.Connection, purpose: str, most: int) -> int:
    """The output tokens to reserve for: nine calls of ten had no more; `most` until 20 are known.

    Each model speaks at its own length: have it in `purpose`, if there are several.
    """
    outputs = _outputs(db, purpose)
    if len(outputs) < ENOUGH:
        return most
    return min(most, outputs[-(-len(outputs) * 9 // 10) - 1])


def median_output(db: sqlite3.Connection, purpose: str, most: int) -> int:
    """The output tokens of a usual call: the median of those kept; a short answer's without any."""
    outputs = _outputs(db, purpose)
    return min(most, outputs[len(outputs) // 2] if outputs else _SHORT)


def _outputs(db: sqlite3.Connection, purpose: str) -> list[int]:
    """The outputs kept of a purpose, the least first."""
    rows = db.execute(
        "SELECT output_tokens FROM expected_output WHERE purpose = ? ORDER BY output_tokens",
        (purpose,),
    )
    return [tokens for (tokens,) in rows]


def learn_output(db: sqlite3.Connection, purpose: str, output_tokens: int) -> None:
    """Keep the output of a call; the oldest of KEPT makes room."""
    db.execute(
        "INSERT INTO expected_output(purpose, number, output_tokens) SELECT ?1,"
        " coalesce((SELECT max(number) + 1 FROM expected_output WHERE purpose = ?1), 0), ?2",
        (purpose, output_tokens),
    )
    db.execute(
        "DELETE FROM expected_output WHERE purpose = ?1 AND number <="
        " (SELECT max(number) FROM expected_output WHERE purpose = ?1) - ?2",
        (purpose, KEPT),
    )
