"""`/costs` as it is typed in a session: recognised, and answered without an API call (hot path)."""

from __future__ import annotations

from cheaproute import days

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3

NAMES = ("/costs", "/cheaproute:costs")
VIEWS = ("today", "week", "project", "models", "why")


def view(prompt: str) -> str | None:
    """The view `prompt` asks for ("" for the one screen); None if it is not this command.

    A word that is no view gets the one screen, which names the views.
    """
    words = prompt.split(None, 2)
    if not words or words[0] not in NAMES:
        return None
    return words[1].lower() if len(words) > 1 else ""


def answer(
    wanted: str,
    db: sqlite3.Connection,
    now_ms: int,
    *,
    plan: bool = False,
    cwd: str = "",
    home: str = "",
) -> str:
    """The text of `wanted` (from `view`): under 40 lines of at most 70 columns.

    It is one of `VIEWS`, a month (`2026-11`), or "" for the one screen of the running month.
    `cwd` is the session's directory, for `project`; `plan`: amounts are list-price equivalents.
    """
    from cheaproute.report import costs, dates
    from cheaproute.report.terminal import decisions, screen, views

    today = days.day_of(now_ms)
    if wanted == "why":
        return decisions.screen(db, now_ms)
    if wanted == "week":
        return views.week(costs.build(db, now_ms, days=(today - 6, today + 1), plan=plan))
    if wanted == "today":
        report = costs.build(db, now_ms, days=(today, today + 1), plan=plan)
    elif dates.is_month(wanted):
        report = costs.build(db, now_ms, month=wanted, plan=plan)
    else:
        report = costs.build(db, now_ms, project=cwd if wanted == "project" else "", plan=plan)
    if wanted == "models":
        return views.models(report)
    shown = screen.render(report, home=home)
    if wanted and wanted not in VIEWS and not dates.is_month(wanted):
        shown += (
            f"\n\n`{wanted[:40]}` is no view. There are:\n{', '.join(VIEWS)}, 2026-11 (a month)"
        )
    return shown


def costs_command(
    prompt: str,
    db: sqlite3.Connection,
    now_ms: int,
    *,
    plan: bool = False,
    cwd: str = "",
    home: str = "",
) -> str | None:
    """`answer` to `prompt`, None if it is not the command."""
    wanted = view(prompt)
    if wanted is None:
        return None
    return answer(wanted, db, now_ms, plan=plan, cwd=cwd, home=home)
