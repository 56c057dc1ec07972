"""Draw the README's pictures from made data: `/costs` as SVG, the page as PNG (by chromium).

Usage: python -m tools.pictures [--check]

Exit codes: 0 written; with --check: 0 where the picture of `/costs` is as the code draws it, 1
otherwise.
"""

from __future__ import annotations

import html
import os
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from cheaproute.ledger import store
from cheaproute.report import costs
from cheaproute.report.page import render
from cheaproute.report.terminal import draw, screen
from tests import ledgers
from tests.browser import chromium

PLACE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "docs", "images")
SCREEN, PAGE = os.path.join(PLACE, "costs.svg"), os.path.join(PLACE, "page.png")
_LINE, _LETTER, _EDGE = 19, 8.4, 18
_SIZE = {"width": 1100, "height": 1250, "deviceScaleFactor": 1, "mobile": False}


def made(place: str) -> sqlite3.Connection:
    """A ledger of a year that nobody lived."""
    db = store.connect(os.path.join(place, "ledger.db"))
    ledgers.year(db)
    return db


def costs_svg(db: sqlite3.Connection) -> str:
    """`/costs` as a drawing of a terminal."""
    shown = screen.render(costs.build(db, ledgers.NOW_MS), draw.Look(70), home="/home/u")
    lines = ["> /costs", "", *shown.splitlines()]
    width = round(70 * _LETTER) + 2 * _EDGE
    height = len(lines) * _LINE + 2 * _EDGE
    texts = "".join(
        f'<text x="{_EDGE}" y="{_EDGE + 14 + n * _LINE}" xml:space="preserve">'
        f"{html.escape(line)}</text>"
        for n, line in enumerate(lines)
        if line
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-label="The screen of /costs">'
        f'<rect width="{width}" height="{height}" rx="10" fill="#1c2024"/>'
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" '
        f'font-size="14" fill="#e8eaed">{texts}</g></svg>\n'
    )


def page_png(db: sqlite3.Connection, path: str, place: str) -> None:
    """The page's upper part, as a browser shows it."""
    source = Path(place) / "page.html"
    source.write_text(render.render(db, costs.build(db, ledgers.NOW_MS), home="/home/u"))
    with chromium(Path(place) / "profile") as browser:
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", _SIZE)
        browser.get(source.as_uri())
        browser.save_screenshot(path)


def main(arguments: list[str]) -> int:
    """Write both, or with `--check` compare the one that is text."""
    with tempfile.TemporaryDirectory() as place, closing(made(place)) as db:
        drawn = costs_svg(db)
        if "--check" in arguments:
            with open(SCREEN, encoding="utf-8") as file:
                return int(file.read() != drawn)
        os.makedirs(PLACE, exist_ok=True)
        with open(SCREEN, "w", encoding="utf-8") as file:
            file.write(drawn)
        page_png(db, PAGE, place)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
