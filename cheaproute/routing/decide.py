"""The router: which tier a task needs, from its text alone."""

from __future__ import annotations

from cheaproute.routing.cues import Cues, gather
from cheaproute.routing.decision import Decision
from cheaproute.routing.text import read

CAUTION = 0.5

_HARD = ("rootcause", "concurrency", "integrity", "security", "architecture", "algorithm")
_WORK = (
    "implement",
    "test",
    "review",
    "plan",
    "debug",
    "refactor",
    "judge",
    "why",
    "perf",
    "research",
)
_LOOK = (
    "locate",
    "read",
    "understand",
    "summarise",
    "report",
    "reformat",
    "check",
    "boilerplate",
    "status",
    "mechanical",
    "readonly",
)
_CATEGORY = {
    "locate": "search",
    "read": "read",
    "understand": "read",
    "report": "read",
    "readonly": "read",
    "summarise": "summarise",
    "reformat": "reformat",
    "mechanical": "reformat",
    "check": "check",
    "boilerplate": "boilerplate",
    "status": "status",
    "implement": "implement",
    "refactor": "implement",
    "test": "test",
    "review": "review",
    "judge": "review",
    "perf": "review",
    "research": "research",
    "plan": "plan",
    "debug": "debug",
    "why": "debug",
    "rootcause": "debug",
    "concurrency": "debug",
    "integrity": "security",
    "security": "security",
    "architecture": "architecture",
    "algorithm": "architecture",
}


def decide(
    description: str, prompt: str, subagent_type: str | None = None, *, caution: float = CAUTION
) -> Decision:
    """The cheapest tier that does this task well; never raises, whatever the text.

    `caution` from 0 to 1 is how dear a task wrongly sent to Haiku is held to be.
    """
    cues = gather(read(description, prompt), subagent_type or "")
    hard, work, look = (_weigh(cues, group) for group in (_HARD, _WORK, _LOOK))
    if hard[0] >= 3 and hard[0] * 2 >= max(work[0], look[0]):
        tier, best = "opus", hard
    elif (work[0] + hard[0]) * (0.5 + caution) >= look[0]:
        tier, best = "sonnet", work if work[0] >= hard[0] else hard
    else:
        tier, best = "haiku", look
    total = hard[0] + work[0] + look[0]
    category = _CATEGORY[best[1]] if best[0] else "other"
    return Decision(
        tier, category, 0.5 + 0.45 * best[0] / total if total else 0.5, _why(cues, best[1])
    )


def _weigh(cues: Cues, group: tuple[str, ...]) -> tuple[float, str]:
    strengths = [(cues.strength(cue), cue) for cue in group]
    return sum(s for s, _ in strengths), max(strengths)[1]


def _why(cues: Cues, cue: str) -> str:
    words = cues.words.get(cue)
    return (
        "asks for: " + ", ".join(words[:3]) if words else "nothing in the text says what it needs"
    )
