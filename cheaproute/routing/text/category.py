"""What kind of task it is: the strongest cue among those a tier's tasks are made of."""

from __future__ import annotations

from cheaproute.routing.text.cues import Cues

_RETRIEVAL = {
    "fact": "read",
    "locate": "search",
    "read": "read",
    "understand": "read",
    "report": "read",
    "summarise": "summarise",
    "reformat": "reformat",
    "mechanical": "reformat",
    "check": "check",
    "boilerplate": "boilerplate",
    "status": "status",
}
_WORK = {
    "implement": "implement",
    "refactor": "implement",
    "test": "test",
    "review": "review",
    "judge": "review",
    "perf": "review",
    "research": "research",
    "compare": "research",
    "plan": "plan",
    "debug": "debug",
    "trouble": "debug",
    "inquiry": "debug",
    "investigate": "debug",
}
_DEEP = {
    "rootcause": "debug",
    "concurrency": "debug",
    "security": "security",
    "integrity": "security",
    "architecture": "architecture",
    "design": "architecture",
    "algorithm": "architecture",
}
_OF_TIER = {"haiku": _RETRIEVAL, "sonnet": {**_WORK, **_DEEP}, "opus": {**_DEEP, **_WORK}}

# What a place says: a title is chosen word by word, a body has them by the way.
_PLACES = {"title": 3.0, "type": 2.0, "lead": 1.5, "opening": 0.7, "body": 0.2}
_MOST = {"title": 1, "type": 1, "lead": 2, "opening": 2, "body": 3}


def categorise(cues: Cues, tier: str) -> tuple[str, list[str]]:
    """The category of a task of `tier`, and the cues that say so, the strongest first.

    `("other", [])` if no cue speaks for one.
    """
    known = _OF_TIER[tier]
    strengths: dict[str, float] = {}
    for (cue, place), count in cues.counts.items():
        if cue in known:
            weight = _PLACES[place] * min(count, _MOST[place])
            if tier == "opus" and cue in _DEEP:
                weight *= 2
            strengths[cue] = strengths.get(cue, 0.0) + weight
    if cues.first in known:
        strengths[cues.first] += 1.5
    order = sorted(strengths, key=lambda cue: (-strengths[cue], cue))
    return (known[order[0]], order) if order else ("other", [])
