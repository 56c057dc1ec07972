"""Which model an agent pins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cheaproute.client import command_line
from cheaproute.client.agents import pinned

if TYPE_CHECKING:
    from pathlib import Path


def agent(path: Path, frontmatter: str) -> None:
    """Write an agent's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"---\ndescription: does it\n{frontmatter}---\nYou are an agent.\nmodel: not this one\n"
    )


@pytest.fixture(name="env")
def _env(home: Path) -> dict[str, str]:
    return {"HOME": str(home)}


@pytest.mark.parametrize(
    ("frontmatter", "expected"),
    [
        ("name: a\nmodel: opus\n", "opus"),
        ("name: a\nmodel: 'claude-opus-5-5' # dear\n", "claude-opus-5-5"),
        ("name: a\nmodel: inherit\n", ""),
        ("name: a\ncolor: model: opus\n", ""),
        ("name: a\nhooks:\n  model: opus\n", ""),
    ],
)
def test_the_frontmatters_model_is_the_pin(
    env: dict[str, str], tmp_path: Path, frontmatter: str, expected: str
) -> None:
    """`inherit` and no model are no pin; what stands below the frontmatter is not read."""
    agent(tmp_path / "p" / ".claude" / "agents" / "a.md", frontmatter)
    assert pinned.pin("a", str(tmp_path / "p"), env) == expected


def test_the_projects_agent_wins_over_the_users(
    env: dict[str, str], home: Path, tmp_path: Path
) -> None:
    """The nearest directory counts, as for Claude Code."""
    agent(home / ".claude" / "agents" / "a.md", "name: a\nmodel: opus\n")
    assert pinned.pin("a", str(tmp_path / "p" / "deep"), env) == "opus"
    agent(tmp_path / "p" / ".claude" / "agents" / "a.md", "name: a\nmodel: sonnet\n")
    assert pinned.pin("a", str(tmp_path / "p" / "deep"), env) == "sonnet"


def test_an_agent_is_known_by_its_name_not_its_file(
    env: dict[str, str], home: Path, tmp_path: Path
) -> None:
    """A file in a folder with another name still pins."""
    agent(home / ".claude" / "agents" / "team" / "file.md", "name: critic\nmodel: opus\n")
    assert pinned.pin("critic", str(tmp_path), env) == "opus"
    assert pinned.pin("file", str(tmp_path), env) is None


def test_built_in_agents_are_known(env: dict[str, str], tmp_path: Path) -> None:
    """Explore inherits since 2.1; an agent nobody knows is not guessed at."""
    assert pinned.pin("Explore", str(tmp_path), env) == ""
    assert pinned.pin("", str(tmp_path), env) == ""
    assert pinned.pin("nobody", str(tmp_path), env) is None


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
    assert pinned.pin("pack:critic", str(tmp_path), env) == "opus"
    assert pinned.pin("pack:review:deep", str(tmp_path), env) == ""
    assert pinned.pin("other:critic", str(tmp_path), env) is None
    listing.write_text("[1, ")
    assert pinned.pin("pack:critic", str(tmp_path), env) is None


REVIEWER = "---\nname: reviewer\ndescription: reviews\nmodel: opus\n---\n"
PLAIN = "---\nname: reviewer\ndescription: reviews\n---\n"


@pytest.mark.parametrize(
    "content",
    [
        '---\n"name": reviewer\n"description": reviews\n"model": opus\n---\n',
        "---\n{name: reviewer, description: reviews, model: opus}\n---\n",
        "---\nname: reviewer\ndescription: reviews\nmodel: >\n  opus\n---\n",
        "---\nname: reviewer\ndescription: reviews\nmodel: &m opus\n---\n",
        '---\nname: "review\\x65r"\ndescription: reviews\nmodel: opus\n---\n',
        "---\nname: reviewer\ndescription: reviews\nmodel:\n  opus\n---\n",
        "---\nname: reviewer\ndescription: reviews\nmodel: opus\n",
        "---\nname: reviewer\nname: other\ndescription: reviews\n---\n",
        "---\nname: reviewer\ndescription: " + "x" * 70_000 + "\nmodel: opus\n---\n",
        "--- # agent\nname: reviewer\ndescription: reviews\nmodel: opus\n---\n",
        "---\nname: reviewer\n---\n",
    ],
)
def test_an_odd_frontmatter_is_left_alone(
    env: dict[str, str], tmp_path: Path, content: str
) -> None:
    """What is YAML in another form, or no whole frontmatter, is not guessed at."""
    folder = tmp_path / "p" / ".claude" / "agents"
    folder.mkdir(parents=True)
    (folder / "reviewer.md").write_text(content)
    assert pinned.pin("reviewer", str(tmp_path / "p"), env) is None


