"""What a hook may print: one JSON object that is valid for its event, and never grants anything."""

from __future__ import annotations

import json
from typing import Any

_LIMIT = 10_000  # Claude Code cuts texts there

_COMMON = {"continue": bool, "stopReason": str, "systemMessage": str, "terminalSequence": str}
# Event -> the keys of `hookSpecificOutput` that cheaproute may use there, with their types.
_SPECIFIC: dict[str, dict[str, type]] = {
    "PreToolUse": {
        "permissionDecision": str,
        "permissionDecisionReason": str,
        "updatedInput": dict,
    },
    "PostToolUse": {"additionalContext": str, "updatedToolOutput": dict},
    "PostToolUseFailure": {"additionalContext": str},
    "UserPromptSubmit": {"suppressOriginalPrompt": bool},
}
# Events that a `decision` may block.
_BLOCKS = {"UserPromptSubmit", "UserPromptExpansion", "PreCompact"}
_ALIASES = {"haiku", "sonnet", "opus"}


def faults(event: str, raw: bytes) -> list[str]:
    """What is wrong with the answer `raw` to `event`; none for silence."""
    if not raw:
        return []
    try:
        answer = json.loads(raw, parse_constant=_no_constant)
    except ValueError as error:
        return [f"no JSON: {error}"]
    if not isinstance(answer, dict) or not answer:
        return ["not an object with something in it"]
    found = [
        f"{key}: {value!r}"
        for key, value in answer.items()
        if key in _COMMON and type(value) is not _COMMON[key]
    ]
    extra = set(answer) - set(_COMMON) - {"decision", "reason", "hookSpecificOutput"}
    found += [f"unknown key {key}" for key in extra]
    if "decision" in answer and (answer["decision"] != "block" or event not in _BLOCKS):
        found.append(f"decision {answer['decision']!r} on {event}")
    if ("decision" in answer) != isinstance(answer.get("reason"), str):
        found.append("a block needs its reason, and only a block")
    if answer.get("continue", True) is not (not answer.get("stopReason")):
        found.append("continue is false exactly where a reason is")
    found += _long(answer)
    if "hookSpecificOutput" in answer:
        found += _specific(event, answer["hookSpecificOutput"])
    return found


def _specific(event: str, output: Any) -> list[str]:
    allowed = _SPECIFIC.get(event)
    if allowed is None or not isinstance(output, dict) or output.get("hookEventName") != event:
        return [f"hookSpecificOutput is not for {event}: {output!r:.200}"]
    found = [
        f"hookSpecificOutput.{key}: {value!r:.200}"
        for key, value in output.items()
        if key != "hookEventName" and type(value) is not allowed.get(key)
    ]
    if output.get("permissionDecision", "deny") != "deny":
        found.append(f"permissionDecision {output['permissionDecision']!r}")
    if "updatedInput" in output and output["updatedInput"].get("model") not in _ALIASES:
        found.append("updatedInput without a model's alias")
    return found


def _long(answer: dict[str, Any]) -> list[str]:
    """Texts that Claude Code would cut."""
    texts = {**answer, **(answer.get("hookSpecificOutput") or {})}
    return [
        f"{key} has {len(value)} characters"
        for key, value in texts.items()
        if isinstance(value, str) and len(value) > _LIMIT
    ]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
