"""SessionStart: note the model; on a first run, prepare the environment in the background."""

from __future__ import annotations

from cheaproute.cap import state
from cheaproute.config import paths
from cheaproute.config.venv import status
from cheaproute.days import DAY_MS
from cheaproute.errors import CheaprouteError, ConfigError
from cheaproute.hook import answer, notices
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
UNCOUNTED = (
    f"{answer.TAG} In this session nothing is counted, and a cap is held to its own calls alone:"
)
READING = (
    f"{answer.TAG} Reading what was spent earlier this month, in the background, once; "
    "until that is done the sums are incomplete, and say so."
)
READING_TOO = (
    "What was spent earlier this month is read, too: until then the sums are incomplete and say so."
)
_PAUSE_MS = 20_000
# What reads in the background has time, whoever writes meanwhile.
_PATIENCE_S = 600.0
_CATCH_UP = "from cheaproute.hook.events import session_start; session_start.catch_up()"
NO_CAP = (
    f"{answer.TAG} No cap is set: nothing stops the spending. Typed here as your prompt, "
    "`cheaproute cap suggest` proposes one from what you spend, and says what sets it."
)


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
    notices.here(event, context)
    reading = context.attempt("catch_up", lambda: begin_reading(context), "")
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


def _wrong_settings(event: Event, context: Context) -> None:
    """Say once a session that config.toml is wrong."""
    from cheaproute.config import snapshot

    try:
        snapshot.load(context.env)
    except ConfigError as error:
        notices.settings(event, context, error)


def begin_first(context: Context) -> None:
    """As `begin_reading`, where nothing was begun: we came into a session that had started."""
    from cheaproute.ledger.query import coverage

    db, now_ms = context.ledger, context.now_ms
    if not (coverage.is_whole(db, now_ms) or coverage.is_read(db, now_ms) or context.stands_in):
        context.attempt("catch_up", lambda: begin_reading(context), "")


def begin_reading(context: Context) -> str:
    """Have a process of its own count what was written without us; not in a burst.

    A line where the running month is still to be read.
    """
    from cheaproute.client.transcript import layout
    from cheaproute.ledger.query import coverage
    from cheaproute.ledger.upkeep import catch_up as upkeep

    missing = upkeep.begin(context.ledger, context.now_ms)
    also = context.section("ledger").get("claude_dirs")
    if not layout.hold_any(layout.projects(context.env, also)):
        upkeep.whole(context.ledger, context.now_ms)
        return ""
    if not meta.once_every(context.ledger, "caught_up", _PAUSE_MS, context.now_ms):
        return ""
    from cheaproute.config.venv import spawn

    started = spawn.start(context.env, _CATCH_UP, paths.data_dir(context.env))
    if not (started and missing):
        return ""
    if coverage.progress(context.ledger, 0, context.now_ms) is None:  # of none that is under way
        meta.put(context.ledger, coverage.PROGRESS, f"0 {context.now_ms}")
    return READING


def catch_up() -> None:
    """The background process: count, and note which sessions ran without us; errors are logged."""
    import os

    from cheaproute.cap.fallback import uncounted
    from cheaproute.client import switches
    from cheaproute.client.transcript import layout
    from cheaproute.hook.context import Context
    from cheaproute.ledger.transactions import Budget
    from cheaproute.ledger.upkeep import catch_up as upkeep

    context = Context(os.environ)
    try:
        if hasattr(os, "nice"):
            os.nice(10)
        db, now_ms = context.ledger, context.now_ms
        Budget.end_s = Budget.stall_s = float("inf")
        Budget.wait_s = _PATIENCE_S
        projects = layout.projects(context.env, context.section("ledger").get("claude_dirs"))
        for uuid, place in upkeep.run(db, projects, now_ms, context.prices):
            if notices.ran_without_us(context, uuid):
                why = uncounted.AFTERWARDS + switches.kept_out(place)
                uncounted.note(db, uuid, place, why, now_ms)
        upkeep.rest(db, projects, now_ms, context.prices)
    except Exception as error:  # noqa: BLE001  # nobody is there to be told
        context.fail("catch_up", error)
    finally:
        context.close()


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
