"""SessionStart: note the model; on a first run, prepare the environment in the background."""

from __future__ import annotations

from cheaproute.cap import state
from cheaproute.config.venv import status
from cheaproute.days import DAY_MS
from cheaproute.errors import CheaprouteError, ConfigError
from cheaproute.hook import answer, history, notices
from cheaproute.ledger import intern, meta
from cheaproute.machines import rounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

BUILDING = (
    f"{answer.TAG} Preparing the Python environment in the background, once; "
    "routing, counting and the cap work already, digests once it is ready."
)
UNCOUNTED = (
    f"{answer.TAG} In this session nothing is counted, and a cap is held to its own calls alone:"
)
READING_TOO = (
    "What was spent earlier this month is read, too: until then the sums are incomplete and say so."
)
NO_CAP = (
    f"{answer.TAG} No cap is set: nothing stops the spending. Typed here as your prompt, "
    "`cheaproute cap suggest` proposes one from what you spend, and says what sets it."
)

# So many transcripts of killed clients a session begins with; more are read in the background.
_KILLED = 4


def handle(event: Event, context: Context) -> Answer | None:
    """One line at most: it is built, no cap is set (daily), what the plan would save (weekly)."""
    line = BUILDING if status.start_in_background(context.env) == "started" else ""
    try:
        db = context.ledger
    except CheaprouteError as error:
        context.fail("ledger", error)
        return answer.tell_user(f"{UNCOUNTED} {error}")
    context.attempt("caps", context.sync_caps, None)
    if context.stands_in:
        return answer.tell_user(f"{UNCOUNTED} {context.trouble}")
    context.attempt(
        "session",
        lambda: intern.begin_session(
            db, event.session, event.text("model"), event.cwd, context.now_ms
        ),
        None,
    )
    if event.text("source") == "compact":  # nothing starts
        context.attempt("goes on", lambda: intern.goes_on(db, event.session, context.now_ms), None)
    context.attempt("killed", lambda: _killed(context), None)
    notices.here(event, context)
    reading = context.attempt("catch_up", lambda: history.begin(context), "")
    context.attempt("upkeep", lambda: _upkeep(context), None)
    context.attempt("rounds", lambda: rounds.begin(context), None)
    _wrong_settings(event, context)
    if context.trouble is not None:
        notices.trouble(event, context)
        return answer.tell_user(line) if line else None
    if reading and context.settings.get("show") != "quiet":
        line = f"{line} {READING_TOO}" if line else reading
    if context.attended and event.text("source") in ("startup", "resume"):
        stopped = context.attempt("cap", lambda: _stopped(event, context), "")
        if stopped:
            return answer.tell_user(f"{line}\n{stopped}" if line else stopped)
    if not line and event.text("source") == "startup" and context.settings.get("show") != "quiet":
        line = _no_cap(event, context) or _plan(context) if context.attended else ""
    return answer.tell_user(line) if line else None


def _killed(context: Context) -> None:
    """Count what clients wrote last that were killed: the next is not to spend it again."""
    from cheaproute.cap import reservations

    db, now_ms = context.ledger, context.now_ms
    for session in reservations.orphaned(db, now_ms)[:_KILLED]:
        from cheaproute.client.transcript import layout
        from cheaproute.ledger.ingest.ingest import meter

        row = db.execute("SELECT uuid FROM session WHERE id = ?", (session,)).fetchone()
        path = layout.find(context.transcripts(), row[0]) if row else ""
        if path:
            meter(db, path, now_ms, context.prices)


def _wrong_settings(event: Event, context: Context) -> None:
    """Say once a session that config.toml is wrong."""
    from cheaproute.config import snapshot

    try:
        snapshot.load(context.env)
    except ConfigError as error:
        notices.settings(event, context, error)


def _upkeep(context: Context) -> None:
    """Once a day."""
    db = context.ledger
    if meta.once_every(db, "upkeep", DAY_MS, context.now_ms):
        from cheaproute.ledger.upkeep import daily

        keep_days = context.section("ledger").get("keep_days")
        daily.run(db, context.prices, keep_days if type(keep_days) is int else 0, context.now_ms)


def _stopped(event: Event, context: Context) -> str:
    """That a cap is reached, and what helps: said before a prompt is written in vain."""
    from cheaproute.hook import gate

    verdict = gate.judged(event.session, context)
    return verdict.message if verdict.blocks else ""


def _no_cap(event: Event, context: Context) -> str:
    if context.subscription:  # who pays by the month is not told to stop spending
        return ""
    if state.state(context.ledger, event.session, context.now_ms).binding is not None:
        return ""
    due = meta.once_every(context.ledger, "told.no_cap", DAY_MS, context.now_ms)
    return NO_CAP if due else ""


def _plan(context: Context) -> str:
    """The weekly word on what the plan would save; the week's look happens in the background."""
    from cheaproute.plan import reminder

    section = context.section("plan")
    reminder.look_in_background(context.ledger, context.env, section, context.now_ms)
    line = reminder.line(context.ledger, section, context.now_ms, subscription=context.subscription)
    return f"{answer.TAG} {line}" if line else ""
