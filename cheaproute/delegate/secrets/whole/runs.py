"""What is encoded over more than a piece of a text: read as a whole, before that is cut (pure)."""

from __future__ import annotations

import base64
import binascii
import re

from cheaproute.delegate.secrets import views

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{2000,}")
_WRAPPED = re.compile(
    r"(?:^[ \t>#*|\"']{0,20}[A-Za-z0-9+/]{16,100}[\"',\\]{0,3}\n){20,}"
    r"(?:[ \t>#*|\"']{0,20}[A-Za-z0-9+/]{2,100})?",
    re.MULTILINE,
)
_BASE32 = re.compile(r"(?<![A-Za-z0-9+/_=\-])[A-Z2-7]{800,}")
_BASE85 = re.compile(r"(?<![!-~])[\w!#$%&()*+\-;<=>?@^`{|}~]{2000,}(?![!-~])", re.ASCII)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{2}){1000,}")
# With the line that says what it is.
_UU = re.compile(r"^begin [0-7]{3,4} [^\n]{1,200}\n((?:[ -`]{2,62}\n)+)", re.MULTILINE)
_ADOBE = re.compile(r"<~[!-uz\s]{20,40000}~>")


def of(text: str) -> Iterator[str]:
    """Every text that a long part of `text` stands for.

    Raises:
        views.Packed: it cannot be unpacked here.
    """
    for pattern, decode in _DECODED:
        for found in pattern.finditer(text):
            inner = views.legible(decode(found[0]))
            if inner:
                yield inner


def _uu(text: str) -> bytes:
    parts = []
    for line in text.split("\n")[1:]:
        try:
            parts.append(binascii.a2b_uu(line))
        except binascii.Error:  # the line behind the last
            break
    return b"".join(parts)


def _adobe(text: str) -> bytes:
    try:
        return base64.a85decode(text, adobe=True)
    except ValueError:
        return b""


_DECODED: tuple[tuple[re.Pattern[str], Callable[[str], bytes]], ...] = (
    (_BASE64, views.base64_bytes),
    (_WRAPPED, views.base64_bytes),
    (_BASE32, views.base32_bytes),
    (_BASE85, views.base85_bytes),
    (_HEX, bytes.fromhex),
    (_UU, _uu),
    (_ADOBE, _adobe),
)
