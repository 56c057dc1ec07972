"""Requests that were broken off before their first word: each sum that lacks one says so."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap import expected, limits
from cheaproute.cli.main import main
from cheaproute.ledger import store
from cheaproute.ledger.query import sessions
from cheaproute.money import NANO
from cheaproute.report.terminal import command
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY

UUID, OTHER = "5e551011-0000-4000-8000-000000000000", "07e55107-0000-4000-8000-000000000000"
SHOP, NOTES = "/home/u/src/shop", "/home/u/notes"
OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"
SAID = "2 requests were broken off before their first word: nobody is told what they cost, likely"
MEANT = f"≥ means at least: {SAID} about $0.015."


@pytest.fixture(autouse=True)
def given_up(ledger: sqlite3.Connection) -> None:
    """Two today on Opus in the shop, of so many calls that two would be few; none in the notes."""
    for uuid, project, model in ((UUID, SHOP, OPUS), (OTHER, NOTES, HAIKU)):
        number = ledgers.add_session(ledger, uuid, project, TODAY - 3, TODAY)
        for n in range(500):
            at: dict[str, Any] = {
                "project": project,
                "model": model,
                "session": number,
                "cost_nano": NANO // 1000,
            }
            ledgers.add_call(ledger, f"{uuid}{n}", TODAY - n % 4, **at)
    asked = NOW_MS - 3_600_000
    told = [(asked + number, OPUS, "", 7_500_000) for number in range(2)]
    expected.give_up(ledger, UUID, SHOP, told, asked)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `cheaproute WORDS` prints, as one line."""
    assert main(list(words)) == 0
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "words",
    [
        "", "today", "month", "7d", "days", "weeks", "months", "models", "projects", "sources",
        "sessions", "agents", "sessions today", "project shop", "project shop today",
        f"session {UUID}", "--by day", "--by project", "--by session", "--by agent", "--by source",
    ],
)  # fmt: skip
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_every_sum_says_that_it_lacks_them(
    capsys: pytest.CaptureFixture[str], words: str, zone: str
) -> None:
    """On every screen that has one, with one line that says what it is."""
    run(capsys, "config", "set", "report.timezone", zone)
    shown = run(capsys, "costs", *words.split())
    assert "≥$" in shown
    assert shown.count(MEANT) == 1


@pytest.mark.parametrize("words", ["", "today", "sessions", "project shop", f"session {UUID}"])
def test_so_it_is_in_a_session(ledger: sqlite3.Connection, words: str) -> None:
    """`/costs` as it is typed there."""
    shown = " ".join(command.answer(words, ledger, NOW_MS, cwd=SHOP).split())
    assert "≥$" in shown
    assert shown.count(MEANT) == 1


@pytest.mark.parametrize(
    "words", ["yesterday", "project notes", f"session {OTHER}", "--by day --until 2026-11-21"]
)
def test_a_sum_that_lacks_none_is_whole(capsys: pytest.CaptureFixture[str], words: str) -> None:
    """Another day's, another project's, another session's."""
    assert "≥" not in run(capsys, "costs", *words.split())


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The object that `cheaproute costs WORDS --json` prints."""
    found: dict[str, Any] = json.loads(run(capsys, "costs", *words, "--json"))
    return found


def test_programs_are_told_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """By the flag that every sum has, and how many there are."""
    whole = as_json(capsys)
    assert whole["lower_bound"] is True
    assert whole["given_up_requests"] == 2
    assert whole["given_up_requests_likely_add_usd"] == 0.015
    for key in ("model", "source", "day", "project"):
        marks = {row[key]: row["lower_bound"] for row in whole[f"by_{key}"]}
        own = {"model": OPUS, "source": "main", "day": "2026-11-22", "project": SHOP}[key]
        assert [name for name, lower in marks.items() if lower] == [own]
    assert as_json(capsys, "--project", "notes")["lower_bound"] is False
    assert as_json(capsys, "yesterday")["given_up_requests"] == 0
    one = as_json(capsys, "session", UUID)
    assert (one["lower_bound"], one["by_model"][0]["lower_bound"]) == (True, True)
    assert as_json(capsys, "session", OTHER)["lower_bound"] is False
    assert main(["costs", "--by", "session", "--csv"]) == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert {row["session"]: row["lower_bound"] for row in rows} == {UUID: "True", OTHER: "False"}


def test_the_cap_says_what_it_counts_them_for(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not that they are only late: they never will be in the books."""
    limits.put(ledger, {"day": NANO, "month": NANO}, NOW_MS)
    shown = run(capsys, "cap")
    assert "$0.015 more counted for requests that were broken off before their first word" in shown
    assert "yet" not in shown
    assert shown.count("broken off") == 1  # the day's are the same
    assert "$0.015 more counted for the same" in shown
    told = json.loads(run(capsys, "cap", "--json"))["month"]
    assert (told["lower_bound"], told["assumed_usd"]) == (True, 0.015)
    limits.put(ledger, {"day": NANO // 4}, NOW_MS)
    assert "≥" in run(capsys, "cap")


@pytest.mark.parametrize("command", ["report -o -", "plan", "cap suggest"])
def test_so_do_page_plan_and_suggestion(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """With the words where they say what sums lack."""
    shown = run(capsys, *command.split())
    assert "≥$" in shown
    assert ("broken off" if command == "plan" else "≥ means at least") in shown


@pytest.mark.parametrize("form", ["json", "csv", "hledger"])
def test_an_export_says_what_it_lacks(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Beside it: a call that nobody was told of is no line of it."""
    assert main(["export", "--format", form]) == 0
    assert SAID in " ".join(capsys.readouterr().err.split())
    assert main(["export", "--format", form, "--until", "2026-11-21"]) == 0
    assert "broken off" not in capsys.readouterr().err


def test_a_model_that_never_answered_has_no_row_but_its_request_is_not_lost(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The total lacks it, whatever rows there are; a day without a call does, too."""
    later = NOW_MS + 86_400_000
    expected.give_up(ledger, OTHER, NOTES, [(later, "claude-sonnet-5-5", "a1", NANO)], later)
    whole = as_json(capsys, "--since", "2026-11-23", "--until", "2026-11-23")
    assert (whole["lower_bound"], whole["given_up_requests"]) == (True, 1)
    assert whole["by_model"] == []
    month = as_json(capsys)
    assert month["given_up_requests"] == 3
    assert {row["model"]: row["lower_bound"] for row in month["by_model"]}[HAIKU] is False


def test_what_an_older_ledger_that_is_only_read_cannot_tell_marks_nothing(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no such table."""
    ledger.execute("DROP TABLE given_up")
    assert "≥" not in run(capsys, "costs", "days")
    assert [one.sums.lower_bound for one in sessions.between(ledger, 0, 1 << 60)] == [False] * 2


def test_a_ledger_that_is_put_back_keeps_them(ledger: sqlite3.Connection, tmp_path: Path) -> None:
    """What the one that was in use knows is taken into the copy."""
    place = str(tmp_path / "copy.db")
    assert main(["backup", place]) == 0
    expected.give_up(ledger, UUID, SHOP, [(NOW_MS - 60_000, HAIKU, "", NANO)], NOW_MS)
    assert main(["restore", place, "--yes"]) == 0
    ledger.close()
    with store.connect(os.path.join(os.environ["CHEAPROUTE_HOME"], "ledger.db")) as db:
        assert db.execute("SELECT sum(requests) FROM given_up").fetchone() == (3,)
