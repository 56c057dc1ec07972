"""Where a link leads: not out of the project to what is its user's own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cheaproute.delegate.secrets import names, place


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a project in it that is a checkout, and another."""
    for name in ("work/project", "work/other", ".config/nvim", ".dotfiles"):
        (tmp_path / "home" / name / ".git").mkdir(parents=True)
    return tmp_path / "home"


def _why(home: Path, path: Path, project: str = "work/project") -> str:
    env = {"HOME": str(home)}
    return place.why_kept((str(path), os.path.realpath(path)), (), env, str(home / project))


def _linked(home: Path, target: Path, name: str = "notes.txt") -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("nothing\n")
    link = home / "work" / "project" / name
    link.symlink_to(target)
    return link


PRIVATE = [
    *(
        ".claude.json",
        ".claude/history.jsonl",
        ".claude/projects/a/b.jsonl",
        ".claude/todos/a.json",
    ),
    *(".claude/settings.json", ".databrickscfg", ".snowsql/config", ".mc/config.json", ".msmtprc"),
    *(
        ".gradle/gradle.properties",
        ".config/hub",
        ".config/github-copilot/hosts.json",
        ".irssi/config",
    ),
    *("Mail/inbox", ".config/mail/a", ".config/Signal/a.json", ".aider.chat.history.md"),
    *(".jupyter/a.json", ".config/cheaproute/config.toml", "notes.md", "work/notes.md"),
    *(".config/nvim/init.lua", ".dotfiles/zshrc"),
]


@pytest.mark.parametrize("name", PRIVATE)
def test_a_link_into_the_home(home: Path, name: str) -> None:
    """Whatever it is called there; by its own path its name and its text decide."""
    link = _linked(home, home / name)
    assert _why(home, link) == (place.LED if not names.withheld(str(home / name)) else "secret")
    assert _why(home, link) == _why(home, link, project="") == _why(home, link, project=".")


def test_a_directory_that_is_a_link(home: Path) -> None:
    """Each file below it."""
    (home / ".claude").mkdir()
    (home / ".claude" / "a.md").write_text("nothing\n")
    (home / "work" / "project" / "docs").symlink_to(home / ".claude")
    assert _why(home, home / "work" / "project" / "docs" / "a.md") == place.LED


def test_links_within_a_project_and_to_a_checkout(home: Path, tmp_path: Path) -> None:
    """They lead to no more than a project's own; so does one to the system's places."""
    assert _why(home, _linked(home, home / "work/project/logs/a.log", "a.log")) == ""
    assert _why(home, _linked(home, home / "work/other/a.md", "b.log")) == ""
    assert _why(home, _linked(home, tmp_path / "var" / "a.log", "c.log")) == ""
    (home / "work" / "project" / ".git").rmdir()
    assert _why(home, home / "work" / "project" / "a.log") == ""


def test_what_is_named_by_its_own_path(home: Path) -> None:
    """Its name and its text decide."""
    (home / "notes.md").write_text("nothing\n")
    assert _why(home, home / "notes.md") == ""


def test_a_home_that_is_a_link_itself_and_one_that_is_a_checkout(home: Path) -> None:
    """Neither makes a difference."""
    other = home.with_name("other")
    other.symlink_to(home)
    (other / "work" / "project" / "a.log").write_text("nothing\n")
    assert _why(other, other / "work" / "project" / "a.log") == ""
    (home / ".git").mkdir()
    assert _why(home, _linked(home, home / "notes.md")) == place.LED
    assert _why(other, other / "work" / "project" / "notes.txt") == place.LED


def test_the_clients_and_our_own_directories_elsewhere(home: Path, tmp_path: Path) -> None:
    """They are its user's own wherever they are."""
    for name in ("CLAUDE_CONFIG_DIR", "CHEAPROUTE_HOME"):
        link = _linked(home, tmp_path / "elsewhere" / name / "a.md", f"{name}.txt")
        env = {"HOME": str(home), name: str(tmp_path / "elsewhere" / name)}
        ways = (str(link), os.path.realpath(link))
        assert place.why_kept(ways, (), env, str(home / "work" / "project")) == place.LED
        assert place.why_kept(ways, (), {"HOME": str(home)}, str(home / "work" / "project")) == ""
