"""Write hooks/hooks.json from the events and the kinds of bulk reads; `--check` only compares."""

from __future__ import annotations

import json
import os
import sys

from cheaproute.client import tools
from cheaproute.routing import bulk

PATH = os.path.join(os.path.dirname(os.path.dirname(__file__)), "hooks", "hooks.json")
DESCRIPTION = (
    "Routes subagents to cheaper models, digests bulk reads, counts API calls and stops at the "
    "user's cap. Answers nothing when it has nothing to change, and never grants a permission. "
    "Exec form: needs Claude Code 2.1.139."
)
# Loaded by Claude Code 2.1.286 or newer; older clients pass it over.
MODULE = "./mod.js"
AGENT, PAID = "|".join(tools.DISPATCHES), "|".join(tools.PAID_TOOLS)
TIMEOUT_S, DIGEST_TIMEOUT_S = 10, 30
# The client's event, the tools it is for ("": all), the name that hooks/run is given.
EVENTS = (
    ("SessionStart", "", "session_start"),
    ("UserPromptSubmit", "", "user_prompt_submit"),
    ("UserPromptExpansion", "", "user_prompt_expansion"),
    ("PreToolUse", PAID, "pre_tool_use"),
    ("PostToolUse", AGENT, "post_tool_use"),
    ("PostToolUse", "Read", "post_tool_use_read"),
    ("PostToolUseFailure", AGENT, "post_tool_use_failure"),
    ("PostToolBatch", "", "post_tool_batch"),
    ("PreCompact", "", "pre_compact"),
    ("SubagentStop", "", "subagent_stop"),
    ("Stop", "", "stop"),
    ("StopFailure", "", "stop_failure"),
    ("SessionEnd", "", "session_end"),
)


def content() -> dict[str, object]:
    """The whole of hooks.json."""
    hooks: dict[str, list[dict[str, object]]] = {}
    for event, matcher, name in EVENTS:
        group: dict[str, object] = {"matcher": matcher} if matcher else {}
        hooks.setdefault(event, []).append({**group, "hooks": _handlers(matcher, name)})
    return {"description": DESCRIPTION, "modules": [MODULE], "hooks": hooks}


def text() -> str:
    """The file as it is written."""
    return json.dumps(content(), indent=2, ensure_ascii=False) + "\n"


def _handlers(matcher: str, name: str) -> list[dict[str, object]]:
    handler: dict[str, object] = {
        "type": "command",
        "command": "${CLAUDE_PLUGIN_ROOT}/hooks/run",
        "args": [name],
    }
    if matcher != "Read":
        return [{**handler, "timeout": TIMEOUT_S}]
    return [
        {
            **handler,
            "timeout": DIGEST_TIMEOUT_S,
            "if": f"Read(**/{pattern})",
            "statusMessage": "cheaproute: a digest by Haiku",
        }
        for patterns in bulk.KINDS.values()
        for pattern in patterns
    ]


def main(words: list[str]) -> int:
    """0; with `--check` 1 where the file is not what it should be."""
    if words == ["--check"]:
        with open(PATH, encoding="utf-8") as file:
            return int(file.read() != text())
    with open(PATH, "w", encoding="utf-8") as file:
        file.write(text())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
