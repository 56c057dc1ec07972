"""Hooks of the settings that ask a model: those of type `prompt` once, of type `agent` by steps."""

from __future__ import annotations

from cheaproute.client import settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cheaproute.client import own_hooks
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

# At which events they were asked by the time of a gate: of a batch's tools, and of its own.
EVENTS = {
    "PostToolBatch": ("PreToolUse", "PostToolUse", "PostToolBatch"),
    "UserPromptSubmit": ("UserPromptSubmit",),
    "Stop": ("Stop",),
    "SubagentStop": ("SubagentStop",),
}
_OF_TOOLS = ("PreToolUse", "PostToolUse")


def asked(event: Event, context: Context, tools: Sequence[str]) -> Iterator[str]:
    """The model that each of them names ("": none), once for each use of a tool; alike are one."""
    layers = [layer.content or {} for layer in settings.layers(context.env, event.cwd)]
    own: list[own_hooks.Hook] = context.attempt("own hooks", lambda: _own(event, context), [])
    for name in EVENTS.get(event.name, ()):
        for tool in tools if name in _OF_TOOLS else ("",):
            seen = {one for content in layers for one in _of(content, name, tool)}
            seen.update((hook.prompt, hook.model) for hook in own if hook.event == name)
            yield from (model for _, model in seen)


def _own(event: Event, context: Context) -> list[own_hooks.Hook]:
    """Those in the text of the agent that the event is of, and of the skills at work."""
    from cheaproute.client import own_hooks

    kind = event.word("agent_type") if event.agent else ""
    return list(own_hooks.at_work(kind, event.transcript, event.cwd, context.env))


def agents(cwd: str, context: Context) -> set[str]:
    """The models that hooks of type `agent` name, at whatever event; "": the small one."""
    found: set[str] = set()
    for layer in settings.layers(context.env, cwd):
        table = (layer.content or {}).get("hooks")
        for entries in table.values() if isinstance(table, dict) else ():
            found.update(model for _, model in _in(entries, "agent"))
    return found


def _of(content: dict[str, object], event: str, tool: str) -> Iterator[tuple[str, str]]:
    """(prompt, model) of each hook of type `prompt` in a file."""
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
