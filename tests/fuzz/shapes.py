"""Events as Claude Code 2.1.330 sends them, and everything that can be wrong with one."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import strategies as st

AGENT = {
    "description": "find usages of parse",
    "prompt": "List every file under src/ that calls parse().",
    "subagent_type": "Explore",
    "run_in_background": False,
}
USAGE = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 0, "iterations": []}
RAN = {
    "status": "completed",
    "prompt": AGENT["prompt"],
    "agentId": "a7ef495b9a70e461d",
    "agentType": "Explore",
    "content": [{"type": "text", "text": "I can't do that."}],
    "resolvedModel": "claude-haiku-5-5",
    "totalDurationMs": 358,
    "totalTokens": 15,
    "totalToolUseCount": 0,
    "usage": USAGE,
}
READ = {
    "type": "text",
    "file": {
        "filePath": "{project}/app.log",
        "content": "2026-11-22 ERROR boom\n" * 4000,
        "numLines": 4000,
        "startLine": 1,
        "totalLines": 4000,
        "truncatedByTokenCap": True,
    },
}
ENDED = {"stop_hook_active": False, "background_tasks": [], "session_crons": []}
# hook -> (event, what it has of its own)
EVENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "session_start": ("SessionStart", {"source": "startup", "model": "claude-opus-5-5"}),
    "user_prompt_submit": ("UserPromptSubmit", {"prompt": "/costs"}),
    "pre_tool_use": (
        "PreToolUse",
        {"tool_name": "Agent", "tool_input": AGENT, "tool_use_id": "toolu_1"},
    ),
    "post_tool_use": (
        "PostToolUse",
        {
            "tool_name": "Agent",
            "tool_input": AGENT,
            "tool_response": RAN,
            "tool_use_id": "toolu_1",
            "duration_ms": 360,
        },
    ),
    "post_tool_use_read": (
        "PostToolUse",
        {
            "tool_name": "Read",
            "tool_input": {"file_path": "{project}/app.log"},
            "tool_response": READ,
            "tool_use_id": "toolu_2",
        },
    ),
    "post_tool_use_failure": (
        "PostToolUseFailure",
        {
            "tool_name": "Agent",
            "tool_input": AGENT,
            "tool_use_id": "toolu_1",
            "error": "Agent terminated early due to an API error: API Error: 400",
            "is_interrupt": False,
        },
    ),
    "post_tool_batch": (
        "PostToolBatch",
        {
            "tool_calls": [
                {
                    "tool_name": "Agent",
                    "tool_input": AGENT,
                    "tool_use_id": "toolu_1",
                    "tool_response": [{"type": "text", "text": "sub result"}],
                }
            ]
        },
    ),
    "pre_compact": ("PreCompact", {"trigger": "auto", "custom_instructions": ""}),
    "user_prompt_expansion": (
        "UserPromptExpansion",
        {"expansion_type": "slash_command", "command_name": "insights", "command_args": ""},
    ),
    "subagent_stop": (
        "SubagentStop",
        {
            **ENDED,
            "agent_id": "a7ef495b9a70e461d",
            "agent_type": "Explore",
            "agent_transcript_path": "{home}/.claude/projects/-src/s/subagents/agent-a7.jsonl",
            "last_assistant_message": "sub result",
        },
    ),
    "stop": ("Stop", {**ENDED, "last_assistant_message": "all done"}),
    "stop_failure": (
        "StopFailure",
        {
            "agent_id": "a7ef495b9a70e461d",
            "error": "unknown",
            "last_assistant_message": "API Error",
        },
    ),
    "session_end": ("SessionEnd", {"reason": "other"}),
}
COMMON = {
    "session_id": "cffb1ad2-c65b-4ebb-8581-923e62df2d6f",
    "transcript_path": "{home}/.claude/projects/-src/cffb1ad2-c65b-4ebb-8581-923e62df2d6f.jsonl",
    "cwd": "{project}",
    "prompt_id": "ee5c4c2b-ec27-47d5-b97a-127121456300",
    "permission_mode": "default",
    "effort": {"level": "medium"},
}

# Words on which somebody's code might act.
_LOADED = st.sampled_from(
    [
        "", " ", "\0", "\n", "a\nb", "/", "//", "..", "~", "/dev/zero", "/dev/stdin", "/dev/null",
        "/proc/self/mem", "/proc/self/fd/0", "{project}\n/x", "{home}", "{project}/app.log",
        "/" + "x" * 5000, "x/" * 3000, "\ud800", "\ud83d\ude00", "\u202e", "\x1b]0;x\x07", "%s",
        "{}", "$(id)", "`id`", "'; DROP TABLE call; --", "haiku", "sonnet", "opus", "fable",
        "claude-opus-5-5", "Agent", "Task", "Read", "fork", "general-purpose", "plugin:agent",
        "../../etc/passwd", "running", "completed", "async_launched", "allow", "/costs",
        "/cheaproute:costs", "/cap set 5", "9" * 4400, "NaN", "-0", "true",
    ]
)  # fmt: skip
_TEXT = _LOADED | st.text(st.characters(codec=None), max_size=40)
_NUMBER = (
    st.integers()
    | st.floats()
    | st.sampled_from([0, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 1e308, -1e-320])
)
_SCALAR = st.none() | st.booleans() | _NUMBER | _TEXT
_NAMES = st.sampled_from(
    ["model", "file", "content", "text", "status", "prompt", "type", "name", "usage", ""]
)
VALUES = st.recursive(
    _SCALAR,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES | _TEXT, inner, max_size=4),
    max_leaves=8,
)


@st.composite
def events(draw: st.DrawFn, hook: str) -> bytes:
    """The bytes of an event for `hook`: as it should be but for a few things, or quite broken."""
    name, own = EVENTS[hook]
    event: Any = copy.deepcopy({**COMMON, "hook_event_name": name, **own})
    for _ in range(draw(st.integers(0, 4))):
        event = _spoilt(draw, event)
    raw = json.dumps(event, ensure_ascii=draw(st.booleans()))
    # A depth at which recursion ends, in the place of one value.
    if draw(st.integers(0, 30)) == 0:
        deep = draw(st.sampled_from([100, 990, 5000, 100_000]))
        raw = raw.replace('"medium"', "[" * deep + "]" * deep, 1)
    data = raw.encode("utf-8", "surrogatepass")
    if draw(st.integers(0, 15)) == 0:
        data = _torn(draw, data)
    return data


def _spoilt(draw: st.DrawFn, value: Any) -> Any:
    """`value` with one thing in it replaced, dropped or added."""
    if isinstance(value, dict) and value and draw(st.integers(0, 9)):
        key = draw(st.sampled_from(sorted(value)))
        what = draw(st.integers(0, 11))
        if what == 0:
            del value[key]
        elif what == 1:
            value[draw(_NAMES | _TEXT)] = draw(VALUES)
        else:
            value[key] = _spoilt(draw, value[key])
        return value
    if isinstance(value, list) and value and draw(st.booleans()):
        place = draw(st.integers(0, len(value) - 1))
        value[place] = _spoilt(draw, value[place])
        return value
    return draw(VALUES)


def _torn(draw: st.DrawFn, data: bytes) -> bytes:
    """`data` cut, doubled, overwritten, in another encoding, or something else altogether."""
    place = draw(st.integers(0, len(data)))
    return draw(
        st.sampled_from(
            [
                data[:place],
                data + data,
                data[:place] + b"\xff\x00" + data[place + 2 :],
                b"\xef\xbb\xbf" + data,
                data.decode("utf-8", "replace").encode("utf-16"),
                b"[" * 200_000,
                b"null",
                b"",
            ]
        )
        | st.binary(max_size=60)
    )
