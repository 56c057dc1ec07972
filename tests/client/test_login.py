from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from cheaproute.cap.answers import gate
from cheaproute.client import login

AUTO = {"billing": "auto"}
KEY = "sk-ant-api03-0123456789abcdefghij"
LOGIN = {".claude/.credentials.json": {"claudeAiOauth": {"accessToken": "x"}}}
ACCOUNT = {".claude.json": {"oauthAccount": {"emailAddress": "a@b", "organizationType": ""}}}


def machine(home: Path, files: Mapping[str, object], **env: str) -> dict[str, str]:
    """A home with these JSON files, and the environment of a hook there."""
    for name, content in files.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return {"HOME": str(home), **env}


@pytest.mark.parametrize(
    ("files", "env", "kind"),
    [
        ({}, {}, "api"),
        ({}, {"ANTHROPIC_API_KEY": KEY}, "api"),
        ({}, {"ANTHROPIC_AUTH_TOKEN": "t"}, "api"),
        ({}, {"CLAUDE_CODE_USE_BEDROCK": "1"}, "api"),
        ({}, {"CLAUDE_CODE_OAUTH_TOKEN": "t"}, "plan"),
        (LOGIN, {}, "plan"),
        (LOGIN, {"ANTHROPIC_API_KEY": KEY}, "api"),
        (LOGIN, {"CLAUDE_CODE_USE_VERTEX": "true"}, "api"),
        ({}, {"CLAUDE_CODE_OAUTH_TOKEN": "t", "ANTHROPIC_API_KEY": KEY}, "api"),
        (LOGIN, {"CLAUDE_CODE_USE_VERTEX": "0"}, "plan"),
        (LOGIN | {".claude/settings.json": {"apiKeyHelper": "/bin/key"}}, {}, "api"),
        (ACCOUNT, {}, "plan"),
        ({".claude.json": {"oauthAccount": {"organizationType": "claude_max"}}}, {}, "plan"),
        ({".claude.json": {"oauthAccount": {"organizationType": "api"}}}, {}, "api"),
        ({".claude.json": {"oauthAccount": {}, "primaryApiKey": "k"}}, {}, "api"),
        ({".claude.json": "{broken", ".claude/.credentials.json": "[]"}, {}, "api"),
    ],
)
def test_billing_is_recognised(
    home: Path, files: dict[str, object], env: dict[str, str], kind: str
) -> None:
    """A key or a cloud pays per token and beats a login; a login is a plan; in doubt, per token."""
    assert login.kind(machine(home, files, **env), AUTO) == kind


def test_a_key_the_user_refused_is_not_used(home: Path) -> None:
    """The interactive client goes on with the login then; `-p` takes the key all the same."""
    refused = {"customApiKeyResponses": {"approved": [], "rejected": [KEY[-20:]]}}
    env = machine(home, LOGIN | {".claude.json": refused}, ANTHROPIC_API_KEY=KEY)
    assert login.kind(env, AUTO) == "plan"
    assert login.kind(env | {"CLAUDE_CODE_ENTRYPOINT": "sdk-cli"}, AUTO) == "api"


def test_the_configuration_directory_may_be_elsewhere(home: Path) -> None:
    """CLAUDE_CONFIG_DIR moves all of the client's files."""
    env = machine(home, {"other/.claude.json": ACCOUNT[".claude.json"]})
    assert login.kind(env, AUTO) == "api"
    assert login.kind(env | {"CLAUDE_CONFIG_DIR": str(home / "other")}, AUTO) == "plan"


@pytest.mark.parametrize(
    ("said", "at_cap", "action"),
    [
        ("auto", "auto", "warn"),
        ("api", "auto", "block"),
        ("plan", "auto", "warn"),
        ("plan", "block", "block"),
        ("api", "cheap", "cheap"),
    ],
)
def test_settings_have_the_last_word(home: Path, said: str, at_cap: str, action: str) -> None:
    """Both what is recognised and what follows from it can be overridden."""
    env = machine(home, LOGIN)
    assert gate.at_cap(at_cap, subscription=login.kind(env, {"billing": said}) == "plan") == action


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
def test_a_key_helper_counts_wherever_it_stands(home: Path, tmp_path: Path, name: str) -> None:
    """The client asks it, so tokens are paid."""
    env = machine(home, LOGIN)
    project = tmp_path / "shop"
    (project / ".claude").mkdir(parents=True)
    assert login.kind(env, AUTO, str(project)) == "plan"
    (project / ".claude" / name).write_text('{"apiKeyHelper": "/bin/key"}')
    assert login.kind(env, AUTO, str(project)) == "api"
    assert login.kind(env | {"CLAUDE_PROJECT_DIR": str(project)}, AUTO) == "api"


TAKEN = [
    ("ANTHROPIC_API_KEY", KEY, ""),
    ("ANTHROPIC_API_KEY", KEY, "sk-ant-api03-refused-by-the-user!"),
    ("ANTHROPIC_AUTH_TOKEN", "t", ""),
    ("CLAUDE_CODE_USE_BEDROCK", "1", "0"),
    ("CLAUDE_CODE_USE_VERTEX", "true", " off "),
]


