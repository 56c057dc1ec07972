"""What every answer says: the settings as far as the hand needs them, the standing figure."""

from __future__ import annotations

import os

from cheaproute.cap import limits, reservations
from cheaproute.cap import state as states
from cheaproute.config import paths
from cheaproute.report import seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.cap.state import State
    from cheaproute.hook.answer import Answer
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event
    from cheaproute.ledger.module.rate_limits import Window

# While the history is read the figure grows by itself: the hand asks for it so often.
AGAIN_MS = 2_000
_FIRST_MS = 120_000


def answer(context: Context) -> Answer:
    """The settings, as the hand knows them.

    `asks` names the loops whose requests it asks about before it sends them; a leave is worth
    nothing once one of `files` was written anew.
    """
    routing = context.section("routing")
    asks = []
    if routing.get("enabled"):
        asks.append("agents")
        if routes_main(context):
            from cheaproute.hook.mod import main_loop

            if main_loop.classifier() is not None:
                asks.append("main")
    config, data = paths.config_dir(context.env), paths.data_dir(context.env)
    return {
        "enabled": True,
        "closed": context.settings.get("on_error") == "closed",
        "asks": " ".join(asks),
        "compact": _compacts(context.section("plan")),
        "warm": bool(context.section("plan").get("keep_warm")),
        "note": seen.shown(context.settings) == seen.LINE,
        "files": [
            paths.config_file(context.env),
            os.path.join(config, limits.KEPT),
            os.path.join(data, reservations.ENDED),
        ],
        "pass": pass_file(context),
    }


def routes_main(context: Context) -> bool:
    """Whether turns of the main loop are chosen for, or a word is said of them, by the settings."""
    return context.section("routing").get("main") in ("auto", "advise")


def pass_file(context: Context) -> str:
    """Where the hand leaves word that the next hook of the client need not be started.

    The launcher (hooks/run) finds it by the same rule, and takes it away.
    """
    return os.path.join(paths.passes_dir(context.env), str(context.client_pid))


def passes(context: Context, session: int) -> str:
    """The hooks that would say nothing: their launcher's names.

    Between tools and at a turn's end that holds as long as a leave is in hand; the end of a turn is
    looked after by the module, but for a desktop's notification. Before a turn there is no leave,
    and its first request asks: the prompt's hook is spared while half of every cap is left, for
    near one it refuses before the prompt is gone, and in better words.
    """
    if context.trouble is not None:
        return ""
    found = ["post_tool_batch"]
    state = states.state(context.ledger, session, context.now_ms, unseen=context.unseen)
    every = state.every
    if not (context.section("cap").get("notify") or state.allowed):
        found.append("stop")
    if all(at.limit is None or 2 * at.used < at.limit for at in every):
        found.append("user_prompt_submit")
    return " ".join(found)


def left(context: Context, session: int) -> int | None:
    """What a hand that gets no answer any more may see spent; None where no cap stops anything.

    What the client itself has set aside is still its own.
    """
    if context.at_cap != "block":
        return None
    state = _besides_the_client(context, session)
    return min((state.room(at) for at in state.every if at.limit is not None), default=None)


def bound(context: Context, session: int) -> Answer | None:
    """What a session may spend in which nothing of ours starts; None where no cap stops anything.

    The cap of each session, and what the others leave until the first of their periods ends; from
    then on the least of them.
    """
    if context.at_cap != "block":
        return None
    state = _besides_the_client(context, session)
    alone = state.periods["session"].limit
    others = [at for at in state.every if at.limit is not None and at.name != "session"]
    if alone is None and not others:
        return None
    limits = [at.limit for at in others if at.limit is not None]
    resets = [at.reset_ms for at in others if at.reset_ms is not None]
    return {
        "session": alone,
        "left": min((state.room(at) for at in others), default=None),
        "until_ms": min(resets, default=0),
        "whole": min(limits, default=None),
    }


def _besides_the_client(context: Context, session: int) -> State:
    """The caps, what the client itself has set aside left out."""
    now_ms, me = context.now_ms, context.client_pid
    return states.state(context.ledger, session, now_ms, besides=me, unseen=context.unseen)


def looked(event: Event, context: Context) -> Answer:
    """The figure in a pause, others having written: read alone.

    A note of it in the ledger would be news to every other session that looks, and theirs to it.
    """
    if not context.section("mod").get("enabled", True):
        return {"enabled": False}
    return figure(context, event.session)


def figure(context: Context, session: int | str, *, idle: bool = False) -> Answer:
    """The line that stands under the prompt, "" where the user wants none.

    Where the module asks anew in an `idle` session, and nobody has begun to read the history by
    then, it is begun.
    """
    if seen.shown(context.settings) == seen.QUIET:
        return {"status": ""}
    from cheaproute.ledger import meta
    from cheaproute.ledger.query import coverage
    from cheaproute.report import statusline
    from cheaproute.report.terminal import size

    db, now_ms = context.ledger, context.now_ms
    if idle and not meta.get(db, coverage.SINCE_MS):  # no session has started with us in it
        from cheaproute.hook import history

        history.begin_late(context)
    state = statusline.shown(db, session, now_ms, context.coming_caps())
    read = coverage.progress(db, now_ms, now_ms)
    if read is None and not coverage.is_whole(db, now_ms):
        since = int(meta.get(db, coverage.SINCE_MS) or now_ms)
        read = 0 if now_ms - since < _FIRST_MS else None  # what there is is being looked for
    width = size.columns(context.env, size.BESIDE_LINE, context.client_pid)
    plan = context.subscription
    windows: list[Window] = []
    if plan:
        from cheaproute.ledger.module import rate_limits

        windows = rate_limits.read(db, now_ms)
    held = statusline.held(db, state, context.at_cap)
    line = statusline.render(
        "", state, plan=plan, color=False, width=width, windows=windows, read=read, held=held
    )
    ledger = paths.ledger_file(context.env)
    made = [paths.config_file(context.env), ledger, f"{ledger}-wal"]
    told: Answer = {"status": line, "made": made}
    return told if read is None else {**told, "again_ms": AGAIN_MS}


def _compacts(plan: Mapping[str, object]) -> int:
    """From how many tokens on a context is compacted whatever is planned; 0: nothing is planned."""
    other = plan.get("cold_return", "off") != "off" or plan.get("handover", "main") != "main"
    if not (plan.get("window_tokens") or plan.get("task_tokens") or other):
        return 0
    from cheaproute.hook.pauses import wishes

    return wishes.FULL
