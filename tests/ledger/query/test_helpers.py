"""What the client's helpers were for: in the terminal, as JSON and on the page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.cli import main
from cheaproute.ledger.query import helpers
from tests.hook.mod.test_questions import Home, record

USD = 10**9


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([], ""),
        (
            [("compact", 1, 2 * USD, 0), ("generate_session_title", 3, USD // 10, 0)],
            "Helpers were for: compactions $2.00, titles $0.10",
        ),
        (
            [("rename_generate_name", 1, USD, 0), ("generate_session_title", 1, USD, 0)],
            "Helpers were for: titles $2.00",
        ),
        (  # by the client's total alone
            [("auto_mode", 6, USD, 0)],
            (
                "Helpers were for: auto mode's checks $1.00. "
                "Tokens of auto mode's checks are an estimate: Claude Code tells none."
            ),
        ),
        ([("reader", 1, USD, 0)], "Helpers were for: questions about a task (reader) $1.00"),
        ([("auto_dream", 1, USD, 0)], "Helpers were for: auto dream $1.00"),  # no word of ours
        (
            [(f"k{n}", 1, (9 - n) * USD, 0) for n in range(8)],
            "Helpers were for: k0 $9.00, k1 $8.00, k2 $7.00, k3 $6.00, other $14.00",
        ),
        (  # of unknown price
            [("side_question", 2, USD, 1), ("generate_session_title", 1, 0, 1)],
            "Helpers were for: /btw $1.00+, titles $0.00+",
        ),
        (
            [(f"k{n}", 1, (9 - n) * USD, n // 7) for n in range(8)],
            "Helpers were for: k0 $9.00, k1 $8.00, k2 $7.00, k3 $6.00, other $14.00+",
        ),
    ],
)
def test_the_line(found: list[tuple[str, int, int, int]], said: str) -> None:
    """Dearest first, what is alike as one, no more than five."""
    assert helpers.line(found) == said


def test_all_forms_say_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The purposes add up to the row of helpers; the line stands on the screen and on the page."""
    home = Home(tmp_path)
    words = ("generate_session_title", "web_fetch_apply", "side_question", "side_question", "sdk")
    told = [record(number, query_source=word) for number, word in enumerate(words)]
    home.ask("ModBook", calls=told)
    for name, value in home.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("COLUMNS", "200")
    said = []
    for command in (["costs", "--json"], ["costs"], ["report", "-o", "-"]):
        assert main.main(command) == 0
        said.append(capsys.readouterr().out)
    costs, screen, page = said
    found = json.loads(costs)
    named = {one["purpose"]: (one["calls"], one["cost_usd"]) for one in found["helpers"]}
    assert named == {"titles": (1, 0.2), "pages read": (1, 0.2), "/btw": (2, 0.4)}
    (row,) = (one for one in found["by_source"] if one["source"] == "helper")
    assert sum(cost for _, cost in named.values()) == pytest.approx(row["cost_usd"], abs=1e-9)
    line = "Helpers were for: /btw $0.40, pages read $0.20, titles $0.20"
    assert line in screen
    assert line in page
