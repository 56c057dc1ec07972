"""Hooks that ask a model: those of type `prompt` once, of type `agent` by steps.

They stand in the settings, or in the own text of an agent or a skill that is at work. Such a text
is read line by line, as it is written by hand; what is put otherwise is not found.
"""

from __future__ import annotations

import os

from cheaproute.client import settings
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
_MOST_BYTES = 65_536
# A skill is at work from its use on; so much of the transcript is looked through for that.
_TAIL_BYTES = 1 << 20
_USED = (b'"skill":"', b'"skill": "', b"<command-name>/", b"<command-name>")
_NAME = 128


def asked(event: Event, context: Context, tools: Sequence[str]) -> Iterator[str]:
    """The model that each of them names ("": none), once for each use of a tool; alike are one."""
    layers = [layer.content or {} for layer in settings.layers(context.env, event.cwd)]
    own: list[Hook] = context.attempt("own hooks", lambda: _own(event, context), [])
    for name in EVENTS.get(event.name, ()):
        for tool in tools if name in _OF_TOOLS else ("",):
            seen = {one for content in layers for one in _of(content, name, tool)}
            seen.update((hook.prompt, hook.model) for hook in own if hook.event == name)
            yield from (model for _, model in seen)


def _own(event: Event, context: Context) -> list[Hook]:
    """Those in the text of the agent that the event is of, and of the skills at work."""
    kind = event.word("agent_type") if event.agent else ""
    return list(at_work(kind, event.transcript, event.cwd, context.env))


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


class Hook:
    """One of type `prompt`: its event, its `prompt`, and the model that it names ("": none)."""

    __slots__ = ("event", "model", "prompt")

    def __init__(self, event: str) -> None:
        self.event = event
        self.prompt = ""
        self.model = ""


def at_work(agent_type: str, transcript: str, cwd: str, env: Mapping[str, str]) -> Iterator[Hook]:
    """Those of the agent that an event is of ("": none), and of the session's skills."""
    place = env.get("CLAUDE_PROJECT_DIR") or cwd
    roots = {os.path.join(place, ".claude"), os.path.join(cwd, ".claude"), paths.claude_dir(env)}
    for root in sorted(roots):
        if agent_type:
            yield from _of_agent(os.path.join(root, "agents"), agent_type)
        if os.path.isdir(os.path.join(root, "skills")):
            for name in _used(transcript):
                yield from _written(os.path.join(root, "skills", name, "SKILL.md"))


def _of_agent(place: str, name: str) -> Iterator[Hook]:
    from cheaproute.client import agents as agent_files

    for path in agent_files.files(place):
        head = agent_files.frontmatter(path) if path else None
        if head is not None and head.fields.get("name", "") == name:
            yield from _written(path)


def _used(transcript: str) -> set[str]:
    """The skills that the transcript's end tells of."""
    from cheaproute.client.transcript import peek

    text = peek.tail(transcript, _TAIL_BYTES)
    found = set()
    for mark in _USED:
        for part in text.split(mark)[1:]:
            name = part[:_NAME].replace(b"<", b'"').partition(b'"')[0].decode("utf-8", "replace")
            if name and os.path.basename(name) == name and "\0" not in name:
                found.add(name)
    return found


def _written(path: str) -> Iterator[Hook]:
    """The hooks of type `prompt` in the frontmatter of the file at `path`."""
    from cheaproute.client.transcript import peek

    lines = peek.head(path, _MOST_BYTES).decode("utf-8", "replace").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return
    inside, last, event = False, None, ""
    for line in lines[1:]:
        if line.rstrip() == "---":
            break
        key, _, value = line.strip().removeprefix("- ").strip().partition(":")
        value = value.strip().strip("\"'")
        if not line[:1].isspace():
            inside = key == "hooks"
        elif inside and key[:1].isupper() and not value:
            event = key
        elif inside and key == "type":
            if last is not None:
                yield last
            last = Hook(event) if value == "prompt" else None
        elif last is not None and key in ("prompt", "model"):
            setattr(last, key, value)
    if last is not None:
        yield last
