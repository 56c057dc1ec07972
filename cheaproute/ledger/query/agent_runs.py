"""Subagents sent out: what was decided, what ran, what it cost. Reads alone."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

COLUMNS = (
    "id",
    "ts_ms",
    "agent_type",
    "category",
    "tier",
    "confidence",
    "reason",
    "action",
    "asked",
    "instead",
    "routed",
    "resolved",
    "agent",
    "status",
    "follows",
    "flag",
    "turns",
    "tools",
    "edits",
    "ended_ms",
)
# A subagent's calls are few and found by index: its transcript's, those of its copies, and what an
# older client wrote of it into the session's own.
_CALLS = (
    "FROM call WHERE source != 0 AND d.agent != '' AND agent = d.agent AND file IN"
    " (SELECT id FROM file WHERE session = d.session AND agent IN ('', d.agent))"
)
_USED = "input + output + read + write_5m + write_1h > 0 OR cost_nano > 0"
# No request of it was answered, by its calls and by what the module heard: the model that the
# client names is what it asked for. What ended well (an old one's calls are not there) is believed;
# so is, where nothing was decided, that one which was launched has run.
NEVER_RAN = (
    "((d.status IN ('cut', 'error') OR (d.status = 'running' AND d.action != ''))"  # noqa: S608
    f" AND NOT EXISTS (SELECT 1 {_CALLS} AND ({_USED})) AND (d.agent = '' OR NOT EXISTS"
    f" (SELECT 1 FROM call WHERE session = d.session AND agent = d.agent AND ({_USED})"
    " UNION ALL SELECT 1 FROM loop WHERE session = d.session AND agent = d.agent AND ran != '')))"
)
# Of what this ledger decided nothing, the client names what it asked for, which a module (ours, of
# another ledger; another's) may have changed since: then most of its calls tell what it ran on.
_RAN_ON = (
    f"CASE WHEN {NEVER_RAN} THEN '' WHEN d.action = '' THEN"  # noqa: S608
    " coalesce((SELECT name FROM model WHERE id ="
    f" (SELECT model {_CALLS} AND output > 0 GROUP BY model ORDER BY count(*) DESC, model LIMIT 1)"
    "), d.resolved) ELSE d.resolved END"
)
_NAMED = ", ".join(_RAN_ON if name == "resolved" else f"d.{name}" for name in COLUMNS)
_EARLIER = (
    "d.ts_ms < coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'since.ms'),"
    " d.ts_ms + 1)"
)
# What ran since cheaproute is there, whether it was asked or not.
RAN_SINCE = (
    "CASE d.action WHEN '' THEN (d.agent != '' OR d.resolved != '')"
    f" AND NOT ({_EARLIER}) ELSE d.resolved != '' END AND NOT {NEVER_RAN}"
)
# How the one before ended on Haiku: what became of it elsewhere is no word on Haiku.
_BEFORE = (
    "coalesce((SELECT b.status FROM dispatch b WHERE b.id = d.follows AND"
    " CASE b.resolved WHEN '' THEN b.routed ELSE b.resolved END LIKE '%haiku%'), '')"
)
# Why nothing was decided, as far as the books tell: the module heard the agent's answers and chose
# nothing for them; or it heard none of the session's before the agent was sent out, and later some.
LATE, EARLY = "no answer came in time", "it ran before the plugin was ready"
UNKNOWN = "not known why"
_TOLD = "SELECT 1 FROM call WHERE session = d.session AND client_nano IS NOT NULL AND +ts_ms"
_UNDECIDED = (
    f"CASE WHEN d.action != '' OR {_EARLIER} THEN '' WHEN d.agent != '' AND EXISTS"  # noqa: S608
    " (SELECT 1 FROM loop WHERE loop.session = d.session AND loop.agent = d.agent AND turn = ''"
    f" AND ran != '') THEN '{LATE}' WHEN NOT EXISTS ({_TOLD} <= d.ts_ms) AND EXISTS"
    f" ({_TOLD} > d.ts_ms) THEN '{EARLY}' ELSE '{UNKNOWN}' END"
)
# What was refused has a row of the client's own, which used nothing.
_SENT = f"coalesce(sum({_USED}), 0)"
_SELECT = (
    f"SELECT {_NAMED}, (SELECT uuid FROM session"  # noqa: S608
    f" WHERE id = d.session), (SELECT coalesce(sum(cost_nano), 0) {_CALLS}),"
    f" (SELECT coalesce(sum(saved_nano), 0) {_CALLS}), (SELECT {_SENT} {_CALLS}),"
    " coalesce((SELECT failed FROM tool WHERE tool.session = d.session AND tool.id = d.id), 0),"
    f" {_EARLIER}, {RAN_SINCE}, {_BEFORE}, {_UNDECIDED}, {NEVER_RAN}"
    " FROM dispatch d"
)


class Dispatch:
    """A subagent sent out: the columns of table `dispatch`, `session` as uuid, and its calls.

    `failed`: its tool use failed (refused, or past the cap); `earlier`: before cheaproute came;
    `since`: it ran, and since then; `before`: how the one ended on Haiku that it repeats;
    `undecided`: why nothing was decided about it since then, "" where something was; `never`: no
    request of it was answered, as far as the books tell.
    """

    __slots__ = (
        *COLUMNS,
        "before",
        "calls",
        "cost_nano",
        "earlier",
        "failed",
        "never",
        "saved_nano",
        "session",
        "since",
        "undecided",
    )

    id: str
    ts_ms: int
    agent_type: str
    category: str
    tier: str
    confidence: float
    reason: str
    action: str
    asked: str
    instead: str
    routed: str
    resolved: str
    agent: str
    status: str
    follows: str
    flag: str
    turns: int
    tools: int
    edits: int
    ended_ms: int
    session: str
    cost_nano: int
    saved_nano: int
    calls: int
    failed: int
    earlier: int
    since: int
    before: str
    undecided: str
    never: int

    def __init__(self, row: tuple[object, ...]) -> None:
        own = ("session", "cost_nano", "saved_nano", "calls", "failed", "earlier", "since")
        names = (*COLUMNS, *own, "before", "undecided", "never")
        for name, value in zip(names, row, strict=True):
            setattr(self, name, value)

    @property
    def went(self) -> bool:
        """Whether it ran on the model that it was sent to."""
        return bool(self.routed) and self.routed in self.resolved

    @property
    def was_cut(self) -> bool:
        """Whether the cap ended it."""
        from cheaproute.client import agent_result

        return self.status == agent_result.CUT

    @property
    def started(self) -> bool:
        """Whether it was sent out: neither refused, nor did its tool fail before it ran."""
        return bool(self.agent or self.calls or not self.failed or self.status == "empty")

    @property
    def effort(self) -> str:
        """Its turns and tools; of a command it may not be known whether it changed something."""
        from cheaproute.money import plural

        counted = ((self.turns, "turn"), (self.tools, "tool"))
        said = ", ".join(plural(number, name) for number, name in counted if number)
        which = "all" if self.edits > 1 else "it"
        which = f"{self.edits} of them" if self.tools > self.edits else which
        return f"{said} ({which} may have changed something)" if self.edits and said else said

    @property
    def why_up(self) -> str:
        """Why it went or stayed one tier up, no more than is known; "" where it did not."""
        stays = self.action == "fits" and self.tier == "haiku" and "haiku" not in self.instead
        if self.action != "escalated" and not (stays and self.follows):
            return ""
        from cheaproute.client import agent_result

        failed = self.before in agent_result.FAILED
        return "after Haiku failed" if failed else "the same task again"


def latest(db: sqlite3.Connection, limit: int) -> list[Dispatch]:
    """The last `limit` dispatches, newest first."""
    rows = db.execute(f"{_SELECT} ORDER BY d.ts_ms DESC, d.id LIMIT ?", (limit,))
    return [Dispatch(row) for row in rows.fetchall()]


def ended_since(db: sqlite3.Connection, session: int, since_ms: int) -> list[Dispatch]:
    """A session's dispatches that ended after `since_ms`, in the order of their ends."""
    rows = db.execute(
        f"{_SELECT} WHERE d.session = ? AND d.ended_ms > ? ORDER BY d.ended_ms, d.id LIMIT 50",
        (session, since_ms),
    )
    return [Dispatch(row) for row in rows.fetchall()]


