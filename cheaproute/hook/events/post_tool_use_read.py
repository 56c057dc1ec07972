"""PostToolUse on Read: a digest in place of a bulk file's text, or silence (hot path).

The gates stand in order of price; a process is started only when all of them are passed. The client
has checked its permissions and read the file by then.
"""

from __future__ import annotations

import os

from cheaproute.hook import answer, bulk_read
from cheaproute.hook.event import path_in, text_in
from cheaproute.routing import bulk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

# With one of these the call asks for some lines of the file, not for the file.
_SOME_LINES = ("offset", "limit", "pages")


def handle(event: Event, context: Context) -> Answer | None:
    """The digest; None leaves the read as it is, as every failure does, which may be told."""
    section = context.section("digest")
    tool_input = event.tool_input
    if not section.get("enabled") or any(tool_input.get(name) for name in _SOME_LINES):
        return None
    response = event.tool_response
    file = response.get("file")
    if response.get("type") != "text" or not isinstance(file, dict):
        return None
    path, shown = path_in(file, "filePath"), text_in(file, "content")
    least = section.get("min_bytes")
    if not bulk.wanted(path, _kinds(section)) or (isinstance(least, int) and len(shown) < least):
        return None
    read = bulk_read.Reading(event, context, os.path.abspath(path), shown)
    if read.again() or not read.passes(partial=bool(file.get("truncatedByTokenCap"))):
        return None
    text = read.digest()
    return answer.replace_read(response, file, text) if text else _in_vain(event, context)


def _in_vain(event: Event, context: Context) -> Answer | None:
    """What failed, said at once: at the turn's end it may come to stand under a later prompt.

    What a subagent's hook says nobody sees.
    """
    if event.agent:
        return None
    from cheaproute.hook.turn_end import failed

    line = context.attempt("failures", lambda: failed.line(event, context), "")
    return answer.tell_user(line) if line else None


def _kinds(section: dict[str, object]) -> list[object]:
    kinds = section.get("kinds")
    return kinds if isinstance(kinds, list) else []
