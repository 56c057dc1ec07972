"""`cheaproute plan`: shown, applied, judged, taken back byte for byte."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cheaproute import atomic, days
from cheaproute.cli.main import main
from cheaproute.errors import ConfigError
from cheaproute.ledger import meta, store
from cheaproute.ledger.module import loops, rate_limits
from cheaproute.ledger.query import coverage
from cheaproute.money import NANO, show
from cheaproute.plan import lines, look
from cheaproute.plan.steps.propose import Plan
from cheaproute.plan.steps.step import Write
from cheaproute.report import dates, zone
from tests import ledgers
from tests.conftest import ROOT
from tests.ledgers import TODAY
from tests.plan import month as made
from tests.plan.month import Month, long_session
from tests.plan.steps.test_tool_outputs import put

CONFIG = """\
# mine
[routing.agents]
Explore = "haiku"  # since May

[cap]
at_cap = "warn"
"""


@pytest.fixture
def cheaproute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of everything; the clock stands at the end of the made month."""
    place = tmp_path / "cheaproute"
    monkeypatch.setenv("CHEAPROUTE_HOME", str(place))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    (tmp_path / "claude").mkdir()
    # The made calls are a minute apart, and cached for an hour: that alone would be a step.
    (tmp_path / "claude" / "settings.json").write_text(
        '{"promptCacheTtl": "5m", "subagentPromptCacheTtl": "5m"}'
    )
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: made.NOW_MS)
    return place


@pytest.fixture
def ledger(cheaproute: Path) -> Iterator[sqlite3.Connection]:
    """The ledger the commands open."""
    with closing(store.connect(str(cheaproute / "ledger.db"))) as db:
        yield db


SETTINGS = b'{\n\t"permissions": {"allow": []},\r\n\t"promptCacheTtl" : "5\\u006d"\n}'


def long_sessions(month: Month) -> None:
    """Twenty of two lengths, with pauses in which a cache of five minutes runs out."""
    for number in range(10):
        long_session(month, number, pause=1_200)
        long_session(month, 100 + number, pause=1_200, calls=25)


