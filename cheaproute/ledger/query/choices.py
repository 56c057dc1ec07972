"""What the choices of the main loop's model came to: in all, and the latest turns."""

from __future__ import annotations

from cheaproute.money import show

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# The way back is the choice's, its call is not: that ran on the session's own model.
_SUMS = (
    "count(CASE WHEN model != over THEN 1 END), count(DISTINCT turn),"
    " sum(CASE WHEN model != over THEN cost_nano ELSE 0 END), sum(price_nano), sum(switch_nano)"
)


class Chosen:
    """Calls of the main loop on a chosen model, and what that saved by its two parts.

    `switch_nano` is less than 0 where switching between caches cost, back to the own one, too.
    `session`, `ts_ms`, `model` and `over` are a turn's.
    """

    __slots__ = (
        "calls", "cost_nano", "model", "over", "price_nano", "session", "switch_nano", "ts_ms",
        "turns",
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
    ) -> None:
        self.calls, self.turns, self.cost_nano = calls, turns, cost_nano
        self.price_nano, self.switch_nano = price_nano, switch_nano
        self.session, self.ts_ms, self.model, self.over = session, ts_ms, model, over

    @property
    def saved_nano(self) -> int:
        """What was saved in all; less than 0 where the choice cost more than it saved."""
        return self.price_nano + self.switch_nano

    @property
    def words(self) -> str:
        """`saved $0.17: $0.20 by the model's price, -$0.03 by switching`."""
        return (
            f"saved {show(self.saved_nano)}: {show(self.price_nano)} by the model's price,"
            f" {show(self.switch_nano)} by switching"
        )


def between(db: sqlite3.Connection, first_ms: int, past_ms: int) -> Chosen:
    """All of a span."""
    where = "FROM choice WHERE ts_ms >= ? AND ts_ms < ?"
    row = db.execute(f"SELECT {_SUMS} {where}", (first_ms, past_ms)).fetchone()
    calls, turns, cost, price, switch = (value or 0 for value in row)
    return Chosen(calls, turns, cost, price, switch)


def latest(db: sqlite3.Connection, number: int) -> list[Chosen]:
    """The latest turns, newest first; none of which only the way back is left."""
    rows = db.execute(
        f"SELECT {_SUMS}, coalesce((SELECT uuid FROM session WHERE id = c.session), ''),"  # noqa: S608
        " min(ts_ms) AS begun, min(CASE WHEN model != over THEN model END), over"
        " FROM choice c GROUP BY session, turn HAVING max(model != over)"
        " ORDER BY begun DESC LIMIT ?",
        (number,),
    )
    return [Chosen(*row) for row in rows]
