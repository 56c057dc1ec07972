"""The periods a cap counts in: UTC months and days, as Anthropic bills, and sessions."""

from __future__ import annotations

import time

from cheaproute.days import DAY_MS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Word = tuple[str, str, str]  # a limit in nano-dollars as text ("0": none), period, origin

# In the order in which they are shown; ties between caps go to the one that lasts longest.
NAMES = ("month", "day", "session")
ADJECTIVES = {"month": "monthly", "day": "daily", "session": "session"}
_CENT = 10_000_000
# As people type them.
WORDS = {word: name for name in NAMES for word in (name, ADJECTIVES[name])}


def keys(now_ms: int, session_id: int) -> dict[str, str]:
    """The `spent.period` of each period that `now_ms` falls in."""
    at = time.gmtime(now_ms // 1000)
    return {
        "month": f"month:{at.tm_year:04d}-{at.tm_mon:02d}",
        "day": f"day:{now_ms // DAY_MS}",
        "session": f"session:{session_id}",
    }


def start_ms(name: str, now_ms: int) -> int:
    """When the current month or day began, UTC milliseconds; 0 for a session."""
    if name == "session":
        return 0
    midnight = now_ms // DAY_MS * DAY_MS
    if name == "day":
        return midnight
    return midnight - (time.gmtime(now_ms // 1000).tm_mday - 1) * DAY_MS


def reset_ms(name: str, now_ms: int) -> int | None:
    """When the current month or day ends, UTC milliseconds; None for a session, which does not."""
    if name == "session":
        return None
    if name == "day":
        return start_ms(name, now_ms) + DAY_MS
    # 31 days on it is the next month, whatever the month.
    return start_ms(name, start_ms(name, now_ms) + 31 * DAY_MS)


def local(ms: int, now_ms: int, zone: Callable[[float], time.struct_time] = time.localtime) -> str:
    """`ms` on the user's clock: `14:00` today, `Tue 1 Dec 01:00` within the year."""
    at, now = zone(ms / 1000), zone(now_ms / 1000)
    clock = time.strftime("%H:%M", at)
    if at[:3] == now[:3]:
        return clock
    day = time.strftime("%a ", at) + str(at.tm_mday) + time.strftime(" %b ", at)
    return day + (f"{at.tm_year} " if abs(ms - now_ms) > 300 * DAY_MS else "") + clock


class Period:
    """One cap's state. Amounts are nano-dollars, times UTC milliseconds."""

    __slots__ = (
        "assumed",
        "before",
        "elsewhere",
        "extra",
        "given_up",
        "key",
        "limit",
        "lower",
        "name",
        "origin",
        "reserved",
        "reset_ms",
        "spent",
        "unpriced",
    )

    def __init__(
        self,
        name: str,
        key: str,
        *,
        spent: int = 0,
        unpriced: int = 0,
        reserved: int = 0,
        limit: int | None = None,
        extra: int = 0,
        origin: str = "",
        reset_ms: int | None = None,
        elsewhere: int = 0,
        before: int = 0,
        assumed: int = 0,
        lower: bool = False,
    ) -> None:
        self.name = name  # 'month', 'day', 'session'; 'share', 'team' (see State.bounds)
        self.key = key  # 'month:2026-11'
        self.spent = spent
        self.before = before  # beside `spent`: brought in later, from before the limit was set
        self.elsewhere = elsewhere  # of `spent`: what other machines told of
        self.lower = lower  # `spent` is a lower bound (see wording.bound)
        self.given_up = (0, 0)  # requests, and of `assumed` what they count as (the same)
        self.unpriced = unpriced  # calls of unknown price: `spent` is a lower bound
        self.reserved = reserved
        self.assumed = assumed  # beside `spent`: calls without a price, or in no books
        self.limit = limit  # with `extra`; None: no cap
        self.extra = extra
        self.origin = origin
        self.reset_ms = reset_ms

    @property
    def used(self) -> int:
        """What the cap counts as spent."""
        return self.spent + self.assumed

    @property
    def aside(self) -> int:
        """What of `assumed` is worth a word: 0 below a cent and a hundredth of the limit."""
        small = self.assumed < min(_CENT, (self.limit or 0) // 100)
        return 0 if small else self.assumed

    @property
    def reached(self) -> bool:
        """Whether the limit is used up, by what is spent and what calls in flight may cost."""
        return self.limit is not None and self.used + self.reserved >= self.limit

    @property
    def full(self) -> bool:
        """Whether what is spent alone uses the limit up."""
        return self.limit is not None and self.used >= self.limit

    @property
    def share(self) -> float:
        """(Used + reserved) / limit; 0 without a limit."""
        return (self.used + self.reserved) / self.limit if self.limit else 0.0

    @property
    def left(self) -> int | None:
        """What may still be spent; None without a limit."""
        return None if self.limit is None else max(0, self.limit - self.used - self.reserved)

    def room(self, beyond: int, own: int) -> int:
        """What a call may cost where its turn may spend `beyond` past the limit, which is set.

        What calls of its session that are under way may cost (`own` of `reserved`) is of that, too.
        """
        left = max(0, (self.limit or 0) - self.used - max(0, self.reserved - own))
        return max(0, left + beyond - own)


def said(options: Mapping[str, str], config: Mapping[str, object]) -> dict[str, Word]:
    """What each source says, by the key under which it is remembered."""
    found: dict[str, Word] = {}
    for name in NAMES:
        nano = _nano(config.get(f"{name}_usd"))
        if nano is not None:
            found[f"cap.seen.config.{name}"] = (nano, name, "config")
    for install, value in options.items():
        option = _nano(value)
        if option is not None:
            found["cap.seen.option." + install] = (option, "month", "option")
    return found


def _nano(dollars: object) -> str | None:
    """The nano-dollars of a setting as text, "0" for nothing; None where it is no amount."""
    if not dollars and dollars != "":
        return "0"
    from cheaproute import money  # not where no limit is written down

    try:
        nano = round(float(str(dollars)) * money.NANO)
    except (ValueError, OverflowError):  # text, nan, infinity
        return None
    return str(nano) if 0 <= nano <= money.MOST else None
