"""What of a cap's sum is not in the books, in words."""

from __future__ import annotations


def beside(nano: int, unpriced: int) -> str:
    """A line on `nano` that counts beside the books, and why; "" for nothing.

    So many calls (`unpriced`) have no price.
    """
    if not nano:
        return ""
    if not unpriced:
        return "What could not be written down yet, or nowhere is (searches, hooks), counts.\n"
    calls, count = (
        ("1 call has", "counts") if unpriced == 1 else (f"{unpriced:,} calls have", "count")
    )
    return (
        f"{calls} no known price and {count} as the model that was asked for, or as the newest "
        "Opus: `[prices.overrides]` in config.toml gives theirs.\n"
    )
