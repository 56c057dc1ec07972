"""Which way calls go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.delegate.backends import choose
from cheaproute.delegate.backends.claude_cli import Claude
from cheaproute.delegate.backends.request import NoCredentials


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A `claude` to be found on PATH."""
    place = tmp_path / "bin" / "claude"
    place.parent.mkdir()
    place.write_text("#!/bin/sh\n")
    place.chmod(0o755)
    return place


def test_a_key_is_taken_before_the_client(home: Path, program: Path) -> None:
    """What costs least to start comes first."""
    env = {"HOME": str(home), "PATH": str(program.parent), "ANTHROPIC_API_KEY": "sk-1"}
    assert choose.choose(env, "auto") == choose.Choice("api", "ANTHROPIC_API_KEY is set")


def test_a_key_the_user_rejected_is_left_alone(home: Path, program: Path) -> None:
    """Claude Code was told not to use it; a plan user's digest must not be billed to it."""
    rejected = {"customApiKeyResponses": {"rejected": ["k" * 20], "approved": []}}
    (home / ".claude.json").write_text(json.dumps(rejected))
    env = {"HOME": str(home), "PATH": str(program.parent), "ANTHROPIC_API_KEY": "sk-" + "k" * 20}
    assert choose.choose(env, "auto").name == "claude"


def test_without_a_key_the_client_carries(home: Path, program: Path) -> None:
    """The plan user's way; it says so."""
    env = {"HOME": str(home), "PATH": str(program.parent)}
    choice = choose.choose(env, "auto")
    assert (choice.name, choice.program) == ("claude", str(program))
    assert choice.why == f"no API credentials, and {program} is there"
    assert isinstance(choose.build(choice, env), Claude)


@pytest.mark.parametrize("wanted", ["auto", "claude"])
def test_without_either_there_is_no_way(home: Path, wanted: str) -> None:
    """The error says what is missing and what to do."""
    env = {"HOME": str(home), "PATH": ""}
    choice = choose.choose(env, wanted)
    assert choice.name == ""
    with pytest.raises(NoCredentials, match="`claude` is not on PATH: set ANTHROPIC_API_KEY"):
        choose.build(choice, env)


def test_a_profile_is_the_sdk_s_to_judge(
    home: Path, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile that holds nothing to log in with is no credential."""
    (home / ".config" / "anthropic" / "configs").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    env = {"HOME": str(home), "PATH": str(program.parent)}
    assert choose.choose(env, "auto").name == "claude"


def test_the_setting_decides(home: Path, program: Path) -> None:
    """`api` and `claude` are taken at their word."""
    env = {"HOME": str(home), "PATH": str(program.parent), "ANTHROPIC_API_KEY": "sk-1"}
    assert choose.choose(env, "claude").name == "claude"
    assert choose.choose({"HOME": str(home)}, "api").name == "api"


@pytest.mark.parametrize("cloud", ["BEDROCK", "VERTEX", "FOUNDRY"])
def test_a_session_on_a_cloud_stays_there(home: Path, program: Path, cloud: str) -> None:
    """Its files are not sent to another party because a key happens to lie around."""
    env = {"HOME": str(home), "PATH": str(program.parent), "ANTHROPIC_API_KEY": "sk-1"}
    choice = choose.choose({**env, f"CLAUDE_CODE_USE_{cloud}": "1"}, "auto")
    assert choice.name == "claude"
    assert choice.why == f"CLAUDE_CODE_USE_{cloud} is set, and {program} is there"
    assert choose.choose({**env, f"CLAUDE_CODE_USE_{cloud}": "0"}, "auto").name == "api"
