"""Which program Claude Code is, and what a child of it gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.client import ancestry, login, program

KEY = "sk-ant-api03-0123456789abcdefghij"


def client(place: Path) -> str:
    """A program called claude there."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "claude").write_text("#!/bin/sh\n")
    (place / "claude").chmod(0o700)
    return str(place / "claude")


def test_the_running_client_goes_before_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one above us is the one that the user started."""
    client(tmp_path)
    monkeypatch.setattr(ancestry, "client_program", lambda: "/opt/claude")
    assert program.find({"PATH": str(tmp_path)}) == "/opt/claude"


def test_relative_places_are_the_working_directory_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are not looked at."""
    monkeypatch.setattr(ancestry, "client_program", lambda: "")
    monkeypatch.chdir(tmp_path)
    client(tmp_path / "bin")
    assert program.find({"PATH": "bin:.:"}) == ""
    found = client(tmp_path / "real")
    assert program.find({"PATH": f"bin:{tmp_path / 'real'}"}) == found


def test_a_child_gets_what_is_allowed(tmp_path: Path) -> None:
    """No variable of loaders, interpreters, git or ours; credentials, proxies and certificates."""
    env = {
        "HOME": str(tmp_path),
        "PATH": "/bin",
        "ANTHROPIC_API_KEY": KEY,
        "https_proxy": "http://p",
        "NODE_EXTRA_CA_CERTS": "/ca.pem",
        "LD_PRELOAD": "/evil.so",
        "NODE_OPTIONS": "--require=/evil.js",
        "BUN_OPTIONS": "--preload=/evil.js",
        "GIT_SSH_COMMAND": "evil",
        "PYTHONPATH": "/evil",
        "CHEAPROUTE_HOME": "/data",
        "SOME_TOKEN": "t",
    }
    made = program.child_env(env, max_tokens=9, think=True)
    assert {"HOME", "PATH", "ANTHROPIC_API_KEY", "https_proxy", "NODE_EXTRA_CA_CERTS"} < set(made)
    assert not {name for name in made if name.startswith(("LD_", "NODE_O", "BUN", "GIT", "PYTHON"))}
    assert "SOME_TOKEN" not in made
    assert made["CHEAPROUTE_DISABLE"] == "1"


def test_a_refused_key_goes_nowhere(tmp_path: Path) -> None:
    """Not to a child either, which would use it with `--print`."""
    answers = {"customApiKeyResponses": {"rejected": [KEY[-20:]]}}
    (tmp_path / ".claude.json").write_text(json.dumps(answers))
    env = {"HOME": str(tmp_path), "ANTHROPIC_API_KEY": KEY}
    assert login.refused(env, KEY)
    assert "ANTHROPIC_API_KEY" not in program.child_env(env, max_tokens=9, think=True)
