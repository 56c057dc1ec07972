"""`session.start`: the module is here. Whether it works is seen later, seat by seat."""

from __future__ import annotations

import os

from cheaproute.cap.process_identity import started
from cheaproute.hook.mod import http_fetch
from cheaproute.ledger import seats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event


def answer(event: Event, context: Context, session: int) -> Answer:
    """The first leave to go, and the standing figure."""
    context.sync_caps()
    pid = os.getppid()
    seats.start(
        context.ledger,
        session,
        pid=pid,
        started=started(pid),
        version=event.text("version"),
        enabled=True,
        now_ms=context.now_ms,
    )
    return http_fetch.answer(event, context, session)
