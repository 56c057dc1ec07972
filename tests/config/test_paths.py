"""Where things live."""

from __future__ import annotations

import os

import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from cheaproute.config import paths


def test_home_overrides_every_directory(tmp_path: object) -> None:
    """`CHEAPROUTE_HOME` holds the ledger, the settings and the log alike."""
    env = {"HOME": "/h", "XDG_DATA_HOME": "/x", "CHEAPROUTE_HOME": str(tmp_path)}
    for place in (paths.ledger_file, paths.config_file, paths.snapshot_file, paths.log_file):
        assert os.path.dirname(place(env)) == str(tmp_path)


@pytest.mark.parametrize(
    "xdg", [{}, {"XDG_DATA_HOME": "/x/d", "XDG_CONFIG_HOME": "/x/c"}, {"XDG_DATA_HOME": ""}]
)
def test_unix_directories_are_those_of_platformdirs(
    xdg: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Linux the directories are where platformdirs puts them."""
    env = {"HOME": "/home/u", **xdg}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert paths.data_dir(env, "linux") == Unix("cheaproute").user_data_dir
    assert paths.config_dir(env, "linux") == Unix("cheaproute").user_config_dir


def test_mac_directories_are_those_of_platformdirs(monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS the directories are where platformdirs puts them."""
    monkeypatch.setenv("HOME", "/Users/u")
    env = {"HOME": "/Users/u"}
    assert paths.data_dir(env, "darwin") == MacOS("cheaproute").user_data_dir


def test_windows_directory_is_local_app_data() -> None:
    """On Windows the ledger is in the local, not the roaming, profile."""
    place = paths.data_dir({"LOCALAPPDATA": "/app/local"}, "win32")
    assert place == os.path.join("/app/local", "cheaproute")
