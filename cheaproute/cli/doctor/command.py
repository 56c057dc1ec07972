"""`cheaproute doctor`: is everything in order, and if not, what is to be done."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Mapping

from cheaproute import kinds, log
from cheaproute.cli.context import Context
from cheaproute.cli.doctor import (
    client,
    delegation,
    guide,
    ledger,
    machines,
    module,
    places,
    plan,
    runtime,
    surfaces,
)
from cheaproute.cli.doctor.finding import FAULT, NOTE, OK, WARNING, Finding
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError, LedgerError, NoHome
from cheaproute.money import plural

# Anyone's check may stand here. One that raises is a finding, too.
CHECKS: list[Callable[[Context], Iterable[Finding]]] = [
    runtime.platform,
    places.directories,
    places.file_system,
    places.ledgers,
    runtime.interpreter,
    runtime.hooks,
    client.version,
    client.registered,
    client.settings,
    module.seen,
    surfaces.seen,
    module.main_loop,
    guide.config,
    ledger.ledger,
    ledger.log,
    ledger.history,
    machines.rounds,
    delegation.reads,
    guide.how_billed,
    guide.routing,
    guide.cap,
    guide.uncounted,
    guide.reasoning,
    plan.savings,
    # The slow ones: a prompt may be cut off before its end.
    runtime.libraries,
    delegation.way,
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
    """Print each finding as it is made, and what they come to; 1 if there is a fault."""
    context.env = {**context.env, "PATH": _tools(context.env)}
    healthy, to_do = True, []
    rows: list[dict[str, str]] = []
    told: set[tuple[str, str]] = set()
    for check in CHECKS:
        for finding in _made(check, context):
            if (finding.what, finding.where) in told:
                continue
            told.add((finding.what, finding.where))
            healthy = healthy and finding.level != FAULT
            if _asks(finding):
                to_do.append(finding.level)
            if args.json:
                rows.append(finding._asdict())
            else:
                _print(finding, context)
                context.out.stream.flush()
    if args.json:
        context.out.json({"healthy": healthy, "findings": rows})
    else:
        signs = " and ".join(
            f"`{_SIGNS[one][0].strip()}`" for one in (WARNING, FAULT) if one in to_do
        )
        many = plural(len(to_do), "thing")
        done = f"{many} to do: {signs} above." if to_do else "All well."
        context.out.line(f"\n{done}", _SIGNS[OK if not to_do else WARNING][1])
    return 0 if healthy else 1


def _tools(env: Mapping[str, str]) -> str:
    """PATH without what lies in the checkout one stands in, whose programs nobody asked for."""
    home = os.path.realpath(paths.home(env) or os.sep)
    try:
        top = _around(os.getcwd(), home)
    except OSError:  # it was removed
        top = home
    places = [one for one in env.get("PATH", "").split(os.pathsep) if os.path.isabs(one)]
    if top not in (home, os.sep):
        places = [one for one in places if not f"{os.path.realpath(one)}/".startswith(f"{top}/")]
    return os.pathsep.join(places) or os.devnull  # an empty one would be this directory


def _around(directory: str, end: str) -> str:
    """The topmost checkout around `directory`, below `end`; itself if none. No link is in it."""
    top = above = os.path.realpath(directory)
    while above not in (end, os.path.dirname(above)):
        if os.path.exists(os.path.join(above, ".git")):
            top = above
        above = os.path.dirname(above)
    return top


def _asks(finding: Finding) -> bool:
    """Whether something is to be done about it."""
    return finding.level in (WARNING, FAULT) and not finding.do.startswith(delegation.NOTHING)


def _made(check: Callable[[Context], Iterable[Finding]], context: Context) -> Iterable[Finding]:
    """What `check` finds; whatever it raises is a finding, too, with the cure of its kind."""
    path = ""
    try:
        path = paths.ledger_file(context.env)
        yield from check(context)
    except NoHome as error:
        yield Finding(FAULT, str(error))
    except Exception as error:  # noqa: BLE001 - one sick check does not end the visit
        kind = kinds.of(error, path)
        if kind:
            yield Finding(FAULT, kinds.what(kind, error), path, kinds.WORDS[kind][1])
        elif isinstance(error, LedgerError):
            yield Finding(FAULT, str(error), path)
        elif isinstance(error, CheaprouteError | OSError | ImportError):
            yield Finding(FAULT, f"{check.__name__}: {error}")
        else:
            log.write(context.env, f"doctor.{check.__name__}", error)
            yield Finding(FAULT, f"{check.__name__}: {type(error).__name__}: {error}")


def _print(finding: Finding, context: Context) -> None:
    sign, color = _SIGNS[finding.level]
    where = f"  ({finding.where})" if finding.where else ""
    context.out.line(f"{sign}  {finding.what}{where}", color)
    if finding.do:
        context.out.line(f"       -> {finding.do}")
