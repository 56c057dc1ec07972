"""Private keys without their first line, in whatever dress; made when the test runs."""

from __future__ import annotations

import base64
import random

import pytest

from cheaproute.delegate.secrets import scan
from cheaproute.delegate.secrets.whole import integers

_RNG = random.Random(1802)


def _number(length: int) -> bytes:
    raw = b"\0" + bytes([_RNG.randrange(128, 256)]) + _RNG.randbytes(length - 1)
    size = len(raw)
    head = b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")
    return b"\x02" + head + raw


RSA = (
    _number(256) + b"\x02\x03\x01\x00\x01" + _number(256) + b"".join(_number(128) for _ in "pqdei")
)
PRIVATE = b"\x30\x82" + (len(RSA) + 3).to_bytes(2, "big") + b"\x02\x01\x00" + RSA
PUBLIC = b"\x30\x82\x01\x0a" + _number(256) + b"\x02\x03\x01\x00\x01"


def lines(raw: bytes) -> list[str]:
    """In base64, 64 letters a line."""
    text = base64.b64encode(raw).decode()
    return [text[n : n + 64] for n in range(0, len(text), 64)]


@pytest.mark.parametrize("first", [1, 4, 9])
@pytest.mark.parametrize("dress", ["{}", "+{}", "  {}", '"{}",', "> {}"])
def test_without_its_first_lines(first: int, dress: str) -> None:
    """Indented, quoted, in a diff: its numbers are still there."""
    body = "\n".join(map(dress.format, lines(PRIVATE)[first:]))
    assert scan.find(f"all is well\n{body}\nso it is\n")


def test_in_one_line_and_from_its_end() -> None:
    """As a value, and read backwards."""
    assert scan.find("x " + "".join(lines(PRIVATE)[1:]) + "\n")
    armour = "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----"
    assert scan.find(armour.format("\n".join(lines(PRIVATE)))[::-1])


def test_an_agents_own_format() -> None:
    """As OpenSSH writes them, without the line that says so."""
    key = _RNG.randbytes(32)
    pair = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + key + b"\0\0\0\x40" + _RNG.randbytes(64)
    assert integers.private(b"\0" * 7 + pair)
    numbers = (_RNG.randbytes(size) for size in (257, 3, 256, 128, 129, 129))
    ssh = b"".join(len(one).to_bytes(4, "big") + one for one in numbers)
    assert integers.private(b"\0\0\0\x07ssh-rsa" + ssh)


def test_a_public_key_has_one_number() -> None:
    """And a picture none."""
    assert not integers.private(PUBLIC)
    assert not any(integers.private(_RNG.randbytes(2_000)) for _ in range(300))