def between(db: sqlite3.Connection, first_ms: int, past_ms: int) -> list[Dispatch]:
    """The dispatches of a span, oldest first."""
    rows = db.execute(f"{_SELECT} WHERE d.ts_ms >= ? AND d.ts_ms < ?", (first_ms, past_ms))
    return sorted((Dispatch(row) for row in rows.fetchall()), key=lambda row: row.ts_ms)


def matching(db: sqlite3.Connection, word: str) -> list[Dispatch]:
    """The dispatches whose id, or subagent's id, is `word` or ends with it; newest first.

    Some ids end with a number of their own, `..._0`: that may be left out.
    """
    rows = db.execute(
        f"{_SELECT} WHERE substr(d.id, -?1) = ?2 OR (d.agent != '' AND substr(d.agent, -?1) = ?2)"
        " OR substr(rtrim(d.id, '0123456789'), -?1 - 1) = ?2 || '_' ORDER BY d.ts_ms DESC LIMIT 20",
        (len(word), word),
    )
    return [Dispatch(row) for row in rows.fetchall()]


def dispatched(
    db: sqlite3.Connection, first_ms: int, past_ms: int, *, project: str = ""
) -> tuple[int, int]:
    """How many subagents of a span ran since cheaproute is there, how many on the model it chose.

    What was sent out before, or never ran (its permission was refused), is none of these; what it
    was not asked about is.
    """
    keep, values = "", [first_ms, past_ms]
    if project:
        from cheaproute.ledger.query.totals import projects_under  # hooks do without

        ids = projects_under(db, project)
        marks = ",".join("?" * len(ids))
        keep = f" AND session IN (SELECT id FROM session WHERE project IN ({marks}))"  # noqa: S608
        values += ids
    row = db.execute(
        "SELECT count(*), coalesce(sum(routed != '' AND instr(resolved, routed)), 0)"  # noqa: S608
        f" FROM dispatch d WHERE {RAN_SINCE}"
        f" AND ts_ms >= ? AND ts_ms < ?{keep}",
        values,
    ).fetchone()
    return row[0], row[1]
