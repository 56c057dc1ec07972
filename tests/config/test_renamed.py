"""A config.toml of another version, or as some editor saved it: read, and never a lost cap."""

from __future__ import annotations

import codecs
import json
import os
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.config import paths, reader, snapshot, table, toml_edit, toml_file, version
from cheaproute.errors import ConfigError
from tests.conftest import ROOT

RENAMED = {"tune.days": "digest.min_bytes", "old.switch": "routing.enabled", "gone.word": ""}
# Every setting that 0.1.0 had: a config.toml may hold any of them for years.
OF_010 = """
billing on_error debug models.haiku models.sonnet models.opus routing.enabled routing.caution
routing.allow_upgrade routing.keep_explicit routing.guide_opus routing.agents routing.categories
cap.month_usd cap.day_usd cap.session_usd cap.at_cap cap.alerts cap.notify cap.command
delegate.backend delegate.timeout_s digest.enabled digest.kinds digest.min_bytes
digest.outside_project digest.timeout_s tune.days tune.min_samples tune.min_usd tune.promote_above
tune.demote_above tune.everyday_above tune.nudge_usd ledger.keep_days prices.overrides
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the user's config.toml is; some settings had other names."""
    monkeypatch.setenv("CHEAPROUTE_HOME", str(tmp_path))
    monkeypatch.setattr(table, "RENAMED", RENAMED)
    return tmp_path / "config.toml"


def test_every_setting_of_010_still_has_a_meaning_or_a_word() -> None:
    """A name that was once a setting is one, is another's old name, or is known to be gone."""
    for key in OF_010.split():
        assert key in table.SETTINGS or key in table.RENAMED, key


def test_the_table_of_old_names_leads_somewhere() -> None:
    """An old name is no name of today, and leads to one, or to nothing."""
    for old, new in table.RENAMED.items():
        assert old not in table.SETTINGS, old
        assert not new or new in table.SETTINGS, (old, new)


def test_old_names_are_read(config: Path) -> None:
    """What an old name says holds under the new one, unless the new one is written too."""
    config.write_text("[tune]\ndays = 9\n[old]\nswitch = false\n[gone]\nword = 'x'\n")
    found = toml_file.read(str(config))
    assert reader.whole(found, "digest.min_bytes") == 9
    assert reader.flag(found, "routing.enabled") is False
    config.write_text("[tune]\ndays = 9\n[digest]\nmin_bytes = 5\n")
    assert reader.whole(toml_file.read(str(config)), "digest.min_bytes") == 5


def test_an_old_value_that_is_none_any_more_says_nothing(config: Path) -> None:
    """It is no reason to refuse the file, and the cap in it."""
    config.write_text("[tune]\ndays = 'many'\n[cap]\nmonth_usd = 3\n")
    found = toml_file.read(str(config))
    assert reader.whole(found, "digest.min_bytes") == 40_000
    assert reader.nano(found, "cap.month_usd") == 3_000_000_000


BEFORE = """\
# mine
[cap]
month_usd = 3 # dollars

[tune]
# as long as a sprint
days = 9 # was 7

[gone]
word = "x"
"""
AFTER = """\
# mine
[cap]
month_usd = 3 # dollars

[digest]
# as long as a sprint
min_bytes = 9 # was 7
"""


