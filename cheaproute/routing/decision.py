"""What a task needs: the answer of `decide`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# Cheapest first; the order is what "up" and "down" mean everywhere.
TIERS = ("haiku", "sonnet", "opus")
# The answer where the text does not say for sure; nothing is routed by it.
OPEN = "open"

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


class Basis:
    """What a decision was made of, to learn from what comes of it; no text.

    `beyond` is the chance that the task needs more than Haiku, `bounds` the kind of bounds it was
    held to, `features` the text's, by names of our own; `voices` is what was said, by whom.
    """

    __slots__ = ("beyond", "bounds", "features", "voices")

    def __init__(
        self, beyond: float, bounds: str, features: Mapping[str, float], voices: str
    ) -> None:
        self.beyond = beyond
        self.bounds = bounds
        self.features = features
        self.voices = voices


class Decision:
    """A tier or `open`, and why: `confidence` is the calibrated probability of it, 0 to 1.

    `likely` is the tier itself; where it is open, the likelier of those that are not Haiku, and
    `confidence` that of the likeliest of all three.
    `reason` is one line for the user. It names only words of this project's own lexicon, never
    free text of the prompt, so it may be stored; `words` is its part that tells of the text alone.
    `basis` is None where no text was judged.
    """

    __slots__ = ("basis", "category", "confidence", "likely", "reason", "tier", "words")

    def __init__(
        self,
        tier: str,
        category: str,
        confidence: float,
        reason: str,
        *,
        likely: str = "",
        basis: Basis | None = None,
        words: str = "",
    ) -> None:
        self.basis = basis
        self.words = words or reason
        self.tier = tier
        self.likely = likely or tier
        self.category = category
        self.confidence = confidence
        self.reason = reason
