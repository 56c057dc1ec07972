"""What looks like a runaway: said with what it cost, or stopped where the user wants that."""

from __future__ import annotations

from cheaproute import fastjson
from cheaproute.cap import runaway
from cheaproute.hook.answer import TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

# So many times the same in a row is no coincidence.
MANY = 5
# What a batch is known by is the rest of its bytes after this prime: a checksum of the library's is
# a library to load, in each hook.
_PRIME = (1 << 30) - 35


def alarm(event: Event, context: Context, verdict: Verdict) -> str:
    """What looks like a runaway, in a line with dollars, once a session and kind; "" for nothing.

    Told beside the answer; with `cap.runaway` as `stop` it is why the turn ends.
    """
    wanted = context.section("cap").get("runaway")
    if wanted == "off":
        return ""
    spent = verdict.state.periods["session"].spent
    found = _repeats(event, context, spent) if event.name == "PostToolBatch" else ""
    if event.name == "PreToolUse" and event.agent:
        from cheaproute import money  # not while there is nothing to say

        found = f"agents start agents here: {money.show(spent)} in this session so far."
    if event.name == "Stop":
        found = _long_or_dear(event, context, verdict)
    if not found:
        return ""
    text = f"{TAG} A runaway? {found}"
    if wanted == "stop" and event.name != "Stop":
        return f"{text} It is stopped, for cap.runaway is stop."
    from cheaproute.hook import notices

    notices.once(event, context, f"runaway.{event.name}", text)
    return ""


def _repeats(event: Event, context: Context, spent: int) -> str:
    """The same tools with the same input and the same result, again and again."""
    calls = event.raw.get("tool_calls")
    if not isinstance(calls, list) or not calls:
        return ""
    told = [_said(one) for one in calls if isinstance(one, dict)]
    batch = int.from_bytes(fastjson.dumps(told).encode("utf-8", "replace"), "little") % _PRIME
    loop = f"{event.session}.{event.agent}"
    count, nano = runaway.repeated(context.ledger, loop, batch, spent)
    if count < MANY:
        return ""
    from cheaproute import money  # seldom

    name = str(told[0].get("tool_name", "a tool"))[:40]
    return (
        f"{name} did the same with the same result {count} times in a row, for {money.show(nano)}."
    )


def _said(call: Mapping[str, object]) -> dict[str, object]:
    """What a tool was given and what came of it, without the use's own id."""
    return {name: value for name, value in call.items() if name != "tool_use_id"}


def _long_or_dear(event: Event, context: Context, verdict: Verdict) -> str:
    db, now_ms = context.ledger, context.now_ms
    runaway.forget_repeated(db, event.session)
    hour, tokens = runaway.dear_hour(db, now_ms), None
    if hour is None:
        tokens = runaway.grew(db, verdict.state.session_id, now_ms)
    if hour is None and tokens is None:
        return ""
    from cheaproute.money import show  # seldom

    if hour is not None:
        return f"{show(hour[0])} in this hour; 99 of 100 of yours had no more than {show(hour[1])}."
    before, now = tokens or (0, 0)
    spent = verdict.state.periods["session"].spent
    return (
        f"one step took the context from {before:,} to {now:,} tokens, which each call "
        f"from here pays for: {show(spent)} in this session so far."
    )
