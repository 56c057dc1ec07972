"""Keys that no name of ours announces: in any language, any call, any place, any alphabet."""

from __future__ import annotations

import base64
import json
import random
import string
import uuid
from collections.abc import Callable

import pytest

from cheaproute.delegate.secrets import scan

_RNG = random.Random(1811)
LOG = "2026-11-25 10:00:00 INFO request 12 served in 12 ms\n" * 40


def drawn(size: int = 40) -> str:
    """Letters and digits at random."""
    return "aQ7" + "".join(_RNG.choices(string.ascii_letters + string.digits, k=size - 3))


HEX, KEY = _RNG.randbytes(16).hex(), drawn()
LONG = _RNG.randbytes(32).hex()
UUID = str(uuid.UUID(bytes=_RNG.randbytes(16), version=4))
TOKEN = "ghp_" + "".join(_RNG.choices(string.ascii_letters + string.digits, k=36))
CLOUD = base64.b64encode(_RNG.randbytes(30)).decode()


@pytest.mark.parametrize("value", [HEX, LONG, KEY], ids=["hex", "long hex", "letters"])
@pytest.mark.parametrize(
    "form",
    [
        "clé d'API : {}",
        "密钥:{}",
        "密钥: {}",
        "ключ API: {}",
        "klucz: {}",
        "मुख्य कुंजी = {}",
        "curl -u {}: https://api.example.com/v1/items",
        'const h = crypto.createHmac("sha256","{}").update(body)',
        "hmac.new(b'{}', body, 'sha256')",
        "pepper={}",
        "SESSION:{}",
        "https://hooks.example.com/services/{}",
        "POST /hooks/deploy/{} 200",
        "api:\n  keys:\n    bob: {}",
        "api:\n  keys:\n  - {}",
        "{} is our API key",
        "{}  # the shop's key",
        "keys.push('{}')",
        '<add key="Billing" value="{}" />',
        "Keys of the\npayment provider\n\n{}",
        "$ vault print bob\n{}",
        "bob   {}",
        "x-shop-access: {}",
    ],
)
def test_a_run_that_nothing_explains(form: str, value: str) -> None:
    """Whatever is said of it, in whatever language."""
    assert scan.find(f"{LOG}{form.format(value)}\n{LOG}", 20)


def test_an_id_issued_as_a_key() -> None:
    """A UUID is one, too, where a file has hardly any."""
    assert scan.find(f"{LOG}clé de paiement : {UUID}\n{LOG}", 20)


def _list(text: str, base: str, sign: str = ", ") -> str:
    return sign.join(format(one, base) for one in text.encode())


WAYS: dict[str, Callable[[str], str]] = {
    "octal, one line": lambda text: _list(text, "03o", " "),
    "octal, commas": lambda text: _list(text, "03o"),
    "octal, prefixed": lambda text: _list(text, "#o"),
    "octal, without room": lambda text: _list(text, "03o", ""),
    "decimal, one a line": lambda text: _list(text, "d", "\n"),
    "decimal, semicolons": lambda text: _list(text, "d", ";"),
    "decimal, bars": lambda text: _list(text, "d", " | "),
    "decimal, without room": lambda text: _list(text, "03d", ""),
    "by calls": lambda text: " + ".join(f"chr({ord(one)})" for one in text),
    "by calls, hexadecimal": lambda text: " & ".join(f"Chr(&H{ord(one):x})" for one in text),
    "an array of the web": lambda text: json.dumps(dict(enumerate(text.encode()))),
    "numbered lines": lambda text: "\n".join(f"{n}: {ord(one)}" for n, one in enumerate(text)),
    "escapes of CSS": lambda text: "".join(f"\\{ord(one):x} " for one in text),
    "long escapes of CSS": lambda text: "".join(f"\\{ord(one):06x}" for one in text),
    "an array of letters": lambda text: json.dumps(list(text)),
    "an array of letters by lines": lambda text: json.dumps(list(text), indent=2),
    "an object of letters": lambda text: json.dumps(dict(enumerate(text))),
    "a list of letters": lambda text: "\n".join(f"- {one}" for one in text),
    "numbered lines of letters": lambda text: "\n".join(f"{n}. {c}" for n, c in enumerate(text, 1)),
    "lines of letters in cells": lambda text: "\n".join(
        f"| {n} | {c} |" for n, c in enumerate(text)
    ),
    "a dump": lambda text: "\n".join(
        f"{n:08x}  {text[n : n + 16].encode().hex(' '):<47}  |{text[n : n + 16]}|"
        for n in range(0, len(text), 16)
    ),
    "bytes in hexadecimal": lambda text: text.encode().hex(" "),
    "an array of pieces": lambda text: json.dumps([text[:9], text[9:17], text[17:]]),
    "arguments in a row": lambda text: f"concat('{text[:9]}', '{text[9:17]}', '{text[17:]}')",
}


