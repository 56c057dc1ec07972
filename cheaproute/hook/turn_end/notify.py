"""A threshold that was passed, shown once: as a line, a desktop notification, a command."""

from __future__ import annotations

from cheaproute.hook.answer import TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.cap.answers.gate import Verdict
    from cheaproute.cap.periods import Period
    from cheaproute.hook.context import Context

_FULL = 100


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
    month = outcome.state.periods["month"]
    least = min(wanted, default=_FULL)
    some = any(p.limit and p.spent * 100 >= least * p.limit for p in outcome.state.periods.values())
    if not some and not month.before:
        return "", ""
    from cheaproute.cap.alerts import thresholds

    found = thresholds.cross(context.ledger, outcome.state, wanted, lambda: context.attended)
    besides = (
        month.before
        and not reading
        and context.attended
        and thresholds.first(context.ledger, month.key, context.now_ms)
    )
    if not found and not besides:
        return "", ""
    from cheaproute.cap import wording
    from cheaproute.cap.alerts import messages

    wording.bound(context.ledger, outcome.state.periods.values())
    if not found:
        return f"{TAG} {messages.besides(month)}", ""
    text = _text(found, outcome, context)
    command = section.get("command")
    told = all(thresholds.unseen(context.ledger, at.key, percent) for at, percent in found)
    if isinstance(command, list) and command and not (told and context.attended):
        from cheaproute.hook.turn_end import alert_command

        try:
            words = [str(word) for word in command]
            alert_command.run(words, text, alert_command.environment(context.env))
        except OSError as error:
            from cheaproute import log

            log.write(context.env, "cap.command", error)
    return text, sequence(text, context.env) if section.get("notify") else ""


def _text(found: list[tuple[Period, int]], outcome: Verdict, context: Context) -> str:
    """What is said of the caps in `found`: those below their limit share a line."""
    from cheaproute.cap.alerts import messages

    said = []
    if outcome.message and any(percent == _FULL for _, percent in found):
        said = [outcome.message]
        if outcome.blocks:  # it names all that are reached
            found = [(at, percent) for at, percent in found if percent != _FULL]
        else:
            found = [(at, percent) for at, percent in found if at is not outcome.period]
    if found:
        said.append(messages.alert(found, context.now_ms, subscription=context.subscription))
    return "\n".join(said)


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