def test_nothing_is_written_without_the_word(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The diff is shown; nobody says yes; the file is as it was."""
    made.wasteful_agent(Month(ledger))
    (cheaproute / "config.toml").write_text(CONFIG)
    assert main(["plan", "--days", "28"]) == 0
    assert "agent 'log-reader': Haiku instead of Opus" in capsys.readouterr().out
    assert main(["plan", "apply", "--days", "28"]) == 1
    said = capsys.readouterr()
    assert '+log-reader = "haiku"' in said.out
    assert "nothing was changed" in said.err
    assert (cheaproute / "config.toml").read_text() == CONFIG
    assert not (cheaproute / "plan.toml").exists()


def test_a_step_for_later_is_shown_without_what_is_not_known_yet(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it gives and risks; its sessions and what it writes hang on the steps before it."""
    made.wasteful_agent(Month(ledger))

    def left(*words: object, **named: object) -> Plan:
        plan = planned(*words, **named)  # type: ignore[arg-type]
        return replace(plan, steps=(), later=(replace(plan.steps[0], cases=()),))

    planned = look.plan
    monkeypatch.setattr("cheaproute.plan.look.plan", left)
    assert main(["plan", "--json", "--days", "28"]) == 0
    (name,) = [one["name"] for one in json.loads(capsys.readouterr().out)["later"]]
    assert main(["plan", "show", name, "--days", "28"]) == 0
    said = capsys.readouterr()
    assert "Risk: " in said.out
    assert said.out.endswith("Its sessions, and what it writes, are shown once it is a step.\n")
    assert "->" not in said.out + said.err


def test_all_steps_are_applied_by_no_name(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """`plan apply all` writes nothing and says how it is said."""
    made.wasteful_agent(Month(ledger))
    assert main(["plan", "apply", "all", "--days", "28", "--yes"]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "`cheaproute plan apply` without a name" in said


def test_a_sessions_sum_says_of_which_calls_it_is_and_that_some_lack_their_end(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """`costs sessions` may show more of it; it has the same mark."""
    long_sessions(Month(ledger))
    assert main(["plan", "--json", "--days", "28"]) == 0
    (name, *_) = [one["name"] for one in json.loads(capsys.readouterr().out)["steps"]]
    assert main(["plan", "show", name, "--days", "28"]) == 0
    before = capsys.readouterr().out
    assert "`costs sessions` has all calls of a session" in " ".join(before.split())
    assert "≥" not in before
    ledger.execute("UPDATE call SET final = 0")
    assert main(["plan", "show", name, "--days", "28"]) == 0
    assert "≥$" in capsys.readouterr().out


def test_a_plan_of_a_history_that_is_half_read_says_so(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `costs` does: its figures still grow."""
    assert cheaproute
    made.wasteful_agent(Month(ledger))
    growing = "Reading your history: 40 %. The sums here still grow."
    assert main(["plan", "--days", "28"]) == 0
    assert growing not in capsys.readouterr().out
    meta.put(ledger, coverage.PROGRESS, f"40 {made.NOW_MS}")
    assert main(["plan", "--days", "28"]) == 0
    assert growing in capsys.readouterr().out


def test_apply_keeps_the_users_file_and_undo_restores_it(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Comments, order and rules stay; the rule is in force; undo brings every byte back."""
    made.wasteful_agent(Month(ledger))
    path = cheaproute / "config.toml"
    path.write_text(CONFIG)
    assert main(["plan", "apply", "--days", "28", "--yes"]) == 0
    rule = 'Explore = "haiku"  # since May\nlog-reader = "haiku"\n'
    assert path.read_text() == CONFIG.replace('Explore = "haiku"  # since May\n', rule)
    capsys.readouterr()
    assert main(["plan", "--days", "28", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == []
    assert main(["plan", "undo"]) == 0
    assert path.read_text() == CONFIG
    assert main(["plan", "undo"]) == 1
    assert "there is no `cheaproute plan apply`" in capsys.readouterr().err
    assert main(["plan", "undo", "--all"]) == 0  # `uninstall` begins so
    assert "nothing that `plan apply` wrote is in force" in capsys.readouterr().err


def test_undo_by_name_takes_back_what_was_applied_as_one(
    ledger: sqlite3.Connection,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All its names are as none; some of them, or another's, change nothing and say what does."""
    month = Month(ledger)
    long_sessions(month)
    made.wasteful_agent(month)
    settings, agent = tmp_path / "claude" / "settings.json", "subagents.log-reader"
    before = settings.read_bytes()

    def complaint(*words: str) -> str:
        capsys.readouterr()
        assert main(["plan", "undo", *words]) == 2
        return " ".join(capsys.readouterr().err.split())

    assert main(["plan", "apply", "window", agent, "--days", "28", "--yes"]) == 0
    assert f"`cheaproute plan undo`, then `cheaproute plan apply {agent}`" in complaint("window")
    assert "no step 'main-model' is in force by `plan apply`" in complaint("main-model")
    assert "either steps or --all" in complaint("--all", "window")
    assert main(["plan", "show", "window", "--days", "28"]) == 2
    assert "it is in force already; `cheaproute plan undo`, and it" in capsys.readouterr().err
    later = made.NOW_MS + 1
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: later)
    assert main(["plan", "apply", "cold-return", "--days", "28", "--yes"]) == 0
    both = settings.read_bytes()
    assert "takes the last `plan apply` back first: cold-return" in complaint("window", agent)
    assert settings.read_bytes() == both
    capsys.readouterr()
    assert main(["plan", "undo", "cold-return"]) == 0
    undone = " ".join(capsys.readouterr().err.split())
    assert "window" in undone
    assert f"and {agent} are still applied: `cheaproute plan undo` once more takes" in undone
    assert main(["plan", "undo", agent, "window"]) == 0
    assert "still applied" not in capsys.readouterr().err
    assert settings.read_bytes() == before
    assert "(in force: none)" in complaint("window")


@pytest.mark.parametrize("held", [-39, 0, 20])
def test_a_step_saves_the_same_before_it_is_applied_and_of_the_same_sum(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    held: int,
) -> None:
    """What the plan says of it, what `apply` does, and the page: one amount, and what is left."""
    made.wasteful_agent(Month(ledger))
    real = look.plan

    def looked(*words: object, **named: object) -> Plan:
        plan = real(*words, **named)  # type: ignore[arg-type]
        return replace(plan, spent=100 * NANO, held_nano=held * NANO)

    monkeypatch.setattr("cheaproute.plan.look.plan", looked)
    page = cheaproute / "page.html"

    def said(*words: str) -> str:
        capsys.readouterr()
        main([*words])
        return " ".join(capsys.readouterr().out.split())

    plan = json.loads(said("plan", "--days", "28", "--json"))
    (step,) = plan["steps"]
    amount = show(round(step["saves_usd"] * NANO))
    left = show(round((100 - held - step["saves_usd"]) * NANO))
    of = "the bill of $100.00" if held == 0 else f"the ${100 - held}.00 by what is set now"
    screen = said("plan", "--days", "28")
    assert f"{amount} less" in screen
    assert f"With it: {left} in place of {of}" in screen
    said("report", f"{plan['since']}..{plan['until']}", "-o", str(page))
    card = page.read_text()
    assert f"{left} in place of {of}" in card
    assert (f"Saves of ${100 - held}.00" in card) == (held != 0)
    apply = said("plan", "apply", "--days", "28", "--yes")
    assert f"({amount} less, " in apply
    assert f"That is {left} in place of {of}" in apply


def test_a_range_of_one_share_is_that_share(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a plan, where a step is less than a hundredth at either end."""
    made.wasteful_agent(Month(ledger))
    ledgers.add_call(ledger, "dear", TODAY, cost_nano=10**6 * NANO)
    (cheaproute / "config.toml").write_text('billing = "plan"\n')
    assert main(["plan", "--days", "28"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "<1 %" in said
    assert "<1 % to <1 %" not in said


def test_both_files_change_and_come_back_together(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Claude Code's settings keep every other byte; plan.toml says what stands; undo takes all."""
    month = Month(ledger)
    long_sessions(month)
    settings = tmp_path / "claude" / "settings.json"
    settings.write_bytes(SETTINGS)
    os.chmod(settings, 0o640)
    assert main(["plan", "apply", "window", "--days", "28", "--yes"]) == 0
    said = capsys.readouterr().out
    window = json.loads(settings.read_bytes())["autoCompactWindow"]
    assert f"Without cheaproute, Claude Code compacts at {window - 33_000:,} tokens" in said
    added = f',\n\t"autoCompactWindow": {window}\n}}'.encode()
    assert settings.read_bytes() == SETTINGS[:-2] + added
    (applied,) = tomllib.loads((cheaproute / "plan.toml").read_text())["applied"]
    assert [one["name"] for one in applied["steps"]] == ["window"]
    assert applied["settings"] == {"autoCompactWindow": window}
    capsys.readouterr()
    later = made.NOW_MS + 1
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: later)
    assert main(["plan", "apply", "cold-return", "--days", "28", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "This needs the module" in said
    assert "The module has not been seen at work here yet" in said
    config = tomllib.loads((cheaproute / "config.toml").read_text())["plan"]
    assert config["cold_return"] == "ask"
    assert config["window_tokens"] == window - 33_000
    assert main(["plan", "undo"]) == 0
    assert main(["plan", "undo"]) == 0
    assert settings.read_bytes() == SETTINGS
    assert settings.stat().st_mode & 0o777 == 0o640
    assert not (cheaproute / "config.toml").exists()
    assert not (cheaproute / "plan.toml").exists()


def test_settings_that_are_no_json_are_left_alone(
    ledger: sqlite3.Connection, cheaproute: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says which file, and writes neither."""
    month = Month(ledger)
    for number in range(10):
        long_session(month, number)
    settings = tmp_path / "claude" / "settings.json"
    settings.write_bytes(b'{"theme": ')
    assert main(["plan", "apply", "--days", "28", "--yes"]) == 1
    assert "settings.json: not a JSON object, so left alone" in capsys.readouterr().err
    assert settings.read_bytes() == b'{"theme": '
    assert not (cheaproute / "config.toml").exists()


def test_one_step_by_name_or_number(ledger: sqlite3.Connection, cheaproute: Path) -> None:
    """A wrong one is a usage error that names those there are."""
    month = Month(ledger)
    made.wasteful_agent(month)
    made.failing_category(month)
    assert main(["plan", "apply", "9", "--days", "28", "--yes"]) == 2
    assert main(["plan", "apply", "nothing", "--days", "28", "--yes"]) == 2
    assert main(["plan", "apply", "subagents.log-reader", "--days", "28", "--yes"]) == 0
    assert (cheaproute / "config.toml").read_text().count("=") == 1


def test_json_is_dollars_of_those_days(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was spent is the ledger's; nothing saves more than was spent."""
    del cheaproute
    month = Month(ledger)
    made.noise(month)
    made.everyday_opus(month)
    assert main(["plan", "--days", "28", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    total = ledger.execute("SELECT sum(cost_nano) FROM daily").fetchone()[0]
    assert report["spent_usd"] == pytest.approx(total / 1e9, abs=1e-9)
    (step,) = report["steps"]
    assert step["lever"] == "main-model"
    assert 0 < step["low_usd"] <= step["saves_usd"] <= step["high_usd"] <= report["spent_usd"]
    together = report["together"]
    assert together["low_usd"] <= together["saves_usd"] <= together["high_usd"]
    assert main(["plan", "show", "main-model", "--days", "28", "--json"]) == 0
    cases = json.loads(capsys.readouterr().out)
    assert sum(one["saves_usd"] for one in cases) == pytest.approx(step["saves_usd"], abs=1e-6)
    assert main(["plan", "show", "1", "--days", "28"]) == 0
    assert "Risk: " in capsys.readouterr().out
    # Opus's days say nothing of a session that is on Sonnet by now.
    for model, told in (("claude-opus-5-5", False), ("claude-sonnet-5-5", True)):
        ledger.execute("UPDATE session SET model = ?", (model,))
        assert main(["plan", "--days", "28"]) == 0
        said = " ".join(capsys.readouterr().out.split())
        assert (f"Your latest session runs on {model}: one that does gains" in said) is told
    # One whose turns were sent to Sonnet here runs on Opus.
    latest = ledger.execute("SELECT id FROM session ORDER BY last_ms DESC, id DESC LIMIT 1")
    loops.note_own(ledger, latest.fetchone()[0], "claude-opus-5-5")
    assert main(["plan", "--days", "28"]) == 0
    assert "Your latest session runs on" not in " ".join(capsys.readouterr().out.split())


def test_what_is_kept_is_what_would_be_made_anew(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The second answer is the first; a new call, another setting or span makes another."""
    del cheaproute
    month = Month(ledger)
    made.everyday_opus(month)
    said = []
    for words in (["--days", "28"], ["--days", "28"], ["--days", "3"], ["--days", "28"]):
        assert main(["plan", "--json", *words]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] == said[3] != said[2]
    month.turn(1, "search", "haiku")
    assert main(["plan", "--json", "--days", "28"]) == 0
    assert capsys.readouterr().out != said[0]


def test_a_subscriber_reads_shares(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dollars are list price; what a step gives is a share of it."""
    made.everyday_opus(Month(ledger))
    (cheaproute / "config.toml").write_text('billing = "plan"\n')
    assert main(["plan", "--days", "28"]) == 0
    said = capsys.readouterr().out
    assert "list-price equivalent (you pay by subscription)" in " ".join(said.split())
    assert "% less" in said


def test_a_week_later_it_is_judged(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """First when it will be; then what was foretold and what came, in two parts."""
    del cheaproute
    month = Month(ledger)
    for number in range(0, 300, 30):
        long_session(month, number)
    early = made.NOW_MS - 10 * made.DAY_MS
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: early)
    assert main(["plan", "apply", "window", "--days", "28", "--yes"]) == 0
    capsys.readouterr()
    assert main(["plan"]) == 0
    assert "(1 step) is judged in 7 days" in capsys.readouterr().out
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: made.NOW_MS)
    assert main(["plan"]) == 0
    said = capsys.readouterr().out
    assert "Foretold " in said
    assert "as before it would have been" in said
    assert "by the price of the model" in said


def test_an_empty_ledger_proposes_nothing(
    cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says what to do; days that are none are refused."""
    del cheaproute
    assert main(["plan"]) == 0
    assert "`cheaproute import` reads your history" in capsys.readouterr().out
    for words in (["--days", "0"], ["--since", "tomorrow"], ["--since", "2030-01-01"]):
        assert main(["plan", *words]) == 2


def test_tune_and_mode_answer_with_the_new_words(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For one version: the plan, and what to type from now on."""
    made.wasteful_agent(Month(ledger))
    assert main(["plan", "--days", "28"]) == 0
    plan = capsys.readouterr().out
    assert main(["tune", "--days", "28"]) == 0
    said = capsys.readouterr()
    assert said.out == plan
    assert "`cheaproute tune` is `cheaproute plan` now" in said.err
    assert main(["tune", "--days", "28", "--apply", "--yes"]) == 0
    assert "log-reader" in (cheaproute / "config.toml").read_text()
    assert main(["tune", "--undo"]) == 0
    assert main(["mode"]) == 0
    assert main(["mode", "quality"]) == 2
    assert "`cheaproute plan apply main-model`" in capsys.readouterr().err


def values(path: Path) -> dict[str, object]:
    """The keys of a settings.json or config.toml, nested ones dotted."""
    if not path.exists():
        return {}
    if path.suffix == ".json":
        return dict(json.loads(path.read_bytes()))
    found: dict[str, object] = {}
    todo: list[tuple[str, object]] = [("", tomllib.loads(path.read_text()))]
    while todo:
        name, value = todo.pop()
        if isinstance(value, dict):
            todo += [(f"{name}.{key}" if name else key, one) for key, one in value.items()]
        else:
            found[name] = value
    return found


@pytest.mark.parametrize("stands", [{}, {"autoCompactWindow": 200_000}])
def test_what_is_shown_is_what_is_written(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    stands: dict[str, object],
) -> None:
    """Every key with its old and its new value, of each step and of all together; no other."""
    month = Month(ledger)
    made.wasteful_agent(month)
    long_sessions(month)
    (cheaproute / "config.toml").write_text(CONFIG + "[plan]\nmin_usd = 0.01\n")
    files = {
        "settings.json": tmp_path / "claude" / "settings.json",
        "config.toml": cheaproute / "config.toml",
    }
    files["settings.json"].write_text(json.dumps({"promptCacheTtl": "5m"} | stands))
    before = {name: values(path) for name, path in files.items()}
    assert main(["plan", "--days", "28", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    shown = {one["name"]: one["writes"] for one in plan["steps"]}
    assert {"cold-return", "subagents.log-reader"} <= set(shown)
    assert main(["plan", "--days", "28"]) == 0
    screen = " ".join(capsys.readouterr().out.split())
    needs = {one["name"]: one["needs"] for one in plan["steps"]}
    for word, rows in [("", plan["together"]["writes"]), *shown.items()]:
        if needs.get(word):
            assert main(["plan", "apply", word, "--days", "28", "--yes"]) == 2
            continue
        assert main(["plan", "apply", *([word] if word else []), "--days", "28", "--yes"]) == 0
        for name, path in files.items():
            now = values(path)
            changed = {key for key in now if before[name].get(key) != now[key]}
            listed = {one["key"]: one for one in rows if one["file"] == name}
            assert changed == set(listed), word
            for key, one in listed.items():
                stood = before[name].get(key)
                assert one["after"] == now[key]
                assert one["before"] == stood or (stood is None and name == "config.toml")
                old = "unset" if one["before"] is None else json.dumps(one["before"])
                assert f"{name} {key}: {old} -> {json.dumps(one['after'])}" in screen
        assert main(["plan", "undo"]) == 0


def test_a_longer_look_leaves_the_shorter_as_it_was(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing that one span needs is dropped by another."""
    del cheaproute
    made.everyday_opus(Month(ledger))
    said = []
    for words in (["--days", "28"], ["--days", "400"], ["--since", "2026-01-01"], ["--days", "28"]):
        assert main(["plan", "--json", *words]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[3]


@pytest.mark.parametrize(
    ("away", "says"),
    [
        (0, ""),
        (40, "no calls since {last}: this looks back from then"),
        (-20, ""),
    ],
)
def test_a_break_is_said(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    away: int,
    says: str,
) -> None:
    """Which days are looked at where the last thirty are empty, and why."""
    del cheaproute
    made.everyday_opus(Month(ledger))
    now_ms = made.NOW_MS + away * made.DAY_MS
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: now_ms)
    assert main(["plan", "--days", "30", "--json"]) == 0
    (last,) = ledger.execute("SELECT max(day) FROM daily").fetchone()
    says = says.format(last=days.iso(last))
    assert json.loads(capsys.readouterr().out)["why"] == says
    assert main(["plan", "--days", "30"]) == 0
    assert says in " ".join(capsys.readouterr().out.split())


def test_the_first_day_back_says_what_it_leaves_out(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One day of calls after months is not the history; the words to see it are there."""
    del cheaproute
    month = Month(ledger)
    made.everyday_opus(month)
    last = days.iso(ledger.execute("SELECT max(day) FROM daily").fetchone()[0])
    now_ms = made.NOW_MS + 100 * made.DAY_MS
    month.call(now_ms - 1_000, made.OPUS, month.session(1))
    monkeypatch.setattr("cheaproute.cli.context.Context.now_ms", lambda _self: now_ms)
    assert main(["plan"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert f"of these days only one has calls, the last before them is {last}" in said
    assert main(["plan", "--days", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["why"] == ""
    (many,) = re.findall(r"`cheaproute plan --days (\d+)`", said)
    assert main(["plan", "--days", many, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["since"] < last


def test_a_subscriber_reads_the_week(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """This week's list price, the client's own percent beside it, and no percent of the limit."""
    month = Month(ledger)
    for number in range(0, 300, 30):
        long_session(month, number)
    (cheaproute / "config.toml").write_text('billing = "plan"\n')
    resets = made.NOW_MS // 1000 + 3 * 86_400
    rate_limits.note(
        ledger, {"seven_day": {"used_percentage": 43, "resets_at": resets}}, made.NOW_MS - 1
    )
    assert main(["plan", "--days", "28"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    since = made.NOW_MS - 4 * made.DAY_MS
    spent = ledger.execute("SELECT sum(cost_nano) FROM call WHERE ts_ms >= ?", (since,))
    week = show(spent.fetchone()[0])
    assert f"{week} at list prices, Claude Code reports 43 % of the week's limit used" in said
    assert "sessions (of this week's dollars alone: " in said
    assert f"This week, since {dates.moment(since, zone.Zone())}: " in said
    assert main(["plan", "--days", "28", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["week"]
    assert 0 < found["low_usd"] <= found["saves_usd"] <= found["high_usd"] <= found["spent_usd"]


def test_undo_leaves_what_was_changed_since(
    ledger: sqlite3.Connection, cheaproute: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Edits by hand and by the client stay, byte for byte; what is still ours goes."""
    month = Month(ledger)
    made.wasteful_agent(month)
    long_sessions(month)
    config, settings = cheaproute / "config.toml", tmp_path / "claude" / "settings.json"
    config.write_text(CONFIG)
    assert main(["plan", "apply", "--days", "28", "--yes"]) == 0
    text = config.read_text()
    assert "cold_return" in text
    config.write_text(text.replace('at_cap = "warn"', 'at_cap = "block"  # by hand'))
    stood = settings.read_text()
    settings.write_text(stood.replace('{"promptCacheTtl"', '{"theme": "dark", "promptCacheTtl"'))
    capsys.readouterr()
    assert main(["plan", "undo"]) == 0
    assert "was changed since: what is new in it stays" in capsys.readouterr().err
    by_hand = CONFIG.replace('at_cap = "warn"', 'at_cap = "block"  # by hand')
    assert config.read_text().removesuffix("[plan]\n").strip() == by_hand.strip()
    assert json.loads(settings.read_text()) == {
        "theme": "dark", "promptCacheTtl": "5m", "subagentPromptCacheTtl": "5m",
    }  # fmt: skip
    assert not (cheaproute / "plan.toml").exists()


def test_undo_leaves_a_value_that_somebody_else_set(
    ledger: sqlite3.Connection, cheaproute: Path, tmp_path: Path
) -> None:
    """A window set after `apply` is the user's, and so is a file's end; --yes brings all back."""
    del cheaproute
    month = Month(ledger)
    for number in range(10):
        long_session(month, number)
    settings = tmp_path / "claude" / "settings.json"
    stood = settings.read_bytes()
    for words, left in (([], 456_000), (["--yes"], None)):
        assert main(["plan", "apply", "window", "--days", "28", "--yes"]) == 0
        content = json.loads(settings.read_bytes()) | {"autoCompactWindow": 456_000}
        settings.write_text(json.dumps(content))
        assert main(["plan", "undo", *words]) == 0
        assert json.loads(settings.read_bytes()).get("autoCompactWindow") == left
        settings.write_bytes(stood)
    assert main(["plan", "apply", "window", "--days", "28", "--yes"]) == 0
    settings.unlink()  # the user's word on all of it
    assert main(["plan", "undo"]) == 0
    assert not settings.exists()


KILLED = """
import os, signal, sys
point, words = int(sys.argv[1]), sys.argv[2:]
done = 0
def kill_at(act):
    def acts(*given, **named):
        global done
        done += 1
        if done == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return act(*given, **named)
    return acts
import cheaproute.cli.context
cheaproute.cli.context.Context.now_ms = lambda _self: NOW
from cheaproute.plan import lines, look
from cheaproute.cli import plan_apply, plan_undo
for module, start in ((plan_apply, "run"), (plan_undo, "undo")):
    def begun(*given, act=getattr(module, start), **named):
        os.replace, os.unlink = kill_at(os.replace), kill_at(os.unlink)
        return act(*given, **named)
    setattr(module, start, begun)
from cheaproute.cli.main import main
from cheaproute.errors import ConfigError
sys.exit(main(words))
"""


@pytest.mark.parametrize("point", range(1, 9))
def test_killed_at_any_point_it_can_be_taken_back(
    ledger: sqlite3.Connection, cheaproute: Path, tmp_path: Path, point: int
) -> None:
    """SIGKILL before the Nth file is replaced or removed: each file is whole, undo brings all."""
    month = Month(ledger)
    for number in range(6):
        long_session(month, number)
    settings = tmp_path / "claude" / "settings.json"
    config = cheaproute / "config.toml"
    config.write_text(CONFIG)
    ledger.commit()
    before = {path: path.read_bytes() for path in (settings, config)}
    program = KILLED.replace("NOW", str(made.NOW_MS))

    def run(*words: str, at: int) -> int:
        command = [sys.executable, "-c", program, str(at), "plan", *words]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=120)
        return done.returncode

    applied = run("apply", "window", "--days", "28", "--yes", at=point)
    assert applied in (0, -signal.SIGKILL)
    undone = run("undo", at=point)
    assert undone in (0, 1, -signal.SIGKILL)
    if undone == -signal.SIGKILL:
        assert run("undo", at=0) == 0
    assert {path: path.read_bytes() for path in before} == before
    assert run("undo", at=0) == 1  # nothing is left to take back
    assert not (cheaproute / "plan.toml").exists()


def test_what_wins_over_the_users_file_is_named(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A project's file and an organization's; what the latter sets is what is in force."""
    del cheaproute
    month = Month(ledger)
    for number in range(10):
        long_session(month, number)
    monkeypatch.chdir(tmp_path)
    project = tmp_path / ".claude" / "settings.json"
    project.parent.mkdir()
    project.write_text('{"autoCompactWindow": 500000}')
    assert main(["plan", "apply", "window", "--days", "28"]) == 1
    said = capsys.readouterr().out
    assert f"{project} sets autoCompactWindow, too, and wins in this project." in said
    managed = tmp_path / "managed" / "managed-settings.json"
    managed.parent.mkdir()
    managed.write_text('{"autoCompactWindow": 600000}')
    monkeypatch.setattr("cheaproute.client.settings.MANAGED_DIR", str(managed.parent))
    assert main(["plan", "apply", "window", "--days", "28"]) == 2
    assert "no step 'window'" in capsys.readouterr().err
    assert main(["plan", "--days", "28"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "autoCompactWindow is decided by your organization's settings, so no step" in said
    managed.write_text('{"autoCompactWindow": 100000}')
    assert main(["plan", "--days", "28", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert "window" in plan["in_force"]["levers"]
    assert "window" not in {one["name"] for one in plan["steps"]}


def test_a_file_that_cannot_be_written_takes_the_other_back(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk is full at the second file: one clear line, both as they were, nothing noted."""
    month = Month(ledger)
    for number in range(10):
        long_session(month, number)
    config, settings = cheaproute / "config.toml", tmp_path / "claude" / "settings.json"
    config.write_text(CONFIG)
    before = config.read_bytes(), settings.read_bytes()
    write = atomic.write

    def full(path: str, content: bytes, mode: int | None = None) -> None:
        if path == str(config) and content != before[0]:
            raise ConfigError(f"{path}: No space left on device")
        write(path, content, mode)

    monkeypatch.setattr(atomic, "write", full)
    assert main(["plan", "apply", "window", "--days", "28", "--yes"]) == 1
    assert capsys.readouterr().err.strip().endswith("config.toml: No space left on device")
    assert (config.read_bytes(), settings.read_bytes()) == before
    assert not (cheaproute / "plan.toml").exists()
    assert main(["plan", "undo"]) == 1


@pytest.mark.parametrize("width", [60, 100, 140])
def test_titles_stand_beside_their_sessions(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
) -> None:
    """At any usual width `plan show` says what each session was called; a long title is cut."""
    del cheaproute
    month = Month(ledger)
    for number in range(5):
        long_session(month, number)
        uuid = f"{number:08d}-0000-4000-8000-000000000000"
        path = tmp_path / f"{uuid}.jsonl"
        said = (
            f"Retry{number} of the uploader fails in every second run, find out why, please, today"
        )
        path.write_text(json.dumps({"type": "custom-title", "customTitle": said}) + "\n")
        ledger.execute(
            "INSERT INTO file(path, session) VALUES(?, ?)", (str(path), month.session(number))
        )
    monkeypatch.setenv("CHEAPROUTE_COLUMNS", str(width))
    assert main(["plan", "show", "window", "--days", "28"]) == 0
    said = capsys.readouterr().out
    assert all(f"Retry{number} of" in said for number in range(5))
    assert all(len(line) <= width for line in said.splitlines())


def test_the_number_that_is_written_says_what_it_does(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plan, show, JSON and the diff's notes: the setting's number and where it acts."""
    del cheaproute
    for number in range(5):
        long_session(Month(ledger), number)
    assert main(["plan", "--days", "28", "--json"]) == 0
    (step,) = (
        one for one in json.loads(capsys.readouterr().out)["steps"] if one["lever"] == "window"
    )
    tokens = step["config"]["plan.window_tokens"]
    (write,) = (one for one in step["writes"] if one["key"] == "autoCompactWindow")
    means = f"compacts past {tokens:,} tokens, 33,000 before it is full"
    assert (write["after"], write["means"]) == (tokens + 33_000, means)
    title = f"while you work, compact a context past {tokens:,} tokens"
    for words in (["plan"], ["plan", "show", "window"], ["plan", "apply", "window"]):
        main([*words, "--days", "28"])
        said = " ".join(capsys.readouterr().out.split())
        assert title in said
        assert f"{tokens + 33_000} ({means})" in said or (
            f"compacts at {tokens:,} tokens by itself: it keeps 33,000 of autoCompactWindow"
            f" {tokens + 33_000} free" in said
        )


def test_a_lower_number_without_a_window_acts_where_the_module_is_not() -> None:
    """A hand-over lowers Claude Code's own number; with the module the plan's window stands."""
    lower = Write("settings.json", "autoCompactWindow", 133_000, 100_000)
    ask = Write("config.toml", "plan.cold_return", "off", "ask")
    said = lines.written(lower, [lower, ask])
    means = "compacts past 67,000 tokens, 33,000 before it is full"
    assert said.endswith(f"133000 -> 100000 (without the module: {means})")
    window = Write("config.toml", "plan.window_tokens", 0, 67_000)
    assert lines.written(lower, [lower, window]).endswith(f" ({means})")


@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("env", ['{"A" : "1"}', None])
def test_a_key_inside_an_object_is_written_and_taken_back(
    ledger: sqlite3.Connection, cheaproute: Path, tmp_path: Path, env: str | None, *, edited: bool
) -> None:
    """The variables beside it stay, also those that were changed since; an empty object goes."""
    del cheaproute
    month = Month(ledger)
    for number in range(100):
        put(month, number, "Read", ".py", 33_000)
    settings = tmp_path / "claude" / "settings.json"
    before = '{"promptCacheTtl": "5m"' + (f',\n "env": {env}' if env else "") + "}"
    settings.write_text(before)
    assert main(["plan", "apply", "reads", "--days", "28", "--yes"]) == 0
    known = json.loads(settings.read_text())["env"]
    assert known.pop("CLAUDE_CODE_FILE_READ_MAX_OUTPUT_TOKENS").isdecimal()
    assert known == ({"A": "1"} if env else {})
    if edited:
        text = settings.read_text()
        settings.write_text(text.replace('{"promptCacheTtl"', '{"model": "opus", "promptCacheTtl"'))
        before = before.replace('{"promptCacheTtl"', '{"model": "opus", "promptCacheTtl"')
    assert main(["plan", "undo"]) == 0
    assert json.loads(settings.read_text()) == json.loads(before)
    assert edited or settings.read_text() == before


def test_a_model_s_shell_applies_no_step_that_is_a_person_s(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither does `apply` choose the model of a person's prompts, nor `undo` bring a cap back."""
    month = Month(ledger)
    made.noise(month)
    made.everyday_opus(month)
    config = cheaproute / "config.toml"
    monkeypatch.setenv("CLAUDECODE", "1")
    assert main(["plan", "apply", "main-model", "--days", "28", "--yes"]) == 1
    assert "only you can allow more" in capsys.readouterr().err
    assert not config.exists()
    monkeypatch.delenv("CLAUDECODE")
    config.write_text("[cap]\nmonth_usd = 500\n")
    assert main(["plan", "apply", "main-model", "--days", "28", "--yes"]) == 0
    config.write_text(config.read_text().replace("500", "5"))
    tightened = config.read_bytes()
    monkeypatch.setenv("CLAUDECODE", "1")
    for words in (["plan", "undo", "--yes"], ["plan", "undo"], ["tune", "--undo", "--yes"]):
        assert main(words) == 1
        assert "only you can allow more" in capsys.readouterr().err
        assert config.read_bytes() == tightened
    monkeypatch.delenv("CLAUDECODE")
    assert main(["plan", "undo", "--yes"]) == 0


@pytest.mark.parametrize("width", [0, 60, 120])
def test_a_pipe_gets_whole_paragraphs_and_a_screen_its_own_width(
    ledger: sqlite3.Connection,
    cheaproute: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    width: int,
) -> None:
    """As every other command: nobody's window is guessed; one that is told is not passed."""
    del cheaproute
    for number in range(5):
        long_session(Month(ledger), number)
    if width:
        monkeypatch.setenv("CHEAPROUTE_COLUMNS", str(width))
    for words in (["plan", "--days", "28"], ["plan", "show", "window", "--days", "28"]):
        assert main(words) == 0
        said = capsys.readouterr().out
        whole = (
            "`plan apply [STEP ...]` shows the change and asks, `plan undo` takes it back. Steps"
        )
        assert (whole in said) == (not width) or words[1] == "show"
        if width:
            assert all(len(line) <= min(width, lines.MOST) for line in said.splitlines())


def test_each_count_of_open_calls_says_of_what_it_is(
    ledger: sqlite3.Connection, cheaproute: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All calls' of the days, and how many of them the main loop's are: beside its share those."""
    del cheaproute
    month = Month(ledger)
    for number in range(5):
        long_session(month, number)
    month.sent(9_000, made.OPUS)
    ledger.execute("UPDATE call SET final = 0 WHERE ts_ms % 3 = 0 OR source = 1")
    counts = dict(ledger.execute("SELECT source, count(*) FROM call WHERE final = 0 GROUP BY 1"))
    assert counts[1]
    assert main(["plan", "--days", "28"]) == 0
    said = capsys.readouterr().out
    of = f"of {sum(counts.values())} calls in all, by UTC days ({counts[0]} of the main loop)"
    assert f"{of}, only the start of the answer is on record" in said
