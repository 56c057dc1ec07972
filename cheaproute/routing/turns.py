"""What a person's prompt to the main loop needs: pure, no clock, no files written (hot path)."""

from __future__ import annotations

from cheaproute.routing.decide import decide
from cheaproute.routing.prompts import features, weights

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.routing.text.features import Features

# A prompt that says nothing by itself ("yes") is judged by what it goes on with.
NONE = "none"
# So many "that did not work" in a row ask for the next tier up.
STRUGGLES = 2
# What speaks of these is taken for hard reasoning whatever the odds are: doubt keeps the own model.
_HARD = frozenset(
    ("algorithm", "architecture", "concurrency", "integrity", "rootcause", "security")
)
_BY_WORD = 0.5  # how sure that is


class TurnState:
    """How it went before: the `tier` of the task at hand, "" if there is none, and `struggles`.

    That is how often in a row it was said that it did not work.
    """

    __slots__ = ("struggles", "tier")

    def __init__(self, tier: str = "", struggles: int = 0) -> None:
        self.tier = tier
        self.struggles = struggles


class TurnDecision:
    """The `tier` a turn needs, and how sure that is; `none`: it says nothing, nothing came before.

    `struggle`: it says that something did not work; `newtask`: an unrelated task begins; `is_open`:
    it is called no hard one, and that may be wrong; `state` is for the next turn.
    """

    __slots__ = ("confidence", "is_open", "newtask", "state", "struggle", "tier")

    def __init__(
        self,
        tier: str,
        confidence: float,
        state: TurnState,
        *,
        struggle: bool,
        newtask: bool,
        is_open: bool = False,
    ) -> None:
        self.tier = tier
        self.confidence = confidence
        self.state = state
        self.struggle = struggle
        self.newtask = newtask
        self.is_open = is_open


def decide_turn(text: str, before: str = "", state: TurnState | None = None) -> TurnDecision:
    """What `text` needs after an answer that ended in `before`; an answer for every text.

    `state` is that of the turn before, None at the start or where it is not known.
    """
    state = state or TurnState()
    found = features.of(text, before)
    odds = weights.odds(found)
    struggle = odds["struggle"] >= 0
    tier, sure = _tier(odds)
    if tier != "opus" and is_hard(text, found):
        tier, sure = "opus", _BY_WORD
    # What opens a session begins a task, unless it says nothing.
    newtask = odds["newtask"] >= 0 if before.strip() else tier != NONE
    is_open = tier in ("haiku", "sonnet") and _may_be_hard(text, before, odds)
    if newtask:
        state = TurnState()
    if tier == NONE and state.tier:
        tier = state.tier
    struggles = state.struggles + 1 if struggle else 0
    if struggles >= STRUGGLES and tier in ("haiku", "sonnet"):
        tier = "sonnet" if tier == "haiku" else "opus"
    kept = TurnState(state.tier if tier == NONE else tier, struggles)
    return TurnDecision(
        tier, sure, kept, struggle=struggle, newtask=newtask, is_open=is_open and tier != "opus"
    )


def is_hard(text: str, found: Features) -> bool:
    """Whether its words, or the classifier of tasks, call a prompt one of hard reasoning."""
    return not _HARD.isdisjoint(found.cues.words) or decide("", text).tier == "opus"


def _may_be_hard(text: str, before: str, odds: dict[str, float]) -> bool:
    """Whether one of two voices has its doubts: these `odds`, and those of the words alone.

    An easy answer before makes no prompt easier than it would be as a session's first.
    """
    if odds["opus"] >= weights.surely():
        return True
    return bool(before.strip()) and weights.odds(features.of(text, ""))["opus"] >= weights.surely()


def _tier(odds: dict[str, float]) -> tuple[str, float]:
    """The tier by the words alone: Opus and Haiku only where they pass their bounds."""
    share = weights.share
    if odds["opus"] >= 0:
        return "opus", share(odds["opus"])
    if odds["none"] >= 0:
        return NONE, share(odds["none"])
    if odds["haiku"] < 0:
        return "haiku", share(-odds["haiku"])
    return "sonnet", share(odds["haiku"]) * share(-odds["opus"])
