"""What the user is told beside the answer: once a session, whatever can still be written down."""

from __future__ import annotations

import os

from cheaproute.config import paths
from cheaproute.hook.answer import TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

_KEPT_MS = 90 * 86_400_000
# Where neither the ledger nor the data directory can be written, it is said at these events alone.
_SPOKEN = ("SessionStart", "UserPromptSubmit")


def trouble(event: Event, context: Context) -> None:
    """Say what kept cheaproute from counting, and that the caps hold by what was known before."""
    from cheaproute import kinds

    error = context.trouble or ValueError()
    path = paths.ledger_file(context.env)
    kind = kinds.of(error, path)
    why = kinds.said(error, path) if kind or hasattr(error, "exit_code") else type(error).__name__
    once(
        event,
        context,
        f"trouble.{kind or type(error).__name__}",
        f"{TAG} New calls could not be counted ({why}). Caps go by what was counted before; "
        "`cheaproute doctor` says more.",
    )


def settings(event: Event, context: Context, error: Exception) -> None:
    """Say that config.toml is wrong, and what holds meanwhile."""
    text = f"{TAG} {error}. What held before holds; `cheaproute config` says when it is right."
    once(event, context, "settings", text)


def once(event: Event, context: Context, what: str, text: str) -> bool:
    """Tell the user `text` unless this session was told `what` before; whether it is told now."""
    if not _first(event, context, what):
        return False
    context.notices.append(text)
    return True


def _first(event: Event, context: Context, what: str) -> bool:
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
    path = os.path.join(paths.data_dir(context.env), "told")
    line = f"{event.session} {what}\n".encode("utf-8", "replace")
    try:
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
    return event.name in _SPOKEN
