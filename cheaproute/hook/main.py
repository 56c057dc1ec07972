"""From stdin to stdout: one event, at most one answer, and always exit 0 (hot path)."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # in every CPython; typeshed has none
import _thread
import os
import time

from cheaproute import fastjson
from cheaproute.client import trust
from cheaproute.hook import answer
from cheaproute.hook import event as events
from cheaproute.hook.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cheaproute.hook.answer import Answer
    from cheaproute.hook.event import Event

    _Handler = Callable[[Event, Context], Answer | None]

# Where the handler of each event is. These names are an interface: running sessions keep the
# hooks.json they started with, and users' settings name the status line.
HANDLERS = {
    name: f"cheaproute.hook.events.{name}"
    for name in (
        "session_start", "user_prompt_submit", "pre_tool_use", "post_tool_use",
        "post_tool_use_read", "post_tool_batch", "pre_compact", "subagent_stop", "stop",
        "stop_failure", "session_end",
    )
} | {
    "post_tool_use_failure": "cheaproute.hook.events.post_tool_use",
    "user_prompt_expansion": "cheaproute.hook.events.pre_compact",
    "mod": "cheaproute.hook.mod.ask",
}  # fmt: skip
_STANDBY = "cheaproute.hook.standby.process"
# Seconds after which a hook gives up in silence; the client's own timeout is longer.
BUDGET_S = 8
# The client waits 1.5 s for the one.
OWN_BUDGET_S = {"post_tool_use_read": 25, "session_end": 1.2}
# Seconds for all its waits, of those who have less than others; the module's questions have 2.
OWN_PATIENCE_S = {"session_end": 0.7, "mod": 1.2}
_PATIENT = 0.6  # of what a question has
_LAST_WORD_S = 0.5


def run(
    name: str,
    afterwards: Callable[[], None],
    *,
    question: bytes = b"",
    patience_s: float = 0.0,
    doubt: Callable[[Exception, bytes | None], None] = lambda _error, _raw: None,
) -> None:
    """Answer the event on stdin with the handler `name`, and end the process with 0.

    `afterwards` is done when the answer is out; `doubt` is told what fails before, with the event,
    and does not come back where damaged files are why and other code answers. A process that stood
    by is told the `question`, and how long all its waits may take.

    The process ends as it stands, without the interpreter's teardown, which costs as much as the
    work, and without closing the ledger: the last to close it would carry the write-ahead log over,
    with three waits for the disk. It is carried over when it has grown, and when a session ends.
    """
    if name == "statusline":
        from cheaproute.hook import statusline

        statusline.run()
    elif name == "mod_standby":
        __import__(_STANDBY, fromlist=["run"]).run(_said_to)
    raw: bytes | None = None
    doubted = False
    try:
        _wait_on(0, 1)
        context = Context(os.environ, patience_s=patience_s or OWN_PATIENCE_S.get(name, 0.0))
        turn = _thread.allocate_lock()  # who has it answers
        _watch(name, context, turn)
        context.doubt = doubt
        context.raw = raw = question or _stdin()
        output = _answered(name, raw, context)
        turn.acquire()
        doubted = True
        _write(output)
        if name == "session_end":
            context.close()
        context.leave()
        afterwards()
    except BaseException as error:  # noqa: BLE001  # not even a second fault may reach the session
        if not doubted and isinstance(error, Exception):
            doubt(error, raw)
    os._exit(0)


def _said_to(question: bytes, seconds: float) -> None:
    """Answer a question of the module in a process that stood by; what it loaded is not kept."""
    patience_s = min(OWN_PATIENCE_S["mod"], seconds * _PATIENT)
    run("mod", lambda: None, question=question, patience_s=patience_s)


def respond(name: str, raw: bytes, env: Mapping[str, str]) -> bytes:
    """The answer as JSON, b"" for silence; every error ends in the log."""
    context = Context(env, patience_s=OWN_PATIENCE_S.get(name, 0.0))
    try:
        return _answered(name, raw, context)
    finally:
        context.close()


def _answered(name: str, raw: bytes, context: Context) -> bytes:
    event = events.parse(raw)
    try:
        context.env = trust.environment(context.env, event.cwd)
        if context.env.get("CHEAPROUTE_DISABLE") == "1":  # the launcher was in doubt
            return _rendered({"enabled": False} if name == "mod" else None)
        if event.torn:
            _log(context, name, ValueError("an event too long, torn or no JSON"))
        handler: _Handler = __import__(HANDLERS[name], fromlist=["handle"]).handle
        told = handler(event, context)
        if context.lost and not context.stands_in:
            context.attempt("catch_up", lambda: _read_again(context), None)
        output = _rendered(answer.with_notices(told, context.notices))
    except Exception as error:  # noqa: BLE001  # the one catch-all: a session is never broken
        context.doubt(error, context.raw)
        output = _rendered(answer.with_notices(_failed(name, error, context), context.notices))
    _leave_debug_line(name, len(raw), output, event, context)
    return output


def _read_again(context: Context) -> None:
    """The ledger was lost in a session: have read in the background what the transcripts tell."""
    from cheaproute.hook import history

    history.read(context)


def _leave_debug_line(name: str, size: int, output: bytes, event: Event, context: Context) -> None:
    """Leave the debug log's line, where the user wants one."""
    try:
        if context.settings.get("debug"):
            from cheaproute.hook import debug_log

            debug_log.leave(name, size, output, event, context)
    except Exception as error:  # noqa: BLE001  # the answer stands
        _failed(name, error, context)


