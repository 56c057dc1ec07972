"""SessionStart: note the model; on a first run, prepare the environment in the background."""

from __future__ import annotations

from cheaproute.cap import state
from cheaproute.config.venv import status
from cheaproute.hook import answer
from cheaproute.ledger import intern, meta
from cheaproute.machines import rounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

BUILDING = (
    f"{answer.TAG} Preparing the Python environment in the background, once; "
    "routing, counting and the cap work already."
)
_DAY_MS = 86_400_000
NO_CAP = (
    f"{answer.TAG} No cap is set: nothing stops the spending. Typed here as your prompt, "
    "`cheaproute cap suggest` proposes one from what you spend, `cheaproute cap set 50` sets one."
)


def handle(event: Event, context: Context) -> Answer | None:
    """One line at most: the environment is built, no cap is set (daily), a tune is due (weekly)."""
    line = BUILDING if status.start_in_background(context.env) == "started" else ""
    db = context.ledger
    context.sync_caps()
    intern.begin_session(db, event.session, event.text("model"), event.cwd, context.now_ms)
    _upkeep(context)
    context.attempt("rounds", lambda: rounds.begin(context), None)
    if not line and event.text("source") == "startup" and context.settings.get("show") != "quiet":
        line = _no_cap(event, context) or _tune(context)
    return answer.tell_user(line) if line else None


def _upkeep(context: Context) -> None:
    """Once a day."""
    db = context.ledger
    if meta.once_every(db, "upkeep", _DAY_MS, context.now_ms):
        from cheaproute.ledger.upkeep import daily

        keep_days = context.section("ledger").get("keep_days")
        daily.run(db, context.prices, keep_days if type(keep_days) is int else 0, context.now_ms)


def _no_cap(event: Event, context: Context) -> str:
    if context.subscription:  # who pays by the month is not told to stop spending
        return ""
    if state.state(context.ledger, event.session, context.now_ms).binding is not None:
        return ""
    due = meta.once_every(context.ledger, "told.no_cap", _DAY_MS, context.now_ms)
    return NO_CAP if due else ""


def _tune(context: Context) -> str:
    """The weekly word on what tuning would save; the week's look happens in the background."""
    from cheaproute.plan import reminder

    section = context.section("tune")
    reminder.look_in_background(context.ledger, context.env, section, context.now_ms)
    line = reminder.line(context.ledger, section, context.now_ms)
    return f"{answer.TAG} {line}" if line else ""
