"""The user's own rules withhold a digest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cheaproute.client import permissions as denied

PROJECT, HOME = "/home/u/shop", "/home/u"


@pytest.mark.parametrize(
    ("pattern", "path", "named"),
    [
        ("", "/home/u/shop/a.log", True),
        ("*.log", "/home/u/shop/deep/a.log", True),
        ("./secrets/**", "/home/u/shop/secrets/x/a.log", True),
        ("secrets", "/home/u/shop/secrets/a.log", True),
        ("logs/*.log", "/home/u/shop/logs/a.log", True),
        ("logs/*.log", "/home/u/shop/logs/deep/a.log", False),
        ("/logs/**", "/home/u/shop/logs/a.log", True),
        ("/logs/**", "/home/u/shop/sub/logs/a.log", False),
        ("//var/log/**", "/var/log/a.log", True),
        ("//var/log/**", "/home/u/shop/var/log/a.log", False),
        ("~/private/**", "/home/u/private/a.log", True),
        ("~/private/**", "/home/v/private/a.log", False),
        ("/var/log/**", "/var/log/a.log", True),
        ("?.log", "/home/u/shop/a.log", True),
        ("[ab].log", "/home/u/shop/a.log", True),
        ("[!ab].log", "/home/u/shop/a.log", False),
        ("A.LOG", "/home/u/shop/a.log", True),
        ("caf\xe9/*.log", "/home/u/shop/cafe\u0301/a.log", True),
        ("cafe\u0301/*.log", "/home/u/shop/caf\xe9/a.log", True),
        ("b.log", "/home/u/shop/ab.log", False),
        ("a.lo", "/home/u/shop/a.log", False),
        ("[z-a]", "/home/u/shop/a.log", True),
        # As people may mean it, though the client takes it by its letters.
        ("./{a,web}.log", "/home/u/shop/a.log", True),
        ("{app,{web,db}}/*.log", "/home/u/shop/db/a.log", True),
        ("{src/app,web}/*.log", "/home/u/shop/src/app/a.log", True),
        ("{src/{app,web},lib}/*.log", "/home/u/shop/src/web/a.log", True),
        ("{a,{b,{c,d}}}.log", "/home/u/shop/d.log", True),
        ("[[:alpha:]].log", "/home/u/shop/a.log", True),
        ("{a,b}.csv", "/home/u/shop/a.log", False),
        ("{a.log", "/home/u/shop/a.log", False),
    ],
)
def test_patterns(pattern: str, path: str, named: bool) -> None:
    """Gitignore's notation; in doubt a file counts as named."""
    assert denied.matches(path, [pattern], project=PROJECT, home=HOME) is named


def test_rules_come_from_every_settings_file(tmp_path: Path) -> None:
    """User, project and local settings; deny and ask; other tools' rules are not ours."""
    user, project = tmp_path / "user", tmp_path / "shop"
    files = {
        user / "settings.json": {"deny": ["Read(./a)", "Bash(cat:*)", "WebFetch"]},
        project / ".claude" / "settings.json": {"ask": ["Read(b)"], "allow": ["Read(c)"]},
        project / ".claude" / "settings.local.json": {"deny": ["Read"]},
    }
    for path, permissions in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"permissions": permissions}))
    assert denied.rules({"CLAUDE_CONFIG_DIR": str(user)}, str(project)) == ["", "b", "./a"]


@pytest.mark.parametrize(
    ("content", "rules"), [("{", [""]), ("{}", []), ('{"permissions": 1}', []), ("[]", [""])]
)
def test_settings_that_cannot_be_read_deny_all(
    tmp_path: Path, content: str, rules: list[str]
) -> None:
    """A broken file may hold a rule; one that was read and has none has none."""
    (tmp_path / "settings.json").write_text(content)
    assert denied.rules({"CLAUDE_CONFIG_DIR": str(tmp_path)}, str(tmp_path / "none")) == rules


@pytest.mark.parametrize("pattern", ["*a*a*ab", "**/a*ab", "[" + "x" * 90 + "]*b", "**/*a/*a/b"])
def test_all_rules_together_are_compared_in_bounded_time(
    monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    """Past it a file counts as named; a person's own rules are far from it."""
    path = "/home/u/shop/" + "/".join(["a" * 200] * 10) + "/a.log"
    own = ["./.env", "~/.ssh/**", "*.pem", "**/secrets/**"] * 25
    assert not denied.matches(path, own, project=PROJECT, home=HOME)
    monkeypatch.setattr(denied, "MOST_SIGNS", 20_000)
    assert denied.matches(path, [pattern] * 1_900, project=PROJECT, home=HOME)
    assert not denied.matches("/home/u/shop/b", [pattern], project=PROJECT, home=HOME)
