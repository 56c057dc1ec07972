"""Hooks that ask a model: those of type `prompt` once, of type `agent` by steps.

They stand in the settings, or in the own text of an agent or a skill that is at work.
"""

from __future__ import annotations

import os

from cheaproute.client import settings
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OF_TOOLS = ("PreToolUse", "PostToolUse")


def at_work(
    agent_type: str, transcript: str, cwd: str, env: Mapping[str, str]
) -> set[tuple[str, str, str]]:
    """(event, prompt, model) in the texts of an agent ("": none) and the session's skills."""
    place = env.get("CLAUDE_PROJECT_DIR") or cwd
    roots = {os.path.join(place, ".claude"), os.path.join(cwd, ".claude"), paths.claude_dir(env)}
    if not agent_type and not any(os.path.isdir(os.path.join(one, "skills")) for one in roots):
        return set()
    from cheaproute.client.agents import own_hooks

    found = own_hooks.at_work(agent_type, transcript, roots)
    return {(hook.event, hook.prompt, hook.model) for hook in found}


def of_agents(cwd: str, env: Mapping[str, str]) -> set[str]:
    """The models that hooks of type `agent` name, at whatever event; "": the small one."""
    found: set[str] = set()
    for layer in settings.layers(env, cwd):
        table = (layer.content or {}).get("hooks")
        for entries in table.values() if isinstance(table, dict) else ():
            found.update(model for _, model in _in(entries, "agent"))
    return found


def of(content: dict[str, object], event: str, tool: str) -> Iterator[tuple[str, str]]:
    """(prompt, model) of each hook of type `prompt` in a settings file."""
    table = content.get("hooks")
    return _in(table.get(event) if isinstance(table, dict) else None, "prompt", tool)


def _in(entries: object, kind: str, tool: str = "") -> Iterator[tuple[str, str]]:
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or (tool and not _meets(entry.get("matcher"), tool)):
            continue
        hooks = entry.get("hooks")
        for hook in hooks if isinstance(hooks, list) else ():
            if isinstance(hook, dict) and hook.get("type") == kind:
                yield str(hook.get("prompt")), str(hook.get("model") or "")


def _meets(matcher: object, tool: str) -> bool:
    """Whether the hook may be meant for the tool: in doubt, yes."""
    if not isinstance(matcher, str) or matcher in ("", "*"):
        return True
    if matcher.replace("|", "").replace("_", "").isalnum():
        return tool in matcher.split("|")
    return True
