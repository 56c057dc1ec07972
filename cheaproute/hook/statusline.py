"""Claude Code's `statusLine`: JSON in, one line out, from what the hooks counted (hot path)."""

from __future__ import annotations

import os
import sys

from cheaproute import escape
from cheaproute.client import trust
from cheaproute.client.plugins import installed
from cheaproute.config import paths
from cheaproute.days import DAY_MS
from cheaproute.hook import event as events
from cheaproute.hook.context import Context
from cheaproute.hook.event import text_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.hook.event import Event

# So much later than the client told its age this may run.
_LATE_MS = 5_000


def run() -> None:
    """Answer the JSON on stdin, and end the process with 0."""
    line = respond(sys.stdin.buffer.read(events.LIMIT_BYTES + 1), os.environ)
    os.write(1, line.encode("utf-8", "replace") + b"\n")
    os._exit(0)


def respond(raw: bytes, env: Mapping[str, str], now_ms: int | None = None) -> str:
    """The line for the session that `raw` is about; only its model, or "", where all else fails.

    Nothing, once the client has uninstalled the plugin: nothing counts then. And the model alone in
    a session without our hooks (disabled, say): figures would stand still while it is billed.
    """
    event = events.parse(raw)
    if event is None:
        return ""
    model = event.table("model")
    name = escape.name(text_in(model, "display_name") or text_in(model, "id"))
    context = Context(trust.environment(env, event.cwd, in_a_shell=True), now_ms)
    if context.env.get("CHEAPROUTE_DISABLE") == "1":
        return name
    if _taken_out(context.env):
        return ""
    if not os.path.exists(paths.ledger_file(context.env)):
        return name  # nothing was counted yet, and looking is no reason to create a ledger
    try:
        return _line(name, event, context)
    except Exception as error:  # noqa: BLE001  # as for every hook: it goes to the log
        from cheaproute import log

        log.write(context.env, "statusline", error)
        return name
    finally:
        context.close()


def _taken_out(env: Mapping[str, str]) -> bool:
    """Whether this is the client's own copy, of a plugin that it no longer has."""
    kept = os.path.join(os.path.realpath(paths.claude_dir(env)), "plugins", "cache", "")
    return os.path.realpath(paths.ROOT).startswith(kept) and installed.is_gone(env)


def _is_counted(event: Event, context: Context) -> bool:
    """Whether hooks of ours came into the session in this very client, not in one before it."""
    from cheaproute.ledger import intern

    age_ms = event.table("cost").get("total_duration_ms")
    since_ms = 0
    if isinstance(age_ms, int | float) and 0 <= age_ms <= context.now_ms:
        since_ms = context.now_ms - int(age_ms) - _LATE_MS
    return intern.is_with_hooks(context.ledger, event.session, since_ms)


def _line(model: str, event: Event, context: Context) -> str:
    from cheaproute.ledger.query import coverage
    from cheaproute.report import statusline
    from cheaproute.report.terminal import size

    db, now_ms = context.ledger, context.now_ms
    if context.stands_in or (event.session and not _is_counted(event, context)):
        return model
    state = statusline.shown(db, event.session, now_ms, context.coming_caps())
    told = event.table("rate_limits")
    windows = []
    if told:
        from cheaproute.ledger.module import rate_limits

        rate_limits.note(db, told, now_ms)
        windows = rate_limits.read(db, now_ms)
    saved = 0
    if context.settings.get("show") != "quiet":
        saved = db.execute(
            "SELECT coalesce(sum(saved_nano), 0) FROM daily WHERE day = ?", (now_ms // DAY_MS,)
        ).fetchone()[0]
    return statusline.render(
        model,
        state,
        plan=context.subscription,
        color=not context.env.get("NO_COLOR"),
        width=size.columns(context.env, size.BESIDE_LINE),
        saved_nano=saved,
        windows=windows,
        read=coverage.progress(db, now_ms, now_ms),
        held=statusline.held(db, state, context.at_cap),
    )
