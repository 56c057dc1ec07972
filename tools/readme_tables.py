"""Write the README's tables of commands and settings from the code that defines them.

Usage: python -m tools.readme_tables [--check]

Exit codes: 0 the tables are up to date (or were written), 1 with --check: they are not.
"""

from __future__ import annotations

import json
import os
import sys

from cheaproute.cli import commands as table
from cheaproute.config import table as defaults

README = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "README.md")


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


def filled(text: str) -> str:
    """`text` with both tables between their marks."""
    for name, content in (("commands", commands()), ("settings", settings())):
        start, end = f"<!-- {name} -->\n", f"\n<!-- end of {name} -->"
        head, _, rest = text.partition(start)
        _, _, tail = rest.partition(end)
        text = f"{head}{start}{content}{end}{tail}"
    return text


def main(arguments: list[str]) -> int:
    """Write the tables, or with `--check` say whether they are current."""
    with open(README, encoding="utf-8") as file:
        text = file.read()
    fresh = filled(text)
    if "--check" in arguments:
        return int(fresh != text)
    with open(README, "w", encoding="utf-8") as file:
        file.write(fresh)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
