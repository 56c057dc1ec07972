"""Kinds of bulk files, and files that are nobody's business."""

from __future__ import annotations

import json
import os
import re

import pytest

from cheaproute.config.table import SETTINGS
from cheaproute.delegate import bulk
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/p/app.log", "log"),
        ("/p/APP.LOG", "log"),
        ("/p/app.log.1", "log"),
        ("/p/nohup.out", "log"),
        ("C:\\p\\app.log", "log"),
        ("/p/package-lock.json", "lock"),
        ("/p/Cargo.lock", "lock"),
        ("/p/go.sum", "lock"),
        ("/p/dump.jsonl", "data"),
        ("/p/rows.csv", "data"),
        ("/p/app.min.js", "generated"),
        ("/p/app.js.map", "generated"),
        ("/p/app.py", ""),
        ("/p/app.js", ""),
        ("/p/package.json", ""),
        ("/p/logs/main.go", ""),
        ("/p/app.log.py", ""),
        ("/p/blog", ""),
        ("/p/.log", "log"),
    ],
)
def test_kinds(path: str, kind: str) -> None:
    """Logs, lockfiles, data and generated files; never source code."""
    assert bulk.kind(path) == kind


@pytest.mark.parametrize(
    "path",
    [
        "/p/.env",
        "/p/.env.log",
        "/p/.env.production.csv",
        "/p/prod.env",
        "/p/server.pem",
        "/p/server.key.log",
        "/p/id_rsa",
        "/p/id_ed25519_work.log",
        "/p/credentials.csv",
        "/p/aws-credentials.csv",
        "/p/client_secret.jsonl",
        "/p/tokens.csv",
        "/p/api-keys.tsv",
        "/home/u/.ssh/known.log",
        "/home/u/.aws/cli.log",
        "/p/secrets/dump.sql",
        "/p/.env.d/x.log",
        "C:\\Users\\u\\.ssh\\x.log",
        "/p/terraform.tfstate.log",
        "/p/SECRET.LOG",
    ],
)
def test_secrets(path: str) -> None:
    """Names and places of keys, tokens and passwords."""
    assert bulk.secret(path)


@pytest.mark.parametrize(
    "path",
    [
        "/p/app.log",
        "/p/tokenizer.log",
        "/p/environment.log",
        "/p/keyboard.csv",
        "/p/monkey.log",
        "/home/u/vault-ui/logs/app.log",
        "/p/env/lib/x.log",
        "/p/secretary.csv",
    ],
)
def test_what_only_sounds_like_a_secret(path: str) -> None:
    """Whole words count, and a project may be called anything."""
    assert not bulk.secret(path)


def test_a_private_key_shows() -> None:
    """A key pasted into a log is seen."""
    assert bulk.holds_key("x\n-----BEGIN OPENSSH PRIVATE KEY-----\n")
    assert not bulk.holds_key("no private key here")


def test_the_setting_names_all_kinds() -> None:
    """By default every kind is digested."""
    assert SETTINGS["digest.kinds"][0] == list(bulk.KINDS)


@pytest.mark.parametrize("event", ["PostToolUse", "PostToolUseFailure"])
def test_hooks_start_for_these_kinds_and_no_other(event: str) -> None:
    """hooks.json has one rule a pattern: another file starts no process."""
    with open(os.path.join(ROOT, "hooks", "hooks.json"), encoding="utf-8") as file:
        groups = json.load(file)["hooks"][event]
    rules = [h["if"] for group in groups if group["matcher"] == "Read" for h in group["hooks"]]
    patterns = [pattern for kind in bulk.KINDS.values() for pattern in kind]
    assert sorted(rules) == sorted(f"Read(**/{pattern})" for pattern in patterns)


@pytest.mark.parametrize("name", ["a.log", "a.log.1", "package-lock.json", "a.min.js", "x.js.map"])
def test_no_file_starts_two_hooks(name: str) -> None:
    """Two patterns that match one file would digest it twice."""
    patterns = [pattern for kind in bulk.KINDS.values() for pattern in kind]
    assert (
        sum(bool(re.fullmatch(p.replace(".", r"\.").replace("*", ".*"), name)) for p in patterns)
        == 1
    )
