"""PostToolUse on Read: a digest in place of a bulk file's text, or silence (hot path).

The gates stand in order of price; a process is started only when all of them are passed. The client
has checked its permissions and read the file by then.
"""

from __future__ import annotations

import os

from cheaproute.delegate import bulk
from cheaproute.hook import answer, reading
from cheaproute.hook.event import text_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """The digest; None leaves the read as it is, as every failure does."""
    section = context.section("digest")
    response = event.tool_response
    file = response.get("file")
    if not section.get("enabled") or response.get("type") != "text" or not isinstance(file, dict):
        return None
    path, shown = text_in(file, "filePath"), text_in(file, "content")
    if not _whole(event.tool_input) or not bulk.wanted(path, _kinds(section)):
        return None
    least = section.get("min_bytes")
    if len(shown) < (least if isinstance(least, int) else 0):
        return None
    read = reading.Reading(event, context, os.path.abspath(path), shown)
    if read.again() or not read.passes(partial=bool(file.get("truncatedByTokenCap"))):
        return None
    text = read.digest()
    return answer.replace_read(response, file, text) if text else None


def _whole(tool_input: dict[str, object]) -> bool:
    """Whether the call asked for the file and not for some lines of it."""
    return not any(tool_input.get(name) for name in ("offset", "limit", "pages"))


def _kinds(section: dict[str, object]) -> list[object]:
    kinds = section.get("kinds")
    return kinds if isinstance(kinds, list) else []