def _rendered(answer: Answer | None) -> bytes:
    return fastjson.dumps(answer).encode() if answer else b""


def _failed(name: str, error: Exception, context: Context) -> Answer | None:
    """Log `error`; a deny only past a cap, or where the user wants a gate to fail closed."""
    try:
        _log(context, name, error)
        if context.known is not None and context.known.blocks:
            return answer.refusal(name, context.known.message)
        if context.settings.get("on_error") != "closed":
            return None
        return answer.unchecked(name, _cause(error, context))
    except Exception:  # noqa: BLE001  # no settings, no answer
        return None


def _cause(error: Exception, context: Context) -> str:
    try:
        from cheaproute.hook import notices

        return notices.cause(context, error)[1]
    except Exception:  # noqa: BLE001  # it is refused all the same
        return ""


def _log(context: Context, name: str, error: Exception) -> None:
    from cheaproute import log

    log.write(context.env, name, error)


def _wait_on(*streams: int) -> None:
    """Who started us may have left them so that what is not there yet, or not read yet, fails."""
    for stream in streams:
        try:
            os.set_blocking(stream, True)
        except OSError:  # closed
            continue


def _stdin() -> bytes:
    """What the client sent, up to a byte more than an event may have; the rest is read away."""
    parts, size, limit = [], 0, events.LIMIT_BYTES
    while part := os.read(0, 1 << 20):
        if size <= limit:
            parts.append(part)
        size += len(part)
    return b"".join(parts)


def _write(output: bytes) -> None:
    """Print `output`, all of it; OSError if nobody listens any more."""
    while output:
        output = output[os.write(1, output) :]


def _watch(name: str, context: Context, turn: _thread.LockType) -> None:
    """Give up in time when stdin never closes or something hangs, whatever it is.

    A thread, for it can still answer; and behind it an alarm, which ends the process even while
    something holds the interpreter's lock (`signal` itself would cost more than all of this).
    """
    seconds = OWN_BUDGET_S.get(name, BUDGET_S)
    if hasattr(_signal, "setitimer"):
        _signal.signal(_signal.SIGALRM, _signal.SIG_DFL)
        _signal.setitimer(_signal.ITIMER_REAL, seconds + 3 * _LAST_WORD_S)

    def wait() -> None:
        time.sleep(seconds)
        if context.more_s and hasattr(_signal, "setitimer"):
            _signal.setitimer(_signal.ITIMER_REAL, context.more_s + 3 * _LAST_WORD_S)
        time.sleep(context.more_s)
        if turn.acquire(blocking=False):
            _thread.start_new_thread(last, ())
            error = TimeoutError(f"gave up after {seconds} s")
            try:
                told = answer.late(name, context.late) or _in_a_hurry(name, context)
                _write(_rendered(told or _failed(name, error, context)))
            finally:
                os._exit(0)

    def last() -> None:
        time.sleep(2 * _LAST_WORD_S)  # on a busy machine the log's line takes a while, too
        os._exit(0)

    try:
        _thread.start_new_thread(wait, ())
    except RuntimeError:  # no more threads: the alarm serves
        return


def _in_a_hurry(name: str, context: Context) -> Answer | None:
    """The refusal of a gate by what was known at its start; by month and day if not even that."""
    verdict = context.known
    if verdict is None:
        from cheaproute.hook import gate

        # A ledger of its own: the other thread's may be what hangs.
        verdict = gate.judged("", Context(context.env, context.now_ms, _LAST_WORD_S / 2))
    return answer.refusal(name, verdict.message) if verdict.blocks else None