@pytest.mark.parametrize(("name", "own", "said"), TAKEN)
@pytest.mark.parametrize("where", ["settings.json", "settings.local.json", "worktree"])
@pytest.mark.parametrize("more", [{}, {"permissions": {"defaultMode": "nonsense", "allow": "x"}}])
def test_a_project_takes_no_credential_away(
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    own: str,
    said: str,
    where: str,
    more: dict[str, object],
) -> None:
    """A file that the client passes over (invalid, or of no worktree) makes nobody paid by a plan.

    Nor does one that it seems to obey while the user had the credential. Where neither the hook
    nor the client was started with one, it is a plan.
    """
    refused = {"customApiKeyResponses": {"rejected": ["sk-ant-api03-refused-by-the-user!"[-20:]]}}
    env = machine(home, LOGIN | {".claude.json": refused}, **{name: own})
    project = tmp_path / "shop"
    place = project / "sub" if where == "worktree" else project
    (place / ".claude").mkdir(parents=True)
    if where == "worktree":
        (project / ".git").write_text(f"gitdir: {place}/.git/worktrees/x\n")
    file = "settings.local.json" if where == "worktree" else where
    (place / ".claude" / file).write_text(json.dumps({"env": {name: said}, **more}))
    monkeypatch.setenv(name, own)
    assert login.kind(env, AUTO, str(project)) == "api"
    monkeypatch.setenv(name, said)
    assert login.kind(env, AUTO, str(project)) == "api"
    without = {variable: value for variable, value in env.items() if variable != name}
    monkeypatch.setenv(name, own)
    assert login.kind(without, AUTO, str(project)) == "api"
    monkeypatch.delenv(name)
    assert login.kind(without, AUTO, str(project)) == "plan"
    monkeypatch.setattr("cheaproute.client.ancestry.started_with", lambda: {name: own})
    monkeypatch.setenv("CLAUDE_PROJECT_DIR", str(project))
    assert login.kind(without, AUTO, str(project)) == "api"


@pytest.mark.parametrize("layer", ["user", "project"])
def test_only_the_user_s_own_settings_take_a_credential_away(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layer: str
) -> None:
    """What the client was started with gives way to the user's word, not to a repository's."""
    env = machine(home, LOGIN, ANTHROPIC_API_KEY=KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    place = home if layer == "user" else tmp_path / "shop"
    (place / ".claude").mkdir(parents=True, exist_ok=True)
    (place / ".claude" / "settings.json").write_text('{"env": {"ANTHROPIC_API_KEY": ""}}')
    expected = "plan" if layer == "user" else "api"
    assert login.kind(env, AUTO, str(tmp_path / "shop")) == expected


def test_a_project_does_not_say_that_a_person_refused_the_key(home: Path, tmp_path: Path) -> None:
    """`-p` uses a refused key: a repository that says it is no `-p` is not believed."""
    refused = {"customApiKeyResponses": {"rejected": [KEY[-20:]]}}
    files = LOGIN | {".claude.json": refused}
    env = machine(home, files, ANTHROPIC_API_KEY=KEY, CLAUDE_CODE_ENTRYPOINT="cli")
    assert login.kind(env, AUTO, str(tmp_path)) == "plan"
    (tmp_path / ".claude").mkdir()
    said = {"env": {"CLAUDE_CODE_ENTRYPOINT": "cli"}}
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps(said))
    assert login.kind(env, AUTO, str(tmp_path)) == "api"


def test_nor_one_of_the_users_settings(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key stands in ~/.claude/settings.json, as the client handed it on."""
    env = machine(home, LOGIN | {".claude/settings.json": {"env": {"ANTHROPIC_API_KEY": KEY}}})
    (tmp_path / "shop" / ".claude").mkdir(parents=True)
    said = json.dumps({"env": {"ANTHROPIC_API_KEY": ""}, "permissions": {"defaultMode": "no"}})
    (tmp_path / "shop" / ".claude" / "settings.json").write_text(said)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    assert login.kind(env, AUTO, str(tmp_path / "shop")) == "api"


def test_a_project_s_own_credential_is_paid_for(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it adds counts, whether the client took it or not."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    env = machine(home, LOGIN)
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").write_text('{"env": {"ANTHROPIC_API_KEY": "k"}}')
    assert login.kind(env, AUTO, str(tmp_path)) == "api"


def test_a_layer_that_cannot_be_seen_is_paid_for(home: Path, tmp_path: Path) -> None:
    """In doubt the cap blocks."""
    env = machine(home, LOGIN)
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").write_text("{")
    assert login.kind(env, AUTO, str(tmp_path)) == "api"


def test_google_s_cloud_is_one(home: Path) -> None:
    """One list of clouds for all who ask."""
    env = machine(home, LOGIN, CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD="1")
    assert login.kind(env, AUTO) == "api"
