from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cap import state
from cheaproute.cli.main import main
from cheaproute.ledger import intern, meta, schema
from cheaproute.ledger.calls import retention
from cheaproute.ledger.query import coverage
from cheaproute.machines import union
from cheaproute.machines.lines import rows
from cheaproute.machines.reading import Reading
from tests import ledgers
from tests.ledgers import TODAY

NAMED = [
    "month", "total_usd", "unknown_price_calls", "lower_bound", "cap_usd", "saved_usd", "by_model",
    "by_source", "by_day",
]  # fmt: skip
MODEL_FIELDS = [
    "model", "messages", "input_tokens", "output_tokens", "cache_write_5m_tokens",
    "cache_write_1h_tokens", "cache_read_tokens", "cost_usd",
]  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `cheaproute costs WORDS` prints, which must succeed in silence on stderr."""
    assert main(["costs", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The object that `cheaproute costs --json WORDS` prints."""
    found: dict[str, Any] = json.loads(run(capsys, "--json", *words))
    return found


def test_json_has_the_agreed_shape(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every field others rely on is there, with its kind and the ledger's figures."""
    ledgers.add_call(ledger, "m1", TODAY, cost_nano=1_234_567_891, saved_nano=5)
    ledgers.add_call(ledger, "m2", TODAY - 1, cost_nano=None, model="claude-next-9")
    ledgers.set_cap(ledger, 40)
    whole = as_json(capsys)
    assert set(NAMED) <= set(whole)
    assert whole["month"] == "2026-11"
    assert whole["total_usd"] == 1.234567891
    assert whole["unknown_price_calls"] == 1
    assert whole["lower_bound"] is True
    assert whole["cap_usd"] == 40
    assert whole["saved_usd"] == 5e-9
    [opus, unknown] = whole["by_model"]
    assert list(opus)[: len(MODEL_FIELDS)] == MODEL_FIELDS
    assert [opus[name] for name in MODEL_FIELDS] == [
        "claude-opus-5-5", 1, 10, 100, 0, 1000, 50_000, 1.234567891,
    ]  # fmt: skip
    assert (unknown["model"], unknown["cost_usd"], unknown["unknown_price_calls"]) == (
        "claude-next-9",
        0,
        1,
    )
    assert [row["day"] for row in whole["by_day"]] == ["2026-11-21", "2026-11-22"]
    assert [row["source"] for row in whole["by_source"]] == ["main"]


def test_json_of_nothing(ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty ledger has the same shape."""
    whole = as_json(capsys, "--month", "2025-01")
    assert (whole["month"], whole["total_usd"], whole["cap_usd"]) == ("2025-01", 0, None)
    assert whole["by_model"] == whole["by_source"] == whole["by_day"] == []
    assert whole["lower_bound"] is False
    assert ledger


@pytest.mark.parametrize("key", ["model", "source", "day", "project", "week", "month"])
def test_all_forms_agree(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    """JSON, CSV and table of one breakdown have the same rows and the same total."""
    ledgers.year(ledger)
    words = ("--since", "90d", "--until", "yesterday", "--by", key)
    whole = as_json(capsys, *words)
    table = whole[f"by_{key}"]
    rows = list(csv.DictReader(io.StringIO(run(capsys, "--csv", *words))))
    assert [row[key] for row in rows] == [str(row[key]) for row in table]
    assert [float(row["cost_usd"]) for row in rows] == [row["cost_usd"] for row in table]
    assert sum(row["cost_usd"] for row in table) == pytest.approx(whole["total_usd"], abs=1e-9)
    assert run(capsys, "--format", "csv", *words) == run(capsys, "--format=csv", *words)
    assert run(capsys, "--format", "csv", *words) == run(capsys, "--csv", *words)
    lines = run(capsys, *words).splitlines()
    assert lines[0] == "cheaproute · 2026-08-25 to 2026-11-21 (UTC)"
    assert lines[1].split()[:2] == ["By", key]
    assert len(lines) == len(table) + 3
    assert f"${whole['total_usd']:,.2f}" in lines[-1]


def test_sessions(ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    """`--by session` lists the dearest sessions in each form."""
    session = ledgers.add_session(ledger, "abc-1", "/a", TODAY, TODAY)
    ledgers.add_call(ledger, "m1", TODAY, session=session)
    [row] = as_json(capsys, "--by", "session")["by_session"]
    whole = as_json(capsys, "session", "abc-1")
    assert row == {key: whole[key] for key in row}
    assert [one["model"] for one in whole["by_model"]] == [row["model"]]
    assert (row["session"], row["project"], row["last_day"]) == ("abc-1", "/a", "2026-11-22")
    assert (row["cost_usd"], row["messages"], row["model"]) == (1.0, 1, "claude-opus-5-5")
    assert run(capsys, "--by", "session", "--csv").splitlines()[1].startswith("abc-1,/a,2026-11-22")
    assert run(capsys, "sessions").splitlines()[3].split() == [
        "abc-1", "$1.00", "100", "%", "1", "opus-5-5", "22", "Nov", "/a", "-",
    ]  # fmt: skip


def test_project_narrows(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """`--project` takes a directory, relative ones too, and what lies below it."""
    ledgers.add_call(ledger, "m1", TODAY, project=str(tmp_path / "a" / "b"))
    ledgers.add_call(ledger, "m2", TODAY, project="/elsewhere")
    os.chdir(tmp_path)
    assert as_json(capsys, "--project", "a")["total_usd"] == 1


def test_the_screen_and_the_views(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without options it is the /costs of a session; its views can be asked for."""
    ledgers.year(ledger)
    assert "By model" in run(capsys)
    assert run(capsys, "week").count("\n") > 8
    assert "Wr 5m" in run(capsys, "models")


def test_explain_names_every_figure(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--explain` says how each figure is computed."""
    shown = run(capsys, "--explain")
    assert ledger
    assert "Saved (net)\n    list price of the routed subagents' tokens" in shown


@pytest.mark.parametrize(
    "words",
    [
        ["--month", "2026-13"],
        ["--since", "soon"],
        ["--since", "today", "--until", "yesterday"],
        ["--month", "2026-11", "--since", "7d"],
        ["--json", "--csv"],
        ["why", "--json"],
        ["endpoint", "returns", "500"],
        ["--by", "mood"],
    ],
)
def test_wrong_words(
    words: list[str], ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be meant is one line and code 2."""
    assert main(["costs", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert ledger


def other_machine(ledger: sqlite3.Connection, name: str = "desk") -> None:
    """Another machine told of two dollars, on a model and in a project this one never saw."""
    with contextlib.closing(union.connect(state.data_dir(ledger))) as db:
        row = rows.Row(
            f"msg_{name}", TODAY * 86_400_000, "claude-opus-9", "main", (7, 0, 0, 0, 0, 0),
            2 * 10**9, "shop",
        )  # fmt: skip
        union.take(db, ledger, name, row)
        union.save(db, union.Source(f"{name}.jsonl", name, name, row.ts_ms, Reading(0, b"")))


def test_a_lower_bound_of_another_machine_marks_every_output(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """One open call is one in 501 of both machines' together: it is marked all the same."""
    for number in range(500):
        ledgers.add_call(ledger, f"m{number}", TODAY, cost_nano=1_000_000)
    other_machine(ledger)
    assert "≥" not in run(capsys, "--all-machines") + run(capsys, "--by", "machine")
    with contextlib.closing(union.connect(state.data_dir(ledger))) as db:
        db.execute("UPDATE call SET open = 1")
    found = json.loads(run(capsys, "--all-machines", "--json"))
    assert found["lower_bound"] is True
    assert [row["lower_bound"] for row in found["by_machine"]] == [False, True]
    shown = run(capsys, "--all-machines")
    assert "≥$2.50" in shown.splitlines()[2]
    assert "≥ means at least: of 1 call only the start of the answer is on record." in shown
    assert "≥$2.50" in run(capsys, "--by", "machine")
    both = " ".join(run(capsys).split())
    assert "All machines ≥$2.50" in both
    assert "≥ means at least" in both
    assert main(["report", "--all-machines", "-o", "-"]) == 0
    assert "≥$2.50" in capsys.readouterr().out


def test_one_report_over_all_machines(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every breakdown adds up to the one total; the ledger itself learns nothing of it."""
    ledgers.add_call(ledger, "m1", TODAY)
    assert main(["costs", "--all-machines"]) == 2
    assert "cheaproute sync FOLDER" in capsys.readouterr().err
    other_machine(ledger)
    found = json.loads(run(capsys, "--all-machines", "--json"))
    assert found["total_usd"] == 3
    for key in ("model", "source", "day", "project", "machine"):
        assert sum(row["cost_usd"] for row in found[f"by_{key}"]) == 3, key
    assert {row["model"] for row in found["by_model"]} >= {"claude-opus-9"}
    assert {row["project"] for row in found["by_project"]} >= {"shop"}
    assert [row["cost_usd"] for row in found["by_machine"]] == [1, 2]
    assert found["by_machine"][1]["machine"] == "desk"
    for words in (["--by", "machine"], ["--by", "week", "--all-machines"]):
        assert "$3.00" in run(capsys, *words).splitlines()[-1]
    assert run(capsys, "--by", "machine", "--csv").splitlines()[0].endswith(",as_of")
    shown = run(capsys, "--all-machines")
    assert "Over all machines: desk as of" in " ".join(shown.split())
    assert shown.count("$3.00") >= 2
    assert main(["report", "--all-machines", "-o", "-"]) == 0
    page = capsys.readouterr().out
    assert '<section id="machines"' in page
    assert "$3.00" in page
    whole = json.loads(run(capsys, "all", "--all-machines", "--json"))
    assert whole["total_usd"] == 3
    assert json.loads(run(capsys, "--json"))["total_usd"] == 1
    assert ledger.execute("SELECT count(*) FROM model WHERE name = 'claude-opus-9'").fetchone() == (
        0,
    )


@pytest.mark.parametrize(
    "words", [["misses"], ["sessions"], ["--by", "agent"], ["--by", "session"], ["--project", "."]]
)
def test_what_other_machines_do_not_tell(
    words: list[str], ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sessions, subagents and directories stay on their machine: refused in one line."""
    ledgers.add_call(ledger, "m1", TODAY, project=os.getcwd())
    other_machine(ledger)
    assert main(["costs", *words, "--all-machines"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_people_are_a_team_s(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a team there are none."""
    assert main(["costs", "--by", "person"]) == 2
    assert "cheaproute team join" in capsys.readouterr().err
    assert ledger


def test_the_other_machines(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Where machines are synced, each has its row, its date, and all together their sum."""
    ledgers.add_call(ledger, "m1", TODAY)
    assert "By machine" not in run(capsys)
    data = os.path.dirname(ledger.execute("PRAGMA database_list").fetchone()[2])
    db = union.connect(data)
    columns = {row[1]: row[4] for row in db.execute("PRAGMA table_info(call)")}
    values = {"machine": "desk", "id": "x", "ts_ms": TODAY * 86_400_000, "day": TODAY}
    fields = {name: values.get(name, 0) for name in columns} | {"cost_nano": 2 * 10**9}
    fields |= {name: "" for name in ("model", "source", "project") if name in columns}
    marks = ",".join("?" * len(fields))
    db.execute(f"INSERT INTO call({','.join(fields)}) VALUES({marks})", list(fields.values()))
    db.close()
    shown = run(capsys)
    assert "By machine" in shown
    assert shown.splitlines()[-1].split() == ["All", "machines", "$3.00", "2"]
    assert tmp_path


def test_why_zero_is_refused(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """`why 0` is a slip, not an empty history."""
    assert main(["why", "0"]) == 2
    assert "From 1 on" in capsys.readouterr().err
    assert ledger


@pytest.mark.parametrize(
    ("said", "code", "told"),
    [
        ("shop", 0, ""),
        ("SHOP/api", 0, ""),
        ("shpo", 2, "did you mean /home/u/src/shop?"),
        ("/nowhere", 2, "no project '/nowhere'"),
        ("git", 2, "could be"),
    ],
)
def test_a_project_by_its_name(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], said: str, code: int, told: str
) -> None:
    """The last part of a path is enough; a slip is an error that names what is near."""
    for n, path in enumerate(("/home/u/src/shop", "/home/u/src/shop/api", "/a/git", "/b/git")):
        ledgers.add_call(ledger, f"m{n}", TODAY, project=path)
    assert main(["costs", "--project", said]) == code
    assert told in capsys.readouterr().err


def test_every_view_says_how_much_of_the_history_is_read(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A sum that still grows says so, in each view and on the page; once all is read, none does."""
    ledgers.add_call(ledger, "a", TODAY, project="/pa")
    views: tuple[list[str], ...] = (
        [], ["all"], ["models"], ["projects"], ["sessions"], ["--by", "model"],
        ["--project", "/pa"],
    )  # fmt: skip
    page = tmp_path / "page.html"

    def said() -> list[int]:
        assert main(["report", "-o", str(page)]) == 0
        capsys.readouterr()
        texts = [run(capsys, *words) for words in views] + [page.read_text()]
        return [text.count("Reading your history: 40 %") for text in texts]

    assert said() == [0] * (len(views) + 1)
    assert json.loads(run(capsys, "--json"))["lower_bound"] is False
    meta.put(ledger, coverage.PROGRESS, f"40 {ledgers.NOW_MS}")
    assert said() == [1] * (len(views) + 1)
    assert json.loads(run(capsys, "--json"))["lower_bound"] is True
    assert main(["export", "csv"]) == 0
    assert "Reading your history: 40 %" in capsys.readouterr().err


@pytest.mark.usefixtures("ledger")
def test_a_session_that_is_none_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped id is said on stderr, and scripts see it by the code."""
    assert main(["costs", "session", "zzzz1"]) == 1
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        "cheaproute: no session `zzzz1` made a call: `cheaproute costs sessions` lists them\n",
    )


def test_session_alone_is_the_one_it_is_asked_in(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Typed as a prompt it is this session; in a terminal, what lists them is named."""
    uuid = "31111111-2222-3333-4444-555555555555"
    number = intern.session_id(ledger, uuid)
    ledgers.add_call(ledger, "m", TODAY, session=number, project="/home/u/wakil")
    monkeypatch.delenv("CLAUDE_CODE_SESSION_ID", raising=False)
    assert main(["costs", "session"]) == 2
    assert "say which session: `cheaproute costs sessions` lists" in capsys.readouterr().err
    monkeypatch.setenv("CLAUDE_CODE_SESSION_ID", uuid)
    assert main(["costs", "session"]) == 0
    assert f"session {uuid}" in capsys.readouterr().out
    for words in (["wakil"], ["wakil", "week"], ["u/wakil"]):
        assert main(["costs", *words]) == 2
        said = " ".join(words)
        assert f"did you mean `cheaproute costs project {said}`?" in capsys.readouterr().err


@pytest.mark.parametrize("word", ["all", "'all'", '"all"', "models all"])
def test_all_is_all(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    """Rows that a clock dated ahead are in `all`, in whatever quotes the shell left it."""
    ledgers.add_call(ledger, "m1", TODAY)
    ledgers.add_call(ledger, "m2", TODAY + 40)
    assert as_json(capsys, word)["total_usd"] == 2.0
    assert as_json(capsys)["total_usd"] == 1.0


@pytest.mark.parametrize("span", ["today", "yesterday", "week", "year", "all"])
def test_a_span_with_dashes_is_that_span(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str], span: str
) -> None:
    """`costs --week` is `costs week`, and `--all` is no `--all-machines`."""
    for n in (0, 1, 5, 200, 500):
        ledgers.add_call(ledger, f"m{n}", TODAY - n, cost_nano=1 << n % 30)
    said = []
    for word in (span, f"--{span}"):
        assert main(["costs", word]) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


def test_what_is_not_of_the_span_is_not_told(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of one project, of all machines, of days whose calls were dropped: null, not nothing."""
    for number, day in enumerate((TODAY, TODAY - 40)):
        ledgers.add_call(ledger, f"m{number}", day, source=schema.HELPER)
    ledgers.add_call(ledger, "m9", TODAY, source=schema.HELPER, cost_nano=None)
    since = ["--since", "60d"]
    whole = as_json(capsys, *since)
    assert whole["main_loop_choices"]["turns"] == 0
    assert whole["helpers"] == [
        {"purpose": "not said", "calls": 3, "cost_usd": 2, "unknown_price_calls": 1}
    ]
    assert retention.drop(ledger, 30, ledgers.NOW_MS) == 1
    other_machine(ledger)
    for words in (["--project", "/home/u/src/shop"], ["--all-machines"], since):
        part = as_json(capsys, *words)
        assert (part["helpers"], part["main_loop_choices"]) == (None, None), words
        assert any(row["source"] == "helper" for row in part["by_source"]), words
    assert as_json(capsys)["helpers"][0]["calls"] == 2


def test_a_breakdown_by_month_has_every_month(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """One of the running month would be a single row; programs get the month as ever."""
    for n, day in enumerate((TODAY, TODAY - 40, TODAY - 80)):
        ledgers.add_call(ledger, f"m{n}", day)
    for words in (["--by", "month"], ["months"], ["by", "month"], ["--by", "month", "--csv"]):
        shown = run(capsys, *words)
        assert all(month in shown for month in ("2026-09", "2026-10", "2026-11"))
    assert "2026-10" not in run(capsys, "--by", "month", "--month", "2026-11")
    assert [row["month"] for row in as_json(capsys, "--by", "month")["by_month"]] == ["2026-11"]


def test_a_lower_bound_is_marked_by_one_rule_and_explained_in_every_output(
    ledger: sqlite3.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where any amount bears the mark, one line says what it means; else none does."""
    for day in range(TODAY - 9, TODAY + 1):
        ledgers.add_call(ledger, f"m{day}", day, final=int(day < TODAY))
    for words in ([], ["days"], ["models"], ["agents"], ["--by", "day"]):
        shown = run(capsys, *words)
        assert "≥$1" in shown, words
        assert shown.count("≥ means at least: ") == 1, words
        assert "of 1 call only the start" in shown, words
        assert "≥ means" not in run(capsys, *words, "--until", "2026-11-15"), words
    whole = as_json(capsys)
    kept = ("open_calls_likely_add_usd", "open_calls_nine_of_ten_usd", "open_calls_at_most_add_usd")
    assert whole["open_calls"] == 1
    assert [whole[name] for name in kept[:2]] == [None, None]  # nine others tell too little
    assert whole[kept[2]] > 0
    ended = as_json(capsys, "--until", "2026-11-15")
    assert [ended["open_calls"], *(ended[name] for name in kept)] == [0, 0, 0, 0]
    one = as_json(capsys, "--project", "shop")
    assert [one["open_calls"], *(one[name] for name in kept)] == [None] * 4
    told = {"cap": "≥ means", "cap suggest": "≥ means", "plan": "(≥)", "report -o -": "≥ means"}
    for command, said in told.items():
        assert main(command.split()) == 0
        shown = capsys.readouterr().out
        assert shown.count("≥$10.00") >= 1, command
        assert shown.count(said) == 1, command
    assert "<b>≥$1.00</b>" in shown
    assert main(["cap", "suggest", "--plain"]) == 0
    assert "≥" not in capsys.readouterr().out
