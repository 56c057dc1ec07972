"""Can Haiku be asked, by which way, and what became of the bulk reads."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from cheaproute.cli.context import Context
from cheaproute.cli.doctor.finding import FAULT, NOTE, OK, WARNING, Finding
from cheaproute.config.venv import spawn, status
from cheaproute.days import DAY_MS
from cheaproute.delegate.backends import choose
from cheaproute.ledger import bulk_reads

_MONTH_MS = 30 * DAY_MS
_WAIT_S = 60
_MADE = """
from cheaproute.delegate.backends.sdk import Api
from cheaproute.errors import DelegationError
try:
    Api().client
except DelegationError as error:
    print(error)
"""
_WHY = {
    "secret": "looks like a secret",
    "denied": "a permission rule names it",
    "linked": "it has another name, too (a hard link)",
    "led": "a link that leads out of the project to what is your own",
    "outside": "outside the project",
    "cap": "the cap",
    "haiku": "Haiku reads it itself",
    "pause": "a while after a failure (a minute, ten after a wait in vain)",
    "useless": "a digest would be no shorter",
    "too_large": "too large",
    "binary": "not text, or of an unknown encoding",
    "changed": "the file changed meanwhile",
    "whole": "it was read again, so what its digest had kept out came in after all",
    "no_environment": "the environment was not built yet",
}
# What became of a bulk read whose digest failed, and what to do about it, by the kind of failure.
LOGIN = (
    "the session had no login that a call of its own could take (a shell's key is not a session's):"
    " set ANTHROPIC_API_KEY where Claude Code starts, or log in with `claude`; the file was read"
    " whole, and no call is missing"
)
NOTHING = "nothing to do"
PASSES = f"{NOTHING}: it passes, and the file was read whole"
FAILED = "the file was read whole, and no call is missing; `cheaproute ping` tries the API"
_PASSING = ("rate_limit", "overloaded", "timeout", "api_error")


def cure(kind: str) -> str:
    """What to do about a delegated call that failed, by the word the ledger keeps for it."""
    if kind == "credentials":
        return LOGIN
    return PASSES if kind in _PASSING else FAILED


def way(context: Context) -> Iterator[Finding]:
    """Which backend delegated calls take, and why."""
    section = context.settings["delegate"]
    wanted = section["backend"] if isinstance(section, dict) else "auto"
    choice = choose.choose(context.env, wanted)
    if choice.name:
        wrong = _wrong(context) if choice.name == "api" else ""
        if wrong:
            yield Finding(
                FAULT, f"no delegated call can be made: {wrong}", "environment", "mend it"
            )
        else:
            yield Finding(OK, f"delegated calls go by `{choice.name}`: {choice.why}")
        return
    do = "set ANTHROPIC_API_KEY, or install Claude Code and log in"
    yield Finding(WARNING, f"no delegated calls: {choice.why}", "delegate.backend", do)


def _wrong(context: Context) -> str:
    """Why the HTTP client cannot be made of proxies, certificates and base URL; "" if it can."""
    if not status.ready(context.env):
        return ""  # said elsewhere
    command = spawn.command(_MADE, python=status.python(context.env), libraries=True)
    try:
        done = spawn.run(context.env, command, _WAIT_S)
    except subprocess.TimeoutExpired:  # its own words are our command
        return f"its libraries were not loaded within {_WAIT_S} s"
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    return done.stdout.decode("utf-8", "replace").strip()


def reads(context: Context) -> Iterator[Finding]:
    """The bulk reads of the last 30 days: digested, left as they were and why, failed."""
    section = context.settings["digest"]
    if isinstance(section, dict) and not section["enabled"]:
        yield Finding(NOTE, "bulk reads are not digested", "digest.enabled")
        return
    found = bulk_reads.counts(context.ledger(), context.now_ms() - _MONTH_MS)
    if not found:
        yield Finding(OK, "no bulk read yet")
    for outcome, count, size in found:
        many = f"{count} bulk read{'s' if count > 1 else ''} ({size // 1000:,} kB)"
        kind, _, word = outcome.partition(":")
        if outcome == bulk_reads.MADE:
            yield Finding(OK, f"{many} digested")
        elif f"{kind}:" == bulk_reads.KEPT:
            yield Finding(NOTE, f"{many} left as it is: {_WHY.get(word, word)}")
        else:
            said = "no login" if word == "credentials" else word.replace("_", " ")
            yield Finding(WARNING, f"{many} not digested: {said}", "", cure(word))