def test_a_long_description_is_read_through(env: dict[str, str], tmp_path: Path) -> None:
    """The model after kilobytes of examples counts."""
    text = "name: reviewer\nexamples: " + "x" * 9000 + "\nmodel: opus\n"
    agent(tmp_path / "p" / ".claude" / "agents" / "reviewer.md", text)
    assert pinned.pin("reviewer", str(tmp_path / "p"), env) == "opus"


def test_a_note_is_no_agent(env: dict[str, str], home: Path, tmp_path: Path) -> None:
    """Text without frontmatter, or without a name in it, hides nobody's agent."""
    agent(home / ".claude" / "agents" / "reviewer.md", "name: reviewer\nmodel: opus\n")
    folder = tmp_path / "p" / ".claude" / "agents"
    folder.mkdir(parents=True)
    for note in ("# Reviewer\nmodel: haiku\n", "---\ntitle: reviewer\n---\n", ""):
        (folder / "reviewer.md").write_text(note)
        assert pinned.pin("reviewer", str(tmp_path / "p"), env) == "opus"


def test_two_files_of_one_name_decide_nothing_unless_they_agree(
    env: dict[str, str], tmp_path: Path
) -> None:
    """Which one the client takes is the file order's."""
    folder = tmp_path / "p" / ".claude" / "agents"
    folder.mkdir(parents=True)
    (folder / "reviewer.md").write_text(PLAIN)
    (folder / "zz.md").write_text(REVIEWER)
    assert pinned.pin("reviewer", str(tmp_path / "p"), env) is None
    (folder / "zz.md").write_text(PLAIN)
    assert pinned.pin("reviewer", str(tmp_path / "p"), env) == ""


def test_behind_a_link(env: dict[str, str], home: Path, tmp_path: Path) -> None:
    """A linked folder of agents is the user's own."""
    agent(tmp_path / "dotfiles" / "Explore.md", "name: Explore\nmodel: opus\n")
    (home / ".claude" / "agents").mkdir(parents=True)
    (home / ".claude" / "agents" / "shared").symlink_to(tmp_path / "dotfiles")
    (tmp_path / "dotfiles" / "round").symlink_to(home / ".claude" / "agents")
    assert pinned.pin("Explore", str(tmp_path / "p"), env) in ("opus", None)


def test_a_worktrees_main_checkout_and_what_lies_above_the_root_raise_doubt(
    env: dict[str, str], tmp_path: Path
) -> None:
    """They may count; where they would change the answer there is none."""
    tree = tmp_path / "up" / "tree"
    (tmp_path / "main" / ".git" / "worktrees" / "tree").mkdir(parents=True)
    tree.mkdir(parents=True)
    (tree / ".git").write_text(f"gitdir: {tmp_path}/main/.git/worktrees/tree\n")
    assert pinned.pin("Explore", str(tree), env) == ""
    agent(tmp_path / "main" / ".claude" / "agents" / "Explore.md", "name: Explore\nmodel: opus\n")
    assert pinned.pin("Explore", str(tree), env) is None
    agent(tmp_path / "up" / ".claude" / "agents" / "Plan.md", "name: Plan\nmodel: opus\n")
    assert pinned.pin("Plan", str(tree), env) is None
    assert pinned.pin("general-purpose", str(tree), env) == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["claude", "-p", "--agents", '{"Explore": {"model": "opus"}}'], None),
        (["claude", '--agents={"Explore": {}}'], None),
        (["claude", "--agents", "not json"], None),
        (["claude", "--agents", '{"other": {}}'], ""),
        (["claude", "--input-format", "stream-json"], None),
        (["claude", "--input-format=text"], ""),
        (["claude", "--add-dir", "x", "extra", "--model", "opus"], None),
        (["claude", "--add-dir=extra"], None),
        (["claude", "--add-dir", "none"], ""),
        ([], ""),
    ],
)
def test_what_the_client_was_started_with(
    env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    expected: str | None,
) -> None:
    """An agent that a flag defines, or a further directory may, is left alone."""
    agent(tmp_path / "extra" / ".claude" / "agents" / "e.md", "name: Explore\nmodel: opus\n")
    monkeypatch.setattr(command_line, "command", lambda: words)
    assert pinned.pin("Explore", str(tmp_path), env) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("inherit", ""), ("default", ""), ("Inherit", ""), ("", ""), ("opus", "opus")],
)
def test_the_users_default_for_subagents(value: str, expected: str) -> None:
    """Two words of it pin nothing."""
    assert pinned.default_model({"CLAUDE_CODE_SUBAGENT_MODEL": value}) == expected