def test_migrate_writes_today_s_names_and_keeps_comments(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`config migrate` says what it did, keeps the old text aside, and is done after once."""
    config.write_text(BEFORE)
    assert main(["config", "migrate"]) == 0
    out, err = capsys.readouterr()
    assert out == "tune.days -> digest.min_bytes\ngone.word: no longer read\n"
    assert config.read_text().split() == AFTER.split()
    kept = json.loads(Path(err.split()[-1]).read_text())
    assert kept["path"] == str(config)
    assert main(["config", "migrate"]) == 0
    assert config.read_text().split() == AFTER.split()


def test_a_new_word_replaces_the_old_one(config: Path) -> None:
    """`config set` of a renamed setting leaves no second line that says otherwise."""
    config.write_text("[tune]\ndays = 9\n[cap]\nmonth_usd = 3\n")
    assert main(["config", "set", "digest.min_bytes", "5"]) == 0
    assert "days" not in config.read_text()
    assert toml_file.written(str(config)) == {"cap.month_usd": 3, "digest.min_bytes": 5}


TEXT = '[cap]\nmonth_usd = 3 # für mich\n[routing.agents]\nExplore = "haiku"\n'


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_editor_may_have_saved_it(config: Path, mark: bytes, codec: str, end: str) -> None:
    """A mark, two bytes a letter, Windows' line ends: read, and kept so when a setting changes."""
    text = TEXT.replace("\n", end)
    config.write_bytes(mark + text.encode(codec))
    env = {"CHEAPROUTE_HOME": str(config.parent)}
    assert reader.nano(snapshot.load(env), "cap.month_usd") == 3_000_000_000
    toml_edit.write(str(config), {"cap.month_usd": 2})
    assert config.read_bytes() == mark + text.replace("= 3", "= 2").encode(codec)


@pytest.mark.parametrize(
    "raw",
    [
        TEXT.encode("latin-1"),
        TEXT.encode("utf-16-le"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        codecs.BOM_UTF16_LE + b"\x00",
        TEXT.replace("\n", "\r").encode(),
        b"\x00",
        b"x = " + b"[" * 5000,
    ],
)
def test_what_cannot_be_read_is_one_line_and_the_cap_stays(config: Path, raw: bytes) -> None:
    """The file is refused by name; what held before holds."""
    env = {"CHEAPROUTE_HOME": str(config.parent)}
    config.write_text("[cap]\nmonth_usd = 3\n")
    snapshot.load(env)
    config.write_bytes(raw)
    with pytest.raises(ConfigError) as caught:
        snapshot.load(env)
    assert str(config) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert reader.nano(snapshot.last_good(env), "cap.month_usd") == 3_000_000_000


def test_the_stamp_carries_the_version(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings that another version compiled are compiled anew: its defaults are not ours."""
    env = {"CHEAPROUTE_HOME": str(config.parent)}
    config.write_text("[cap]\nmonth_usd = 3\n")
    snapshot.load(env)
    kept = json.loads(Path(paths.snapshot_file(env)).read_text())
    manifest = json.loads(Path(ROOT, ".claude-plugin", "plugin.json").read_text())
    assert manifest["version"] in kept["stamp"]
    kept["settings"]["digest"]["min_bytes"] = 1
    Path(paths.snapshot_file(env)).write_text(json.dumps(kept))
    assert reader.whole(snapshot.load(env), "digest.min_bytes") == 1
    monkeypatch.setattr(version, "of_manifest", lambda: "9.9.9")
    assert reader.whole(snapshot.load(env), "digest.min_bytes") == 40_000


def test_another_version_s_cap_holds_where_the_file_is_wrong(config: Path) -> None:
    """What can be used of its snapshot is; what it did not know is the default."""
    env = {"CHEAPROUTE_HOME": str(config.parent)}
    config.write_text("[cap\n")
    old = {"cap": {"month_usd": 3, "at_cap": "nonsense"}, "tune": {"days": 9}, "new": {"x": 1}}
    Path(paths.snapshot_file(env)).write_text(json.dumps({"stamp": [], "settings": old}))
    with pytest.raises(ConfigError):
        snapshot.load(env)
    found = snapshot.last_good(env)
    assert reader.nano(found, "cap.month_usd") == 3_000_000_000
    assert reader.text(found, "cap.at_cap") == "auto"
    assert reader.whole(found, "digest.min_bytes") == 9
    assert "new" not in found


def test_the_typed_reader_falls_back_to_the_table() -> None:
    """Absent, or of another type: the default, typed."""
    for settings in ({}, {"cap": {"at_cap": 5, "month_usd": "x", "alerts": 7, "command": "ls"}}):
        assert reader.text(settings, "cap.at_cap") == "auto"
        assert reader.nano(settings, "cap.month_usd") is None
        assert reader.wholes(settings, "cap.alerts") == [50, 75, 90, 95]
        assert reader.words(settings, "cap.command") == []
        assert reader.rules(settings, "routing.agents") == {}
        assert (
            reader.number(settings, "routing.max_unsafe") == table.SETTINGS["routing.max_unsafe"][0]
        )
    assert reader.number({"routing": {"max_unsafe": 0}}, "routing.max_unsafe") == 0.0
    assert reader.text({"billing": "plan"}, "billing") == "plan"


def test_a_setting_nobody_can_open_is_no_lost_cap(config: Path) -> None:
    """Rights taken from the file: an error to report, and the settings before hold."""
    env = {"CHEAPROUTE_HOME": str(config.parent)}
    config.write_text("[cap]\nmonth_usd = 3\n")
    snapshot.load(env)
    config.unlink()
    os.mkdir(config)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        snapshot.load(env)
    assert reader.nano(snapshot.last_good(env), "cap.month_usd") == 3_000_000_000


def test_edited_is_by_itself_untouched(config: Path) -> None:
    """No change, no byte moved, whatever the old names in it."""
    config.write_text(BEFORE)
    before, after = toml_edit.edited(str(config), {})
    assert before == after == BEFORE
