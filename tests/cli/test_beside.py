"""What runs while cheaproute is taken away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cheaproute.cli import authority, beside
from cheaproute.config import paths
from cheaproute.config.venv import spawn
from cheaproute.errors import CheaprouteError


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home whose client had a copy of the plugin, and has taken it out."""
    plugins = tmp_path / ".claude" / "plugins"
    (plugins / "cache" / "cheaproute" / "cheaproute" / "1" / "hooks").mkdir(parents=True)
    (plugins / "cache" / "cheaproute" / "cheaproute" / "1" / "hooks" / "run").touch()
    (plugins / "installed_plugins.json").write_text('{"plugins": {}}')
    return {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}


def mark(env: dict[str, str]) -> Path:
    """The word for sessions that are open."""
    plugins = Path(paths.claude_dir(env)) / "plugins"
    return plugins / "cache" / "cheaproute" / "cheaproute" / "1" / ".uninstalled"


def test_a_person_s_uninstall_leaves_word(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the client's copies, and says that open sessions go on; not while it is installed."""
    monkeypatch.setattr(authority, "a_person", lambda _context: None)
    monkeypatch.setattr(paths, "ROOT", env["HOME"])
    monkeypatch.setattr(beside, "sessions", lambda _env: {10: 1, 11: 10, 12: 1})
    listing = Path(paths.claude_dir(env)) / "plugins" / "installed_plugins.json"
    listing.write_text('{"plugins": {"cheaproute@cheaproute": []}}')
    assert "goes on until the session ends" in beside.quiet(env)
    assert not mark(env).exists()
    listing.write_text('{"plugins": {}}')
    assert beside.quiet(env) == "2 sessions are open: they go on without cheaproute\n"
    assert [line.split()[0] for line in mark(env).read_text().splitlines()] == ["10", "11", "12"]


def test_a_model_s_uninstall_leaves_none(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether or not the ledger is there still: an open session's cap holds on."""

    def nobody(_context: object) -> None:
        raise CheaprouteError("only you")

    monkeypatch.setattr(authority, "a_person", nobody)
    monkeypatch.setattr(beside, "sessions", lambda _env: {10: 1})
    assert "goes on until the session ends" in beside.quiet(env)
    assert not mark(env).exists()


def test_background_work_of_this_directory_ends(env: dict[str, str], tmp_path: Path) -> None:
    """What builds or reads there is ended; another directory's goes on."""
    other = {**env, "HOME": str(tmp_path / "other")}
    nap = "open(sys.argv[0] and {!r}, 'w').close(); import time; time.sleep(50)"
    for home, name in ((env, "ours"), (other, "theirs")):
        assert spawn.start(home, nap.format(str(tmp_path / name)), "/")
    while not ((tmp_path / "ours").exists() and (tmp_path / "theirs").exists()):
        os.sched_yield()
    beside.end_work(env)
    assert not list(beside._work(paths.data_dir(env)))
    assert len(list(beside._work(paths.data_dir(other)))) == 1
    beside.end_work(other)
    assert not list(beside._work(paths.data_dir(other)))
