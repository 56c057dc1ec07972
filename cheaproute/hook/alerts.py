"""The thresholds of a cap, said once each: as a line, a desktop notification, a command. Alarms."""

from __future__ import annotations

from cheaproute import fastjson, money
from cheaproute.cap import alerts
from cheaproute.hook.answer import TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.cap.verdict import Verdict
    from cheaproute.hook.context import Context
    from cheaproute.hook.event import Event

_FULL = 100
# So many times the same in a row is no coincidence.
MANY = 5


def crossed(outcome: Verdict, context: Context) -> tuple[str, str]:
    """The line for the user and the terminal sequence of its notification; "" where there is none.

    That a cap is reached is said once, too, before the next prompt meets the gate. The user's
    command runs once, whether or not the line was seen.
    """
    from cheaproute.ledger.query import coverage

    reading = coverage.is_read(context.ledger, context.now_ms)
    if reading and outcome.action == "none":
        return "", ""  # what share of the cap that is shows when the month is whole
    section = context.section("cap")
    percents = section.get("alerts")
    wanted = [p for p in percents if isinstance(p, int)] if isinstance(percents, list) else []
    if outcome.action != "none":
        wanted.append(_FULL)
    found = alerts.cross(context.ledger, outcome.state, wanted, lambda: context.attended)
    month = outcome.state.periods["month"]
    besides = (
        month.before
        and not reading
        and context.attended
        and alerts.first(context.ledger, month.key, context.now_ms)
    )
    if found is None and not besides:
        return "", ""
    from cheaproute.cap import messages

    if found is None:
        return f"{TAG} {messages.besides(month)}", ""
    period, percent = found
    if percent == _FULL and outcome.message:
        text = outcome.message
    else:
        text = messages.alert(period, percent, context.now_ms, subscription=context.subscription)
    command = section.get("command")
    again = alerts.unseen(context.ledger, period.key, percent) and context.attended
    if isinstance(command, list) and command and not again:
        try:
            run([str(word) for word in command], text, context.env)
        except OSError as error:
            from cheaproute import log

            log.write(context.env, "cap.command", error)
    return text, sequence(text, context.env) if section.get("notify") else ""


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
    import zlib

    told = [_said(one) for one in calls if isinstance(one, dict)]
    batch = zlib.crc32(fastjson.dumps(told).encode("utf-8", "replace"))
    loop = f"{event.session}.{event.agent}"
    count, nano = alerts.repeated(context.ledger, loop, batch, spent)
    if count < MANY:
        return ""
    name = str(told[0].get("tool_name", "a tool"))[:40]
    return (
        f"{name} did the same with the same result {count} times in a row, for {money.show(nano)}."
    )


def _said(call: Mapping[str, object]) -> dict[str, object]:
    """What a tool was given and what came of it, without the use's own id."""
    return {name: value for name, value in call.items() if name != "tool_use_id"}


def _long_or_dear(event: Event, context: Context, verdict: Verdict) -> str:
    db, now_ms = context.ledger, context.now_ms
    alerts.forget_repeated(db, event.session)
    hour = alerts.dear_hour(db, now_ms)
    if hour is not None:
        return (
            f"{money.show(hour[0])} in this hour; 99 of 100 of yours had no more than "
            f"{money.show(hour[1])}."
        )
    tokens = alerts.grew(db, verdict.state.session_id, now_ms)
    if tokens is None:
        return ""
    spent = verdict.state.periods["session"].spent
    return (
        f"one step took the context from {tokens[0]:,} to {tokens[1]:,} tokens, which each call "
        f"from here pays for: {money.show(spent)} in this session so far."
    )


def sequence(text: str, env: Mapping[str, str]) -> str:
    """A hook's `terminalSequence` that shows `text` as a desktop notification.

    OSC 777 for the terminals that know nothing else, OSC 9 for all others; one that knows neither
    shows nothing. A body of OSC 9 must not begin with a digit (that is ConEmu's progress bar); the
    tag in front sees to that.
    """
    clean = "".join(c if c.isprintable() else " " for c in text).replace(";", ",")
    if env.get("VTE_VERSION") or env.get("TERM", "").startswith(("rxvt", "foot")):
        return f"\x1b]777;notify;cheaproute;{clean}\x07"
    return f"\x1b]9;{clean}\x07"


def run(command: list[str], text: str, env: Mapping[str, str]) -> None:
    """Start the user's alert command, `text` as its last argument; without a shell, not waited for.

    In `env`, the user's: nothing that a project's settings say.

    Raises:
        OSError: it cannot be started.
    """
    import subprocess

    child = subprocess.Popen(
        [*command, text],
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
    )
    child.returncode = 0  # nobody waits for it; Popen need not complain about that
