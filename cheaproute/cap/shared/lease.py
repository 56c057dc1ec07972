"""This machine's part of a team's budget, as a gate reads it: one small file (hot path).

A background process took it from the team's server; no hook ever waits for a network. The part
ends by the clock that runs on while the machine sleeps, a margin before the server gives it away
again, so that nobody spends what another was given.
"""

from __future__ import annotations

import os
import sys
import time

from cheaproute import atomic, fastjson

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "lease.json"
JOINED = "team.json"  # that this machine is in a team, and its owner's word: on prices, on no lease
MOST_BYTES = 1 << 16
_BOOT = "/proc/sys/kernel/random/boot_id"


class Part:
    """What may be spent from `base_nano` (the own month's total when it was taken) on."""

    __slots__ = ("base_nano", "nano")

    def __init__(self, nano: int, base_nano: int) -> None:
        self.nano = nano
        self.base_nano = base_nano


class Lease:
    """The parts by project ("" for all others), until when, and what holds when they are used up.

    `month` is the one whose total the bases are of ('2026-11'); `full_cap` names the team's cap
    that left nothing ("person month"), "" where all have room.
    """

    __slots__ = (
        "at_cap", "boot", "full_cap", "hold_ms", "month", "out_of_touch", "parts", "taken_ms",
    )  # fmt: skip

    def __init__(
        self,
        parts: dict[str, Part],
        *,
        month: str,
        taken_ms: int,
        hold_ms: int,
        at_cap: str = "block",
        out_of_touch: str = "open",
        full_cap: str = "",
        boot: str | None = None,
    ) -> None:
        self.parts = parts
        self.month = month
        self.taken_ms = taken_ms
        self.hold_ms = hold_ms
        self.at_cap = at_cap
        self.out_of_touch = out_of_touch
        self.full_cap = full_cap
        self.boot = started() if boot is None else boot

    def live(self, month: str, clock_ms: int | None = None) -> bool:
        """Whether the parts still hold: the same month, and the time not over (nor a new boot)."""
        now = running_ms() if clock_ms is None else clock_ms
        same = month == self.month and self.boot == started()
        return same and 0 <= now - self.taken_ms < self.hold_ms

    def part(self, project: str) -> Part:
        """The part that a call in `project` spends."""
        return self.parts.get(project) or self.parts.get("") or Part(0, 0)


def running_ms() -> int:
    """A clock that no user sets and that runs while the machine sleeps, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    if sys.platform == "darwin":  # where `time.monotonic` stands still while the machine sleeps
        clock = getattr(time, "CLOCK_MONOTONIC", None)
    if clock is not None:
        return int(time.clock_gettime(clock) * 1000)
    return time.monotonic_ns() // 1_000_000


def started() -> str:
    """Which start of the system this is, by its clocks; "" where that is not told."""
    try:
        return atomic.small(_BOOT, 64).decode("ascii").strip()
    except (OSError, ValueError):
        return ""


def read(data_dir: str) -> Lease | None:
    """The lease, an ended one where it is gone; None where this machine is in no team."""
    try:
        found = fastjson.read(os.path.join(data_dir, FILE), MOST_BYTES)
        parts = {
            str(project): Part(int(nano), int(base))
            for project, (nano, base) in found["parts"].items()
        }
        return Lease(
            parts,
            month=str(found["month"]),
            taken_ms=int(found["taken_ms"]),
            hold_ms=int(found["hold_ms"]),
            at_cap=str(found["at_cap"]),
            out_of_touch=str(found["out_of_touch"]),
            full_cap=str(found["full_cap"]),
            boot=str(found["boot"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return _gone(data_dir)


def prices(data_dir: str) -> dict[str, object]:
    """What models cost by the word of the team's owner; {} where nothing is said."""
    try:
        found = fastjson.read(os.path.join(data_dir, JOINED), MOST_BYTES)["prices"]
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    return found if isinstance(found, dict) and all(map(_price, found.values())) else {}


def _price(row: object) -> bool:
    """Whether calls can be counted by `row`."""
    return (
        isinstance(row, dict)
        and "input" in row
        and "output" in row
        and all(type(rate) in (int, float) and 0 <= rate < 1e6 for rate in row.values())
    )


def priced(settings: dict[str, object], data_dir: str) -> dict[str, object]:
    """`settings` with the team's prices over the user's own: its budget is counted in them."""
    from cheaproute.usage.models import canonical

    section, team = settings.get("prices"), prices(data_dir)
    own = section.get("overrides") if isinstance(section, dict) else None
    said = set(map(canonical, team))  # in whichever spelling
    kept = own.items() if isinstance(own, dict) else ()
    overrides = {name: row for name, row in kept if canonical(name) not in said}
    return {**settings, "prices": {"overrides": {**overrides, **team}}}


def _gone(data_dir: str) -> Lease | None:
    try:
        found = fastjson.read(os.path.join(data_dir, JOINED), MOST_BYTES)
        at_cap, out_of_touch = str(found["at_cap"]), str(found["out_of_touch"])
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return Lease(
        {}, month="", taken_ms=0, hold_ms=0, at_cap=at_cap, out_of_touch=out_of_touch, boot=""
    )


def forget(data_dir: str) -> None:
    """Hold nothing any more."""
    atomic.remove(os.path.join(data_dir, FILE))


def write(data_dir: str, lease: Lease) -> None:
    """Leave what was taken.

    Raises:
        ConfigError: it cannot be written.
    """
    parts: Mapping[str, object] = {
        project: [part.nano, part.base_nano] for project, part in lease.parts.items()
    }
    content = {
        "parts": parts,
        "month": lease.month,
        "taken_ms": lease.taken_ms,
        "hold_ms": lease.hold_ms,
        "at_cap": lease.at_cap,
        "out_of_touch": lease.out_of_touch,
        "full_cap": lease.full_cap,
        "boot": lease.boot,
    }
    atomic.write(os.path.join(data_dir, FILE), fastjson.dumps(content).encode(), 0o600)
