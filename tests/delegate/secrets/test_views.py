"""One secret however it is spelt: encoded, as numbers, cut in pieces, in signs that do not show."""

from __future__ import annotations

import base64
import gzip
import json
import random
import string
from collections.abc import Callable

import pytest

from cheaproute.delegate.secrets import scan, views

LOG = "2026-11-25 10:00:00 INFO request 12 served in 12 ms\n" * 9
TOKEN = "ghp_" + "".join(random.Random(4).choices(string.ascii_letters + string.digits, k=36))
PASSWORD = "password=Zk3vQ9xT7mL"
KEY = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEI\n-----END PRIVATE KEY-----\n"
# The beginnings of private keys in DER, and what could follow.
DER = {
    "pkcs1": "308204a40201000282010100",
    "pkcs8": "302e020100300506032b657004220420",
    "pkcs8 of x25519": "302e020100300506032b656e04220420",
    "pkcs8 of p-256": "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420",
    "pkcs8, encrypted": "3082050e304006092a864886f70d01050d3033",
    "sec1": "30770201010420",
}


def _dump(raw: bytes, width: int, line: str) -> str:
    """As the tools print bytes: a column of places, one of bytes, one of letters."""
    rows = []
    for place in range(0, len(raw), 16):
        part = raw[place : place + 16]
        digits = " ".join(part[n : n + width].hex() for n in range(0, len(part), width))
        rows.append(line.format(place, digits, part.decode("latin-1").replace("\n", ".")))
    return "\n".join(rows)


