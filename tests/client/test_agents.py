"""Which model an agent pins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cheaproute.client import agents

if TYPE_CHECKING:
    from pathlib import Path


def agent(path: Path, frontmatter: str) -> None:
    """Write an agent's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{frontmatter}---\nYou are an agent.\nmodel: not this one\n")


@pytest.fixture(name="env")
def _env(home: Path) -> dict[str, str]:
    return {"HOME": str(home)}


@pytest.mark.parametrize(
    ("frontmatter", "expected"),
    [
        ("name: a\nmodel: opus\n", "opus"),
        ("name: a\nmodel: 'claude-opus-5-5' # dear\n", "claude-opus-5-5"),
        ("name: a\nmodel: inherit\n", ""),
        ("name: a\ndescription: model: opus\n", ""),
        ("name: a\nhooks:\n  model: opus\n", ""),
    ],
)
def test_the_frontmatters_model_is_the_pin(
    env: dict[str, str], tmp_path: Path, frontmatter: str, expected: str
) -> None:
    """`inherit` and no model are no pin; what stands below the frontmatter is not read."""
    agent(tmp_path / "p" / ".claude" / "agents" / "a.md", frontmatter)
    assert agents.pin("a", str(tmp_path / "p"), env) == expected


def test_the_projects_agent_wins_over_the_users(
    env: dict[str, str], home: Path, tmp_path: Path
) -> None:
    """The nearest directory counts, as for Claude Code."""
    agent(home / ".claude" / "agents" / "a.md", "name: a\nmodel: opus\n")
    assert agents.pin("a", str(tmp_path / "p" / "deep"), env) == "opus"
    agent(tmp_path / "p" / ".claude" / "agents" / "a.md", "name: a\nmodel: sonnet\n")
    assert agents.pin("a", str(tmp_path / "p" / "deep"), env) == "sonnet"


def test_an_agent_is_known_by_its_name_not_its_file(
    env: dict[str, str], home: Path, tmp_path: Path
) -> None:
    """A file in a folder with another name still pins."""
    agent(home / ".claude" / "agents" / "team" / "file.md", "name: critic\nmodel: opus\n")
    assert agents.pin("critic", str(tmp_path), env) == "opus"
    assert agents.pin("file", str(tmp_path), env) is None


def test_built_in_agents_are_known(env: dict[str, str], tmp_path: Path) -> None:
    """Explore inherits since 2.1; an agent nobody knows is not guessed at."""
    assert agents.pin("Explore", str(tmp_path), env) == ""
    assert agents.pin("", str(tmp_path), env) == ""
    assert agents.pin("nobody", str(tmp_path), env) is None


def test_a_plugins_agent_is_found_where_it_is_installed(
    env: dict[str, str], home: Path, tmp_path: Path
) -> None:
    """`plugin:agent` and `plugin:folder:agent` are looked up in the client's own listing."""
    agent(tmp_path / "inst" / "agents" / "critic.md", "name: critic\nmodel: opus\n")
    agent(tmp_path / "inst" / "agents" / "review" / "deep.md", "name: deep\n")
    listing = home / ".claude" / "plugins" / "installed_plugins.json"
    listing.parent.mkdir(parents=True)
    content = {"version": 2, "plugins": {"pack@shop": [{"installPath": str(tmp_path / "inst")}]}}
    listing.write_text(json.dumps(content))
    assert agents.pin("pack:critic", str(tmp_path), env) == "opus"
    assert agents.pin("pack:review:deep", str(tmp_path), env) == ""
    assert agents.pin("other:critic", str(tmp_path), env) is None
    listing.write_text("[1, ")
    assert agents.pin("pack:critic", str(tmp_path), env) is None
