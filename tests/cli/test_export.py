"""What other programs get: dollars, files, journals."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger.calls import retention
from cheaproute.ledger.schema import TRACKED
from tests import ledgers
from tests.ledgers import NOW_MS, TODAY


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `cheaproute export WORDS` prints."""
    assert main(["export", *words]) == 0
    return capsys.readouterr().out


@pytest.fixture
def spent(ledger: sqlite3.Connection) -> sqlite3.Connection:
    """Three days of odd models, one without a price."""
    ledgers.add_call(ledger, "m1", TODAY, cost_nano=1_234_567_891)
    ledgers.add_call(ledger, "m2", TODAY, cost_nano=None, model="x: odd  name")
    ledgers.add_call(ledger, "m3", TODAY - 1, cost_nano=1, model="us.anthropic.claude-haiku-5-5")
    ledgers.add_call(ledger, "m4", TODAY - 8, saved_nano=-5, project="/home/u/notes", final=0)
    return ledger


@pytest.mark.usefixtures("spent")
def test_csv_and_json_have_dollars(capsys: pytest.CaptureFixture[str]) -> None:
    """The exact amount in dollars, and none where the price is not known."""
    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(run(capsys, "--format", "csv")))}
    assert rows["m1"]["cost_usd"] == "1.234567891"
    assert rows["m1"]["cost_nano_usd"] == "1234567891"
    assert rows["m2"]["cost_usd"] == ""
    assert rows["m4"]["saved_usd"] == "-0.000000005"
    objects = [json.loads(line) for line in run(capsys).splitlines()]
    assert {one["id"]: one["cost_usd"] for one in objects}["m2"] is None


@pytest.mark.usefixtures("spent")
def test_a_form_needs_no_option(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`export csv` and `costs week json` are understood; a name that is no form stays a name."""
    monkeypatch.chdir(tmp_path)
    assert run(capsys, "csv", "today") == run(capsys, "today", "--format", "csv")
    assert run(capsys, "--csv", "today") == run(capsys, "csv", "today")
    assert run(capsys, "all", "hledger") == run(capsys, "--format", "hledger", "all")
    assert main(["costs", "week", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["since"] == "2026-11-16"
    for name, form in (("x.csv", "csv"), ("x.journal", "hledger"), ("x.json", "json")):
        assert main(["export", "-o", name]) == 0
        assert Path(name).read_text() == run(capsys, "--format", form)
    assert main(["export", "--project", "csv"]) == 2
    assert "no project 'csv'" in capsys.readouterr().err


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize("command", ["export", "report"])
def test_a_link_in_a_files_place_is_not_written_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """A repository may bring one along: what it leads to, there or not, was named by nobody."""
    own, link = tmp_path / "own", tmp_path / "costs.csv"
    link.symlink_to(own)
    for _ in range(2):
        assert main([command, "-o", str(link)]) == 1
        said = capsys.readouterr().err
        assert f"{link}: is a link to {own}: name that, or another file" in said
        assert not own.exists() or own.read_text() == "mine"
        own.write_text("mine")
    assert link.is_symlink()
    assert main([command, "-o", str(own)]) == 0
    assert main([command, "-o", "/dev/stdout"]) == 0


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ((), ["m4", "m3", "m1", "m2"]),
        (("today",), ["m1", "m2"]),
        (("--since", "7d"), ["m3", "m1", "m2"]),
        (("yesterday",), ["m3"]),
        (("all", "--project", "notes"), ["m4"]),
    ],
)
def test_the_words_of_costs(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], ids: list[str]
) -> None:
    """Spans and projects as everywhere."""
    assert [json.loads(line)["id"] for line in run(capsys, *words).splitlines()] == ids


@pytest.mark.usefixtures("spent")
def test_a_file_of_ones_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """`-o` writes it, whole; stdout stays empty; a place that cannot be is said in words."""
    target = tmp_path / "calls.csv"
    assert run(capsys, "--format", "csv", "-o", str(target)) == ""
    assert target.read_text().count("\n") == 5
    for wrong in (tmp_path, tmp_path / "no" / "x.csv"):
        assert main(["export", "-o", str(wrong)]) == 1
        said = capsys.readouterr().err
        assert "Errno" not in said
        assert str(wrong) in said


ACCOUNT = {
    "hledger": r"(?:expenses:claude:[\w.-]+|liabilities:anthropic)",
    "beancount": r"(?:Expenses:Claude:[A-Z0-9][A-Za-z0-9-]*|Liabilities:Anthropic)",
}


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize("form", ["hledger", "beancount"])
def test_a_journal_balances(capsys: pytest.CaptureFixture[str], form: str) -> None:
    """Each transaction comes to nothing, its accounts are ones the tool takes, the sum is ours."""
    total = Decimal(0)
    text = run(capsys, "--format", form)
    for block in text.split("\n\n"):
        if " * " not in block:
            continue  # beancount's accounts
        head, *postings = block.strip().splitlines()
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \* .*", head)
        amounts = []
        for line in postings:
            found = re.fullmatch(rf" +({ACCOUNT[form]})  \$?(-?[\d.]+)(?: USD)?", line)
            assert found, line
            amounts.append(Decimal(found[2]))
        assert sum(amounts) == 0
        total += sum(amount for amount in amounts if amount > 0)
    assert total == Decimal("2.234567892")
    assert "1 of unknown price" in text
    assert text.count("1 call, a lower bound: of 1 only the start is on record") == 1
    if form == "beancount":
        assert text.count(" open ") == 3


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize("form", ["hledger", "beancount"])
def test_a_plans_journal_says_that_its_amounts_are_no_bill(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """In comments at its head: whoever books the plan's fee, too, would have paid twice."""
    assert "list price" not in run(capsys, "--format", form)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "sk-ant-oat01-x")
    first, second, *_ = run(capsys, "--format", form).splitlines()
    assert first.startswith("; All amounts are list prices")
    assert second == "; not bill them: they are no expense beside its fee."


