"""The loops of a session as the module sees them: the model chosen, the context carried.

What another model than the last one has of it in its cache is told by `left`.
"""

from __future__ import annotations

from cheaproute.days import HOUR_MS
from cheaproute.ledger import meta
from cheaproute.usage.models import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from cheaproute.usage.call import Call

MINUTES_S, _HOUR_S = 300, 3600
_RESUMED, _TOLD = "resumed_on:", " told"
_COLUMNS = (
    "turn, over, model, base, trouble, ran, last_ms, ttl_s, bytes, prompt_tokens, output_tokens,"
    " effort, own"
)
# Tokens of a prompt: no byte makes more of them, and no request holds more.
BYTES_A_TOKEN, WINDOW_TOKENS = 4, 1_000_000
# A context that was cut by more than a tenth is none that was carried before.
CUT = (9, 10)


class Loop:
    """One loop; texts are "" and numbers 0 where nothing is known yet."""

    __slots__ = (
        "base", "bytes", "effort", "last_ms", "model", "output_tokens", "over", "own",
        "prompt_tokens", "ran", "trouble", "ttl_s", "turn",
    )  # fmt: skip

    def __init__(
        self,
        turn: str = "",
        over: str = "",
        model: str = "",
        base: str = "",
        trouble: int = 0,
        ran: str = "",
        last_ms: int = 0,
        ttl_s: int = MINUTES_S,
        bytes: int = 0,  # noqa: A002
        prompt_tokens: int = 0,
        output_tokens: int = 0,
        effort: str = "",
        own: str = "",
    ) -> None:
        self.turn = turn  # for which a model was chosen
        self.over = over  # the model it would have run on
        self.model = model  # the chosen one
        self.base = base  # the session's model when the loop began
        self.trouble = trouble  # prompts in a row that said: that did not work
        self.ran = ran  # the model of the last answer
        self.last_ms = last_ms
        self.ttl_s = ttl_s  # of what the last answer left in the cache; 0: nothing
        self.bytes = bytes  # of the request that had `prompt_tokens`
        self.prompt_tokens = prompt_tokens
        self.output_tokens = output_tokens
        self.effort = effort  # chosen for the turn; "" for the one it has
        self.own = own  # the session's model, by its client's last word; "" for an agent's

    def warm(self, model: str, now_ms: int) -> bool:
        """Whether the cache that `model` wrote at the last answer still lives."""
        alive = bool(self.ran) and now_ms < self.last_ms + self.ttl_s * 1000
        return alive and (self.ran == model or canonical(self.ran) == canonical(model))

    def tokens(self, told: int, now: Loop) -> int:
        """The tokens of its next prompt, of `told` bytes; `now`: as its last answer left it."""
        # What is new may be an image: it counts no less than by the bound for it.
        ratio = max(self.prompt_tokens / self.bytes, 1 / BYTES_A_TOKEN) if self.bytes else 0
        more = int(max(0, told - self.bytes) * ratio)
        if not self.bytes:
            more = max(0, now.prompt_tokens - self.prompt_tokens)
        return max(self.prompt_tokens, min(self.prompt_tokens + more, WINDOW_TOKENS))

    def keep(self, call: Call, tokens: int) -> None:
        """Count `tokens` of a prompt in `call`: as long in the cache as the last, or not at all."""
        if not self.ttl_s:
            call.input = tokens
        elif self.ttl_s > MINUTES_S:
            call.write_1h = tokens
        else:
            call.write_5m = tokens


def lives_s(cached: int, hour: int) -> int:
    """How long an answer's `cached` tokens live, if `hour` of them were written for an hour.

    0 where it used no cache.
    """
    return (_HOUR_S if hour else MINUTES_S) if cached else 0


def read(db: sqlite3.Connection, session: int, agent: str) -> Loop:
    """The loop of `agent` ("" for the main loop) in the session."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM loop WHERE session = ? AND agent = ?",  # noqa: S608
        (session, agent),
    ).fetchone()
    return Loop(*row) if row else Loop()


def resumed(db: sqlite3.Connection, session: int, model: str, named: Callable[[], bool]) -> None:
    """A client takes the session up on `model`; `named`: whether somebody told it so.

    It takes the model of the last answer (seen, 2.1.286 to 2.1.332): where that was routed here, or
    a skill's for one turn, nobody chose it for what comes.
    """
    main = read(db, session, "")
    last = bool(main.ran) and canonical(model) == canonical(main.ran)
    other = bool(main.own) and canonical(model) != canonical(main.own)
    _keep(db, session, f"{model} {main.own}" if last and other and not named() else "")


def own(db: sqlite3.Connection, session: int, model: str) -> str:
    """The session's own model, where `model` is one that its client took up again; else ""."""
    taken_up, _, found = meta.get(db, f"{_RESUMED}{session}").partition(" ")
    return found.removesuffix(_TOLD) if taken_up == model else ""


