"""The card of a plan's own limits: the 5-hour block and the week, as Claude Code last told them."""

from __future__ import annotations

from cheaproute.report import dates
from cheaproute.report.costs import Report
from cheaproute.report.figures import amount
from cheaproute.report.page.markup import section, table, text
from cheaproute.report.terminal import screen


def limits(report: Report) -> str:
    """How full each is, when it begins anew, and whether it lasts; "" where nobody told."""
    if not report.windows:
        return ""
    rows = []
    for window, sums in zip(report.windows, report.burnt, strict=True):
        full = window.full_ms()
        left = dates.lasting(window.resets_ms - report.now_ms)
        rows.append(
            (
                window.name.capitalize(),
                f"{window.percent:.0f} %",
                f"{screen.when(window.resets_ms, report)} (in {left})",
                "lasts" if full is None else f"full {screen.when(full, report)}",
                amount(sums),
            )
        )
    told = dates.ago(report.windows[0].told_ms, report.now_ms)
    return section(
        "limits",
        "Your plan's limits",
        table(("Limit", "Used", "Resets", "At this pace", "List price"), rows, css="li"),
        f'<p class="note">By Claude Code\'s own figures, {text(told)}.</p>',
    )
