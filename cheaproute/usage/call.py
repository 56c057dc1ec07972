"""One API call as a transcript tells it."""

from __future__ import annotations

# The counted fields of a call, in the order in which the ledger keeps them; all are tokens but the
# last, a count of server-side web searches.
COUNTS = ("input", "output", "write_5m", "write_1h", "read", "web_search")


class Call:
    """One API call: who made it, what it used. Times are UTC milliseconds; counts are tokens.

    `id` is the message id (`msg_...`), the identity by which a call is counted once. What a message
    used outside its own totals (an advisor's share, say) is a call of its own,
    `<message id>#advisor:<n>`. `model` answered and is billed; `requested` is the one Claude Code
    asked for and books under ("" where it is the same).
    `request_id` is the API's (`req_...`), "" where nothing told it.
    `agent` is the subagent's id, "" in the main loop; `sidechain` is true for any subagent's call.
    `speed`, `geo` and `service_tier` are the API's words ("" for the standard ones).
    `parts` holds the counts (all but the searches) of each pass of a message that took several:
    a price step looks at the passes. `final` is false while only partial rows have been seen.
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
        "parts",
        "read",
        "request_id",
        "requested",
        "service_tier",
        "session",
        "sidechain",
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
        requested: str = "",
        session: str = "",
        agent: str = "",
        sidechain: bool = False,
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
        parts: tuple[tuple[int, ...], ...] = (),
        final: bool = True,
        request_id: str = "",
    ) -> None:
        self.id = id
        self.ts_ms = ts_ms
        self.model = model
        self.requested = requested
        self.session = session
        self.agent = agent
        self.sidechain = sidechain
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
        self.parts = parts
        self.final = final
        self.request_id = request_id

    def counts(self) -> tuple[int, ...]:
        """The counted fields, in the order of `COUNTS`."""
        return (
            self.input,
            self.output,
            self.write_5m,
            self.write_1h,
            self.read,
            self.web_search,
        )

    def absorb(self, other: Call) -> None:
        """Take in another row of the same call: the earliest time, the maximum of each count.

        Rows may come in any order and any number of times; the result is the same.
        """
        self.ts_ms = min(self.ts_ms, other.ts_ms)
        self.model = max(self.model, other.model)
        self.requested = max(self.requested, other.requested)
        self.input = max(self.input, other.input)
        self.output = max(self.output, other.output)
        self.write_5m = max(self.write_5m, other.write_5m)
        self.write_1h = max(self.write_1h, other.write_1h)
        self.read = max(self.read, other.read)
        self.web_search = max(self.web_search, other.web_search)
        self.speed = max(self.speed, other.speed)
        self.geo = max(self.geo, other.geo)
        self.service_tier = max(self.service_tier, other.service_tier)
        self.parts = max(self.parts, other.parts)
        self.final = self.final or other.final
        self.request_id = max(self.request_id, other.request_id)

    @property
    def mode(self) -> str:
        """How the call ran, as the ledger keeps it: "" or `speed,geo,service_tier[,passes]`."""
        if not (self.speed or self.geo or self.service_tier or self.parts):
            return ""
        passes = ";".join(":".join(map(str, part)) for part in self.parts)
        words = [self.speed, self.geo, self.service_tier, passes]
        return ",".join(words).rstrip(",")

    @mode.setter
    def mode(self, text: str) -> None:
        words = [*text.split(","), "", "", "", ""]
        self.speed, self.geo, self.service_tier = words[:3]
        self.parts = tuple(
            tuple(int(count) for count in part.split(":")) for part in words[3].split(";") if part
        )
