"""Why a task got its tier, for people: what in the text pushed which way, and how hard."""

from __future__ import annotations

from cheaproute.routing.text import weights
from cheaproute.routing.text.features import of

_LEAST = 0.05  # a weaker push decides nothing

_PLACES = {
    "title": "in the title",
    "type": "in the agent's type",
    "lead": "at the head of a sentence",
    "opening": "in the first lines",
    "body": "further down",
    "first": "the first thing asked",
    "long": "the first thing asked, at length",
    "doubt": "beside a question of judgement",
    "learn": "in order to understand",
    "plain": "of a thing one can point at",
}
_BUILD = {
    "is:task": "a task to begin with",
    "is:typed": "its agent type is known",
    "is:code": "the share of code",
    "is:codelines": "lines of code",
    "is:items": "items in lists",
    "is:questions": "questions",
    "is:quoted": "quoted words",
    "is:masked": "paths and identifiers",
    "is:words": "its single words",
    "asks:nothing-judged": "nothing in it asks for judgement",
    "asks:nothing-named": "no path or name in it",
    "asks:share": "how much of it asks for judgement",
}


class Push:
    """One reason: `what` it is, and its log-odds towards more than Haiku and than Sonnet."""

    __slots__ = ("haiku", "sonnet", "what")

    def __init__(self, what: str, haiku: float, sonnet: float) -> None:
        self.what = what
        self.haiku = round(haiku, 2)
        self.sonnet = round(sonnet, 2)


def evidence(description: str, prompt: str, subagent_type: str | None = None) -> list[Push]:
    """What decides, the strongest push first; it names only words of this project's lexicon."""
    found = of(description, prompt, subagent_type or "")
    sums: dict[str, tuple[float, float]] = {}
    for name, haiku, sonnet in weights.contributions(found):
        what = _said(name, found.cues.words)
        before = sums.get(what, (0.0, 0.0))
        sums[what] = before[0] + haiku, before[1] + sonnet
    pushes = [Push(what, *both) for what, both in sums.items() if max(map(abs, both)) >= _LEAST]
    return sorted(pushes, key=lambda push: (-abs(push.haiku) - abs(push.sonnet), push.what))


def _said(name: str, words: dict[str, list[str]]) -> str:
    if name in _BUILD:
        return _BUILD[name]
    kind, _, cue = name.partition(":")
    if kind == "longer":
        return "its length"
    if kind == "asks":
        return "what the answer has to hold"
    terms = ", ".join(f'"{word}"' for word in words.get(cue, ())[:4])
    place = "" if kind.startswith("terms") else f", {_PLACES[kind]}"
    return f"{cue} {terms}".rstrip() + place
