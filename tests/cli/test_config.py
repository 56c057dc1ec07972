from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.config import table


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's config.toml is."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path))
    return tmp_path / "config.toml"


def test_show_has_every_setting(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """All settings are listed with value and meaning; those of the file are marked."""
    config.write_text("[routing]\nmax_unsafe = 0.9\n")
    assert main(["config"]) == 0
    out, err = capsys.readouterr()
    lines = dict(line.split(" = ", 1) for line in out.splitlines() if line[0] != " ")
    assert set(lines) == set(table.SETTINGS)
    assert lines["routing.max_unsafe"] == "0.9 *"
    assert lines["cap.month_usd"] == "unset"
    assert all(f"    {row[2]}\n" in out for row in table.SETTINGS.values())
    assert str(config) in err


@pytest.mark.usefixtures("config")
def test_a_cap_set_by_command_is_not_unset(capsys: pytest.CaptureFixture[str]) -> None:
    """What the file says of a cap is not what holds: both are shown."""
    assert main(["cap", "set", "70", "--day", "12.50"]) == 0
    capsys.readouterr()
    assert main(["config"]) == 0
    out = capsys.readouterr().out
    assert "cap.month_usd = 70 by `cap set`\n" in out
    assert "cap.day_usd = 12.5 by `cap set`\n" in out
    assert "cap.session_usd = unset\n" in out
    assert main(["config", "get", "cap.month_usd"]) == 0
    out, err = capsys.readouterr()
    assert out == "unset\n"
    assert err == "cap.month_usd is 70 by `cap set`: `cheaproute cap` shows it\n"


def test_json_is_all_values(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--json` gives key and value."""
    assert main(["config", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cap.alerts"] == [50, 75, 90, 95]
    assert not config.exists()


def test_set_get_unset(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A value set is read back, the rest of the file stays, and unset is the default again."""
    config.write_text("# mine\non_error = 'closed'  # keep\n")
    assert main(["config", "set", "routing.max_unsafe", "0.9"]) == 0
    assert main(["config", "get", "routing.max_unsafe"]) == 0
    assert main(["config", "set", "models.haiku", "claude-haiku-4-5-20251001"]) == 0
    assert main(["config", "get", "models.haiku"]) == 0
    assert capsys.readouterr().out == "0.9\nclaude-haiku-4-5-20251001\n"
    assert config.read_text().startswith("# mine\non_error = 'closed'  # keep\n")
    assert main(["config", "unset", "routing.max_unsafe"]) == 0
    assert main(["config", "get", "routing.max_unsafe"]) == 0
    assert capsys.readouterr().out == "0.02\n"


def test_names_inside_a_table(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Agents and prices are set one by one, whatever dots their names have."""
    assert main(["config", "set", "routing.agents.Explore", "haiku"]) == 0
    assert main(["config", "set", "routing.agents.my.agent", "keep"]) == 0
    assert main(["config", "set", "prices.overrides.m-4.5", "{input = 1, output = 5.5}"]) == 0
    written = tomllib.loads(config.read_text())
    assert written["routing"]["agents"] == {"Explore": "haiku", "my.agent": "keep"}
    assert written["prices"]["overrides"] == {"m-4.5": {"input": 1, "output": 5.5}}
    assert main(["config", "get", "routing.agents.Explore"]) == 0
    assert main(["config", "unset", "routing.agents.Explore"]) == 0
    assert capsys.readouterr().out == "haiku\n"
    assert tomllib.loads(config.read_text())["routing"]["agents"] == {"my.agent": "keep"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["get", "routing.nope"], "routing.nope is not a setting"),
        (["set", "shwo", "quiet"], "shwo is not a setting: did you mean `show`?"),
        (["set", "routing.max_unsafe", "2"], "must be a number from 0 to 1"),
        (["set", "routing.agents.Explore", "gpt"], "must be a table of name = haiku"),
        (["set", "cap.alerts", "lots"], "must be a list of whole numbers"),
    ],
)
def test_wrong_settings(
    words: list[str], said: str, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no setting, or not of its kind, is one line, and nothing is written."""
    assert main(["config", *words]) == 1
    assert said in capsys.readouterr().err
    assert not config.exists()


def test_edit_starts_from_a_template_that_sets_nothing(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first edit shows every setting, commented out; each of its lines is right as it is."""
    monkeypatch.setenv("EDITOR", "true")
    assert main(["config", "edit"]) == 0
    template = config.read_text()
    assert tomllib.loads(template) == {
        key.partition(".")[0]: {} for key in table.SETTINGS if "." in key
    }
    for key in table.SETTINGS:
        assert f"# {key.rpartition('.')[2]} = " in template
    uncommented = [line.removeprefix("# ") for line in template.splitlines()[1:]]
    assert len(tomllib.loads("\n".join(uncommented))["digest"]) > 2


def test_edit_complains_about_what_was_written(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After the editor the file is checked; an editor that fails is named."""
    script = f"open({str(config)!r}, 'w').write('nope = 1')"
    monkeypatch.setenv("VISUAL", f'{sys.executable} -c "{script}"')
    assert main(["config", "edit"]) == 1
    assert "nope is not a setting" in capsys.readouterr().err
    monkeypatch.setenv("VISUAL", "no-such-editor-here")
    assert main(["config", "edit"]) == 1
    assert "set VISUAL or EDITOR" in capsys.readouterr().err


def test_without_tomlkit_it_says_what_to_do(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the environment is built a first switch can be turned; what needs more says so."""
    monkeypatch.setitem(sys.modules, "tomlkit", None)
    assert main(["config", "set", "models.haiku", "x"]) == 1
    assert "tomlkit is not installed yet: run `cheaproute setup`" in capsys.readouterr().err
    assert not config.exists()
    assert main(["config", "set", "routing.enabled", "false"]) == 0
    assert config.read_text() == "[routing]\nenabled = false\n"
    assert main(["config", "set", "routing.enabled", "true"]) == 1
    assert config.read_text() == "[routing]\nenabled = false\n"


def test_path(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`path` is data."""
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{config}\n"


def test_no_editor_of_a_terminal_without_one(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where nothing can be drawn, the file and another way are named, and nothing is started."""
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    assert main(["config", "edit"]) == 1
    said = capsys.readouterr()
    assert "no terminal for vi" in said.err
    assert "config set KEY VALUE" in said.err
    assert not config.exists()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("berlin", "no such time zone: did you mean Europe/Berlin?"),
        ("Mars/Olympus", "no such time zone (Europe/Berlin, UTC)"),
    ],
)
def test_a_time_zone_that_is_none_is_refused(
    word: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Days would go on as before, and nobody would know why."""
    assert main(["config", "set", "report.timezone", word]) != 0
    assert said in capsys.readouterr().err
    assert main(["config", "set", "report.timezone", "America/Los_Angeles"]) == 0
