"""Hooks of type `prompt` that stand in the own text of an agent or a skill that is at work.

Such a text is read line by line, as it is written by hand; what is put otherwise is not found.
"""

from __future__ import annotations

import os

from cheaproute.client.agents import frontmatter, pinned
from cheaproute.client.transcript import peek

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cheaproute.client.agents.frontmatter import Head

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


def at_work(agent_type: str, transcript: str, roots: Iterable[str]) -> Iterator[Hook]:
    """Those of the agent that an event is of ("": none), and of the session's skills."""
    for root in roots:
        if agent_type:
            yield from _of_agent(os.path.join(root, "agents"), agent_type)
        skills = os.path.join(root, "skills")
        if os.path.isdir(skills):
            for name in _used(transcript):
                path = os.path.join(skills, name, "SKILL.md")
                yield from _written(frontmatter.read(path) if os.path.isfile(path) else None)


def _of_agent(place: str, name: str) -> Iterator[Hook]:
    for path in pinned.files(place):
        head = frontmatter.read(path) if path else None
        if head is not None and head.fields.get("name", "") == name:
            yield from _written(head)


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


def _written(head: Head | None) -> Iterator[Hook]:
    """The hooks of type `prompt` in a frontmatter."""
    inside, last, event = False, None, ""
    for line in head.lines if head is not None else ():
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
