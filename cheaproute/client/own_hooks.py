"""Hooks that ask a model and stand in an agent's or a skill's own text, where it is at work.

They are read line by line, as they are written by hand; what is put otherwise is not found.
"""

from __future__ import annotations

import os

from cheaproute.client import agents
from cheaproute.client.transcript import peek
from cheaproute.config import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_BYTES = 65_536
# A skill is at work from its use on; so much of the transcript is looked through for that.
_TAIL_BYTES = 1 << 20
_USED = (b'"skill":"', b'"skill": "', b"<command-name>/", b"<command-name>")
_NAME = 128


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
                yield from _in(os.path.join(root, "skills", name, "SKILL.md"))


def _of_agent(place: str, name: str) -> Iterator[Hook]:
    for path in agents.files(place):
        head = agents.frontmatter(path) if path else None
        if head is not None and head.fields.get("name", "") == name:
            yield from _in(path)


def _used(transcript: str) -> set[str]:
    """The skills that the transcript's end tells of."""
    text = peek.tail(transcript, _TAIL_BYTES)
    found = set()
    for mark in _USED:
        for part in text.split(mark)[1:]:
            name = part[:_NAME].replace(b"<", b'"').partition(b'"')[0].decode("utf-8", "replace")
            if name and os.path.basename(name) == name and "\0" not in name:
                found.add(name)
    return found


def _in(path: str) -> Iterator[Hook]:
    """The hooks of type `prompt` in the frontmatter of the file at `path`."""
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
