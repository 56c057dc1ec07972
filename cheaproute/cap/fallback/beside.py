"""What of a cap's sum is not in the books, in words."""

from __future__ import annotations


def beside(nano: int, unpriced: int, given_up: int = 0) -> str:
    """A line on `nano` that counts beside the books, and why; "" for nothing.

    So many calls (`unpriced`) have no price; `given_up` of it are requests that were broken off.
    """
    if not nano:
        return ""
    if not unpriced:
        return f"Not in the books, but counted: {why(nano, given_up)}.\n"
    calls, count = (
        ("1 call has", "counts") if unpriced == 1 else (f"{unpriced:,} calls have", "count")
    )
    return (
        f"{calls} no known price and {count} as the model that was asked for, or as the newest "
        "Opus: `[prices.overrides]` in config.toml gives theirs.\n"
    )


def why(nano: int, given_up: int) -> str:
    """Why `nano` is in no books, of which `given_up` are requests that were broken off."""
    off = "requests that were broken off before their first word (nobody is told what they cost)"
    if given_up >= nano:
        return off
    others = "what could not be written down yet, or nowhere is (searches, hooks)"
    return f"{off}, {others}" if given_up else others
