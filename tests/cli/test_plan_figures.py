"""One engine: the plan, `costs`, `doctor`, the page, the story and the weekly line agree."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli import story
from cheaproute.cli.context import Context
from cheaproute.cli.doctor import plan as doctor
from cheaproute.cli.main import main
from cheaproute.ledger import store
from cheaproute.money import show
from cheaproute.plan import reminder
from tests.plan import month as made
from tests.plan.month import Month, long_session

_ENDS = ("saves", "low", "high")


def _hard(month: Month) -> None:
    for number in range(20):
        month.turn(number * 15, "architecture", "opus")


def _all(month: Month) -> None:
    for put in (made.failing_category, made.wasteful_agent, made.everyday_opus, _hard):
        put(month)
    for number in range(0, 300, 30):
        long_session(month, number, pause=1_200)


def _base(plan: dict[str, Any], spent: str, billing: str) -> str:
    """The sum that the saving is told of, by what is set now, and the bill where it differs."""
    bill = f"{'bill' if billing == 'api' else 'list price'} of {spent}"
    stood, paid = plan["in_force"]["would_cost_usd"], plan["spent_usd"]
    if abs(stood - paid) < 0.01:
        return bill
    beside = f"{show(round(stood * 1e9))} by what is set now"
    if stood < paid:
        return f"{beside} (their {bill})"
    than = plan["together"]["less_than_spent_usd"]
    much = f"{show(round(abs(than) * 1e9))} {'less' if than >= 0 else 'more'}"
    return f"{beside}, {much} than their {bill}"


def _net(plan: dict[str, Any]) -> dict[str, float]:
    """What the steps save together, told of the less of both: for who has room for one."""
    over = max(0.0, plan["in_force"]["would_cost_usd"] - plan["spent_usd"])
    over = over if over >= 0.01 else 0.0
    sums = plan["together"]
    return {
        **{f"{key}_usd": sums[f"{key}_usd"] - over for key in _ENDS},
        "of_usd": min(sums["of_usd"], plan["spent_usd"]),
        "leaves_usd": sums["leaves_usd"],
    }


def _together(sums: dict[str, float], billing: str) -> str:
    """What the steps give together: dollars, of a subscription shares of the list price."""
    if billing == "api":
        saves, low, high = (show(round(sums[f"{key}_usd"] * 1e9)) for key in _ENDS)
        return f"{saves} less ({low} to {high})"
    shares = [f"{100 * sums[f'{key}_usd'] / sums['of_usd']:.0f} %" for key in _ENDS]
    return f"{shares[0]} less ({' to '.join(dict.fromkeys(shares[1:]))})"


@pytest.mark.parametrize("put", [_all, _hard, made.wasteful_agent])
@pytest.mark.parametrize("looks", [30, 20])
@pytest.mark.parametrize("billing", ["api", "plan"])
def test_the_same_figures_everywhere(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    put: Callable[[Month], None],
    looks: int,
    billing: str,
) -> None:
    """Of the same days: what was spent, what would have been saved, from how much to how much."""
    home = tmp_path / "data"
    monkeypatch.setenv("CHEAPROUTE_HOME", str(home))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setattr(Context, "now_ms", lambda _self: made.NOW_MS)
    with closing(store.connect(str(home / "ledger.db"))) as db:
        put(Month(db))
    (home / "config.toml").write_text(f'billing = "{billing}"\n[plan]\ndays = {looks}\n')

    def said(*words: str) -> str:
        capsys.readouterr()
        assert main([*words]) == 0
        return " ".join(capsys.readouterr().out.split())

    plan = json.loads(said("plan", "--json"))
    costs = json.loads(said("costs", f"{plan['since']}..{plan['until']}", "--json"))
    assert costs["total_usd"] == pytest.approx(plan["spent_usd"], abs=1e-9)
    span = [date.fromisoformat(plan[end]) for end in ("since", "until")]
    days = (span[1] - span[0]).days + 1
    assert days <= looks
    sums, net = plan["together"], _net(plan)
    spent, saves, low, high = (
        show(round(usd * 1e9))
        for usd in (plan["spent_usd"], sums["saves_usd"], sums["low_usd"], sums["high_usd"])
    )
    screen = said("plan")
    assert spent in screen
    # What is left, of which sum, and against the bill: one form wherever a saving is named.
    instead = (
        f"{show(round(sums['leaves_usd'] * 1e9))} in place of the {_base(plan, spent, billing)}"
    )
    assert plan["together"]["of_usd"] == plan["in_force"]["would_cost_usd"]
    if plan["steps"]:
        assert instead in screen
    if len(plan["steps"]) > 1:
        assert f"Together: {_together(sums, billing)}, {instead}" in screen

    with closing(Context(dict(os.environ))) as context:
        (finding,) = doctor.savings(context)
        assert f"would have saved {saves}" in finding.what
        assert f"in {days} days: {instead}" in finding.what
        capsys.readouterr()
        story.tell(context)
        told = " ".join(capsys.readouterr().out.split())
    assert spent in told
    if plan["steps"] and plan["together"]["saves_usd"] >= 1:
        assert f"{saves} ({low} to {high}), {instead}" in told

    page = tmp_path / "page.html"
    said("report", f"{plan['since']}..{plan['until']}", "-o", str(page))
    card = " ".join(html.unescape(re.sub(r"<[^>]+>|&nbsp;", " ", page.read_text())).split())
    assert re.search(rf"Where the money went .* Total {re.escape(spent)} 100 %", card)
    if plan["steps"]:
        assert f"replayed: {saves} less ({low} to {high}), {instead}" in card

    assert reminder.worth(dict(os.environ), made.NOW_MS) == max(0, round(net["low_usd"] * 1e9))
    with closing(store.connect(str(home / "ledger.db"))) as db:
        line = reminder.line(db, {"nudge_usd": 0}, made.NOW_MS, subscription=billing == "plan")
    assert f" cost {show(round(net['low_usd'] * 1e9))} " in line
    assert f" less than the {show(round(net['of_usd'] * 1e9))} " in line
    assert spent in line
    assert f"last {days} days" in line
