"""`cheaproute doctor`: is everything in order, and if not, what is to be done."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

from cheaproute.cli.context import Context
from cheaproute.cli.doctor import client, delegation, guide, ledger, plan, runtime
from cheaproute.cli.doctor.finding import FAULT, NOTE, OK, WARNING, Finding
from cheaproute.errors import CheaprouteError, ConfigError, LedgerError

# Anyone's check may stand here. One that raises is a finding, too.
CHECKS: list[Callable[[Context], Iterable[Finding]]] = [
    runtime.platform,
    runtime.interpreter,
    runtime.libraries,
    runtime.hooks,
    client.version,
    client.registered,
    client.settings,
    guide.config,
    ledger.ledger,
    ledger.log,
    ledger.history,
    delegation.way,
    delegation.reads,
    guide.how_billed,
    guide.routing,
    guide.cap,
    guide.reasoning,
    plan.savings,
]

_SIGNS = {
    OK: ("ok   ", "32"),
    NOTE: ("note ", "36"),
    WARNING: ("warn ", "33"),
    FAULT: ("FAULT", "31;1"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("--json", action="store_true", help="the findings as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print what was found; 1 if there is a fault."""
    findings = [finding for check in CHECKS for finding in _made(check, context)]
    healthy = all(finding.level != FAULT for finding in findings)
    if args.json:
        rows = [finding._asdict() for finding in findings]
        context.out.json({"healthy": healthy, "findings": rows})
    else:
        for finding in findings:
            _print(finding, context)
    return 0 if healthy else 1


def _made(check: Callable[[Context], Iterable[Finding]], context: Context) -> Iterable[Finding]:
    try:
        yield from check(context)
    except (ConfigError, LedgerError) as error:
        if check is guide.config:  # the ledger's own check says it, and others only repeat it
            yield Finding(FAULT, str(error), "", "mend it")
    except (CheaprouteError, OSError, ImportError) as error:
        yield Finding(FAULT, f"{check.__name__}: {error}")


def _print(finding: Finding, context: Context) -> None:
    sign, color = _SIGNS[finding.level]
    if context.out.color:
        sign = f"\x1b[{color}m{sign}\x1b[0m"
    where = f"  ({finding.where})" if finding.where else ""
    context.out.line(f"{sign}  {finding.what}{where}")
    if finding.do:
        context.out.line(f"       -> {finding.do}")
