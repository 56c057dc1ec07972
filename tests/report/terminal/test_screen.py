from __future__ import annotations

import sqlite3

import pytest

from cheaproute.ledger import schema
from cheaproute.report import costs, hint
from cheaproute.report.terminal import command, draw, screen
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY

SCREEN = """\
cheaproute · November 2026 (UTC, day 22 of 30)

Month            $3.50  of $10.00  ███████░░░░░░░░░░░░░  35 %
Forecast         $6.93  by 30 Nov
Today            $0.50
14 days     ············█▂  most on 21 Nov: $3.00
Routed               1  of 2 subagents to a cheaper model
Saved (net)      $0.25

By model                      Cost  Share  Calls     In  Cached    Out
claude-opus-5-5              $3.00   86 %      1  51.0k    98 %    100
claude-haiku-5-5             $0.50   14 %      1  51.0k    98 %    100

By source                     Cost  Share  Calls
main loop                    $3.00   86 %      1
subagents                    $0.50   14 %      1

By project                    Cost  Share  Calls
~/src/shop                   $3.50  100 %      2"""


def test_the_screen(db: sqlite3.Connection) -> None:
    """The whole screen of a small month, character by character."""
    ledgers.add_call(db, "m0", TODAY - 20, cost_nano=0, tokens=(0, 0, 0, 0, 0))
    db.execute("DELETE FROM call")
    ledgers.add_call(db, "old", TODAY - 40, cost_nano=0, tokens=(0, 0, 0, 0, 0))
    ledgers.add_call(db, "m1", TODAY - 1, cost_nano=3_000_000_000)
    ledgers.add_call(
        db,
        "m2",
        TODAY,
        model="claude-haiku-5-5",
        source=schema.SUBAGENT,
        cost_nano=500_000_000,
        saved_nano=250_000_000,
    )
    ledgers.add_dispatch(db, "t1", TODAY, action="routed", routed="haiku")
    ledgers.add_dispatch(db, "t2", TODAY, action="pinned")
    ledgers.set_cap(db, 10)
    assert screen.render(costs.build(db, NOW_MS), home="/home/u") == SCREEN


def test_an_empty_ledger_says_what_to_do(db: sqlite3.Connection) -> None:
    """The first screen has no table and one hint."""
    shown = screen.render(costs.build(db, NOW_MS))
    assert "Month            $0.00  no cap is set" in shown
    assert shown.endswith("Hint  no calls yet: `cheaproute import` reads your history")


@pytest.mark.parametrize("view", ["", *command.VIEWS, "nonsense"])
def test_every_view_fits_the_screen(full: sqlite3.Connection, view: str) -> None:
    """Under 40 lines, at most 70 columns, with more models and projects than fit."""
    for n in range(60):
        ledgers.add_call(
            full,
            f"x{n}",
            TODAY,
            model=f"us.anthropic.claude-opus-{n}-20261101-v1:0",
            project=f"/a/{'very-' * 30}{n}",
            cost_nano=None if n % 2 else 1_123_456_789_000,
            final=n % 3 != 0,
        )
    lines = command.answer(view, full, NOW_MS, cwd=f"/a/{'very-' * 30}0", plan=True).splitlines()
    assert len(lines) < 40
    assert max(map(len, lines)) <= draw.WIDTH


@pytest.mark.parametrize(
    ("calls", "cap", "said"),
    [
        (0, None, "no calls yet"),
        (1, None, "no cap is set"),
        (1, 1, "the cap is reached"),
        (9, 10, "at this pace the cap is reached on 22 Nov"),
        (1, 90, ""),
    ],
)
def test_one_hint_where_there_is_something_to_do(
    db: sqlite3.Connection, calls: int, cap: int | None, said: str
) -> None:
    """The most pressing thing is said in a line that fits; all being well, nothing is."""
    for n in range(calls):
        ledgers.add_call(db, f"m{n}", TODAY - n % 2)
    if cap:
        ledgers.set_cap(db, cap)
    word = hint.choose(costs.build(db, NOW_MS))
    assert word.startswith(said)
    assert bool(word) == bool(said)
    assert len(f"Hint  {word}") <= draw.WIDTH


def test_an_empty_month_of_a_full_ledger(full: sqlite3.Connection) -> None:
    """Where there is nothing to show, the hint says where there is something."""
    report = costs.build(full, NOW_MS, month="2024-01")
    assert hint.choose(report) == "no calls here; the ledger begins on 2025-11-22"


def test_a_plan_says_so(full: sqlite3.Connection) -> None:
    """On a plan the amounts are named list-price equivalents."""
    shown = screen.render(costs.build(full, NOW_MS, plan=True)).splitlines()
    assert shown[1] == "list-price equivalent: your plan is not billed per token"


def test_marks_show(db: sqlite3.Connection) -> None:
    """Unknown prices and lower bounds are marked in the total and in their row, and explained."""
    ledgers.add_call(db, "m1", TODAY, cost_nano=None, model="claude-next-9")
    ledgers.add_call(db, "m2", TODAY, final=0)
    shown = screen.render(costs.build(db, NOW_MS))
    assert "Month          ≥$1.00+" in shown
    assert "claude-next-9               $0.00+" in shown
    assert "1 call has no price (+)" in shown


def test_another_month_has_no_cap_and_no_forecast(full: sqlite3.Connection) -> None:
    """A month that is over is not measured against today's cap."""
    shown = screen.render(costs.build(full, NOW_MS, month="2026-05"))
    assert shown.startswith("cheaproute · May 2026 (UTC)")
    assert "Forecast" not in shown
    assert "Today" not in shown
    assert " of $" not in shown


@pytest.mark.parametrize(
    ("prompt", "view"),
    [
        ("/costs", ""),
        ("/cheaproute:costs", ""),
        ("  /costs  Today ", "today"),
        ("/costs why did", "why"),
        ("/costsx", None),
        ("what are /costs", None),
        ("", None),
        ("/cost", None),
    ],
)
def test_what_is_the_command(prompt: str, view: str | None) -> None:
    """Only a prompt that begins with the command is one."""
    assert command.view(prompt) == view


def test_the_hooks_entry(db: sqlite3.Connection) -> None:
    """The hook gets a text for the command, None for any other prompt."""
    assert command.costs_command("fix the bug", db, NOW_MS) is None
    assert "no view" in (command.costs_command("/costs sofar", db, NOW_MS) or "")
    assert "no view" in (command.costs_command("/costs 2026-13", db, NOW_MS) or "")
    assert "May 2026 (UTC)" in (command.costs_command("/costs 2026-05", db, NOW_MS) or "")
    assert "no subagent" in (command.costs_command("/costs why", db, NOW_MS) or "")
