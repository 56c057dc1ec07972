"""Sessions that a sum may lack: no transcript tells of them, or nothing of ours ran in them."""

from __future__ import annotations

from cheaproute import days, money
from cheaproute.ledger import intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

# Why: it writes no transcript, so its calls are in no sum; or it was counted only afterwards.
NO_TRANSCRIPT, AFTERWARDS = "no transcript", "afterwards: "
# What may have kept hooks out where nothing that is still to be seen tells.
UNKNOWN = (
    "the plugin disabled or not installed then, --bare, --safe-mode or --setting-sources, "
    "CHEAPROUTE_DISABLE or a variable like it"
)
_KEPT_MS = 400 * days.DAY_MS


class Session:
    """One of them: its uuid, the directory it ran in, why, and what of it is in the ledger."""

    __slots__ = ("last_ms", "nano", "place", "ts_ms", "uuid", "why")

    def __init__(
        self, uuid: str, place: str, why: str, ts_ms: int, nano: int, last_ms: int
    ) -> None:
        self.uuid = uuid
        self.place = place
        self.why = why
        self.ts_ms = ts_ms
        self.nano = nano
        self.last_ms = last_ms

    @property
    def cause(self) -> str:
        """Why, in the words of today: what names no file (`switches.kept_out`) is not known."""
        why = self.why.removeprefix(AFTERWARDS)
        return why if why == NO_TRANSCRIPT or " in " in why else UNKNOWN


class Group:
    """Those of one cause, in the order of their times: one matter, which is told of once."""

    __slots__ = ("cause", "sessions")

    def __init__(self, cause: str) -> None:
        self.cause = cause
        self.sessions: list[Session] = []

    @property
    def counted(self) -> bool:
        """Whether their calls are in the sums, though nothing could stop them."""
        return self.cause != NO_TRANSCRIPT

    @property
    def nano(self) -> int:
        """What of them is in the ledger."""
        return sum(one.nano for one in self.sessions)

    def many(self) -> str:
        """`A session`, `5 sessions`."""
        number = len(self.sessions)
        return "A session" if number == 1 else money.plural(number, "session")

    def place(self, named: Callable[[str], str] = str) -> str:
        """The directory they ran in, each as it is `named`; the commonest of several."""
        each = [named(one.place) or "an unknown folder" for one in self.sessions]
        first = max(each, key=each.count)
        return first if len(set(each)) == 1 else f"{first} and elsewhere"


def grouped(sessions: Iterable[Session]) -> list[Group]:
    """The sessions by their cause, in the order of the first of each."""
    groups: dict[str, Group] = {}
    for one in sessions:
        groups.setdefault(one.cause, Group(one.cause)).sessions.append(one)
    return list(groups.values())


def is_over(db: sqlite3.Connection, group: Group) -> bool:
    """Whether hooks came into a session after the last call of all of these."""
    last_ms = max(one.last_ms for one in group.sessions)
    return intern.ran_since(db, last_ms)


def note(db: sqlite3.Connection, uuid: str, place: str, why: str, now_ms: int) -> None:
    """Keep that the session `uuid`, which runs in `place`, is one of them."""
    month = days.month_of(now_ms // days.DAY_MS)
    db.execute("DELETE FROM uncounted WHERE ts_ms < ?", (now_ms - _KEPT_MS,))
    db.execute(
        "INSERT OR REPLACE INTO uncounted(session, month, place, why, ts_ms) VALUES(?, ?, ?, ?, ?)",
        (uuid, month, place, why, now_ms),
    )


def known(db: sqlite3.Connection, uuid: str) -> bool:
    """Whether no transcript tells of the session."""
    row = db.execute("SELECT why FROM uncounted WHERE session = ?", (uuid,)).fetchone()
    return row is not None and row[0] == NO_TRANSCRIPT


def since(db: sqlite3.Connection, ts_ms: int) -> list[Session]:
    """Those noted since `ts_ms`, in the order of their times."""
    rows = db.execute(
        "SELECT uncounted.session, place, why, ts_ms, coalesce(cost_nano, 0),"
        " coalesce(last_ms, ts_ms) FROM uncounted"
        " LEFT JOIN session ON session.uuid = uncounted.session"
        " LEFT JOIN spent ON spent.period = 'session:' || session.id"
        " WHERE ts_ms >= ? ORDER BY ts_ms",
        (ts_ms,),
    )
    return [Session(*row) for row in rows]


def of_month(db: sqlite3.Connection, month: str) -> int:
    """How many sessions of `month` (YYYY-MM) no sum has: it is a lower bound if there is one."""
    row = db.execute(
        "SELECT count(*) FROM uncounted WHERE month = ? AND why = ?", (month, NO_TRANSCRIPT)
    ).fetchone()
    count: int = row[0]
    return count
