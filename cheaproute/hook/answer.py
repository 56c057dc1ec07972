"""A hook's output: the only writer of Claude Code's field names (hot path).

There is no function here that answers "allow": cheaproute grants nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    Answer = dict[str, object]

TAG = "[cheaproute]"
# Claude Code cuts texts of an answer at 10,000 characters.
LIMIT = 9_500
_CLOSED = (
    f'{TAG} The cap could not be checked{{}}, and on_error = "closed" in your config says to '
    "stop then. See `cheaproute doctor`; `cheaproute config set on_error open` lets sessions go on."
)


def reroute(tool_input: dict[str, object], alias: str) -> Answer:
    """Run this Agent call on `alias` ("haiku", "sonnet", "opus"); the rest of its input stays."""
    return {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "updatedInput": {**tool_input, "model": alias},
        }
    }


def deny(reason: str) -> Answer:
    """Do not run the tool, and end the turn."""
    return {
        "continue": False,
        "stopReason": _cut(reason),
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": _cut(reason),
        },
    }


def instead(reason: str) -> Answer:
    """Do not run the tool; the model is told why, and the turn goes on."""
    return {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": _cut(reason),
        },
    }


def closed(why: str = "") -> str:
    """The words of a gate that fails closed."""
    return _CLOSED.format(f" ({why})" if why else "")


def stop(reason: str) -> Answer:
    """End the turn here: no further API call."""
    return {"continue": False, "stopReason": _cut(reason)}


def block(reason: str) -> Answer:
    """Do not do what the event announces."""
    return {"decision": "block", "reason": _cut(reason)}


def block_prompt(text: str) -> Answer:
    """Show `text` to the user in place of sending the prompt: no API call is made."""
    return {
        "decision": "block",
        "reason": _cut(text),
        "hookSpecificOutput": {"hookEventName": "UserPromptSubmit", "suppressOriginalPrompt": True},
    }


def late(name: str, text: str) -> Answer | None:
    """What is said of a typed command that does not end, by the hook `name`; None for no `text`."""
    if not text:
        return None
    return {"text": text.removeprefix(TAG).lstrip()} if name == "mod" else block_prompt(text)


def refusal(handler: str, reason: str, cause: str = "") -> Answer | None:
    """How the gate `handler` keeps the client from its next call; None where it is no gate.

    `cause` is what of the reason is said elsewhere, too: why nothing could be checked.
    """
    if handler == "pre_tool_use":
        return deny(reason)
    if handler in ("post_tool_batch", "stop", "subagent_stop"):
        return stop(reason)
    if handler == "user_prompt_submit":
        return block_prompt(reason)
    if handler == "mod":  # the second word is for a module that does not know the first
        return {"unchecked": reason, "deny": reason, "cause": cause}
    if handler in ("pre_compact", "user_prompt_expansion"):
        return block(reason)
    return None


def unchecked(handler: str, cause: str) -> Answer | None:
    """The same where nothing could be checked, and a gate fails closed."""
    return refusal(handler, closed(cause), cause)


def with_notices(told: Answer | None, notices: list[str]) -> Answer | None:
    """The answer with lines for the user beside what it says to them already."""
    if not notices:
        return told
    said = (told or {}).get("systemMessage")
    lines = [said, *notices] if isinstance(said, str) else notices
    return {**(told or {}), "systemMessage": _cut("\n".join(lines))}


def tell_model(event_name: str, text: str) -> Answer:
    """Add one tagged line to what the main model sees."""
    return {
        "hookSpecificOutput": {
            "hookEventName": event_name,
            "additionalContext": _cut(f"{TAG} {text}"),
        }
    }


def tell_user(text: str, sequence: str = "") -> Answer:
    """Show the user one line; the model does not see it. `sequence` rings the terminal."""
    told: Answer = {"systemMessage": _cut(text)} if text else {}
    if sequence:
        told["terminalSequence"] = sequence
    return told


def replace_read(response: Answer, file: Answer, text: str) -> Answer:
    """Show the main model `text` in place of a file's; the rest of Read's result stays."""
    shown = {**file, "content": text, "numLines": text.count("\n") + 1, "startLine": 1}
    return {
        "hookSpecificOutput": {
            "hookEventName": "PostToolUse",
            "updatedToolOutput": {**response, "file": shown},
        }
    }


def _cut(text: str) -> str:
    return text if len(text) <= LIMIT else text[:LIMIT] + " ..."
