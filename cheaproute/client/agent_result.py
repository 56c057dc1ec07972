"""How a subagent's run ended, told from its result or its final message (pure)."""

from __future__ import annotations

# Of the words that `of` has for an end: those after which the work was not done.
FAILED = ("empty", "refused", "error")
# The cap ended it: no fault of the model's that ran it.
CUT = "cut"

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
# With "model": what the API, clouds, gateways and the client say where there is none of it.
_NO_MODEL = (
    "model_not_found",
    "not_found_error",
    "404",
    "403",
    "may not exist",
    "not have access",
    "not available",
    "does not exist",
    "permission_error",
)
# It stands at the head, or after a few words of the client's: "Failed to authenticate. API Error".
_API_ERROR, _BEFORE = "API Error", 80
# How the client puts that our module refused a request (past a cap the agent ends there), after a
# few words more where a tool fails with it; an older client has our own words for an answer.
_STOPPED, _STOPPED_BEFORE = "hook stopped this request: [cheaproute]", 200
_OURS = "[cheaproute]"
# How the client puts a 404, whose rest is in the words above.
_NO_SUCH = "There's an issue with the selected model"
# How the client puts that an agent said nothing at all.
_NOTHING = "No assistant messages found"
_REFUSAL_LENGTH = 600


def status(response: dict[str, object]) -> str:
    """As `of`, for the result of an agent's tool use; 'running' until it says `completed`."""
    if response.get("status") != "completed":
        return "running"
    return of(text(response))


def text(response: dict[str, object]) -> str:
    """The result's text."""
    content = response.get("content")
    texts = (
        [block.get("text") for block in content if isinstance(block, dict)]
        if isinstance(content, list)
        else []
    )
    return "\n".join(text for text in texts if isinstance(text, str))


def no_model(said: str) -> bool:
    """Whether an error says that this account or gateway does not have the model."""
    low = said[:4000].lower()
    return "model" in low and any(word in low for word in _NO_MODEL)


def is_denied(said: str) -> bool:
    """Whether the API denied a request (403, 404), whatever it says of the model."""
    return _is_api_error(said) and any(f"{code}" in said[:_BEFORE] for code in (403, 404))


def _is_api_error(said: str) -> bool:
    if said.startswith(_API_ERROR):
        return True
    return len(said) <= _REFUSAL_LENGTH and f". {_API_ERROR}: " in said[:_BEFORE]


def is_cut(said: str) -> bool:
    """Whether an agent's end, or its tool's error, is a refusal of ours: no word on its model."""
    return said.lstrip().startswith(_OURS) or _STOPPED in said[:_STOPPED_BEFORE]


def of_error(said: str) -> str:
    """As `of`, for an agent's tool use that failed and said this: 'empty', 'error' or `CUT`."""
    if is_cut(said):
        return CUT
    return "empty" if _NOTHING in said[:_BEFORE] else "error"


def of(text: str) -> str:
    """'ok', 'empty', 'refused', 'error' or `CUT`."""
    said = text.strip()
    if not said:
        return "empty"
    if is_cut(said):
        return CUT
    if _is_api_error(said) or (len(said) <= _REFUSAL_LENGTH and said.startswith(_NO_SUCH)):
        return "error"
    if len(said) <= _REFUSAL_LENGTH and said.lower().startswith(_REFUSALS):
        return "refused"
    return "ok"
