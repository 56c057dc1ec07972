"""Private keys by the numbers they are made of, where their first bytes are missing (pure)."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_HINT = re.compile(rb"\x02\x82|\x02\x81[\x40-\xff]|\x00\x00[\x00-\x04].|ssh-ed25519", re.DOTALL)
_ED25519 = re.compile(rb"ssh-ed25519\x00\x00\x00\x20.{32}\x00\x00\x00\x40", re.DOTALL)
_LEAST = 32  # bytes of a number that is a secret's part
_ENOUGH = 3  # such numbers in a row: a public key has one, parameters have two


def private(raw: bytes) -> bool:
    """Whether `raw` is part of a private key: numbers in a row, as DER or SSH has them."""
    if not _HINT.search(raw):
        return False
    return _ED25519.search(raw) is not None or any(
        _row(raw, found.start(), size)
        for size, sign in ((_der, b"\x02[\x81\x82]"), (_ssh, b"\x00\x00[\x00-\x04]"))
        for found in re.finditer(sign, raw)
    )


def _row(raw: bytes, place: int, size: Callable[[bytes, int], tuple[int, int]]) -> bool:
    """Whether a row of numbers begins at `place`; `size` is from where to where the next is."""
    for _ in range(_ENOUGH):
        start, end = size(raw, place)
        if not _LEAST <= end - start <= len(raw) or end > len(raw):
            return False
        place = end
    return True


def _der(raw: bytes, place: int) -> tuple[int, int]:
    long = raw[place + 1 : place + 2] == b"\x82"
    start = place + (4 if long else 3)
    if raw[place : place + 2] not in (b"\x02\x81", b"\x02\x82"):
        return start, 0
    return start, start + int.from_bytes(raw[place + 2 : start], "big")


def _ssh(raw: bytes, place: int) -> tuple[int, int]:
    return place + 4, place + 4 + int.from_bytes(raw[place : place + 4], "big")