def is_news(db: sqlite3.Connection, session: int) -> bool:
    """Whether the session's user was not told of that yet; from now on they were."""
    kept = meta.get(db, f"{_RESUMED}{session}")
    if kept and not kept.endswith(_TOLD):
        _keep(db, session, kept + _TOLD)
        return True
    return False


def note_own(db: sqlite3.Connection, session: int, model: str, *, named: bool = False) -> None:
    """Keep what the session's own model is, by its client's word; writes only what is new.

    What the client took up again is none, until a person has `named` it, or another is told.
    """
    if not model or read(db, session, "").own == model:
        return
    if named or not own(db, session, model):
        _keep(db, session, "")
        db.execute(
            "INSERT INTO loop(session, own) VALUES(?, ?)"
            " ON CONFLICT DO UPDATE SET own = excluded.own",
            (session, model),
        )


def _keep(db: sqlite3.Connection, session: int, value: str) -> None:
    if meta.get(db, f"{_RESUMED}{session}") != value:
        meta.put(db, f"{_RESUMED}{session}", value)


def newest(db: sqlite3.Connection) -> Loop:
    """The main loop of the latest session of which a request's length is known."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM loop WHERE agent = '' AND bytes > 0 AND prompt_tokens > 0"  # noqa: S608
        " ORDER BY session DESC LIMIT 1"
    ).fetchone()
    return Loop(*row) if row else Loop()


def chose(db: sqlite3.Connection, session: int, agent: str, loop: Loop) -> None:
    """Note what was chosen for a loop's turn: `turn`, `over`, `model`, `effort`, and its state."""
    db.execute(
        "INSERT INTO loop(session, agent, turn, over, model, effort, base, trouble)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET turn = excluded.turn,"
        " over = excluded.over, model = excluded.model, effort = excluded.effort,"
        " base = excluded.base, trouble = excluded.trouble",
        (session, agent, loop.turn, loop.over, loop.model, loop.effort, loop.base, loop.trouble),
    )


def answered(
    db: sqlite3.Connection,
    session: int,
    agent: str,
    *,
    ran: str,
    at_ms: int,
    ttl_s: int,
    size: int,
    prompt_tokens: int,
    output_tokens: int,
) -> None:
    """Note what the loop's last answered request was like; `size` 0: its bytes are not known."""
    db.execute(
        "INSERT OR REPLACE INTO"
        " loop_left(session, agent, ran, last_ms, ttl_s, bytes, prompt_tokens)"
        " SELECT session, agent, ran, last_ms, ttl_s, bytes, prompt_tokens FROM loop"
        " WHERE session = ? AND agent = ? AND ran NOT IN ('', ?) AND last_ms < ?",
        (session, agent, ran, at_ms),
    )
    if size:
        db.execute(
            "DELETE FROM loop_left WHERE session = ? AND agent = ? AND bytes * ? > ? * ?",
            (session, agent, CUT[0], size, CUT[1]),
        )
    db.execute(
        "INSERT INTO loop(session, agent, ran, last_ms, ttl_s, bytes, prompt_tokens, output_tokens)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET ran = excluded.ran,"
        " last_ms = excluded.last_ms, ttl_s = excluded.ttl_s,"
        " bytes = CASE excluded.bytes WHEN 0 THEN bytes ELSE excluded.bytes END,"
        " prompt_tokens = excluded.prompt_tokens,"
        " output_tokens = CASE ran WHEN '' THEN excluded.output_tokens"
        " ELSE (3 * output_tokens + excluded.output_tokens) / 4 END"
        " WHERE excluded.last_ms > last_ms",
        (session, agent, ran, at_ms, ttl_s, size, prompt_tokens, output_tokens),
    )
    if agent:  # what answers it is what it runs on, whatever the client says
        db.execute(
            "UPDATE dispatch SET resolved = ? WHERE agent = ? AND session = ?",
            (ran, agent, session),
        )


def pinged(db: sqlite3.Connection, session: int, model: str, at_ms: int) -> None:
    """Note that a ping used the cache that `model` has of the main loop's context."""
    loop = read(db, session, "")
    if not loop.ran or canonical(loop.ran) == canonical(model):
        db.execute(
            "INSERT INTO loop(session, last_ms) VALUES(?, ?)"
            " ON CONFLICT DO UPDATE SET last_ms = max(last_ms, excluded.last_ms)",
            (session, at_ms),
        )


def recent(db: sqlite3.Connection, session: int, now_ms: int) -> list[tuple[str, Loop]]:
    """`(agent, loop)` of the session's loops that had an answer within the hour, at most twenty."""
    rows = db.execute(
        f"SELECT agent, {_COLUMNS} FROM loop WHERE session = ? AND last_ms > ?"  # noqa: S608
        " ORDER BY last_ms DESC LIMIT 20",
        (session, now_ms - HOUR_MS),
    )
    return [(row[0], Loop(*row[1:])) for row in rows]
