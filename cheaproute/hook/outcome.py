"""How a subagent's run ended, told from its final message (pure)."""

from __future__ import annotations

# How Claude begins when it declines; a report that merely contains such words is not a refusal.
_REFUSALS = (
    "i can't",
    "i can\u2019t",
    "i cannot",
    "i'm unable",
    "i\u2019m unable",
    "i am unable",
    "i'm not able",
    "i won't",
    "i'm sorry",
    "i\u2019m sorry",
    "i apologize",
    "sorry, ",
)
_API_ERROR = "API Error"
_REFUSAL_LENGTH = 600


def of(text: str) -> str:
    """'ok', 'empty', 'refused' or 'error'."""
    said = text.strip()
    if not said:
        return "empty"
    if said.startswith(_API_ERROR):
        return "error"
    if len(said) <= _REFUSAL_LENGTH and said.lower().startswith(_REFUSALS):
        return "refused"
    return "ok"


def advice(status: str) -> str:
    """What the main model is told after a run of Haiku that failed."""
    what = {"empty": "returned nothing", "refused": "declined the task"}.get(status, "failed")
    return (
        f"The subagent ran on Haiku and {what}. "
        "If the task still matters, dispatch it again: it will run one tier higher."
    )
