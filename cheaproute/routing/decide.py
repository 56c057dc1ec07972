"""The router: which tier a task needs, from its text alone (pure, hot path)."""

from __future__ import annotations

from cheaproute.routing.decision import Decision
from cheaproute.routing.text import category, weights
from cheaproute.routing.text.cues import gather
from cheaproute.routing.text.features import features
from cheaproute.routing.text.reading import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.routing.text.cues import Cues

# How sure the model must be that Haiku does before a task goes there: a task wrongly sent to Haiku
# is held to cost `CAUTION / (1 - CAUTION)` times a cheap task left where it was.
CAUTION = 0.7

NOTHING = "nothing in the text says what it needs"

_JUDGEMENT = ("inquiry", "judge")
_TOO_MANY = 2
_WORDS_NAMED = 3


def decide(
    description: str, prompt: str, subagent_type: str | None = None, *, caution: float = CAUTION
) -> Decision:
    """The cheapest tier that does this task well; an answer for every text, never an error.

    Args:
        description: the task's title, "" if there is none.
        prompt: what the subagent is told, of any length; a long one is read at its ends.
        subagent_type: the agent's type, None if not known.
        caution: the probability of being enough that Haiku must reach, 0 to 1.
    """
    kind = subagent_type or ""
    reading = read(description, prompt)
    cues = gather(reading, kind)
    beyond_haiku, beyond_sonnet = weights.needs(features(reading, cues, kind))
    if not cues.counts:
        # A text in no language we know may be anything; what cannot be read is not called cheap.
        return Decision("sonnet", "other", 0.5, NOTHING)
    tier = tier_for(beyond_haiku, beyond_sonnet, cues, caution)
    right = {
        "haiku": 1 - beyond_haiku,
        "sonnet": beyond_haiku * (1 - beyond_sonnet),
        "opus": beyond_haiku * beyond_sonnet,
    }
    name, order = category.categorise(cues, tier)
    return Decision(tier, name, right[tier], _reason(cues, name, order))


def tier_for(beyond_haiku: float, beyond_sonnet: float, cues: Cues, caution: float) -> str:
    """The tier for the two probabilities, unless the text has two questions of judgement.

    Of the tasks that were annotated for Haiku not one had two, whatever else it asked for, so this
    is no matter of probability.
    """
    doubts = sum(len(cues.words.get(cue, ())) for cue in _JUDGEMENT)
    if 1 - beyond_haiku >= caution and doubts < _TOO_MANY:
        return "haiku"
    return "sonnet" if beyond_sonnet < 0.5 else "opus"


def _reason(cues: Cues, name: str, order: list[str]) -> str:
    """The category, and the lexicon's words that speak for it most."""
    words = [cues.words[cue][0] for cue in (order or cues.words) if cue in cues.words]
    named = ", ".join(f'"{word}"' for word in words[:_WORDS_NAMED])
    return f"{name}: says {named}" if named else f"{name}: by the length and build of the text"