WAYS: dict[str, Callable[[str], str]] = {
    "hexadecimal": lambda text: text.encode().hex(),
    "in pairs": lambda text: text.encode().hex(" "),
    "in pairs with colons": lambda text: text.encode().hex(":"),
    "as a list in code": lambda text: ", ".join(f"0x{sign:02x}" for sign in text.encode()),
    "in escapes": lambda text: "".join(f"\\x{sign:02x}" for sign in text.encode()),
    "in escapes of JSON": lambda text: "".join(f"\\u{sign:04x}" for sign in text.encode()),
    "in escapes with braces": lambda text: "".join(f"\\u{{{sign:x}}}" for sign in text.encode()),
    "octal": lambda text: "".join(f"\\{sign:03o}" for sign in text.encode()),
    "entities": lambda text: "".join(f"&#{sign};" for sign in text.encode()),
    "hexadecimal entities": lambda text: "".join(f"&#x{sign:x};" for sign in text.encode()),
    "percent, twice": lambda text: "".join(f"%25{sign:02X}" for sign in text.encode()),
    "decimal": lambda text: str(list(text.encode())),
    "a buffer": lambda text: json.dumps({"type": "Buffer", "data": list(text.encode())}),
    "decimal by lines": lambda text: json.dumps(list(text.encode()), indent=4),
    "xxd": lambda text: _dump(text.encode(), 2, "{:08x}: {:<39}  {}"),
    "hexdump": lambda text: _dump(text.encode(), 1, "{:08x}  {:<47}  |{}|"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base64 by lines": lambda text: "\n".join(
        base64.b64encode(f"a line before\n{text}\n".encode()).decode()[place : place + 20]
        for place in range(0, 120, 20)
    ),
    "base64 of UTF-16": lambda text: base64.b64encode(text.encode("utf-16-le")).decode(),
    "base64 of gzip": lambda text: base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode(),
    "base64 beside other letters": lambda text: base64.b64encode(
        f"caf\xe9\n{text}\n".encode()
    ).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "full width": lambda text: "".join(chr(ord(sign) + 0xFEE0) for sign in text),
    "bold": lambda text: "".join(
        chr(0x1D41A + ord(sign) - 97) if "a" <= sign <= "z" else sign for sign in text
    ),
    "look-alikes": lambda text: text.translate(str.maketrans("apos", "\u0430\u0440\u043e\u0455")),
    "accents": "\u0301".join,
    **{
        f"signs that do not show: {ord(sign):x}": sign.join
        for sign in "\xad\u034f\u200b\u202a\u2066\ufe0f\ufffd\U000e0041\x00\x9d"
    },
    "overstruck": lambda text: "".join(f"{sign}\x08{sign}" for sign in text),
    "a link in it": lambda text: f"{text[:6]}\x1b]8;;x\x07{text[6:]}",
    "a colour in it": lambda text: f"{text[:6]}\x9b31m{text[6:]}",
}
CUTS: dict[str, Callable[[str], str]] = {
    "a blank after each": " ".join,
    "a tab after each": "\t".join,
    "a dash after each": "-".join,
    "a blank that does not break": "\xa0".join,
    "one a line": "\n".join,
    "groups of four": lambda text: " ".join(text[n : n + 4] for n in range(0, len(text), 4)),
    "as od prints letters": lambda text: "\n".join(
        f"{n:07o}   " + "   ".join(text[n : n + 16]) for n in range(0, len(text), 16)
    ),
    "added up": lambda text: f"'{text[:4]}' + '{text[4:20]}' + '{text[20:]}'",
    "one beside the other": lambda text: f'"{text[:4]}"\n    "{text[4:20]}"\n"{text[20:]}"',
    "a line that goes on": lambda text: f"{text[:14]}\\\n    {text[14:]}",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", [TOKEN, PASSWORD], ids=["a token", "a password"])
def test_a_secret_is_seen_in_whatever_way_it_is_written(way: str, secret: str) -> None:
    """Between the lines of a log."""
    assert scan.find(f"{LOG}{WAYS[way](secret)}\n{LOG}", 20)


@pytest.mark.parametrize("way", CUTS)
def test_a_token_is_seen_in_pieces(way: str) -> None:
    """What a model puts together, the scanner does."""
    assert scan.find(f"{LOG}{CUTS[way](TOKEN)}\n{LOG}", 20)


@pytest.mark.parametrize("way", ["hexadecimal", "xxd", "hexdump", "a buffer", "base64"])
def test_an_armoured_key_is_seen_in_whatever_way_it_is_written(way: str) -> None:
    """Over several lines, too."""
    assert scan.find(f"{LOG}{WAYS[way](KEY)}\n{LOG}", 20)


@pytest.mark.parametrize("kind", DER)
def test_a_key_without_its_armour_is_seen(kind: str) -> None:
    """As base64, as digits, as openssl prints bytes."""
    raw = bytes.fromhex(DER[kind]) + random.Random(kind).randbytes(300)
    for made in (base64.b64encode(raw).decode(), raw.hex(), raw.hex(":")):
        assert scan.find(f"{LOG}{made}\n{LOG}", 20), made[:40]


def test_numbers_hashes_and_talk_stand_for_nothing() -> None:
    """Bytes at random, sums, a table of numbers, words of four letters, dates."""
    rng = random.Random(6)
    for text in (
        rng.randbytes(600).hex(" "),
        str([rng.randint(10, 999) for _ in range(300)]),
        "that they were here with some more data from last year when none came\n" * 9,
        "2026-11-25 10:00:00 2026-11-26 11:01:01\n" * 20,
        _dump(rng.randbytes(400), 2, "{:08x}: {:<39}  {}"),
        'f("a" + "b", "c"\n  "d")\n',
        "- - - - - - - - - - - - - - -\n. . . . . . . . . . . . . .\n",
    ):
        assert scan.find(LOG + text, 20) == "", text[:60]


def test_what_is_packed_is_not_unpacked_without_end() -> None:
    """A little that unpacks to a lot: some of it is looked at."""
    bomb = base64.b64encode(gzip.compress(b"a line of text\n" * 1_000_000, mtime=0)).decode()
    seen = list(views.of(bomb))
    assert max(map(len, seen)) > 60_000
    assert max(map(len, seen)) < 70_000