@pytest.mark.parametrize("value", [TOKEN, KEY, CLOUD], ids=["of an issuer", "letters", "base64"])
@pytest.mark.parametrize("way", WAYS)
def test_a_run_in_another_writing(way: str, value: str) -> None:
    """As numbers of any base, as letters one by one, in pieces."""
    assert scan.find(f"{LOG}{WAYS[way](value)}\n{LOG}", 20)


@pytest.mark.parametrize(
    "text",
    [
        f'+TOKEN = "{TOKEN[:12]}" + \\\n+    "{TOKEN[12:]}"',
        f'-x = 1\n+T = ("{TOKEN[:12]}"\n+     "{TOKEN[12:30]}"\n+     "{TOKEN[30:]}")',
        f'printf "%s%s" "{TOKEN[:12]}" "{TOKEN[12:]}"',
        f"printf '{TOKEN[:12]}%s' {TOKEN[12:]}",
        f'"{{}}{{}}".format("{TOKEN[:12]}", "{TOKEN[12:]}")',
        f"echo {TOKEN[:12]}XX{TOKEN[20:]} | sed 's/XX/{TOKEN[12:20]}/'",
        f"A={TOKEN[:12]}\nB={TOKEN[12:]}\nAPI=$A${{B}}",
    ],
)
def test_a_token_in_pieces(text: str) -> None:
    """Over the lines of a diff, by a format, by a command that fills in the rest."""
    assert scan.find(f"{LOG}{text}\n{LOG}", 20)


def _hashes(form: str, many: int = 60) -> str:
    return "".join(form.format(_RNG.randbytes(32).hex(), n) for n in range(many))


@pytest.mark.parametrize(
    "text",
    [
        _hashes("cache put {0} of {1} bytes\n"),
        _hashes("{1},{0},ok\n"),
        _hashes("INSERT INTO f VALUES ({1}, '{0}');\n"),
        _hashes("{0}\n"),
        "".join(
            f"{uuid.UUID(bytes=_RNG.randbytes(16), version=4)} took {n} ms\n" for n in range(40)
        ),
        f"fixed by https://github.com/acme/app/commit/{HEX}{HEX[:8]}\n",
        f"uses: actions/checkout@{HEX}{HEX[:8]}  # v4\n",
        f"{LONG}  dist/app-1.2.tar.gz\n",
        f"SHA256 (app.iso) = {LONG}\n",
        f'"integrity": "sha256:{LONG}", "etag": "{HEX}"\n',
        f"trace_id={HEX} request id: {UUID}\n",
        f"loaded /assets/main.{HEX}.js and {UUID}.jsonl\n",
        'SESSION = "11111111-2222-4333-8444-555555555555"\n',
        f"commit {HEX}{HEX[:8]}\nMerge: 1a2b3c4 5d6e7f8\n",
        "pi = 3.14159265358979323846264338327950288419716939937510582097e+0\n",
    ],
)
def test_what_explains_a_run(text: str) -> None:
    """Many in one form, or a name of a hash or an id directly before it, a place in a checkout."""
    assert scan.find(LOG + text, 20) == ""


def test_one_among_many_that_are_explained() -> None:
    """Hundreds of sums say nothing of the one that is none."""
    rows = [f'{{"file": "a{n}", "sha256": "{_RNG.randbytes(32).hex()}"}}' for n in range(200)]
    assert scan.find("\n".join(rows), 20) == ""
    rows.insert(90, f'{{"file": "a", "x": "{LONG}"}}')
    assert scan.find("\n".join(rows), 20)
