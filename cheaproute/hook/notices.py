"""What the user is told beside the answer: once a session, whatever can still be written down."""

from __future__ import annotations

import os
import time

from cheaproute import money
from cheaproute.config import paths
from cheaproute.days import DAY_MS
from cheaproute.hook.answer import TAG, closed
from cheaproute.hook.event import Event
from cheaproute.ledger import intern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.hook.context import Context

_KEPT_MS = 90 * DAY_MS
_RECENT_MS = 7 * DAY_MS
# A transcript that is there after so long was only late.
_PATIENCE_S, _STEP_S = 1.0, 0.02
UNTOLD = (
    f"{TAG} This session writes no transcript (--no-session-persistence, or "
    "CLAUDE_CODE_SKIP_PROMPT_HISTORY is set): its calls are not counted and the month is a lower "
    "bound. "
)
STILL = (
    f"{TAG} This session's transcript does not grow while it calls, so that its calls cannot be "
    "counted. "
)
MUTE = (
    f"{TAG} The answers of this session tell no usage (a gateway's?): its calls cannot be counted, "
    "and the month is a lower bound. "
)
# Where neither the ledger nor the data directory can be written, it is said at these events alone.
_SPOKEN = ("SessionStart", "UserPromptSubmit")
_ONCE = ("SessionStart",)


def trouble(event: Event, context: Context) -> None:
    """Say what kept cheaproute from counting, and that the caps hold by what was known before."""
    kind, why = cause(context)
    holds = (
        "Caps go by this session's own calls alone"
        if context.stands_in
        else "Caps go by what was counted before"
    )
    text = f"{TAG} New calls could not be counted ({why}). {holds}; `cheaproute doctor` says more."
    once(event, context, f"trouble.{kind}", text)
    told = context.settings.get("on_error") == "closed"  # by the refusal
    if event.name == "UserPromptSubmit" and context.is_one_run and not told:
        from cheaproute import log

        log.tell(context.client_pid, text)


def unchecked(context: Context) -> str:
    """The refusal of a gate that fails closed, with the trouble."""
    return closed(cause(context)[1])


def cause(context: Context, error: Exception | None = None) -> tuple[str, str]:
    """The kind of what went wrong, of `error` where nothing did before, and what is said of it."""
    from cheaproute import kinds

    error = context.trouble or error or ValueError()
    path, name = paths.ledger_file(context.env), type(error).__name__
    kind = kinds.of(error, path)
    why = kinds.said(error, path) if kind or hasattr(error, "exit_code") else name
    return kind or name, why


def settings(event: Event, context: Context, error: Exception) -> None:
    """Say that config.toml is wrong, and what holds meanwhile."""
    text = f"{TAG} {error}. What held before holds; `cheaproute config` says when it is right."
    once(event, context, "settings", text)


def past_the_plan(event: Event, context: Context) -> None:
    """Say why a cap stops the user of a plan, or one of whom it cannot be told."""
    if context.plan_pays or context.section("cap").get("at_cap") != "auto":
        return
    why = context.plan_doubt if context.subscription else ""
    if not why:
        from cheaproute.client import login

        why = login.recognise(context.env, context.settings, event.cwd)[1]
        if not why.endswith(login.UNREADABLE):
            return
    text = (
        f"{TAG} {why}: what comes may be billed by the token, so the cap stops it. "
        f'`at_cap = "warn"` under [cap] in {paths.config_file(context.env)} lets sessions go on.'
    )
    once(event, context, "past_the_plan", text)


def here(event: Event, context: Context) -> None:
    """Note that hooks run in this session: one without this mark ran without us."""
    row = (event.session, intern.HERE, context.now_ms)

    def note() -> None:
        context.ledger.execute("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", row)
        if event.text("source") != "compact":  # nothing starts
            intern.take_up(context.ledger, event.session, context.now_ms)

    context.attempt("here", note, None)


def ran_without_us(context: Context, uuid: str) -> bool:
    """Whether nothing of ours was in the session, though we were here before its last call."""
    db = context.ledger
    marked = "SELECT 1 FROM told WHERE session = ? AND what = ?"
    if db.execute(marked, (uuid, intern.HERE)).fetchone() is not None:
        return False
    [since] = db.execute("SELECT min(ts_ms) FROM told WHERE what = ?", (intern.HERE,)).fetchone()
    [last] = db.execute("SELECT last_ms FROM session WHERE uuid = ?", (uuid,)).fetchone()
    return since is not None and last > since


