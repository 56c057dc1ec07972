"""What the transcripts tell of the time without us, read by a process of its own."""

from __future__ import annotations

from cheaproute.config import paths
from cheaproute.hook import answer
from cheaproute.ledger import meta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.hook.context import Context

READING = (
    f"{answer.TAG} Reading what was spent earlier this month, in the background, once; "
    "until that is done the sums are incomplete, and say so."
)
_PAUSE_MS = 20_000
# What reads in the background has time, whoever writes meanwhile.
_PATIENCE_S = 600.0
# Between two transcripts others have the processor and the ledger.
_REST_S = 0.005
_CATCH_UP = "from cheaproute.hook import history; history.catch_up()"


def begin_late(context: Context) -> None:
    """As `begin`, where nothing was begun: we came into a session that had started."""
    from cheaproute.ledger.query import coverage

    db, now_ms = context.ledger, context.now_ms
    if not (coverage.is_whole(db, now_ms) or coverage.is_read(db, now_ms) or context.stands_in):
        context.attempt("catch_up", lambda: begin(context), "")


def begin(context: Context) -> str:
    """Have a process of its own count what was written without us; not in a burst.

    A line where the running month is still to be read.
    """
    from cheaproute.client.transcript import layout
    from cheaproute.ledger.query import coverage, surveyed
    from cheaproute.ledger.upkeep import catch_up as upkeep

    missing = upkeep.begin(context.ledger, context.now_ms)
    if not layout.hold_any(context.transcripts()):
        upkeep.whole(context.ledger, context.now_ms)
        surveyed.note(context.ledger, 0)
        return ""
    if not meta.once_every(context.ledger, "caught_up", _PAUSE_MS, context.now_ms):
        return ""
    if not (read(context) and missing):
        return ""
    if coverage.progress(context.ledger, 0, context.now_ms) is None:  # of none that is under way
        meta.put(context.ledger, coverage.PROGRESS, f"0 {context.now_ms}")
    return READING


def read(context: Context) -> bool:
    """Start that process; whether it was."""
    from cheaproute.config.venv import spawn

    return spawn.start(context.env, _CATCH_UP, paths.data_dir(context.env))


def read_now(env: Mapping[str, str], seconds: float) -> bool:
    """Have that process read, and wait for it; whether it was done by then: else it goes on."""
    import subprocess

    from cheaproute.config.venv import spawn

    try:
        spawn.ask(env, spawn.command(_CATCH_UP), seconds, b"")
    except (OSError, subprocess.TimeoutExpired):
        return False
    return True


def catch_up() -> None:
    """The background process: count, and note which sessions ran without us; errors are logged."""
    import os
    import time

    from cheaproute.cap.fallback import uncounted
    from cheaproute.client.plugins import switches
    from cheaproute.days import DAY_MS, month_of, span
    from cheaproute.hook import notices
    from cheaproute.hook.context import Context
    from cheaproute.ledger.query import surveyed
    from cheaproute.ledger.transactions import Budget
    from cheaproute.ledger.upkeep import catch_up as upkeep
    from cheaproute.ledger.upkeep import survey
    from cheaproute.routing.labels import Judge

    context = Context(os.environ)
    try:
        if hasattr(os, "nice"):
            os.nice(10)
        db, now_ms, places = context.ledger, context.now_ms, context.transcripts()
        Budget.end_s = Budget.stall_s = float("inf")
        Budget.wait_s = _PATIENCE_S
        for uuid, place in upkeep.run(db, places, now_ms, context.prices):
            if notices.ran_without_us(context, uuid):
                why = uncounted.AFTERWARDS + switches.kept_out(place)
                uncounted.note(db, uuid, place, why, now_ms)
        judge = Judge(context.section("routing").get("max_unsafe"))
        survey.read(db, span(month_of(now_ms // DAY_MS))[0] * DAY_MS, judge)
        grown = upkeep.rest(db, places, now_ms, context.prices)
        if grown or not surveyed.is_read(db, 0):
            survey.read(db, 0, judge, lambda _done, _all: time.sleep(_REST_S))
    except Exception as error:  # noqa: BLE001  # nobody is there to be told
        context.fail("catch_up", error)
    finally:
        context.close()
