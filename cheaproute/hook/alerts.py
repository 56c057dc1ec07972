"""The thresholds of a cap, said once each: as a line, a desktop notification, a command."""

from __future__ import annotations

from cheaproute.cap import alerts, messages

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.cap.verdict import Verdict
    from cheaproute.hook.context import Context

_FULL = 100


def crossed(outcome: Verdict, context: Context) -> tuple[str, str]:
    """The line for the user and the terminal sequence of its notification; "" where there is none.

    That a cap is reached is said once, too, before the next prompt meets the gate.
    """
    section = context.section("cap")
    percents = section.get("alerts")
    wanted = [p for p in percents if isinstance(p, int)] if isinstance(percents, list) else []
    if outcome.action != "none":
        wanted.append(_FULL)
    found = alerts.cross(context.ledger, outcome.state, wanted)
    if found is None:
        return "", ""
    period, percent = found
    if percent == _FULL and outcome.message:
        text = outcome.message
    else:
        text = messages.alert(period, percent, context.now_ms, subscription=context.subscription)
    command = section.get("command")
    if isinstance(command, list) and command:
        try:
            alerts.run([str(word) for word in command], text)
        except OSError as error:
            from cheaproute import log

            log.write(context.env, "cap.command", error)
    return text, alerts.sequence(text, context.env) if section.get("notify") else ""
