"""One API call as a transcript, or the client itself, tells it."""

from __future__ import annotations

from cheaproute.usage.text import storable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# The counted fields of a call, in the order in which the ledger keeps them; all are tokens but the
# last, a count of server-side web searches.
COUNTS = ("input", "output", "write_5m", "write_1h", "read", "web_search")
# No call counts more: ten times the largest context. A gateway's underflow does.
MOST = 10_000_000
# A stream begins with no larger count of the tokens that it will have answered.
BEGUN_TOKENS = 16
# What `estimated` says: all counts are, or only how cache writes are spread over 5 minutes and 1 h.
EXACT, ESTIMATED, SPREAD = 0, 1, 2
_ROUGH = (EXACT, SPREAD, ESTIMATED)  # from the surest on
# An id that no two calls share: so many letters and digits, so many of them different.
_LETTERS, _DIFFERENT = 16, 8
# The API's words for "nothing special".
_STANDARD = (None, "", "standard", "not_available", "global", "default")


class Call:
    """One API call: who made it, what it used. Times are UTC milliseconds; counts are tokens.

    A call is known by `id`, the message id (`msg_...`), with `request_id`, the API's, and `ref`, a
    number for the client's own; "" and 0 where a row has none. Only then `rows`, the uuids
    of its rows, and `parent`, the row before them, tell it from others of the same message id.
    What a message used outside its own totals (an advisor's share, say) is a call of its own: its
    `part` (`#advisor:<n>`) ends its id. `model` answered and is billed; `requested` is the one
    Claude Code asked for and books under ("" where it is the same).
    `agent` is the subagent's id, "" in the main loop; `sidechain` is true for any subagent's call.
    `speed`, `geo`, `service_tier` and `effort` are the API's words ("" for the standard ones).
    `parts` holds the counts (all but the searches) of each pass of a message that took several:
    a price step looks at the passes. `final` is false while only partial rows have been seen.
    `odd` marks a count that was none, bounded or guessed, `estimated` counts that nobody told
    exactly.
    `purpose` is what a helper's call was for, `client_nano` what the client says it cost.
    """

    __slots__ = (
        "agent", "client_nano", "cwd", "effort", "estimated", "final", "geo", "id", "input",
        "model", "odd", "output", "parent", "part", "parts", "place", "purpose", "read", "ref",
        "request_id", "requested", "rows", "service_tier", "session", "sidechain", "speed", "ts_ms",
        "web_search", "write_1h", "write_5m",
    )  # fmt: skip

    def __init__(
        self,
        id: str,  # noqa: A002
        ts_ms: int,
        model: str,
        *,
        request_id: str = "",
        ref: int = 0,
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
        effort: str = "",
        parts: tuple[tuple[int, ...], ...] = (),
        final: bool = True,
        odd: bool = False,
        estimated: int = EXACT,
        purpose: str = "",
        client_nano: int | None = None,
    ) -> None:
        self.id, self.ts_ms, self.model = id, ts_ms, model
        self.request_id, self.ref, self.requested = request_id, ref, requested
        self.session, self.agent, self.sidechain, self.cwd = session, agent, sidechain, cwd
        self.input, self.output, self.read = input, output, read
        self.write_5m, self.write_1h, self.web_search = write_5m, write_1h, web_search
        self.speed, self.geo, self.service_tier, self.effort = speed, geo, service_tier, effort
        self.parts, self.final, self.odd, self.estimated = parts, final, odd, estimated
        self.purpose, self.client_nano = purpose, client_nano
        self.part = self.parent = ""
        self.rows: tuple[str, ...] = ()
        self.place = 0

    def counts(self) -> tuple[int, ...]:
        """The counted fields, in the order of `COUNTS`."""
        return self.input, self.output, self.write_5m, self.write_1h, self.read, self.web_search

    def prompt(self) -> tuple[int, int, int, int]:
        """The counts of what was sent: the same in all rows of a call that tell of them."""
        return self.input, self.write_5m, self.write_1h, self.read

    def replace(self, **changes: Any) -> Call:  # noqa: ANN401  # any field has its own type
        """The same call with some fields changed."""
        other = Call.__new__(Call)
        for name in Call.__slots__:
            setattr(other, name, changes.get(name, getattr(self, name)))
        return other

    def count(self, usage: Mapping[str, Any]) -> None:
        """Fill in the counts of the API's `usage`, and how the call ran; bounded, never failing."""
        get = usage.get
        split, tools = get("cache_creation"), get("server_tool_use")
        hour = five = searches = 0
        if type(split) is dict:
            hour = split.get("ephemeral_1h_input_tokens", 0)
            five = split.get("ephemeral_5m_input_tokens", 0)
        if type(tools) is dict:
            searches = tools.get("web_search_requests", 0)
        counts: tuple[Any, ...] = (
            get("input_tokens", 0),
            get("output_tokens", 0),
            get("cache_read_input_tokens", 0),
            get("cache_creation_input_tokens", 0),
            hour,
            five,
            searches,
        )
        for count in counts:
            if type(count) is not int or not 0 <= count <= MOST:
                counts = tuple(map(self._bounded, counts))
                self.odd = self.odd or None in (get("input_tokens", 0), get("output_tokens", 0))
                break
        self.input, self.output, self.read, written, self.write_1h, five, self.web_search = counts
        self.write_5m = five_minutes(five, self.write_1h, written)
        self.speed = word(get("speed"))
        self.geo = word(get("inference_geo"))
        self.service_tier = word(get("service_tier"))
        self.final = self.final and not self.odd

    def _bounded(self, value: object) -> int:
        """A count: numbers, also as text, up to `MOST`; else 0, marked but for null (uncached)."""
        if isinstance(value, str):
            try:
                value = float(value.strip() or 0)
            except ValueError:
                value = -1
        if isinstance(value, float):
            value = int(value) if -1 < value < 1e18 else MOST + 1 if value > 0 else -1
        count = value if type(value) is int else 0 if value is None else -1
        self.odd = self.odd or not 0 <= count <= MOST
        return max(0, min(count, MOST))

    def absorb(self, other: Call) -> None:
        """Take in another row of the same call: the earliest time, the maximum of each count.

        Rows may come in any order, any number of times. Exact counts replace estimated ones; which
        model answered, and whether fast, the final row knows.
        """
        self.ts_ms = min(self.ts_ms or other.ts_ms, other.ts_ms or self.ts_ms)
        if self.final == other.final:
            self.model = max(self.model, other.model)
            self.requested = max(self.requested, other.requested)
            self.speed = max(self.speed, other.speed)
        elif other.final:
            self.model, self.requested = other.model, other.requested
            self.speed = other.speed
        if self.estimated != other.estimated:
            self._weigh(other)
        else:
            self.input = max(self.input, other.input)
            self.output = max(self.output, other.output)
            self.write_5m, self.write_1h = self._written(other)
            self.read = max(self.read, other.read)
            self.web_search = max(self.web_search, other.web_search)
        self.geo = max(self.geo, other.geo)
        self.service_tier = max(self.service_tier, other.service_tier)
        self.effort = max(self.effort, other.effort)
        self.parts = max(self.parts, other.parts)
        self.odd = self.odd or other.odd
        self.final = (self.final or other.final) and not self.odd
        self.request_id = self.request_id or other.request_id
        self.ref = self.ref or other.ref
        self.purpose = self.purpose or other.purpose
        if self.client_nano is None:
            self.client_nano = other.client_nano
        if self.rows != other.rows:
            self.rows += tuple(row for row in other.rows if row not in self.rows)

    def _written(self, other: Call) -> tuple[int, int]:
        """What both say was written to the cache, for 5 minutes and for an hour.

        One of them may not know for how long, and have taken it for five minutes.
        """
        hour = max(self.write_1h, other.write_1h)
        both = max(self.write_5m + self.write_1h, other.write_5m + other.write_1h)
        return both - hour, hour

    def _weigh(self, other: Call) -> None:
        """Take in counts of which one side's are less sure: the surer ones stand, once final."""
        sure, rough = sorted((self, other), key=lambda call: _ROUGH.index(call.estimated))
        counts, estimated = sure.counts(), sure.estimated
        if rough.estimated == SPREAD:
            counts = tuple(map(max, self.counts(), other.counts()))
            counts = (*counts[:2], sure.write_5m, sure.write_1h, *counts[4:])
        elif not (self.final or other.final):
            counts = counts if any(sure.prompt()) else rough.counts()
            counts = (counts[0], max(self.output, other.output), *counts[2:])
            estimated = ESTIMATED
        self.estimated = estimated
        self.input, self.output, self.write_5m, self.write_1h, self.read, self.web_search = counts

    @property
    def mode(self) -> str:
        """How it ran, as the ledger keeps it: "" or `speed,geo,service_tier[,passes[,effort]]`."""
        if not (self.speed or self.geo or self.service_tier or self.parts or self.effort):
            return ""
        passes = ";".join(":".join(map(str, part)) for part in self.parts)
        return f"{self.speed},{self.geo},{self.service_tier},{passes},{self.effort}".rstrip(",")

    @mode.setter
    def mode(self, text: str) -> None:
        words = [*text.split(","), "", "", "", "", ""]
        self.speed, self.geo, self.service_tier = words[:3]
        self.effort = words[4]
        try:
            passes = (part.split(":") for part in words[3].split(";") if part)
            self.parts = tuple(tuple(map(int, counts)) for counts in passes)
        except ValueError:
            self.parts = ()


def five_minutes(five: int, hour: int, written: int) -> int:
    """What was written to the cache for five minutes, of `written` tokens split into the two.

    What the split does not name was, too: it is the API's default.
    """
    return five if five + hour >= written else written - hour


def looks_unique(text: str) -> bool:
    """Whether an id looks as if it were given once only."""
    letters = [letter for letter in text if letter.isalnum()]
    return len(letters) >= _LETTERS and len(set(letters)) >= _DIFFERENT


def word(value: object) -> str:
    """A word of the API's, fit for `Call.mode`; "" for the standard ones."""
    said = isinstance(value, str) and value not in _STANDARD
    return storable(str(value)).replace(",", " ")[:40] if said else ""
