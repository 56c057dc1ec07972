"""What a person's prompt to the main loop needs: pure, no clock, no files written (hot path)."""

from __future__ import annotations

from cheaproute.routing.decide import bounds_for, judge
from cheaproute.routing.prompts import features, weights
from cheaproute.routing.text.features import of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.routing.decision import Decision
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
_DOUBTED = "design"  # what a prompt opens with
# What the ledger keeps as a turn's reason begins with one of these.
_GRADES = {
    "haiku": "a lookup",
    "sonnet": "everyday work",
    "opus": "hard",
    "open": "in doubt",
    NONE: "says nothing by itself",
}


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
    it is called no hard one, and that may be wrong; `state` is for the next turn. `reason` is one
    line that names only words of this project's own lexicon, `category` what kind of task it is,
    `features` what counted, by names of our own.
    """

    __slots__ = (
        "category", "confidence", "features", "is_open", "newtask", "reason", "state", "struggle",
        "tier",
    )  # fmt: skip

    def __init__(
        self,
        tier: str,
        confidence: float,
        state: TurnState,
        *,
        struggle: bool,
        newtask: bool,
        is_open: bool = False,
        category: str = "other",
        reason: str = "",
        features: Mapping[str, float] | None = None,
    ) -> None:
        self.tier = tier
        self.confidence = confidence
        self.state = state
        self.struggle = struggle
        self.newtask = newtask
        self.is_open = is_open
        self.category = category
        self.reason = reason
        self.features = features or {}


def decide_turn(text: str, before: str = "", state: TurnState | None = None) -> TurnDecision:
    """What `text` needs after an answer that ended in `before`; an answer for every text.

    `state` is that of the turn before, None at the start or where it is not known.
    """
    state = state or TurnState()
    alone = of("", text, "")
    task = judge(alone, bounds_for(text))
    found = features.of(text, before, alone)
    odds = weights.odds(found)
    struggle = odds["struggle"] >= 0
    tier, sure = _tier(odds)
    if tier != "opus" and _is_hard(alone, task):
        tier, sure = "opus", _BY_WORD
    # What opens a session begins a task, unless it says nothing.
    newtask = odds["newtask"] >= 0 if before.strip() else tier != NONE
    is_open = tier in ("haiku", "sonnet") and _may_be_hard(text, before, odds, alone)
    if newtask:
        state = TurnState()
    # What two judges see so differently is no hard one for sure; it keeps its model all the same.
    split = tier == "opus" and task.tier == "haiku"
    why = _GRADES["open" if is_open or split else tier]
    goes_on = tier == NONE and state.tier
    if goes_on:
        tier = state.tier
        why = f"{_GRADES[tier]}, as before"
    struggles = state.struggles + 1 if struggle else 0
    if struggles >= STRUGGLES and tier in ("haiku", "sonnet"):
        tier = "sonnet" if tier == "haiku" else "opus"
        why = f"{_GRADES[tier]}: twice in a row it did not work"
    elif tier != NONE and not goes_on:
        why = f"{why}: {task.words}"
    kept = TurnState(state.tier if tier == NONE else tier, struggles)
    return TurnDecision(
        tier,
        sure,
        kept,
        struggle=struggle,
        newtask=newtask,
        is_open=is_open and tier != "opus",
        category=task.category,
        reason=why,
        features=found.named,
    )


def is_hard(text: str) -> bool:
    """Whether its words, or the classifier of tasks, call a prompt one of hard reasoning."""
    alone = of("", text, "")
    return _is_hard(alone, judge(alone, bounds_for(text)))


def _is_hard(alone: Features, task: Decision) -> bool:
    return not _HARD.isdisjoint(alone.cues.words) or task.tier == "opus"


def _may_be_hard(text: str, before: str, odds: dict[str, float], alone: Features) -> bool:
    """Whether one of two voices has its doubts: these `odds`, and those of the words alone.

    An easy answer before makes no prompt easier than it would be as a session's first. What is to
    be designed may be anything, and so may what was not read.
    """
    sure = weights.surely()
    if odds["opus"] >= sure or alone.cues.first == _DOUBTED or not alone.whole:
        return True
    if not before.strip():
        return False
    return weights.odds(features.first(text, alone), ("opus",))["opus"] >= sure


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
