"""config.toml in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cheaproute.config import table, toml_edit, toml_file
from cheaproute.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def test_every_default_is_of_its_own_kind() -> None:
    """No default would be refused if a user wrote it (unset amounts aside)."""
    for key, (value, _, _) in table.SETTINGS.items():
        if value is not None:
            assert toml_file.check(key, value, "defaults") == value


def test_file_wins_over_default_and_leaves_the_rest(tmp_path: Path) -> None:
    """What the file sets holds; what it does not set is the default."""
    file = tmp_path / "config.toml"
    file.write_text(
        'billing = "plan"\n[cap]\nmonth_usd = 40\n[routing.agents]\nExplore = "haiku"\n'
    )
    found = toml_file.read(str(file))
    assert found["billing"] == "plan"
    assert found["cap"] == {**table.defaults()["cap"], "month_usd": 40}  # type: ignore[dict-item]
    assert found["routing"]["agents"] == {"Explore": "haiku"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[cap]\nmonth_usd = -1\n", "cap.month_usd = -1: must be an amount of dollars"),
        ("[cap]\nmonth_usd = nan\n", "cap.month_usd = nan: must be"),
        ('[cap]\nmonth_usd = "5"\n', "cap.month_usd = '5': must be"),
        ("[routing]\nenabled = 1\n", "routing.enabled = 1: must be true or false"),
        ('[routing.agents]\nx = "gpt"\n', "must be a table of name = haiku | sonnet | opus | keep"),
        ("[routing]\ncauton = 1\n", "routing.cauton is not a setting"),
        ("nonsense\n", "not valid TOML"),
        ('[prices.overrides."m"]\ninput = 1\n', "must be a table of model"),
    ],
)
def test_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    """One line says which file, which key, what is wrong."""
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        toml_file.read(str(file))
    message = str(caught.value)
    assert said in message
    assert str(file) in message
    assert "\n" not in message


def test_writing_keeps_comments_and_order(tmp_path: Path) -> None:
    """A setting written by a command leaves the user's own lines as they are."""
    file = tmp_path / "config.toml"
    file.write_text("# mine\n[cap]\nday_usd = 5 # a day\n\n[routing]\nmax_unsafe = 0.02\n")
    toml_edit.write(str(file), {"cap.month_usd": 50, "billing": "plan", "routing.max_unsafe": None})
    text = file.read_text()
    assert "# mine\n" in text
    assert "day_usd = 5 # a day\n" in text
    assert toml_file.written(str(file)) == {
        "billing": "plan",
        "cap.day_usd": 5,
        "cap.month_usd": 50,
    }


def test_a_wrong_value_is_not_written(tmp_path: Path) -> None:
    """A refused change leaves the file untouched."""
    file = tmp_path / "config.toml"
    file.write_text("[cap]\nday_usd = 5\n")
    with pytest.raises(ConfigError):
        toml_edit.write(str(file), {"cap.day_usd": -5})
    assert file.read_text() == "[cap]\nday_usd = 5\n"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("cap.month_usd", "12.5", 12.5),
        ("routing.enabled", "false", False),
        ("billing", "plan", "plan"),
        ("models.haiku", "claude-haiku-4-5-20251001", "claude-haiku-4-5-20251001"),
        ("cap.alerts", "[80]", [80]),
        ("routing.agents", '{Explore = "haiku"}', {"Explore": "haiku"}),
    ],
)
def test_words_of_a_command_line_become_values(key: str, text: str, value: object) -> None:
    """Numbers, switches, lists and bare words are understood as TOML would."""
    assert toml_file.parse(key, text) == value


def test_a_table_of_rules_keeps_the_comments_of_what_stays(tmp_path: Path) -> None:
    """Of the rules only those that differ are touched; the text before comes along."""
    path = tmp_path / "config.toml"
    text = '[routing.agents]\n# mine\nExplore = "haiku"  # since May\nPlan = "opus"\n'
    path.write_text(text)
    rules = {"Explore": "haiku", "Plan": "sonnet", "reader": "haiku"}
    before, after = toml_edit.edited(str(path), {"routing.agents": rules})
    assert before == text
    assert after == text.replace('"opus"', '"sonnet"') + 'reader = "haiku"\n'
    assert path.read_text() == text
    toml_edit.write(str(path), {"routing.agents": {"Explore": "haiku"}})
    assert path.read_text() == '[routing.agents]\n# mine\nExplore = "haiku"  # since May\n'
