"""Where the client above may have read a project's settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.client import ancestry
from cheaproute.client.transcript import whereabouts

SESSION = "0a1b2c3d-1111-4222-8333-000000000000"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No process above that could be seen, as on a Mac."""
    monkeypatch.setattr(ancestry, "directories_above", list)
    monkeypatch.setattr(ancestry, "environments_above", list)


def env(home: Path, *rows: object) -> dict[str, str]:
    """The environment of a command in a session whose transcript has these rows."""
    place = home / ".claude" / "projects" / "-work"
    place.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    (place / f"{SESSION}.jsonl").write_text(text)
    return {"HOME": str(home), "CLAUDE_CODE_SESSION_ID": SESSION}


@pytest.mark.usefixtures("alone")
def test_the_transcript_tells(home: Path) -> None:
    """Of its rows' directories, and where a worktree was entered from; not of what a tool said."""
    rows = [
        {"cwd": '/work/a "b"'},
        {"message": {"content": '{"cwd":"/said"}'}},
        {"worktreeSession": {"originalCwd": "/work/c", "preEnterOriginalCwd": "/work/d"}},
        {"cwd": "relative"},
        {"cwd": "/nul\0"},
    ]
    found = whereabouts.of(env(home, *rows), "/here")
    assert found == ["/here", '/work/a "b"', "/work/c", "/work/d"]


@pytest.mark.usefixtures("alone")
def test_the_head_and_the_end_of_a_long_one_do(home: Path) -> None:
    """Where it began stands first, whatever came of it since."""
    between = [{"text": "x" * 1000}] * 3000
    rows = [{"cwd": "/work/first"}, *between, {"cwd": "/work/lost"}, *between, {"cwd": "/last"}]
    found = whereabouts.of(env(home, *rows), "/here")
    assert found == ["/here", "/work/first", "/last"]


@pytest.mark.usefixtures("alone")
def test_one_stands_for_all_above_it(home: Path, tmp_path: Path) -> None:
    """The settings of those are looked at anyway; a link counts as itself and where it leads."""
    (tmp_path / "real" / "in").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real" / "in")
    told = {"CLAUDE_PROJECT_DIR": str(tmp_path / "link"), "OLDPWD": str(tmp_path), "PWD": "/"}
    found = whereabouts.of({**env(home), **told}, str(tmp_path / "real"))
    assert found == [str(tmp_path / "link"), str(tmp_path / "real" / "in")]