def without_us(context: Context) -> None:
    """Tell of the sessions of the last days in which nothing could be stopped, each once.

    A line for all that are new and of one cause.
    """
    from cheaproute.cap.fallback import uncounted
    from cheaproute.client.plugins import switches

    found = uncounted.since(context.ledger, context.now_ms - _RECENT_MS)
    late = [one for one in found if one.cause != uncounted.NO_TRANSCRIPT]
    new = [one for one in late if _first(Event({}), context, f"without.{one.uuid}")]
    for group in uncounted.grouped(new):
        context.notices.append(
            f"{TAG} {group.many()} in {group.place()} ran without cheaproute ({group.cause}): "
            f"{money.show(group.nano)}, counted now; no cap held that. The way back: "
            f"{switches.way_back(group.cause)}."
        )


def untold(event: Event, context: Context, verdict: Verdict, *, made: bool) -> Verdict:
    """The verdict on a session whose transcript is not there; `verdict` where that is no matter.

    A block where a cap is set that blocks; else the user is told, once. `made`: a call was just
    made. Without one there may be no file yet.
    """
    from cheaproute.cap.fallback import uncounted

    db = context.ledger
    if not uncounted.known(db, event.session):
        if not made or _comes(event.transcript, context.until(_PATIENCE_S)):
            return verdict
        uncounted.note(db, event.session, event.cwd, uncounted.NO_TRANSCRIPT, context.now_ms)
    answer = stopped(context, verdict, UNTOLD)
    if answer is verdict:
        once(event, context, "untold", f"{UNTOLD}No cap holds here.")
    return answer


def stopped(context: Context, verdict: Verdict, why: str) -> Verdict:
    """The block of a session that cannot be counted; `verdict` where no cap would stop it."""
    from cheaproute.cap.answers.gate import Verdict as Answer

    binding = verdict.state.binding
    if binding is None or context.at_cap != "block":
        return verdict
    return Answer(verdict.state, "block", binding, why + way_on(context))


def way_on(context: Context) -> str:
    """What lets such a session go on."""
    config = paths.config_file(context.env)
    return (
        f'at_cap is block: it stops here. `at_cap = "warn"` under [cap] in {config} lets it go on.'
    )


def _comes(path: str, end: float) -> bool:
    """Whether the transcript appears until `end`."""
    while path and time.monotonic() < end:
        if os.path.exists(path):
            return True
        time.sleep(_STEP_S)
    return False


def once(event: Event, context: Context, what: str, text: str) -> bool:
    """Tell the user `text` unless this session was told `what` before; whether it is told now."""
    if not _first(event, context, what):
        return False
    context.notices.append(text)
    return True


def _first(event: Event, context: Context, what: str) -> bool:
    if context.stands_in:
        return _first_beside(event, context, what)
    try:
        db = context.ledger
        if db.execute(
            "SELECT 1 FROM told WHERE ts_ms < ?", (context.now_ms - _KEPT_MS,)
        ).fetchone():
            db.execute("DELETE FROM told WHERE ts_ms < ?", (context.now_ms - _KEPT_MS,))
        said = db.execute(
            "SELECT 1 FROM told WHERE session = ? AND what = ?", (event.session, what)
        ).fetchone()
        if said:
            return False
        row = (event.session, what, context.now_ms)
        db.execute("INSERT OR IGNORE INTO told VALUES(?, ?, ?)", row)
    except Exception:  # noqa: BLE001  # that may be the very trouble
        return _first_beside(event, context, what)
    return True


def _first_beside(event: Event, context: Context, what: str) -> bool:
    """The same by a file beside the ledger, where that can be written to."""
    spoken = _ONCE if context.stands_in else _SPOKEN
    path = os.path.join(paths.data_dir(context.env), "told")
    line = f"{event.session} {what}\n".encode("utf-8", "replace")
    try:
        if os.stat(os.path.dirname(path)).st_uid != os.geteuid():
            return event.name in spoken  # another user's directory: nothing of ours goes there
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        handle = os.open(path, flags, 0o600)
        try:
            if line in os.read(handle, 1 << 16):
                return False
            if os.write(handle, line) == len(line):
                return True
        finally:
            os.close(handle)
    except OSError:
        pass
    return event.name in spoken
