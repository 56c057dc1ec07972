"""The ledger's tables, as numbered migrations (`migrate` runs them). Money is integer nano-dollars.

`call` holds each API call once. `daily` and `spent` are kept by triggers, so that no reader ever
sums the calls: the cost of a hook does not grow with the ledger. Days are UTC.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# call.source and daily.source
MAIN, SUBAGENT, DELEGATED, UNLISTED, TRACKED, HELPER = range(6)
SOURCES = ("main", "subagent", "delegated", "unlisted", "tracked", "helper")

NEVER = 1 << 62  # cost_state.until_ms
# meta: some answers called themselves a batch, the latest when; the caps look at what begins so.
BATCHES = "hidden.batches"
SUMS_DUE = "sums.due"  # meta: others had changed the triggers, so that sums may be wrong
SINCE_DAY = "calls.since_day"  # meta: the day before which calls were dropped

# The columns of a call: those that say something of most calls, then those that seldom say other
# than `UNUSUAL`, which the database fills in more quickly than it takes it.
_PLAIN = (
    "id, ts_ms, day, model, source, session, project, file, request, cost_nano, "
    "input, output, write_5m, write_1h, read, final"
)
_USUAL = f"{_PLAIN}, mode, ref, agent"
WRITE_USUAL = f"INSERT INTO call({_USUAL}) VALUES({', '.join('?' * 19)})"
# A main loop's call in the standard mode, by whether it is final: each value that is bound takes a
# thirtieth of the time.
WRITE_PLAIN = {
    final: f"INSERT INTO call({_PLAIN}) VALUES({'?, ' * 15}{final:d})" for final in (False, True)
}
WRITE_CALL = (
    f"INSERT INTO call({_USUAL}, requested, saved_nano, purpose, estimated, odd, "
    f"client_nano, web_search) VALUES({', '.join('?' * 26)})"
)
UNUSUAL = (0, 0, "", 0, 0, None, 0)
# A call by the API's id of its request. The second half is what the index asks for: without it the
# whole table is gone through.
BY_REQUEST = "request = ? AND request != ''"
# Calls in modes that few have; all of it is what the index asks for.
UNUSUAL_MODE = "mode != ''" + "".join(
    f" AND mode != ',,,,{effort}'" for effort in ("medium", "high", "xhigh", "max")
)

# `PRAGMA user_version` says how many of the files in `migrations/` were run, in their order. A file
# is never edited once released; it is read only when it is run. One that does more than add says in
# `meta`, under `works_with`, which version's code can still go on with the ledger.
VERSION = 13
# The triggers that keep the sums: names and lengths, by name. Any others are not ours.
TRIGGERS = "call_added1362,call_completed225,call_removed831,call_saved242"
_FOUND = (
    "SELECT group_concat(name || length(sql)) FROM (SELECT name, sql FROM sqlite_master"
    " WHERE type IN ('trigger', 'view') ORDER BY name)"
)


# One call in so many may lack its final row before a sum of them is marked as a lower bound.
_OPEN = 200


# A compaction's call ended within this of what the client notes of it.
_TOLD_MS = 600_000


def is_lower(open_calls: int, calls: int, given_up: int = 0) -> bool:
    """Whether a sum is a lower bound, marked `≥`: the one rule for all that shows sums.

    `given_up`: requests that are in no sum at all; one is enough.
    """
    return given_up > 0 or open_calls * _OPEN > calls


def compactions(
    db: sqlite3.Connection, first_ms: int, past_ms: int, session: int | None = None
) -> list[tuple[int, int]]:
    """The compactions of that time, of all sessions or one, in no sum: (session, time).

    No row tells what they used: the client's record does, or its total when the run ends; a run
    that was killed has none (`client_totals/killed`), an older client has neither.
    """
    return db.execute(
        "SELECT session, ts_ms FROM turn t WHERE kind = 'compact' AND ts_ms >= ?1 AND ts_ms < ?2"
        " AND (?3 IS NULL OR session = ?3) AND (category = 'killed' OR NOT EXISTS"
        " (SELECT 1 FROM cost_state c WHERE c.session = t.session AND c.at_ms >= t.ts_ms))"
        " AND NOT EXISTS (SELECT 1 FROM call c WHERE c.ts_ms BETWEEN t.ts_ms - ?4 AND t.ts_ms + ?4"
        " AND +c.session = t.session AND c.source = ?5)",
        (first_ms, past_ms, session, _TOLD_MS, HELPER),
    ).fetchall()


def any_given_up(db: sqlite3.Connection) -> bool:
    """Whether a request was ever given up (`ledger/module/given_up`); most ledgers have none.

    Nor has one of an earlier version, which is only read, the table.
    """
    table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'given_up'"
    some = "SELECT 1 FROM given_up LIMIT 1"
    return all(db.execute(query).fetchone() for query in (table, some))


def keeps_sums(db: sqlite3.Connection) -> bool:
    """Whether the ledger's triggers are those of this version, and no others."""
    return bool(db.execute(_FOUND).fetchone()[0] == TRIGGERS)
