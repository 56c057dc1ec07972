"""Training and scoring, on data small enough to know the answer."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cheaproute.routing.decide import decide
from cheaproute.routing.text import grams
from cheaproute.routing.text import weights as model
from tools import routing_data, routing_fit
from tools.routing_data import Task
from tools.routing_score import interval, score
from tools.train_routing import main

if TYPE_CHECKING:
    from pathlib import Path

    from tools.routing_fit import Linear


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
    first, second = routing_fit.fit(tasks(30))
    again, _ = routing_fit.fit(tasks(30))
    assert second is not None
    assert first.named == again.named
    assert (first.words == again.words).all()
    for task in tasks(30):
        row = routing_fit.featured(task)
        assert (first.logit(row) > 0) == (task.rank > 0)
        assert task.rank == 0 or (second.logit(row) > 0) == (task.rank > 1)


def test_what_is_left_out_was_not_fitted_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task is measured by a model that saw none of its repository."""
    rows = [replace(task, repository=f"r/{i % 3}") for i, task in enumerate(tasks(12))]
    seen: list[set[str]] = []
    real = routing_fit.fit

    def spy(inside: list[Task], *, second: bool) -> tuple[Linear, Linear | None]:
        seen.append({task.repository for task in inside})
        return real([*inside, *tasks(6)], second=second)

    monkeypatch.setattr(routing_fit, "fit", spy)
    routing_fit.left_out(rows, [], lambda task: task.repository, [lambda task: task])
    assert seen == [{"r/1", "r/2"}, {"r/0", "r/2"}, {"r/0", "r/1"}]


def test_calibration_undoes_a_shift() -> None:
    """Scaled and shifted odds come back to what was so."""
    slope, shift = routing_fit.calibration([3.0, 5.0] * 50, [False, True] * 50)
    assert slope * 4 + shift == pytest.approx(0, abs=0.2)


@pytest.mark.parametrize(
    ("share", "below"), [(0.001, 0), (0.0199, 0), (0.02, 0), (0.05, 1), (0.5, 46)]
)
def test_the_threshold_keeps_the_bound(share: float, below: int) -> None:
    """Of n left-out tasks k lie below it, the most for which (k + 4) / (n + 1) is the share."""
    losses = [float(i) for i in range(99)]
    threshold = routing_fit.controlled(losses, share)
    assert sum(loss < threshold for loss in losses) == below
    if threshold > -math.inf:
        assert (below + 4) / 100 <= share < (below + 5) / 100


def test_training_writes_files_that_decide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command reads rows, leaves out the unlabelled, and writes what the router reads."""
    rows = [
        {"label": t.tier, "description": t.description, "prompt": t.prompt, "repo": f"r/{i % 2}"}
        for i, t in enumerate(tasks(24))
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("\n".join(map(json.dumps, [*rows, {"label": None, "prompt": "?"}])))
    pairs = [replace(t, repository=f"d{i % 4}", hand="ab"[i % 2]) for i, t in enumerate(tasks(24))]
    monkeypatch.setattr("sys.argv", ["x", str(data), f"--out={tmp_path}", "--date=2026-01-02"])
    monkeypatch.setattr(routing_data, "examples", lambda: tasks(12))
    monkeypatch.setattr(routing_data, "pairs", lambda: pairs)
    main()
    content = (tmp_path / "weights.txt").read_text()
    assert "# rows = 24\n" in content
    assert '# date = "2026-01-02"\n' in content
    assert (tmp_path / "grams.bin").stat().st_size == 2 * grams.SLOTS
    monkeypatch.setattr(model, "FILE", str(tmp_path / "weights.txt"))
    monkeypatch.setattr(grams, "FILE", str(tmp_path / "grams.bin"))
    assert model.weights()["terms1:security"][1] > 0
    assert [decide(t.description, t.prompt).likely for t in tasks(6)][1:3] == ["sonnet", "opus"]


def test_the_weights_stay_small() -> None:
    """What a hook reads of numbers is under 300 kB."""
    folder = os.path.dirname(model.FILE)
    names = [name for name in os.listdir(folder) if name.endswith((".txt", ".bin"))]
    assert sum(os.path.getsize(os.path.join(folder, name)) for name in names) < 300_000


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
