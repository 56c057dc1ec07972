"""Known vulnerabilities of what is pinned, where an index tells them of the newest versions alone.

`python -m tools.audit LOCKFILE...`: what `make audit` asks instead where `pip-audit` cannot, for
the index in reach answers no question about a version (a mirror may not). Says which are vulnerable
and of which nothing is told. Ends with 1 where some are vulnerable, with 2 where of some nothing is
told, with 0 where all that is pinned is the newest and has no advisory.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

INDEX = "https://pypi.org/pypi"
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)
_PATIENCE_S = 30


def pinned(text: str) -> list[tuple[str, str]]:
    """The names and versions of a lock file, in order."""
    return sorted({(name, version) for name, version in _PINNED.findall(text)})


def judged(name: str, version: str, told: Mapping[str, Any] | None) -> str:
    """What is wrong with a pinned version by what the index `told` of its project; "" if none."""
    if told is None:
        return f"{name} {version}: the index does not know it"
    newest = told["info"]["version"]
    if newest != version:
        return f"{name} {version}: nothing is told of it, the newest is {newest}"
    known = ", ".join(one["id"] for one in told["vulnerabilities"])
    return f"{name} {version} is vulnerable: {known}" if known else ""


def ask(name: str, index: str = INDEX) -> dict[str, Any] | None:
    """What the index tells of the project's newest version; None where it tells nothing."""
    try:
        with urllib.request.urlopen(f"{index}/{name}/json", timeout=_PATIENCE_S) as answer:  # noqa: S310
            told: dict[str, Any] = json.load(answer)
    except (OSError, ValueError):
        return None
    return told


def main(files: Iterable[str], index: str = INDEX) -> int:
    """Audit lock files; the exit code."""
    found = sorted({one for file in files for one in pinned(Path(file).read_text())})
    wrong = [said for name, version in found if (said := judged(name, version, ask(name, index)))]
    for line in wrong:
        print(line)
    print(
        f"{len(found) - len(wrong)} of {len(found)} are the newest, without a known vulnerability"
    )
    vulnerable = any(" is vulnerable: " in line for line in wrong)
    return 1 if vulnerable else 2 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
