"""Write the pages' tables of commands, settings, exit codes and figures from the code.

Usage: python -m tools.readme_tables [--check]

Exit codes: 0 the tables are up to date (or were written), 1 with --check: they are not.
"""

from __future__ import annotations

import json
import os
import sys

from cheaproute.cli import commands as table
from cheaproute.cli.doctor import surfaces
from cheaproute.cli.main import BUG, INTERRUPTED
from cheaproute.config import table as defaults
from cheaproute.errors import CapReached, CheaprouteError, UsageError
from cheaproute.report.figures import FIGURES

DOCS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs")
# Page -> the tables in it.
PAGES = {
    "reference.md": ("commands", "exit codes", "settings"),
    "costs.md": ("figures",),
    "../README.md": ("surfaces",),
}


def commands() -> str:
    """One row a command."""
    rows = [f"| `{name}` | {summary} |" for name, (_, summary) in table.COMMANDS.items()]
    return "\n".join(["| command | |", "|---|---|", *rows])


def settings() -> str:
    """One row a setting: key, default, meaning."""
    rows = []
    for key, (default, kind, meaning) in defaults.SETTINGS.items():
        shown = "unset" if default is None else f"`{json.dumps(default)}`"
        words = kind.replace("|", ", ") if "|" in kind else ""
        rows.append(f"| `{key}` | {shown} | {meaning}{f' ({words})' if words else ''} |")
    return "\n".join(["| setting | default | |", "|---|---|---|", *rows])


def exit_codes() -> str:
    """One row a code."""
    rows = (
        (0, "done"),
        (CheaprouteError.exit_code, "it could not be done; one line says why"),
        (UsageError.exit_code, "usage"),
        (BUG, "a bug; the log that the message names has it, without anything you typed"),
        (CapReached.exit_code, "the cap is reached"),
        (INTERRUPTED, "interrupted"),
    )
    return "\n".join(["| exit code | |", "|---|---|", *(f"| {n} | {word} |" for n, word in rows)])


def figures() -> str:
    """One row a figure: name, how it is computed."""
    rows = [f"| **{name}** | {meaning} |" for name, meaning in FIGURES.items()]
    return "\n".join(["| figure | how it is computed |", "|---|---|", *rows])


TABLES = {
    "commands": commands,
    "exit codes": exit_codes,
    "figures": figures,
    "settings": settings,
    "surfaces": surfaces.table,
}


def filled(text: str, names: tuple[str, ...]) -> str:
    """`text` with the tables of `names` between their marks."""
    for name in names:
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        head, found, rest = text.partition(start)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the page has no place for {name}")
        text = f"{head}{start}{TABLES[name]()}\n{end}{tail}"
    return text


def main(arguments: list[str]) -> int:
    """Write the tables, or with `--check` say whether they are current."""
    stale = 0
    for page, names in PAGES.items():
        path = os.path.join(DOCS, page)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        fresh = filled(text, names)
        stale |= fresh != text
        if "--check" not in arguments and fresh != text:
            with open(path, "w", encoding="utf-8") as file:
                file.write(fresh)
    return int(stale) if "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
