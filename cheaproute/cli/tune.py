"""`cheaproute tune`: what a week says about the rules, and with the word, the rules changed."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Sequence

from cheaproute.cli.context import Context
from cheaproute.config import changes, paths, toml_edit, toml_file
from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.plan import as_json, backtest, screen
from cheaproute.plan.evidence.gather import gather
from cheaproute.plan.evidence.records import Evidence
from cheaproute.plan.steps import propose
from cheaproute.plan.steps.step import Proposal

NAME = "tune"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument("--days", type=int, metavar="N", help="look back so far (default: 7)")
    parser.add_argument("--json", action="store_true", help="as JSON")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--backtest", action="store_true", help="replay the days under the rules")
    action.add_argument("--apply", action="store_true", help="write the rules to config.toml")
    action.add_argument("--undo", action="store_true", help="take the last --apply back")
    parser.add_argument("--only", metavar="N,N", help="of the proposals, these (with --apply)")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace, context: Context) -> int:
    """Report, replay, apply or undo."""
    if args.undo:
        return _undo(args, context)
    days = args.days or _days(context)
    if not 1 <= days <= 400:
        raise UsageError(f"--days {days}: from 1 to 400")
    evidence = gather(
        context.ledger(), days, context.now_ms(), context.settings, _progress(context)
    )
    if context.err.terminal:
        context.err.write("\r\x1b[K")
    proposals = propose.propose(evidence)
    if args.backtest:
        test = backtest.run(evidence, proposals)
        if args.json:
            context.out.json(as_json.backtest(test))
        else:
            context.out.line(screen.backtest(test, evidence))
    elif args.json and not args.apply:
        context.out.json(as_json.report(evidence, proposals))
    elif args.apply:
        return _apply(args, context, proposals)
    else:
        _report(context, evidence, proposals)
    return 0


def show_diff(context: Context, path: str, before: str, after: str) -> None:
    """Print what would change in a file."""
    rows = difflib.unified_diff(
        before.splitlines(), after.splitlines(), path, path, lineterm="", n=2
    )
    for row in rows:
        context.out.line(row)


def confirmed(args: argparse.Namespace, context: Context, question: str) -> bool:
    """Whether it may be done; nobody to ask is a no that says how to say yes."""
    if args.yes or context.confirm(question):
        return True
    context.say("nothing was changed (`--yes` says yes)")
    return False


def _report(context: Context, evidence: Evidence, proposals: Sequence[Proposal]) -> None:
    plan = context.plan
    context.out.line(screen.report(evidence, proposals, plan=plan, width=context.out.width))


def _apply(args: argparse.Namespace, context: Context, proposals: Sequence[Proposal]) -> int:
    wanted = [one for one in _chosen(args.only, proposals) if one.applies]
    if not wanted:
        context.out.line("Nothing to write: no proposal changes a setting.")
        return 0
    path = paths.config_file(context.env)
    written = toml_file.written(path)
    new: dict[str, object] = {}
    for key, value in propose.changes(wanted).items():
        known = written.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            value = {**known, **value}  # noqa: PLW2901 - the user's own rules stay
        new[key] = value
    before, after = toml_edit.edited(path, new)
    if before == after:
        context.out.line("config.toml already says so.")
        return 0
    for number, proposal in enumerate(wanted, 1):
        context.out.line(f"{number}. {proposal.title}")
    show_diff(context, path, before, after)
    if not confirmed(args, context, f"Write {path}?"):
        return 1
    place = changes.make(
        context.env, NAME, path, toml_file.text(path).encode(after), context.now_ms()
    )
    context.say(f"written; `cheaproute tune --undo` takes it back (kept in {place})")
    return 0


def _chosen(only: str | None, proposals: Sequence[Proposal]) -> list[Proposal]:
    if not only:
        return list(proposals)
    words = only.split(",")
    numbers = [int(word) for word in words if word.strip().isdecimal()]
    if len(numbers) < len(words) or not all(1 <= n <= len(proposals) for n in numbers):
        raise UsageError(f"--only {only}: numbers from 1 to {len(proposals)}, with commas")
    return [proposals[number - 1] for number in numbers]


def _undo(args: argparse.Namespace, context: Context) -> int:
    undo(args, context, NAME)
    return 0


def undo(args: argparse.Namespace, context: Context, name: str) -> None:
    """Take the last change of `name` back; what was changed since by hand, only with --yes.

    Raises:
        CheaprouteError: there is none, or the file was changed since.
    """
    change = changes.last(context.env, name)
    if not changes.untouched(change) and not args.yes:
        raise CheaprouteError(
            f"{change.path} was changed since: see {change.place}, or overwrite it with --yes"
        )
    now = changes.read(change.path) or b""
    show_diff(
        context,
        change.path,
        now.decode("utf-8", "replace"),
        (change.before or b"").decode("utf-8", "replace"),
    )
    changes.take_back(change)
    context.say(f"{change.path} is as it was before")


def _days(context: Context) -> int:
    section = context.settings["tune"]
    assert isinstance(section, dict)  # noqa: S101  # a section of the defaults
    return int(section["days"]) or 7


def _progress(context: Context) -> Callable[[int, int], None]:
    def tell(done: int, of: int) -> None:
        if context.err.terminal and done % 20 == 0:
            context.err.write(f"\rreading transcripts: {done} of {of}")

    return tell
