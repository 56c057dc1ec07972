"""`command.run`: `/costs` and `/cheaproute` as commands of the client, for the person alone."""

from __future__ import annotations

from cheaproute.config import paths
from cheaproute.hook import local_command
from cheaproute.report.terminal import command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(event: Event, context: Context, _session: int) -> Answer:
    """The text that the command prints."""
    words = event.text("args").split()
    if event.text("command") == "costs" or not words or words[0] == "costs":
        wanted = words[1:] if words[:1] == ["costs"] else words
        view = wanted[0].lower() if wanted else ""
        return {
            "text": command.answer(
                view,
                context.ledger,
                context.now_ms,
                plan=context.subscription,
                cwd=event.cwd,
                home=paths.home(context.env),
            )
        }
    event.raw["prompt"] = " ".join(["cheaproute", *words])
    said = local_command.said(event, context)
    return {"text": said or f"`cheaproute {words[0][:40]}` is not answered here: use a terminal."}
