"""Training and scoring, on data small enough to know the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cheaproute.routing.text import weights as model
from tools import routing_data, routing_fit
from tools.routing_data import Task
from tools.routing_score import interval, score
from tools.train_routing import main

if TYPE_CHECKING:
    from pathlib import Path


def tasks(number: int) -> list[Task]:
    """Searches for Haiku, reviews for Sonnet and audits for Opus, by turns."""
    kinds = (
        ("haiku", "Find the file that defines item {}"),
        ("sonnet", "Review the change of part {} for correctness"),
        ("opus", "Audit module {} for security vulnerabilities"),
    )
    return [Task(kinds[i % 3][0], "Do it", kinds[i % 3][1].format(i)) for i in range(number)]


def test_examples_are_well_formed_and_many() -> None:
    """The examples of this repository parse, name known categories and cover every tier."""
    examples = routing_data.examples()
    assert len(examples) > 600
    assert {task.tier for task in examples} == {"haiku", "sonnet", "opus"}
    assert sum(not task.prompt.isascii() for task in examples) > 60


def test_a_wrong_example_is_refused() -> None:
    """A tier or category that does not exist is an error, not a quiet row."""
    with pytest.raises(ValueError, match="not a task"):
        routing_data.sentences("haiku nonsense Read it")


def test_titled_blocks() -> None:
    """A block has a tier, a category, an agent type of any words, a title and a prompt."""
    (task,) = routing_data.titled("# note\n= opus debug my agent | Title\nline 1\n\nline 2\n")
    assert (task.tier, task.category, task.subagent_type) == ("opus", "debug", "my agent")
    assert (task.description, task.prompt) == ("Title", "line 1\n\nline 2")


def test_fitting_separates_what_is_separable_and_repeats() -> None:
    """The weights tell the three kinds apart, and come out the same again."""
    weights = routing_fit.fit(tasks(30))
    assert weights == routing_fit.fit(tasks(30))
    logits = [routing_fit.logits(weights, task, typed=False) for task in tasks(30)]
    assert routing_fit.sent(tasks(30), logits, caution=0.5) == [task.tier for task in tasks(30)]


def test_families_hold_near_duplicates_together() -> None:
    """Tasks that differ in a number are one family; a repository is one whatever its tasks."""
    family = routing_fit.families(tasks(9))
    assert family[0] == family[3] == family[6]
    assert family[0] != family[1]
    named = [Task("haiku", "", f"{word} it", repository="a/b") for word in ("Read", "Sort")]
    assert routing_fit.families(named) == ["a/b", "a/b"]


def test_folds_never_split_a_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a fold is measured on is not what its weights were fitted to."""
    rows = tasks(12)
    family = dict(zip(rows, routing_fit.families(rows), strict=True))
    seen: list[set[str]] = []

    def spy(inside: list[Task]) -> dict[str, tuple[float, float]]:
        seen.append({family[task] for task in inside if task in family})
        return {}

    monkeypatch.setattr(routing_fit, "fit", spy)
    routing_fit.crossvalidate(rows, [], folds=3, seeds=1)
    assert [len(names) for names in seen] == [2, 2, 2]


def test_calibration_undoes_a_shift() -> None:
    """Scaled and shifted odds come back to what was so."""
    rows = [Task("haiku", "", "x"), Task("sonnet", "", "x")] * 50
    slope, shift = routing_fit.calibration([(3.0, 0.0), (5.0, 0.0)] * 50, rows)
    assert slope * 4 + shift == pytest.approx(0, abs=0.2)


def test_training_writes_a_file_that_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command reads rows, leaves out the unlabelled, and writes weights and figures."""
    rows = [{"label": t.tier, "description": t.description, "prompt": t.prompt} for t in tasks(12)]
    data, out = tmp_path / "rows.jsonl", tmp_path / "weights.txt"
    data.write_text("\n".join(map(json.dumps, [*rows, {"label": None, "prompt": "?"}])))
    monkeypatch.setattr("sys.argv", ["x", str(data), "--out", str(out), "--date", "2026-01-02"])
    monkeypatch.setattr(routing_data, "examples", lambda: tasks(12))
    main()
    content = out.read_text()
    assert "# rows = 12\n" in content
    assert '# date = "2026-01-02"\n' in content
    monkeypatch.setattr(model, "FILE", str(out))
    monkeypatch.setattr(model, "_weights", {})
    assert model.weights()["terms1:security"][1] > 0


def test_score_counts() -> None:
    """Unsafe, captured and exact are what they are called."""
    found = score(
        ["haiku", "haiku", "sonnet", "opus", "opus"],
        ["haiku", "sonnet", "haiku", "opus", "sonnet"],
    )
    assert (found.unsafe, found.captured, found.exact) == ((1, 3), (1, 2), (2, 5))
    assert "unsafe 1/3 = 33.3 %" in found.line()
    assert found.table().count("\n") == 3


def test_intervals() -> None:
    """Wilson's interval, against the textbook's values."""
    assert interval(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)
    assert interval(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert interval(0, 0) == (0.0, 1.0)
