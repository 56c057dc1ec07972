"""Who pays by the token, and who by subscription."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cheaproute.config import billing

if TYPE_CHECKING:
    from pathlib import Path

AUTO = {"billing": "auto"}


@pytest.mark.parametrize("name", billing.API_VARIABLES)
def test_a_key_or_a_cloud_is_billed_per_token(home: Path, name: str) -> None:
    """Also where a Claude login exists besides: the client prefers the key."""
    (home / ".claude.json").write_text('{"oauthAccount": {"emailAddress": "a@b.example"}}')
    assert billing.recognise({"HOME": str(home), name: "x"}, AUTO) == ("api", name)


def test_a_login_is_a_plan(home: Path) -> None:
    """An account in the client's own file, or its stored token."""
    env = {"HOME": str(home)}
    assert billing.kind(env, AUTO) == "api"
    (home / ".claude.json").write_text('{"oauthAccount": {"emailAddress": "a@b.example"}}')
    assert billing.kind(env, AUTO) == "plan"
    (home / ".claude.json").unlink()
    (home / ".claude").mkdir()
    (home / ".claude" / ".credentials.json").write_text('{"claudeAiOauth": {"accessToken": "t"}}')
    assert billing.kind(env, AUTO) == "plan"


def test_a_key_helper_is_billed_per_token(home: Path) -> None:
    """A helper that hands out keys is an API user's."""
    (home / ".claude").mkdir()
    (home / ".claude" / "settings.json").write_text(json.dumps({"apiKeyHelper": "/bin/key"}))
    assert billing.kind({"HOME": str(home)}, AUTO) == "api"


def test_the_config_has_the_last_word(home: Path) -> None:
    """`billing` overrides what was recognised."""
    env = {"HOME": str(home), "ANTHROPIC_API_KEY": "x"}
    assert billing.kind(env, {"billing": "plan"}) == "plan"


@pytest.mark.parametrize("content", ["", "[]", "{", "3"])
def test_a_damaged_file_says_nothing(home: Path, content: str) -> None:
    """What cannot be read is no login."""
    (home / ".claude.json").write_text(content)
    assert billing.kind({"HOME": str(home)}, AUTO) == "api"
