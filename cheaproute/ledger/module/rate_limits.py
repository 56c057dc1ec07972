"""How full the plan is, as Claude Code last told it: the 5-hour block and the week (hot path)."""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.days import HOUR_MS, parse_ms
from cheaproute.ledger import meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

# The client's names, ours, and how long such a window is.
WINDOWS = (("five_hour", "5-hour block", 5 * HOUR_MS), ("seven_day", "week", 168 * HOUR_MS))
_KEY = "plan_usage"
_OLD_MS = 6 * HOUR_MS


class Window:
    """A window of the plan: `percent` of it used at `told_ms`; it ends at `resets_ms`."""

    __slots__ = ("length_ms", "name", "percent", "resets_ms", "told_ms")

    def __init__(
        self, name: str, percent: float, resets_ms: int, told_ms: int, length_ms: int
    ) -> None:
        self.name = name
        self.percent = percent
        self.resets_ms = resets_ms
        self.told_ms = told_ms
        self.length_ms = length_ms

    @property
    def began_ms(self) -> int:
        """When the window began."""
        return self.resets_ms - self.length_ms

    def full_ms(self) -> int | None:
        """When it is used up at the pace so far; None where it lasts until its end."""
        run = self.told_ms - self.began_ms
        if self.percent <= 0 or run <= 0:
            return None
        at = int(self.told_ms + (100 - self.percent) * run / self.percent)
        return at if at < self.resets_ms else None


def note(db: sqlite3.Connection, told: dict[str, object], now_ms: int) -> None:
    """Keep what the client says (`rate_limits` of its status line), where it says something new."""
    found = {}
    for key, _, _ in WINDOWS:
        window = told.get(key)
        if isinstance(window, dict):
            percent, resets = window.get("used_percentage"), window.get("resets_at")
            if _is_number(percent) and _is_number(resets):
                found[key] = [percent, int(float(str(resets)))]
    if not found:
        return
    kept = _read(db)
    if kept.get("windows") == found and 0 <= now_ms - _whole(kept.get("ms")) < 60_000:
        return
    meta.put(db, _KEY, fastjson.dumps({"ms": now_ms, "windows": found}))


def heard(db: sqlite3.Connection, told: object, now_ms: int) -> None:
    """The same from the module: a list of windows (`$.session.usage().rateLimits`)."""
    if not isinstance(told, list):
        return
    found: dict[str, object] = {}
    for one in told:
        if isinstance(one, dict) and isinstance(one.get("kind"), str):
            resets_s = parse_ms(one.get("resetsAt")) // 1000
            if resets_s:
                percent = one.get("percentUsed")
                found[one["kind"]] = {"used_percentage": percent, "resets_at": resets_s}
    note(db, found, now_ms)


def read(db: sqlite3.Connection, now_ms: int) -> list[Window]:
    """The windows that have not ended, as last told; none where that is long ago."""
    kept = _read(db)
    told_ms, windows = _whole(kept.get("ms")), kept.get("windows")
    if not isinstance(windows, dict) or not 0 <= now_ms - told_ms < _OLD_MS:
        return []
    found = []
    for key, name, length in WINDOWS:
        window = windows.get(key)
        if isinstance(window, list) and len(window) == 2 and window[1] * 1000 > now_ms:
            found.append(Window(name, float(window[0]), window[1] * 1000, told_ms, length))
    return found


def _read(db: sqlite3.Connection) -> dict[str, object]:
    try:
        kept = fastjson.loads(meta.get(db, _KEY).encode() or b"{}")
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12


def _whole(value: object) -> int:
    return value if type(value) is int else 0
