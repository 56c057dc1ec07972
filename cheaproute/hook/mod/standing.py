"""What every answer says: the settings as far as the hand needs them, the standing figure."""

from __future__ import annotations

from cheaproute.config import reader
from cheaproute.hook.pauses import wishes
from cheaproute.report import seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context


def answer(context: Context) -> Answer:
    """The settings, as the hand knows them.

    `asks` names the loops whose requests it asks about before it sends them.
    """
    routing = context.section("routing")
    asks = []
    if routing.get("enabled"):
        asks.append("agents")
        if routing.get("main") == "auto":
            from cheaproute.hook.mod import main_loop

            if main_loop.classifier() is not None:
                asks.append("main")
    return {
        "enabled": True,
        "closed": context.settings.get("on_error") == "closed",
        "asks": " ".join(asks),
        "compact": wishes.Wishes(context.settings).any,
        "warm": reader.whole(context.settings, "plan.keep_warm") > 0,
        "note": seen.shown(context.settings) == seen.LINE,
    }
