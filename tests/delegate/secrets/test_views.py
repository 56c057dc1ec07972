"""One secret however it is spelt: encoded, as numbers, cut in pieces, in signs that do not show."""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import json
import lzma
import random
import string
import zipfile
import zlib
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


def _cut(text: str, width: int) -> list[str]:
    return [text[place : place + width] for place in range(0, len(text), width)]


def _words(text: str, place: str, word: str) -> str:
    """As hexdump and od print words of two bytes on this machine."""
    raw = text.encode().ljust(-(-len(text) // 16) * 16)
    return "\n".join(
        " ".join(
            [
                place.format(at),
                *(word.format(raw[n] | raw[n + 1] << 8) for n in range(at, at + 16, 2)),
            ]
        )
        for at in range(0, len(raw), 16)
    )


def _uuencoded(raw: bytes) -> str:
    lines = (binascii.b2a_uu(raw[n : n + 45]).decode() for n in range(0, len(raw), 45))
    return f"begin 644 x\n{''.join(lines)}`\nend"


def _far(text: str) -> bytes:
    """What hardly gets shorter by packing, then `text`."""
    return f"{_noise(200)}\n{text}\n".encode()


def _noise(lines: int) -> str:
    """So many lines of numbers, which hardly get shorter by packing."""
    rng = random.Random(lines)
    return "\n".join(f"{rng.random():.6f} {rng.random():.6f}" for _ in range(lines))


def _zipped(text: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(".env", text)
    return file.getvalue()


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
    "hexdump, words of two bytes": lambda text: _words(text, "{:07x}", "{:04x}"),
    "od, words of two bytes": lambda text: _words(text, "{:07o}", "{:06o}"),
    "od, bytes": lambda text: "\n".join(
        f"{place:07o} " + " ".join(f"{sign:03o}" for sign in text.encode()[place : place + 16])
        for place in range(0, len(text), 16)
    ),
    "base64 of what is packed, no mark": lambda text: base64.b64encode(
        zlib.compress(f"{LOG}{text}\n".encode())[2:-4]
    ).decode(),
    "tags": lambda text: "".join(chr(0xE0000 + ord(sign)) for sign in text),
    "variations": lambda text: "".join(chr(0xE0100 - 16 + ord(sign)) for sign in text),
    "uuencoded, packed": lambda text: _uuencoded(gzip.compress(_far(text), mtime=0)),
    "base85, packed": lambda text: base64.b85encode(zlib.compress(_far(text))).decode(),
    "base32, packed": lambda text: base64.b32encode(gzip.compress(_far(text), mtime=0)).decode(),
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
    "base85": lambda text: base64.b85encode(f"the words before {text}\n".encode()).decode(),
    "Adobe's base85": lambda text: base64.a85encode(text.encode(), adobe=True).decode(),
    "uuencoded": lambda text: (
        f"begin 644 x\n{binascii.b2a_uu(text.encode()[:45]).decode()}"
        f"{binascii.b2a_uu(text.encode()[45:]).decode()}`\nend"
    ),
    "binary": lambda text: " ".join(f"{sign:08b}" for sign in text.encode()),
    "entities, a word before": lambda text: "".join(f"&#{ord(sign)};" for sign in f"so: {text}"),
    "far into a line of base64": lambda text: base64.b64encode(
        f"{LOG * 20}{text}\n".encode()
    ).decode(),
    "far into odd lines of base64": lambda text: "\n".join(
        _cut(base64.b64encode(f"{LOG * 20}{text}\n".encode()).decode(), 75)
    ),
    "far into a line of digits": lambda text: f"{LOG * 20}{text}\n".encode().hex(),
    "far into what is packed": lambda text: base64.b64encode(
        gzip.compress(f"{_noise(3_000)}\n{text}\n".encode(), mtime=0)
    ).decode(),
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
# Nothing of these is looked at, so nothing of them goes.
ARCHIVES: dict[str, Callable[[str], bytes]] = {
    "zip": _zipped,
    "LZMA": lambda text: lzma.compress(text.encode(), format=lzma.FORMAT_ALONE),
    "bzip2": lambda text: bz2.compress(text.encode()),
    "SQLite": lambda text: b"SQLite format 3\0" + text.encode(),
    "PDF": lambda text: b"%PDF-1.7\n" + text.encode(),
    "more than is unpacked": lambda text: gzip.compress(f"{LOG * 900}{text}".encode(), mtime=0),
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
    "marks within": lambda text: f"{text[:7]}<b></b>{text[7:20]}<wbr>{text[20:]}",
    "each letter in a mark": lambda text: "".join(f'<span class="x">{one}</span>' for one in text),
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


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_in_a_text_goes_nowhere(kind: str) -> None:
    """What cannot be looked through is as good as found, whatever way it is written."""
    raw = ARCHIVES[kind](PASSWORD)
    for made in (base64.b64encode(raw).decode(), raw.hex()):
        assert scan.find(f'{LOG}{{"body": "{made}"}}\n{LOG}', 20) == scan.DOUBT


def test_what_is_packed_is_not_unpacked_without_end() -> None:
    """A little that unpacks to a lot is not unpacked."""
    bomb = base64.b64encode(gzip.compress(b"a line of text\n" * 1_000_000, mtime=0)).decode()
    with pytest.raises(views.Packed):
        list(views.decoded(bomb))
