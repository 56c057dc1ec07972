"""What is told from words: values by a generator, of any alphabet and length."""

from __future__ import annotations

import os
import random
import re
import string

import pytest

from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.wordlists import pairs
from tests.conftest import ROOT

ALPHABETS = {
    "letters and digits": string.ascii_letters + string.digits,
    "small letters and digits": string.ascii_lowercase + string.digits,
    "capitals and digits": string.ascii_uppercase + string.digits,
    "letters": string.ascii_letters,
    "small letters": string.ascii_lowercase,
    "capitals": string.ascii_uppercase,
    "base32": string.ascii_uppercase + "234567",
    "base58": "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
    "base64 for URLs": string.ascii_letters + string.digits + "-_",
}
# Of a thousand of so many letters, so many may look like words.
MAY_PASS = {12: 25, 16: 20, 20: 3, 32: 0}


@pytest.mark.parametrize("size", MAY_PASS)
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_a_draw_is_told(alphabet: str, size: int) -> None:
    """Letters alone, and few digits among small letters, as well."""
    rng = random.Random(size)
    drawn = ["".join(rng.choices(ALPHABETS[alphabet], k=size)) for _ in range(1_000)]
    missed = [value for value in drawn if not looks.random(value, size * 3 // 4)]
    assert len(missed) <= MAY_PASS[size], missed


def test_names_and_paths_are_words() -> None:
    """Of the names in our own code, and of what people call branches, classes and files."""
    names: set[str] = set()
    for place, _, files in os.walk(os.path.join(ROOT, "cheaproute")):
        for name in files:
            if name.endswith(".py") and name != "pairs.py":
                with open(os.path.join(place, name), encoding="utf-8") as file:
                    names.update(re.findall(r"[A-Za-z_][\w./\-]{11,}", file.read()))
    assert len(names) > 3_000
    wrong = [name for name in names if looks.random(name, 12)]
    assert len(wrong) <= len(names) * 0.01, wrong


@pytest.mark.parametrize(
    "text",
    """feature/JIRA-1234-fix-login-redirect dependabot/npm_and_yarn/webpack-5.88.2
    hover:bg-gray-100/50 MuiButton-containedPrimary org.springframework.boot.autoconfigure
    node_modules/@babel/plugin-transform-runtime/lib/index.js 2026-11-25T10:00:00.113+01:00
    192.168.100.200:54321 DB_CONNECTION_TIMEOUT_SECONDS ip-10-0-3-44.ec2.internal
    Mozilla/5.0 x86_64-unknown-linux-gnu getElementsByTagName
    XMLHttpRequestEventTarget kube-system/coredns-5d78c9869d main.3f2a1b9c4d.chunk.js
    TransactionSynchronizationManager sha256:9f86d081884c7d659a2feaa0c55ad015
    1.0.0-beta.12+build.20261125 WindowsAzureActiveDirectory 0.3121098361421897""".split(),  # noqa: SIM905
)
def test_what_is_no_draw(text: str) -> None:
    """Signs, numbers and hashes between words do not make them random."""
    assert not looks.random(text, 12)


def test_the_table_is_whole() -> None:
    """A surprise for each sign after each."""
    assert len(pairs.SURPRISE) == len(pairs.SIGNS) ** 2
    assert looks.surprise("the_password_of_everybody") < 0 < looks.surprise("xq7Kz0vWj2Pf9RtB")
