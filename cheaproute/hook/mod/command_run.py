"""`command.run`: `/costs` and `/cheaproute` as commands of the client, for the person alone."""

from __future__ import annotations

from cheaproute.config import paths
from cheaproute.hook import local_command
from cheaproute.report.terminal import command, draw

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


MARGIN = 6  # what the client itself puts beside a command's text


def answer(event: Event, context: Context, _session: int) -> Answer:
    """The text that the command prints."""
    words = event.text("args").split()
    told = event.raw.get("columns")
    columns = max(20, told - MARGIN) if type(told) is int else draw.WIDTH
    if event.text("command") != "cheaproute" or not words or words[0] == "costs":
        return {
            "text": command.answer(
                " ".join(words[1:] if words[:1] == ["costs"] else words),
                context.ledger,
                context.now_ms,
                settings=context.settings,
                look=draw.Look(columns),
                plan=context.subscription,
                cwd=event.cwd,
                home=paths.home(context.env),
            )
        }
    event.raw["prompt"] = f"cheaproute {event.text('args')}"
    said = local_command.said(event, context, columns=columns)
    return {"text": said or f"`cheaproute {words[0][:40]}` is not answered here: use a terminal."}
