"""One API call as a transcript tells it."""

from __future__ import annotations

# The counted fields of a call, in the order in which the ledger keeps them; all are tokens but the
# last, a count of server-side web searches.
COUNTS = ("input", "output", "write_5m", "write_1h", "read", "web_search")


class Call:
    """One API call: who made it, what it used. Times are UTC milliseconds; counts are tokens.

    `id` is the message id (`msg_...`), the identity by which a call is counted once. An advisor's
    share of a message is a call of its own, `<message id>#advisor:<n>`.
    `agent` is the subagent's id, "" in the main loop. `speed`, `geo` and `service_tier` are the
    API's words ("" where absent). `final` is false while only partial rows have been seen.
    """

    __slots__ = (
        "agent",
        "cwd",
        "final",
        "geo",
        "id",
        "input",
        "model",
        "output",
        "read",
        "service_tier",
        "session",
        "speed",
        "ts_ms",
        "web_search",
        "write_1h",
        "write_5m",
    )

    def __init__(
        self,
        id: str,  # noqa: A002
        ts_ms: int,
        model: str,
        *,
        session: str = "",
        agent: str = "",
        cwd: str = "",
        input: int = 0,  # noqa: A002
        output: int = 0,
        write_5m: int = 0,
        write_1h: int = 0,
        read: int = 0,
        web_search: int = 0,
        speed: str = "",
        geo: str = "",
        service_tier: str = "",
        final: bool = True,
    ) -> None:
        self.id = id
        self.ts_ms = ts_ms
        self.model = model
        self.session = session
        self.agent = agent
        self.cwd = cwd
        self.input = input
        self.output = output
        self.write_5m = write_5m
        self.write_1h = write_1h
        self.read = read
        self.web_search = web_search
        self.speed = speed
        self.geo = geo
        self.service_tier = service_tier
        self.final = final
