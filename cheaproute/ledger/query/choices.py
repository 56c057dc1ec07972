"""What the choices of the main loop's model came to: in all, and the latest turns."""

from __future__ import annotations

from cheaproute.ledger import schema
from cheaproute.ledger.module import loops
from cheaproute.usage.models import family

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

# The way back is the choice's, its call is not: that ran on the session's own model.
_SUMS = (
    "count(CASE WHEN model != over THEN 1 END), count(DISTINCT turn),"
    " sum(CASE WHEN model != over THEN cost_nano ELSE 0 END), sum(price_nano), sum(switch_nano)"
)
# The tokens of a text from which on a read becomes a digest elsewhere, 40 kB.
_BULK = 10_000
_UUID = "coalesce((SELECT uuid FROM session WHERE id = {}.session), '')"


class Chosen:
    """Calls of the main loop on a chosen model, and what that saved by its two parts.

    `switch_nano` is less than 0 where switching between caches cost, back to the own one, too.
    `session`, `ts_ms`, `model`, `over`, `tier` and `reason` are a turn's; one that was left on its
    own model has no calls, and no `model`.
    """

    __slots__ = (
        "calls", "cost_nano", "model", "over", "price_nano", "reason", "session", "switch_nano",
        "tier", "ts_ms", "turns",
    )  # fmt: skip

    def __init__(
        self,
        calls: int = 0,
        turns: int = 0,
        cost_nano: int = 0,
        price_nano: int = 0,
        switch_nano: int = 0,
        session: str = "",
        ts_ms: int = 0,
        model: str = "",
        over: str = "",
        tier: str = "",
        reason: str = "",
    ) -> None:
        self.calls, self.turns, self.cost_nano = calls, turns, cost_nano
        self.price_nano, self.switch_nano = price_nano, switch_nano
        self.session, self.ts_ms, self.model, self.over = session, ts_ms, model, over
        self.tier, self.reason = tier, reason

    @property
    def saved_nano(self) -> int:
        """What was saved in all; less than 0 where the choice cost more than it saved."""
        return self.price_nano + self.switch_nano

    @property
    def words(self) -> str:
        """`saved $0.17: $0.20 by the model's price, less $0.03 by switching`, or one alone."""
        from cheaproute.money import show

        saved = self.saved_nano
        what, sign = (
            (f"saved {show(saved)}", 1) if saved >= 0 else (f"cost {show(-saved)} more", -1)
        )
        parts = ((self.price_nano, "by the model's price"), (self.switch_nano, "by switching"))
        told = sorted(((sign * nano, by) for nano, by in parts if nano), reverse=True)
        if len(told) < len(parts):
            return " ".join([what, *(by for _, by in told)])
        said = [f"{'' if nano > 0 else 'less '}{show(abs(nano))} {by}" for nano, by in told]
        return f"{what}: {', '.join(said)}"


def between(db: sqlite3.Connection, first_ms: int, past_ms: int) -> Chosen:
    """All of a span."""
    where = "FROM choice WHERE ts_ms >= ? AND ts_ms < ?"
    row = db.execute(f"SELECT {_SUMS} {where}", (first_ms, past_ms)).fetchone()
    calls, turns, cost, price, switch = (value or 0 for value in row)
    return Chosen(calls, turns, cost, price, switch)


def latest(db: sqlite3.Connection, number: int) -> list[Chosen]:
    """The latest turns, newest first; none of which only the way back is left."""
    told = "(SELECT {0} FROM turn_choice t WHERE t.session = c.session AND t.turn = c.turn)"
    moved = db.execute(
        f"SELECT {_SUMS}, {_UUID.format('c')},"  # noqa: S608
        " min(ts_ms) AS begun, min(CASE WHEN model != over THEN model END), over,"
        f" coalesce({told.format('tier')}, ''), coalesce({told.format('reason')}, '')"
        " FROM choice c GROUP BY session, turn HAVING max(model != over)"
        " ORDER BY begun DESC LIMIT ?",
        (number,),
    )
    left = db.execute(
        f"SELECT 0, 0, 0, 0, 0, {_UUID.format('t')}, ts_ms, '', over, tier, reason"  # noqa: S608
        " FROM turn_choice t WHERE NOT EXISTS (SELECT 1 FROM choice c WHERE c.session = t.session"
        " AND c.turn = t.turn AND c.model != c.over)"
        " ORDER BY ts_ms DESC LIMIT ?",
        (number,),
    )
    found = [Chosen(*row) for rows in (moved, left) for row in rows]
    return sorted(found, key=lambda one: -one.ts_ms)[:number]


def of_cheap(
    db: sqlite3.Connection,
    session: int,
    since: int,
    find: Callable[[], str] | None,
    beside: Callable[[int], str] | None = None,
) -> list[tuple[str, int]]:
    """What it cost and left in the conversation, where there is one; what it saved nobody knows.

    `beside` says more of a turn that began then.
    """
    ran = loops.read(db, session, "").ran
    if ran and family(ran) != "haiku":
        return []
    of_main = "FROM call JOIN model ON model.id = model WHERE session = ? AND source = ? AND ts_ms"
    asked = f"SELECT name {of_main} > ? ORDER BY ts_ms DESC LIMIT 1"
    last = db.execute(asked, (session, schema.MAIN, since)).fetchone()
    if last is None or family(last[0]) != "haiku":
        return []
    from cheaproute.client.transcript import peek
    from cheaproute.money import show

    paths = db.execute("SELECT path FROM file WHERE session = ? AND agent = ''", (session,))
    began_ms = peek.cheap_ms((paths.fetchone() or ("",))[0] or (find() if find else ""))
    if began_ms <= since:
        return []
    prompt = "input + write_5m + write_1h + read"
    spent = f"SELECT sum(cost_nano), max({prompt}) - min({prompt}) {of_main} >= ?"
    nano, grown = db.execute(spent, (session, schema.MAIN, began_ms)).fetchone()
    # What a file's digest would have kept out of the session's own model's next prompt.
    stays = f", {grown:,} tokens of what it read stay in the conversation" if grown > _BULK else ""
    more = beside(began_ms) if beside else ""
    return [(f"this turn ran on Haiku{f': {show(nano)}' if nano else ''}{more}{stays}", 0)]
