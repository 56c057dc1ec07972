"""The settings on the hot path."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from cheaproute.config import paths, snapshot, table, toml_file
from cheaproute.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="env")
def _env(tmp_path: Path) -> dict[str, str]:
    return {"CHEAPROUTE_HOME": str(tmp_path)}


def write_config(env: dict[str, str], text: str) -> None:
    """Put `text` into config.toml."""
    with open(paths.config_file(env), "w", encoding="utf-8") as file:
        file.write(text)


def test_no_file_means_defaults_and_no_snapshot(env: dict[str, str]) -> None:
    """Without a config.toml nothing is compiled and nothing is written."""
    assert snapshot.load(env) == table.defaults()
    assert not os.path.exists(paths.snapshot_file(env))


def test_unchanged_file_is_not_read_again(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second load comes from the snapshot alone."""
    write_config(env, "[cap]\nmonth_usd = 7\n")
    first = snapshot.load(env)
    monkeypatch.setattr(toml_file, "read", lambda _: pytest.fail("config.toml was read again"))
    assert snapshot.load(env) == first
    assert stat.S_IMODE(os.stat(paths.snapshot_file(env)).st_mode) == 0o600


def test_changed_file_is_compiled_anew(env: dict[str, str]) -> None:
    """An edit holds from the next event on."""
    write_config(env, "[cap]\nmonth_usd = 7\n")
    snapshot.load(env)
    write_config(env, "[cap]\nmonth_usd = 70\n")
    cap = snapshot.load(env)["cap"]
    assert isinstance(cap, dict)
    assert cap["month_usd"] == 70


def test_a_broken_edit_leaves_the_last_good_settings(env: dict[str, str]) -> None:
    """A typo is an error to report, and what held before still holds."""
    write_config(env, "[cap]\nmonth_usd = 7\n")
    good = snapshot.load(env)
    write_config(env, "[cap\n")
    with pytest.raises(ConfigError):
        snapshot.load(env)
    assert snapshot.last_good(env) == good


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"settings": 3}', b"\xff"])
def test_a_damaged_snapshot_is_made_anew(env: dict[str, str], content: bytes) -> None:
    """The snapshot is derived: damage to it is healed, not shown."""
    write_config(env, "[cap]\nmonth_usd = 7\n")
    with open(paths.snapshot_file(env), "wb") as file:
        file.write(content)
    cap = snapshot.load(env)["cap"]
    assert isinstance(cap, dict)
    assert cap["month_usd"] == 7
