"""A step that pays only with others is said, shown and applied so; what costs more comes first."""

from __future__ import annotations

import json
import os
import tomllib
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.cli import story
from cheaproute.cli.context import Context
from cheaproute.cli.main import main
from cheaproute.ledger import store
from cheaproute.money import NANO, show
from cheaproute.plan import look
from cheaproute.plan.steps.step import Undone
from tests.plan import month as made
from tests.plan.month import Month, broken_session

LOOK = ("--days", "28")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history in which an hour's cache pays only as long as contexts are long."""
    home = tmp_path / "data"
    monkeypatch.setenv("CHEAPROUTE_HOME", str(home))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("CHEAPROUTE_COLUMNS", "100")
    (tmp_path / "claude").mkdir()
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: made.NOW_MS)
    with closing(store.connect(str(home / "ledger.db"))) as db:
        month = Month(db)
        for number in range(5):
            broken_session(month, number)
    (home / "config.toml").write_text('billing = "plan"\n[plan]\nmin_usd = 0.5\n')
    return home


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command that goes well says, in one line."""
    capsys.readouterr()
    assert main(["plan", *words, *LOOK]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_a_step_that_does_not_pay_alone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said at the step, shown with both figures, refused alone, written with what it needs."""
    plan = json.loads(said(capsys, "--json"))
    names = [one["name"] for one in plan["steps"]]
    cache = plan["steps"][names.index("cache")]
    number, needed = names.index("cache") + 1, names.index("window") + 1
    assert cache["needs"] == ["window"]
    assert cache["alone_usd"]["low"] <= cache["alone_usd"]["saves"] < 0 < cache["saves_usd"]
    assert cache["risk"] != "none"
    more = f"it would have cost {show(round(-cache['alone_usd']['saves'] * 1e9))} more"
    line = f"Only together with step {needed}: alone {more}."
    assert line in said(capsys)
    shown = said(capsys, "show", str(number))
    assert line in shown
    assert f"Alone: {show(round(-cache['alone_usd']['saves'] * 1e9))} more" in shown
    assert f"on top of the others: {show(round(cache['saves_usd'] * 1e9))} less" in shown

    before = (home / "config.toml").read_bytes()
    for word in (str(number), "cache"):
        assert main(["plan", "apply", word, "--yes", *LOOK]) == 2
        told = " ".join(capsys.readouterr().err.split())
        assert "cache pays only together with window" in told
        assert more in told
        assert "`cheaproute plan apply window cache`" in told
    assert (home / "config.toml").read_bytes() == before
    assert not (home / "plan.toml").exists()

    assert main(["plan", "apply", *LOOK]) == 1  # nobody is asked, nothing is written
    told = " ".join(capsys.readouterr().out.split())
    assert told.startswith(
        f"All {len(names)} steps of the plan; `cheaproute plan apply window` is one of them"
    )
    assert "Together: " in said(capsys, "apply", str(needed), str(number), "--yes")
    (applied,) = tomllib.loads((home / "plan.toml").read_text())["applied"]
    assert [one["name"] for one in applied["steps"]] == ["window", "cache"]
    after = json.loads(said(capsys, "--json"))["in_force"]
    assert set(after["levers"]) == {"window", "cache"}
    assert after["saves_usd"] == pytest.approx(applied["saves_usd"], abs=1e-9)


def test_one_alone_foretells_what_it_gives_alone(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is noted, to be judged by, is not what it adds to steps that were not applied."""
    plan = json.loads(said(capsys, "--json"))
    (window,) = [one for one in plan["steps"] if one["name"] == "window"]
    said(capsys, "apply", "window", "--yes")
    (applied,) = tomllib.loads((home / "plan.toml").read_text())["applied"]
    assert applied["saves_usd"] == window["alone_usd"]["saves"]
    assert json.loads(said(capsys, "--json"))["in_force"]["saves_usd"] == applied["saves_usd"]


def test_what_costs_more_is_said_before_the_steps(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Set by hand, or left over from an `apply`: which lever, how much more, and the way out."""
    settings = tmp_path / "claude" / "settings.json"
    settings.write_text('{"promptCacheTtl": "5m"}')
    found = json.loads(said(capsys, "--json"))["in_force"]
    assert found["saves_usd"] < 0
    more = (
        f"These days would have cost {show(round(found['would_cost_usd'] * 1e9))} by what is set"
        f" now, {show(round(-found['saves_usd'] * 1e9))} more than their list price of"
    )
    by_hand = said(capsys)
    assert more in by_hand.partition(" 1. ")[0]
    assert ": cache, set by hand: what sets it is promptCacheTtl. " in by_hand
    assert "in force already" not in by_hand
    assert "plan undo`; " not in by_hand

    settings.unlink()
    said(capsys, "apply", "window", "cache", "--yes")
    assert "in force already: window, cache; with them these days would have cost $" in said(capsys)
    settings.write_text('{"promptCacheTtl": "5m"}')
    (home / "config.toml").write_text('billing = "plan"\n[plan]\nmin_usd = 0.5\n')
    lines = said(capsys)
    assert more in lines.partition(" 1. ")[0]
    assert ": cache, which `cheaproute plan undo` takes back. " in lines


def test_steps_that_take_from_one_another_say_so_before_the_question(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each gives alone, what both give, and which of them gives more; nothing is made up."""
    plan = json.loads(said(capsys, "--json"))
    names = [one["name"] for one in plan["steps"]]
    undone = Undone(("window", "cache"), 25 * NANO, ("window",), 30 * NANO)
    monkeypatch.setattr(look, "together", lambda *_: ((25 * NANO, 20 * NANO, 26 * NANO), undone))
    assert len(names) > 2
    assert main(["plan", "apply", "window", "cache", *LOOK]) == 1  # nobody is there to be asked
    told = " ".join(capsys.readouterr().out.split())
    assert "window and cache together: $25.00 less; window alone saves more ($30.00 less)" in told
    alone = {one["name"]: round(one["alone_usd"]["saves"] * 1e9) for one in plan["steps"]}
    assert f"(alone: {show(alone['window'])} less" in told
    assert "(with window: " in told
    added = show(alone["window"] + alone["cache"])
    assert f"each alone would add up to {added} less, but they overlap." in told
    assert not (home / "plan.toml").exists()


@pytest.mark.parametrize("billing", ["api", "plan"])
def test_the_first_summary_says_why_what_is_set_would_cost_more(
    home: Path, capsys: pytest.CaptureFixture[str], billing: str
) -> None:
    """Nobody has set it: with an API key a cache lives five minutes."""
    (home / "config.toml").write_text(f'billing = "{billing}"\n[plan]\nmin_usd = 0.5\n')
    with closing(Context(dict(os.environ))) as context:
        story.tell(context)
    told = " ".join(capsys.readouterr().out.split())
    why = "they would have cost more, for with an API key the main loop's cache lives five minutes"
    assert "What `cheaproute plan` would have saved" in told
    assert ("more than their" in told or "by what is set now, " in told) == (billing == "api")
    assert (why in told) == (billing == "api")
