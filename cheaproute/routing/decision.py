"""What a task needs: the answer of `decide`."""

from __future__ import annotations

# Cheapest first; the order is what "up" and "down" mean everywhere.
TIERS = ("haiku", "sonnet", "opus")

CATEGORIES = (
    "search",
    "read",
    "summarise",
    "reformat",
    "check",
    "boilerplate",
    "status",
    "implement",
    "test",
    "review",
    "research",
    "plan",
    "debug",
    "architecture",
    "security",
    "other",
)


class Decision:
    """A tier and why: `confidence` is the calibrated probability that `tier` is right, 0 to 1.

    `reason` is one line for the user. It names only words of this project's own lexicon, never
    free text of the prompt, so it may be stored.
    """

    __slots__ = ("category", "confidence", "reason", "tier")

    def __init__(self, tier: str, category: str, confidence: float, reason: str) -> None:
        self.tier = tier
        self.category = category
        self.confidence = confidence
        self.reason = reason