def test_nothing_is_an_empty_journal(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """No call, no line."""
    assert ledger
    assert run(capsys, "--format", "beancount") == ""


@pytest.mark.usefixtures("spent")
def test_a_terminal_is_not_flooded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person at a terminal is told what it would be, and how to get it; `-o -` pours it out."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    said = run(capsys)
    assert said.startswith("4 lines (json; days are UTC). Nothing is written yet:")
    assert "-o calls.jsonl" in said
    assert run(capsys, "-o", "-").count('"cost_usd"') == 4


def test_api_costs_of_a_span(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file's form keeps to the days and the project asked for; its sums are the month's."""
    for n, (day, project) in enumerate([(TODAY - 3, "/p/a"), (TODAY - 1, "/p/b"), (TODAY, "/p/a")]):
        ledgers.add_call(ledger, f"t{n}", day, source=TRACKED, project=project)

    def sums(*words: str) -> list[float]:
        listed = json.loads(run(capsys, "--format", "api_costs", *words))
        return [entry["cumulative_monthly_cost_usd"] for entry in listed]

    assert sums() == [1.0, 2.0, 3.0]
    assert sums("--since", "2d") == [2.0, 3.0]
    assert sums("yesterday") == [2.0]
    assert sums("--project", "/p/a") == [1.0, 3.0]
    assert sums("2025") == []


def test_dropped_calls_are_told(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where single calls were dropped, what lists single calls says so beside the data."""
    for n in range(4):
        ledgers.add_call(ledger, f"m{n}", TODAY - 10 * n)
    assert retention.drop(ledger, 15, NOW_MS) == 2
    for words in (
        ["export"],
        ["export", "--format", "csv"],
        ["costs", "all", "--by", "agent"],
        ["costs", "all", "--by", "session", "--json"],
        ["costs", "misses", "all", "--json"],
    ):
        assert main(words) == 0
        assert "were dropped (`ledger.keep_days`)" in capsys.readouterr().err
    for words in (["costs", "sessions", "all"], ["costs", "misses", "all"]):
        assert main(words) == 0
        assert "were dropped" in " ".join(capsys.readouterr().out.split())
    for words in (["export", "7d"], ["costs", "all"], ["costs", "all", "--by", "day"]):
        assert main(words) == 0
        assert "were dropped" not in "".join(capsys.readouterr())


def test_what_was_written_is_said_beside_it(
    spent: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which days, where none were named; and why a file of tracked calls is empty."""
    del spent
    assert main(["export", "csv"]) == 0
    assert "all there is, 20" in capsys.readouterr().err
    assert main(["export", "csv", "today"]) == 0
    assert "all there is" not in capsys.readouterr().err
    assert main(["export", "--format", "api_costs", "2020"]) == 0
    both = capsys.readouterr()
    assert json.loads(both.out) == []
    assert "no call was tracked by `track_api_cost` then" in both.err
