"""PreCompact, UserPromptExpansion: what costs calls that no other hook sees coming.

A compaction is one; so is a command that asks a model for its own text, of which older clients tell
the prompt's hook only afterwards.
"""

from __future__ import annotations

from cheaproute.config import paths
from cheaproute.hook import answer, gate, unheard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def handle(event: Event, context: Context) -> Answer | None:
    """Refuse it past the cap; else silence, as for commands of our own."""
    if event.text("command_name").partition(":")[0] == paths.APP:
        return None
    verdict = gate.check(event, context)
    if verdict.blocks:
        return answer.block(verdict.message)
    if event.name == "PreCompact":
        unheard.take(event, context, "compact")
    return None
