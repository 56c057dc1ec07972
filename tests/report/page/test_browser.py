from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from cheaproute.cli.main import main
from cheaproute.money import NANO
from cheaproute.report import costs
from cheaproute.report.page import render
from cheaproute.report.page.facts import Plan, Step
from tests import ledgers
from tests.browser import chromium, complaints
from tests.ledgers import NOW_MS, TODAY
from tests.marks import in_long

pytestmark = pytest.mark.browser


def test_the_page_in_a_browser(
    full: sqlite3.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It renders without a complaint, fits, and shows the figures of `costs --json`."""
    home = os.path.dirname(full.execute("PRAGMA database_list").fetchone()[2])
    monkeypatch.setenv("CHEAPROUTE_HOME", home)
    monkeypatch.setattr("time.time", lambda: NOW_MS / 1000)
    file = tmp_path / "report.html"
    assert main(["report", "-o", str(file)]) == 0
    capsys.readouterr()
    assert main(["costs", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    with chromium(tmp_path / "profile") as browser:
        browser.get(file.as_uri())

        def shown(selector: str) -> list[str]:
            return [found.text for found in browser.find_elements(By.CSS_SELECTOR, selector)]

        assert shown("#total") == [f"${told['total_usd']:,.2f}"]
        assert shown("#today") == [f"${told['today_usd']:,.2f}"]
        assert shown("#forecast") == [f"${told['forecast_usd']:,.2f}"]
        assert shown("#saved") == [f"${told['saved_usd']:,.2f}"]
        assert shown("#routed") == [str(told["routed"])]
        assert shown("#spend tbody tr td:first-child")[: len(told["by_model"])] == [
            row["model"].removeprefix("claude-") for row in told["by_model"]
        ]
        assert shown("#spend tfoot td:nth-child(2)") == [f"${told['total_usd']:,.2f}"]
        assert shown("#source tfoot td:nth-child(2)") == [f"${told['total_usd']:,.2f}"]
        _drawn_as_told(browser, told)
        assert complaints(browser) == []


def _drawn_as_told(browser: object, told: dict[str, list[dict[str, float]]]) -> None:
    """The heights of the bars are in the proportion of the days' amounts."""
    assert hasattr(browser, "execute_script")
    heights = browser.execute_script(
        "const bars = {}; for (const bar of document.querySelectorAll('#spend .bar')) {"
        " const day = bar.querySelector('title').textContent.split(' · ')[0];"
        " bars[day] = (bars[day] || 0) + bar.querySelector('rect').getBBox().height; }"
        " return bars"
    )
    amounts = {f"{int(str(row['day'])[-2:])} Nov": row["cost_usd"] for row in told["by_day"]}
    dearest = max(amounts, key=lambda day: amounts[day])
    scale = heights[dearest] / amounts[dearest]
    assert scale > 0
    for day, amount in amounts.items():
        assert heights[day] == pytest.approx(amount * scale, abs=0.5)


def test_it_is_readable_by_everybody(full: sqlite3.Connection, tmp_path: Path) -> None:
    """Contrast in light and dark, charts named, Tab reaches all, a phone fits, print has all."""
    ledgers.add_call(full, "x", TODAY, project="/a/" + "very-long-name-" * 12)
    file = tmp_path / "report.html"
    file.write_text(render.render(full, costs.build(full, NOW_MS)), encoding="utf-8")
    with chromium(tmp_path / "profile") as browser:
        browser.get(file.as_uri())
        for scheme in ("light", "dark"):
            browser.execute_cdp_cmd(
                "Emulation.setEmulatedMedia",
                {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
            )
            assert browser.execute_script(_LEAST_CONTRAST) >= 4.5
        assert browser.execute_script(
            "return [...document.querySelectorAll('svg')]"
            ".every(drawing => drawing.ariaLabel && drawing.role == 'img')"
        )
        focusable = browser.execute_script(
            "return [...document.querySelectorAll('summary, .scroll')]"
            ".every(found => found.tabIndex >= 0)"
        )
        assert focusable
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": 375, "height": 800, "deviceScaleFactor": 2, "mobile": True},
        )
        assert browser.execute_script("return document.documentElement.scrollWidth") == 375
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        row = "return document.querySelector('details table').getBoundingClientRect().height"
        assert browser.execute_script(row) == 0
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        assert browser.execute_script(row) > 100
        assert complaints(browser) == []


# The least contrast (WCAG 2) of any text to the nearest opaque background behind it.
_LEAST_CONTRAST = """
const light = c => { const p = c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
  .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]; };
const behind = node => { for (; node; node = node.parentElement) {
  const c = getComputedStyle(node).backgroundColor;
  if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
let least = 99;
for (const node of document.querySelectorAll('h1, h2, p, td, th, dt, dd, li, summary, svg text')) {
  const style = getComputedStyle(node);
  const [a, b] = [light(node.closest('svg') ? style.fill : style.color), light(behind(node))];
  least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
}
return least;
"""


@pytest.mark.parametrize("width", [in_long(320), 400, in_long(700), 1280, in_long(1600)])
def test_it_fits_whatever_shows_it(full: sqlite3.Connection, tmp_path: Path, width: int) -> None:
    """Nothing is wider than the screen, drawings and calendar are seen whole, no label folds up."""
    html = tmp_path / "page.html"
    html.write_text(render.render(full, costs.build(full, NOW_MS)))
    with chromium(tmp_path / "profile") as browser:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(html.as_uri())
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        cut = browser.execute_script(
            "return [...document.querySelectorAll('.scroll:has(svg, .cal), #projects .scroll')]"
            ".filter(frame => frame.scrollWidth > frame.clientWidth + 1)"
            ".map(frame => frame.textContent.slice(0, 40))"
        )
        assert cut == []
        tall = browser.execute_script(
            "return [...document.querySelectorAll('td:first-child')].filter("
            "cell => cell.offsetParent && cell.offsetHeight > 80).map(cell => cell.textContent)"
        )
        assert tall == []
        tops = browser.execute_script(
            "return [...document.querySelectorAll('.tiles div')].map(tile => tile.offsetTop)"
        )
        assert len({tops.count(top) for top in tops}) == 1  # as many in each row


@pytest.mark.parametrize("width", [in_long(320), 400, in_long(660), 800])
def test_plan_and_routing_fit_without_folding_up(
    full: sqlite3.Connection, tmp_path: Path, width: int
) -> None:
    """No column is cut, a risk is no ribbon, a setting's name breaks between its words."""
    risk = "none for the answers; pings cost while you are away, up to plan.keep_warm_usd a day"
    steps = [
        Step("Keep the cache warm", "plan.keep_warm", saves * NANO, NANO, 180 * NANO, risk, beside)
        for saves, beside in ((165, ""), (2, "on top of the others"))
    ]
    made = Plan(
        TODAY - 29, TODAY + 1, 360 * NANO, 166 * NANO, 0, 0, steps, [], held_nano=-39 * NANO
    )
    html = tmp_path / "page.html"
    html.write_text(render.render(full, costs.build(full, NOW_MS), plan=made))
    with chromium(tmp_path / "profile") as browser:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(html.as_uri())
        wide = browser.execute_script(
            "return [...document.querySelectorAll('.scroll:has(.pl, .ro)')]"
            ".map(frame => frame.scrollWidth - frame.clientWidth)"
        )
        assert len(wide) == 2
        assert max(wide) <= 1
        lines = browser.execute_script(
            "const cell = document.querySelector('.pl td:last-child');"
            "return cell.offsetHeight / parseFloat(getComputedStyle(cell).lineHeight)"
        )
        assert lines < (5 if width >= 800 else 11)
    assert "keep_<wbr>warm_<wbr>usd" in html.read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(full: sqlite3.Connection, tmp_path: Path, scheme: str) -> None:
    """Every text stands out from what is behind it by 4.5 or more."""
    html = tmp_path / "page.html"
    html.write_text(render.render(full, costs.build(full, NOW_MS)))
    with chromium(tmp_path / "profile") as browser:
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        browser.get(html.as_uri())
        assert browser.execute_script(_FAINT) == []


# Texts whose contrast with the nearest painted background is under 4.5 (WCAG 2).
_FAINT = """
const rgb = css => css.match(/[\\d.]+/g).map(Number)
const light = ([r, g, b]) => {
  const part = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
}
const behind = node => {
  for (; node; node = node.parentElement) {
    const color = rgb(getComputedStyle(node).backgroundColor)
    if (color.length < 4 || color[3] > 0) return color
  }
  return [255, 255, 255]
}
return [...document.querySelectorAll('body *')]
  .filter(n => [...n.childNodes].some(c => c.nodeType === 3 && c.textContent.trim()))
  .filter(n => n.tagName !== 'title' && n.tagName !== 'STYLE')
  .filter(n => {
    const style = getComputedStyle(n)
    const ink = light(rgb(n.ownerSVGElement ? style.fill : style.color)), paper = light(behind(n))
    return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05) < 4.5
  })
  .map(n => n.tagName + ' ' + n.textContent.slice(0, 30))
"""
