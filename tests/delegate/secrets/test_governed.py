"""Hexadecimal keys that only a name above or beside them tells from hashes and ids."""

from __future__ import annotations

import random
import uuid

import pytest

from cheaproute.delegate.secrets import scan
from cheaproute.delegate.secrets.rules import blocks
from cheaproute.delegate.secrets.whole import unexplained

_RNG = random.Random(18)


def _hex(size: int) -> str:
    return _RNG.randbytes(size // 2).hex()


K32, K40, K64 = _hex(32), _hex(40), _hex(64)
UUID = str(uuid.UUID(bytes=_RNG.randbytes(16), version=4))
ADDRESS = "0x" + _hex(40)
FRAMES = {
    "alone": "{}",
    "in notes": "# Notes\n\n{}\n\nThat is all of it\n",
    "in a log": "\n".join(
        f"2026-11-26 10:{n % 60:02}:00 INFO worker {n} done in {n * 7 % 900} ms" for n in range(300)
    )
    + "\n{}\n2026-11-26 11:00:00 INFO end\n",
}
FORMS = [
    f'{{"apiKeys": ["{K32}"]}}',
    f'{{\n  "apiKeys": [\n    "{K32}",\n    "{K64}"\n  ]\n}}',
    f'{{"apiKeys":{{"bob":"{K32}"}}}}',
    f'{{"api_keys": [{{"owner": "bob", "key": "{K32}"}}]}}',
    f'"secrets": [\n  {{"id": "{UUID}", "value": "{K40}"}}\n]',
    f'"api-keys" : [ "{UUID}" ]',
    f"api_keys:\n  - {K32}",
    f"api_keys:\n- {K32}",
    f"api_keys:\n  # of bob\n  - {K32}",
    f"secrets:\n  - {K40}",
    f"tokens:\n  - {K64}",
    f'signing_secrets:\n  - "{K64}"',
    f"api_keys:\n  bob: {K32}",
    f"api_keys:\n  bob:\n    created: 2026-01-01\n    value: {K32}",
    f"access_tokens:\n  - name: bob\n    value: {K40}",
    f"api_keys: {{ bob: {K32} }}",
    f"api_keys: [{K32}]",
    f"api_keys: >-\n  {K32}",
    f'[api_keys]\nbob = "{K32}"',
    f'api_keys {{\n  bob = "{K32}"\n}}',
    f"'api_keys' => array('{K32}')",
    f"$config['api_keys'] = array(\n    'bob' => '{K32}',\n);",
    f'API_KEYS: list[str] = ["{K32}"]',
    f'API_KEYS = (\n    "{K32}",\n)',
    f"api_keys = %w[{K32} {K40}]",
    f'String[] API_KEYS = {{"{K32}"}};',
    f'List<String> API_KEYS = List.of("{K32}");',
    f'var apiKeys = []string{{"{K32}"}}',
    f'const apiKeys = new Set(["{K32}"])',
    f'apiKeys: new Map([["bob", "{K32}"]])',
    f'let api_keys = vec!["{K32}"];',
    f"auth_tokens=( {K40} {K64} )",
    f"<apiKeys>\n  <key>{K32}</key>\n</apiKeys>",
    f'env:\n  - value: "{K32}"\n    name: API_KEY',
    f"- value: {K40}\n  secret: true\n  name: API_KEY",
    f"the API key of the payment provider: {K40}",
    f"we pay by card, the API key of it: {K40}",
    f"API key for the shop is {K40}",
    f"API key (prod): {K40}",
    f"der API-Key von Stripe: {K40}",
    f"webhook secrets (old, new): {K64}, {K40}",
    f"api_keys[0] = '{K32}'",
    f"$api_keys[] = '{K32}';",
    f"apiKeys['bob'] = '{K32}'",
    f"API key:\n{K32}",
    f"API key:\n\n{K32}",
    f"API key: # of bob\n  {K32}",
    f"# API key of the payment provider\n{K40}",
    f"# API key of the payment provider\n\n{K40}",
    f"// API key\n// {K32}",
    f"> API key:\n> {K32}",
    f"**API keys**\n\n`{K32}`",
    f"## API keys\n\n- {K32}\n- {K40}",
    f"API keys\n\n* bob: {K32}",
    f"Encryption key\n```\n{K64}\n```",
    f"master key\n==========\n{K64}",
    f"The master keys of the vault:\n\n    {K64}",
    f"issued tokens:\n  1) {K64}",
    f"Passwords:\n1. {K32}",
    f"client secret\n{UUID}",
    f"bearer tokens\n- {K40} (bob)",
]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("form", FORMS)
def test_what_a_name_governs(form: str, frame: str) -> None:
    """In a list, a map, a block, an array of any language, below a heading, behind a phrase."""
    assert scan.find(FRAMES[frame].replace("{}", form), budget_s=20)


def _commits() -> str:
    said = (*("bump", "typo", "tests", "docs", "lint") * 3, "rotate api key", "fix the token:")
    return "\n".join(f"{_RNG.choice(said)}\n{_hex(40)}" for _ in range(60))


@pytest.mark.parametrize(
    "text",
    [
        _commits(),
        "\n".join(f"commit {_hex(40)}\ntree {_hex(40)}\n\n    rotate api key\n" for _ in range(9)),
        "\n".join(f"{_hex(40)} fix the token" for _ in range(9)),
        f"## Tokens\n\n- commit {K40} drops it\n- {K40} moves the rest of it\n",
        f"### Secrets\n\n* [`{K40}`](https://a.example.com/commit/{K40}) moves it\n",
        f'"js-tokens": {{\n  "resolved": "https://a.example/t.tgz#{K40}",\n  "shasum": "{K40}"\n}}',
        f'{{"secretstorage": {{"hashes": ["sha256:{K64}"], "version": "1"}}}}',
        f'name = "secret-service"\nversion = "1.0"\nchecksum = "{K64}"\n',
        f'"name": "a/token",\n"source": {{"type": "git", "reference": "{K40}"}}',
        f"secretstorage==1 \\\n    --hash=sha256:{K64} \\\n    --hash=sha256:{K40}",
        f"{K64}  src/api_key.py\n{K64}  src/secrets\n{K64}  a.txt",
        f"src/token:\n  sha256: {K64}\nsrc/secrets:\n  md5: {K32}",
        f"SHA-256 of the token:\n{K64}\n",
        f"checksum/secret: {K64}\n",
        f"signing key fingerprint:\n  {K40}\n",
        f"INFO token expired\nINFO trace {K32}\nINFO refreshed tokens:\nINFO trace {K32}",
        f"INFO issued access token for client: {UUID}\nINFO by api key for project: {K32[:24]}",
        f'{{"token": {{"sub": "{UUID}", "client_id": "{K32}", "exp": 1, "device": "{UUID}"}}}}',
        f"secrets:\n- name: app\n  uid: {UUID}\n",
        f'{{"tokens": [{{"symbol": "A", "address": "{ADDRESS}"}}]}}',
        f"tokens:\n  USD: '{ADDRESS}'\n",
        f"secrets: inherit\nsteps:\n- uses: actions/checkout@{K40}\n",
        f"def test_tokens():\n    commit = '{K40}'\n    assert digest == '{K64}'\n",
    ],
)
def test_hashes_and_ids_near_such_a_name(text: str) -> None:
    """Logs of commits, lockfiles, sums, claims, addresses: each has a label of its own."""
    assert unexplained.find([text], blocks.Clock(20)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "api_keys:\n" * 40_000 + "g",
        "tokens: [" * 50_000,
        "tokens: " + "[(" * 200_000,
        "the API key of the a b c d e f g h " * 12_000,
        "API key of x (y) " * 25_000,
        "secret" + " " * 400_000,
        "secret:\n" + "- " * 200_000,
        ("secret:\n" + " " * 1_400 + "a\n") * 300,
        "token" * 80_000,
    ],
)
def test_no_text_makes_it_slow(text: str) -> None:
    """A head looks no further than its reach; the budget is for all rules together."""
    clock = blocks.Clock(1.0)
    unexplained.find([f"{text}\n{' '.join(f'commit {_hex(40)}' for _ in range(100))}"], clock)
