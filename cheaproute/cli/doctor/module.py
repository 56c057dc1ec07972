"""The module inside the client: which of its seats were seen at work, and what follows."""

from __future__ import annotations

from collections.abc import Iterator

from cheaproute.cli import config
from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import NOTE, OK, WARNING, Finding
from cheaproute.ledger.module import seats

_LOADS = "it is loaded from Claude Code 2.1.286 on, and gates every request from 2.1.321 on"


def seen(context: Context) -> Iterator[Finding]:
    """What the last session with the module showed; that it never was, otherwise."""
    if not context.section("mod").get("enabled", True):
        yield Finding(NOTE, "the module is off: classic hooks count and cap", "mod.enabled")
        return
    found = seats.latest(context.db)
    if found is None:
        text = "the module was not seen in a session yet: a cap holds by hooks only"
        yield Finding(OK, f"{text} ({seats.MEANS[seats.HOOKS]})", do=_LOADS)
        return
    where = f"Claude Code {found.version}" if found.version else ""
    if not found.enabled:
        text = f"the module hung in the last session, so it rested: {seats.HOOKS}"
        yield Finding(WARNING, text, where, "a new session tries it again")
    elif found.cap == seats.EXACT:
        yield Finding(OK, f"the module was at work in the last session: {found.cap}", where)
    elif not (found.step or found.fetch or found.log):
        yield Finding(NOTE, "the module was loaded in the last session, no request was made", where)
    elif found.fetch and not found.log and not seats.misses_answers(context.db):
        text = "the module was at work in the last session, no request was answered"
        yield Finding(NOTE, text, where)
    else:
        missing = [name for name in seats.NAMES if not getattr(found, name)]
        yield Finding(
            WARNING,
            f"the module was at work in the last session: {found.cap}; "
            f"never seen there: {', '.join(missing)}",
            where,
            f"{_LOADS}; an organization's settings may keep it from the requests",
        )


def main_loop(context: Context) -> Iterator[Finding]:
    """`routing.main = "auto"` without its judge does nothing."""
    if context.section("routing").get("main") == "auto" and not config.judged():
        yield Finding(WARNING, config.UNJUDGED, "routing.main", "set it to off")
