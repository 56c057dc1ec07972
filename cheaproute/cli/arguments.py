"""Words that several commands take: a span of days, a project; and what they come to."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

from cheaproute.cli import machines
from cheaproute.cli.context import Context
from cheaproute.errors import UsageError
from cheaproute.report import date_range, projects, zone
from cheaproute.report.date_range import Range
from cheaproute.report.zone import Zone

# A name comes after these, whatever it is.
_NAMING = ("project", "session", "--project", "--format", "--by", "-o", "--output")


def add_span(parser: argparse.ArgumentParser, *, words: bool = True) -> None:
    """Declare the words that name a span of days; `words`: also without an option before them."""
    if words:
        parser.add_argument("span", nargs="*", metavar="SPAN", help=date_range.FORMS)
    parser.add_argument("--month", metavar="YYYY-MM", default="", help="a calendar month")
    parser.add_argument("--since", metavar="DAY", help="2026-11-22, today, yesterday or 7d")
    parser.add_argument("--until", metavar="DAY", help="the last day, included")


def add_project(parser: argparse.ArgumentParser) -> None:
    """Declare the word that narrows to a project."""
    parser.add_argument(
        "--project", metavar="NAME", help="only this project: its name, or a directory and below"
    )


def forms(words: Sequence[str], options: Mapping[str, str]) -> list[str]:
    """`words` with the bare name of a form (`csv`) as the option that asks for it."""
    before = ("", *words)
    return [
        word if before[at] in _NAMING else options.get(word, word) for at, word in enumerate(words)
    ]


def without_format(words: Sequence[str], options: Mapping[str, str]) -> list[str]:
    """`words` with `--format csv` and `--format=csv` as the option that asks for it."""
    found: list[str] = []
    for word in words:
        form = word.removeprefix("--format=")
        if form in options and (form != word or found[-1:] == ["--format"]):
            found = found[: -1 if form == word else None]
            word = options[form]  # noqa: PLW2901
        found.append(word)
    return found


def span_form(args: argparse.Namespace) -> list[str]:
    """The span as one form, from options and words alike.

    Raises:
        UsageError: they contradict each other.
    """
    said = list(getattr(args, "span", None) or [])
    options = bool(args.month) + (args.since is not None or args.until is not None) + bool(said)
    if options > 1:
        raise UsageError("say the days once: a SPAN, --month, or --since and --until")
    if args.month:
        return [args.month]
    if args.since is not None:
        return [f"{args.since}..{args.until or ''}"]
    if args.until is not None:
        return ["until", args.until]
    return said


def add_machines(parser: argparse.ArgumentParser) -> None:
    """Declare the word that widens a report to what other machines spent."""
    parser.add_argument(
        "--all-machines", action="store_true", help="with what synced machines spent, by UTC days"
    )


def span(args: argparse.Namespace, context: Context, *, utc: bool = False) -> tuple[Range, Zone]:
    """The span asked for, and whose days it is in; `utc`: for programs.

    Raises:
        UsageError: it is none.
    """
    where = zone.UTC if utc else zone.of(context.settings)
    today, (began, latest) = where.day_of(context.now_ms()), zone.lived(context.ledger(), where)
    if getattr(args, "all_machines", False):
        days = (began, machines.began(context))
        began = min((day for day in days if day is not None), default=None)
    said = span_form(args)
    if said[:1] == ["until"]:  # from the first day of that month on
        past = date_range.parse([f"..{said[1]}"], today, began).past
        return Range(date_range.month_start(past - 1), past), where
    return date_range.parse(said, today, began, latest), where


def project(args: argparse.Namespace, context: Context) -> str:
    """The directory that --project means, "" where it was not said.

    Raises:
        UsageError: the ledger knows no such project, or several.
    """
    return projects.find(context.ledger(), args.project, os.getcwd()) if args.project else ""
