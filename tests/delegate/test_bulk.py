"""Files that are nobody's business."""

from __future__ import annotations

import pytest

from cheaproute.delegate import bulk


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
