"""A threshold that was passed, shown once: as a line, a desktop notification, a command."""

from __future__ import annotations

from cheaproute.hook.answer import TAG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cheaproute.cap.answers.gate import Verdict
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
    if found is None and not besides:
        return "", ""
    from cheaproute.cap import wording
    from cheaproute.cap.alerts import messages

    wording.bound(context.ledger, outcome.state.periods.values())
    if found is None:
        return f"{TAG} {messages.besides(month)}", ""
    period, percent = found
    if percent == _FULL and outcome.message:
        text = outcome.message
    else:
        text = messages.alert(period, percent, context.now_ms, subscription=context.subscription)
    command = section.get("command")
    again = thresholds.unseen(context.ledger, period.key, percent) and context.attended
    if isinstance(command, list) and command and not again:
        try:
            run([str(word) for word in command], text, context.env)
        except OSError as error:
            from cheaproute import log

            log.write(context.env, "cap.command", error)
    return text, sequence(text, context.env) if section.get("notify") else ""


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
        cwd="/",  # what a version manager stands for is what files of the working directory say
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        start_new_session=True,
    )
    child.returncode = 0  # nobody waits for it; Popen need not complain about that
