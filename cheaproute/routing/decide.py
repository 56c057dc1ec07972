"""The router: which tier a task needs, from its text alone (pure, hot path)."""

from __future__ import annotations

from cheaproute.routing.decision import OPEN, Basis, Decision
from cheaproute.routing.text import category, weights
from cheaproute.routing.text.features import SHORT, of
from cheaproute.routing.text.lexicon_foreign import SIGNS, WORDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.routing.text.cues import Cues
    from cheaproute.routing.text.features import Features

# The share of tasks needing more than Haiku that may be sent there by their text.
MAX_UNSAFE = 0.02

NOTHING = "nothing in the text says what it needs"

_JUDGEMENT = ("inquiry", "judge")
_TOO_MANY = 2
_WHY = frozenset(
    (
        *("why", "how come", "reason why", "reason for", "explain why", "find out why"),
        *("how this happens", "how can this"),
        *WORDS["inquiry"].split(),
        *SIGNS["inquiry"].split(),
    )
)
_WORDS_NAMED = 3


def decide(
    description: str,
    prompt: str,
    subagent_type: str | None = None,
    *,
    max_unsafe: float = MAX_UNSAFE,
) -> Decision:
    """The tier that does this task well, `open` where the text does not say; never an error.

    Args:
        description: the task's title, "" if there is none.
        prompt: what the subagent is told, of any length; a long one is read at its ends, and then
            is never Haiku's.
        subagent_type: the agent's type, None if not known.
        max_unsafe: the share of tasks needing more than Haiku that may go there, 0 to 1.
    """
    kind = bounds_for(prompt, subagent_type)
    return judge(of(description, prompt, subagent_type or ""), kind, max_unsafe)


def bounds_for(prompt: str, subagent_type: str | None = None) -> str:
    """The kind of bounds for a task: short ones have their own, so have long ones without a type.

    Those tell less.
    """
    return "short" if len(prompt) <= SHORT else "typed" if subagent_type else "bare"


def judge(found: Features, kind: str, max_unsafe: float = MAX_UNSAFE) -> Decision:
    """The same of a text that was read, held to the bounds for its `kind`."""
    cues = found.cues
    beyond_haiku, beyond_sonnet = weights.needs(found)
    likely = "sonnet" if beyond_sonnet < 0.5 else "opus"
    if not cues.counts:
        # A text in no language we know may be anything; what cannot be read is not called cheap.
        basis = Basis(0.5, kind, found.named, f"text: {OPEN}")
        return Decision(OPEN, "other", 0.5, NOTHING, likely="sonnet", basis=basis, words=NOTHING)
    tier = tier_for(beyond_haiku, likely, found, weights.bounds(max_unsafe, kind))
    basis = Basis(beyond_haiku, kind, found.named, f"text: {tier}")
    right = {
        "haiku": 1 - beyond_haiku,
        "sonnet": beyond_haiku * (1 - beyond_sonnet),
        "opus": beyond_haiku * beyond_sonnet,
    }
    name, order = category.categorise(cues, "haiku" if beyond_haiku < 0.5 else likely)
    words = _words(cues, name, order)
    if tier == OPEN:
        why = "the text alone does not tell" if found.whole else "not all of it was read"
        reason, sure = f"{words}; open, {why}", max(right.values())
        return Decision(tier, name, sure, reason, likely=likely, basis=basis, words=words)
    return Decision(tier, name, right[tier], words, basis=basis)


def tier_for(beyond_haiku: float, likely: str, found: Features, bounds: tuple[float, float]) -> str:
    """The tier, or `open` between the two bounds and where it asks for judgement twice, or why.

    Of the tasks that were annotated for Haiku not one had two such questions, and hardly one a why,
    whatever else it asked for, so this is no matter of probability. Nor is a text of which not all
    was read: what stands in its middle may ask for anything.
    """
    cues = found.cues
    doubts = sum(len(cues.words.get(cue, ())) for cue in _JUDGEMENT)
    asks_why = not _WHY.isdisjoint(cues.words.get("inquiry", ()))
    if beyond_haiku < bounds[0] and doubts < _TOO_MANY and not asks_why and found.whole:
        return "haiku"
    return likely if beyond_haiku > bounds[1] else OPEN


def _words(cues: Cues, name: str, order: list[str]) -> str:
    """The category, and the lexicon's words that speak for it most."""
    words = [cues.words[cue][0] for cue in (order or cues.words) if cue in cues.words]
    named = ", ".join(f'"{word}"' for word in words[:_WORDS_NAMED])
    return f"{name}: says {named}" if named else f"{name}: by the length and build of the text"
