"""The API's cache of a prompt: how long it lives, when to use it so that it goes on (hot path)."""

from __future__ import annotations

from cheaproute.days import HOUR_MS

FIVE_MINUTES_MS = 300_000
# It is used again so long before it runs out, by its life.
_MARGIN_MS = {FIVE_MINUTES_MS: 30_000, HOUR_MS: 360_000}


def life_ms(write_5m: int, write_1h: int) -> int:
    """How long what a call wrote lives: as the larger part of it does."""
    return HOUR_MS if write_1h >= write_5m else FIVE_MINUTES_MS


def ping_interval_ms(life_ms: int) -> int:
    """How long after the last use of a cache of this life a ping goes out."""
    return life_ms - _MARGIN_MS[life_ms]
