from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from cheaproute.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"description": "", "prompt": "Find the file README.md and report its path"},
    {"description": "Review", "prompt": "Review the diff", "subagent_type": "reviewer"},
    {
        "description": "Audit",
        "prompt": "Root-cause the intermittent deadlock",
        "subagent_type": None,
    },
]


def test_a_text_gets_a_tier_and_its_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    """The tier, the model's id, the reason, and what pushed which way."""
    assert main(["route", "Find the file README.md and report its path"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("haiku (claude-haiku-5-5), confidence 0.9")
    assert 'search: says "find", "report"' in out
    assert "beyond Haiku" in out


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same as one object."""
    assert main(["route", "--json", "--type", "reviewer", "Review the diff"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["tier"], found["category"]) == ("sonnet", "review")
    assert {"what", "beyond_haiku", "beyond_sonnet"} == set(found["evidence"][0])


def test_jsonl_keeps_the_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line in, one line out, blank lines aside."""
    path = tmp_path / "rows.jsonl"
    path.write_text("\n\n".join(map(json.dumps, ROWS)) + "\n")
    assert main(["route", "--jsonl", str(path)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["tier"] for row in found] == ["haiku", "sonnet", "opus"]
    assert all(list(row) == ["tier", "model", "category", "confidence", "reason"] for row in found)


def test_jsonl_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`-` reads the rows from standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(ROWS[0]) + "\n"))
    assert main(["route", "--jsonl", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["tier"] == "haiku"


@pytest.mark.parametrize("line", ["{", "[1]", '"text"'])
def test_a_wrong_line_is_named(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not an object is an error that says which line."""
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(ROWS[0]) + "\n" + line + "\n")
    assert main(["route", "--jsonl", str(path)]) == 1
    assert "line 2" in capsys.readouterr().err


def test_a_missing_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there is named, in one line."""
    assert main(["route", "--jsonl", "/nowhere/rows"]) == 1
    assert "/nowhere/rows" in capsys.readouterr().err


def test_a_files_name_is_said_to_be_judged_as_a_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether the file is there or not; a task is more than a name, and is judged in silence."""
    there = tmp_path / "task.md"
    there.write_text("Find all callers")
    for text, said in (
        (str(there), f"`cheaproute route - < {there}` reads it"),
        ("gone.jsonl", "there is no file gone.jsonl: its name was judged as a task's text"),
        ("find callers of src/parse.py", ""),
        ("why?", ""),
    ):
        assert main(["route", text]) == 0
        err = capsys.readouterr().err
        assert said in err
        assert bool(said) == bool(err)


@pytest.mark.parametrize("words", [[], ["text", "--jsonl", "-"]])
def test_one_source_of_tasks(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Neither nothing nor both."""
    assert main(["route", *words]) == 2
    assert "--jsonl" in capsys.readouterr().err


def test_the_users_bound_and_models_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """The dry run decides as the hook would with these settings."""
    assert main(["config", "set", "routing.max_unsafe", "0"]) == 0
    assert main(["config", "set", "models.sonnet", "claude-sonnet-4-6"]) == 0
    capsys.readouterr()
    assert main(["route", "Summarise README.md"]) == 0
    assert capsys.readouterr().out.startswith("open (left where it is)")


def test_prompts_to_the_main_loop(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--turns` reads `text` and `before`, and answers tier, struggle, newtask."""
    path = tmp_path / "turns.jsonl"
    rows = [
        {"text": "still not working, I get the same error", "before": "Fixed, try again."},
        {"text": "yes"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    assert main(["route", "--turns", "--jsonl", str(path)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["struggle"] for row in found] == [True, False]
    assert all({"tier", "struggle", "newtask"} <= set(row) for row in found)
    assert main(["route", "--turns", "text"]) == 2


def test_odd_rows_have_an_answer_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing, no texts, half a character, marks alone, a megabyte: of the same shape as any."""
    path = tmp_path / "rows.jsonl"
    odd = [None, 5, ["a"], "", " \n\t", "\ud800 list", ",,, , . ? !", "- \n-\n1. ", "a" * 1_000_000]
    rows = [{}, *({"prompt": one, "text": one, "before": one, "subagent_type": 7} for one in odd)]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert main(["route", "--jsonl", str(path)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["model"] for row in found] == [None] * len(rows)
    assert {row["tier"] for row in found} == {"open"}
    assert main(["route", "--turns", "--jsonl", str(path)]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [set(row) for row in found] == [{"tier", "struggle", "newtask", "confidence"}] * len(
        rows
    )
