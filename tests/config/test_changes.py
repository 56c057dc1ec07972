from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from cheaproute.config import changes
from cheaproute.errors import ConfigError


def test_a_change_is_taken_back_byte_for_byte(tmp_path: Path) -> None:
    """Through a link, with its rights; changes come off in reverse order."""
    env = {"CHEAPROUTE_HOME": str(tmp_path / "data")}
    real, link = tmp_path / "dotfiles.json", tmp_path / "settings.json"
    real.write_bytes(b"\xff one\r\n")
    real.chmod(0o640)
    link.symlink_to(real)
    for number, content in enumerate((b"two", b"three")):
        changes.make(env, "mode", str(link), content, number)
    assert (link.is_symlink(), real.read_bytes()) == (True, b"three")
    changes.take_back(changes.last(env, "mode"))
    assert real.read_bytes() == b"two"
    changes.take_back(changes.last(env, "mode"))
    assert real.read_bytes() == b"\xff one\r\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    with pytest.raises(ConfigError, match="no change by `cheaproute mode`"):
        changes.last(env, "mode")


def test_a_file_that_was_made_is_gone_again(tmp_path: Path) -> None:
    """Where there was no file, there is none after."""
    env = {"CHEAPROUTE_HOME": str(tmp_path / "data")}
    path = tmp_path / "new" / "config.toml"
    place = changes.make(env, "tune", str(path), b"x", 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(os.stat(place).st_mode) == 0o600
    assert changes.untouched(changes.last(env, "tune"))
    path.write_text("by hand")
    assert not changes.untouched(changes.last(env, "tune"))
    changes.take_back(changes.last(env, "tune"))
    assert not path.exists()


def test_names_are_taken_back_on_their_own(tmp_path: Path) -> None:
    """A mode is no tune, and only so many are kept."""
    env = {"CHEAPROUTE_HOME": str(tmp_path / "data")}
    for number in range(30):
        changes.make(env, "mode", str(tmp_path / "m"), str(number).encode(), number)
    changes.make(env, "tune", str(tmp_path / "t"), b"t", 1)
    assert len(changes.all_of(env, "mode")) == 20
    assert [one.after for one in changes.all_of(env, "tune")] == [b"t"]
    assert changes.last(env, "mode").before == b"28"
