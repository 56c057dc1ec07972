"""One figure, one value: on the screen, in JSON and CSV, on the page and the status line."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from cheaproute.cli.main import main
from cheaproute.config import paths
from cheaproute.days import DAY_MS
from cheaproute.hook import statusline
from cheaproute.hook.context import Context
from cheaproute.hook.event import Event
from cheaproute.hook.events import user_prompt_submit
from cheaproute.ledger import meta, store
from cheaproute.ledger.query import coverage
from cheaproute.money import show
from cheaproute.report.figures import FIGURES
from tests import ledgers
from tests.conftest import ROOT
from tests.ledgers import NOW_MS, TODAY


@pytest.fixture
def env(full: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A user with a year behind them, a call of unknown price, and one that is a lower bound."""
    ledgers.add_call(full, "unknown", TODAY, model="claude-next-9", cost_nano=None)
    for n in range(5):  # one of so many calls would be no lower bound yet
        ledgers.add_call(full, f"partial{n}", TODAY - 1, final=0)
    data = os.path.dirname(full.execute("PRAGMA database_list").fetchone()[2])
    monkeypatch.setenv("CHEAPROUTE_HOME", data)
    monkeypatch.setattr("time.time", lambda: NOW_MS / 1000)
    return {"HOME": os.environ["HOME"], "CHEAPROUTE_HOME": data, "NO_COLOR": "1"}


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command prints."""
    assert main(words) == 0
    return capsys.readouterr().out


def figures(screen: str) -> dict[str, str]:
    """The amounts of a screen's head, by their names."""
    found = re.findall(r"^(Month|Forecast|Today|Routed|Saved \(net\)) +(\S+)", screen, re.MULTILINE)
    return dict(found)


def test_what_was_not_routed_is_of_those_that_ran(
    env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Screen, page and `--json` count all that ran since cheaproute is here, asked about or not."""
    haiku = {"action": "routed", "category": "search", "routed": "haiku"}
    missed = {"category": "search", "agent": "a3", "resolved": "claude-sonnet-5-5"}
    with closing(store.connect(paths.ledger_file(env))) as db:
        db.execute("DELETE FROM dispatch")
        meta.put(db, coverage.SINCE_MS, str((TODAY - 3) * DAY_MS))
        add = ledgers.add_dispatch
        add(db, "t1", TODAY - 1, **haiku, resolved="claude-haiku-5-5", agent="a1")
        add(db, "t2", TODAY - 1, **haiku, resolved="claude-sonnet-5-5", agent="a2")
        add(db, "t3", TODAY - 1, **missed)
        add(db, "t4", TODAY - 1, category="search")  # refused
        add(db, "t5", TODAY - 1, **haiku)  # refused, too
        add(db, "t6", TODAY - 4, **missed)  # before
        never = {"agent": "a9", "resolved": "claude-haiku-5-5"}  # no request of it was answered
        for how in ("cut", "error", "running"):
            add(db, how, TODAY - 1, **haiku, **never, status=how)
        add(db, "t7", TODAY - 1, category="search", **never, status="cut")
    told = json.loads(printed(capsys, "costs", "--json"))
    assert (told["dispatches"], told["routed"]) == (3, 1)
    assert "1  of 3 subagents to a cheaper model" in printed(capsys, "costs")
    page = printed(capsys, "report", "-o", "-")
    assert '<dd id="routed">1</dd><dd>of 3 subagents</dd>' in page
    [row] = re.findall(r"<tr>(?:(?!</tr>).)*search.*?</tr>", page, re.DOTALL)
    assert re.findall(r"<td[^>]*>([^<]*)</td>", row)[:3] == ["search", "3", "1"]


def test_all_forms_show_the_same_figures(
    env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Month, today, forecast, routed, saved and each model and source: one value everywhere."""
    told: dict[str, Any] = json.loads(printed(capsys, "costs", "--json"))
    amounts = {
        "Month": f"≥{show(round(told['total_usd'] * 1e9))}+",
        "Forecast": f"≥{show(round(told['forecast_usd'] * 1e9))}+",
        "Today": f"{show(round(told['today_usd'] * 1e9))}+",
        "Routed": str(told["routed"]),
        "Saved (net)": show(round(told["saved_usd"] * 1e9)),
    }
    screen = printed(capsys, "costs")
    assert figures(screen) == amounts

    context = Context(env, NOW_MS)
    answer = user_prompt_submit.handle(Event({"prompt": "/costs", "cwd": "/"}), context)
    context.close()
    assert answer
    # A session's lines are as wide as its terminal, a pipe's are not broken.
    assert str(answer["reason"]).split() == screen.replace(env["HOME"], "~").split()

    page = printed(capsys, "report", "-o", "-")
    for id_, name in (("total", "Month"), ("today", "Today"), ("forecast", "Forecast"),
                      ("saved", "Saved (net)"), ("routed", "Routed")):  # fmt: skip
        assert f'<dd id="{id_}">{amounts[name]}</dd>' in page

    line = statusline.respond(json.dumps({"cwd": "/"}).encode(), env, NOW_MS)
    assert f"today {amounts['Today']} · month {amounts['Month']} of" in line

    caps = printed(capsys, "cap")
    assert f"{amounts['Month']} of " in caps
    assert f"at this pace {amounts['Forecast']}" in caps
    told_caps = json.loads(printed(capsys, "cap", "--json"))
    marks = {name: told_caps[name]["lower_bound"] for name in ("month", "day", "session")}
    assert marks == {"month": True, "day": True, "session": False}

    for key in ("model", "source"):
        rows = csv.DictReader(io.StringIO(printed(capsys, "costs", "--csv", "--by", key)))
        listed = {row[key]: float(row["cost_usd"]) for row in rows}
        assert listed == {row[key]: row["cost_usd"] for row in told[f"by_{key}"]}
        assert sum(listed.values()) == pytest.approx(told["total_usd"], abs=1e-9)
    for row in told["by_model"]:
        short = row["model"].removeprefix("claude-")
        shown = show(round(row["cost_usd"] * 1e9))
        assert re.search(rf"^{short} +≥?{re.escape(shown)}", screen, re.MULTILINE)
        assert re.search(rf"<td>{short}</td><td>≥?{re.escape(shown)}", page)


def test_the_month_is_the_sum_of_its_days(
    env: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The days of a month, asked for one by one, come to the month."""
    told = json.loads(printed(capsys, "costs", "--json"))
    days = [
        json.loads(printed(capsys, "costs", "--json", "--since", day, "--until", day))["total_usd"]
        for day in (row["day"] for row in told["by_day"])
    ]
    assert env
    assert sum(days) == pytest.approx(told["total_usd"], abs=1e-9)


def test_the_names_are_the_documented_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """`--explain` has every figure in its order; the table in docs has the same."""
    shown = printed(capsys, "costs", "--explain")
    assert re.findall(r"^(\S.*)$", shown, re.MULTILINE) == list(FIGURES)
    with open(os.path.join(ROOT, "docs", "costs.md"), encoding="utf-8") as file:
        table = re.findall(r"^\| \*\*(.+?)\*\* \|", file.read(), re.MULTILINE)
    assert table == list(FIGURES)
