"""What a text says in another way: encoded, as numbers, cut in pieces (pure)."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

from cheaproute.delegate.secrets import filled, listed
from cheaproute.delegate.secrets.whole import integers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MOST = 65_536  # of what is packed
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{24,4000}={0,2}")
_WRAPPED = re.compile(
    r"(?:^[ \t>#*|\"']{0,20}[A-Za-z0-9+/]{16,100}[\"',\\]{0,3}\n){1,400}"
    r"[ \t>#*|\"']{0,20}[A-Za-z0-9+/]{2,100}={0,2}",
    re.MULTILINE,
)
_BASE32 = re.compile(r"(?<![A-Za-z0-9+/_=\-])[A-Z2-7]{24,800}={0,6}(?![A-Za-z0-9+/_=\-])")
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
# Bytes in hexadecimal, however they are set apart.
_HEX = re.compile(
    r"(?<![0-9A-Za-z+/])(?:(?:0[xX]|\\{1,2}x|=)?[0-9a-fA-F]{2}[ \t\n,;:\-]{0,8}+){12,4000}"
)
_PREFIX = re.compile(r"0[xX]|\\{1,2}x|=|[ \t\n,;:\-]")
_GROUP = re.compile(r"(?<!\S)\d{3,6}(?!\S)")
# Without the column of places and that of letters.
_DUMP = re.compile(
    r"^[ \t]{0,8}[0-9a-fA-F]{6,8}:?[ \t]{1,3}((?:[0-9a-fA-F]{2,4}[ \t]{1,2}){2,16})[^\n]{0,24}$",
    re.MULTILINE,
)
_PLACE = re.compile(r"\n?^[0-7]{7} {3}", re.MULTILINE)  # as od prints letters
# As od prints bytes, and words of two.
_OCTAL = re.compile(
    r"^[ \t]{0,8}(?:[0-7]{7,8}[ \t]{1,3})?((?:[0-3][0-7]{2}[ \t]{1,2}){7,31}[0-3][0-7]{2}|"
    r"(?:[01][0-7]{5}[ \t]{1,2}){3,15}[01][0-7]{5})[ \t]{0,4}$",
    re.MULTILINE,
)
_DECIMAL = re.compile(
    r"(?<![\d.])\d{2,3}(?:[ \t\n]{0,20},?[ \t\n]{1,20}\d{2,3}|,\d{2,3}){11,4000}(?![\d.])"
)
_NUMBER = re.compile(r"\d+")
_BINARY = re.compile(r"(?<!\d)[01]{8}(?:[ ,\n]{0,2}[01]{8}){11,700}(?!\d)")
# As git and Python write it: letters and signs, all of a word.
_BASE85 = re.compile(r"(?<![!-~])[\w!#$%&()*+\-;<=>?@^`{|}~]{40,4000}(?![!-~])", re.ASCII)
_SIGNS = frozenset("!#$%&()*;<>?@^`{|}~")
# Of HTML, within a word.
_TAGS = re.compile(
    r"(?<=[\w\-])(?:</?(?:a|b|bdi|code|del|em|font|i|ins|kbd|mark|s|small|span|strong|sub|sup|tt|u|"
    r"wbr)(?: [^<>\n]{0,200})?>)+(?=[\w\-])"
)
# The same sign, or room, after every letter, or after so many.
_SPACED = re.compile(
    r"(?<!\S)\S([ \t\xa0]{1,4}|[-.,_|/:]|\n)(?:\S\1){10,}\S(?!\S)|"
    + "|".join(
        rf"(?<![\w\-])(?:[\w\-+/=]{{{n}}}[ ,\-]){{{20 // n - 1},}}[\w\-+/=]{{2,{n}}}(?![\w\-])"
        for n in (4, 5, 6, 8)
    )
)
_ROOM = re.compile(r"[ \t\n\xa0]+")
# A text in two, in code and at the end of a line.
_CUT = re.compile(
    r"([\"'`])(?:[ \t]{0,20}(?:[+.&~]|\.\.)[ \t\n\\]{0,40}|"
    r"[ \t]{0,4}\\?\n[ \t]{0,40}(?:[+.&][ \t]{0,4})?)\1|\\\n[ \t]{0,40}"
)
# How private keys begin in DER: PKCS #1, #8 (plain and encrypted), #12, SEC1; and Java's stores.
_DER = re.compile(
    rb"0(?:\x82..|\x81.|[\x20-\x7f])(?:\x02\x01\x00(?:\x02(?:\x81|\x82)|0.{1,2}\x06)|\x02\x01\x01\x04[\x14-\x42]|\x02\x01\x030|"
    rb"0.\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05)|\xfe\xed\xfe\xed\0\0\0|\xce\xce\xce\xce\0\0\0",
    re.DOTALL,
)
_ARMOUR = "-----BEGIN PRIVATE KEY-----"
# Archives, databases, documents: what is in them is packed once more.
_ARCHIVE = re.compile(
    rb"PK\x03\x04|BZh[1-9]1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd|7z\xbc\xaf'\x1c|Rar!\x1a|\x04\x22M\x18|"
    rb"SQLite format 3\x00|%PDF-1|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1|"
    rb"\]\x00.{3}\x00?\xff{8}|LZIP\x01|\x1f\x9d\x90|\x89LZO\x00|MSCF\x00\x00|PAR1\x15|PACK\x00\x00\x00[\x02\x03]",
    re.DOTALL,
)
_PRINTED, _LEAST = bytes((9, 10, 13, *range(32, 127))), 16
_LETTERS = re.compile(rb"[\t\n\r -~]{10,}")


class Packed(Exception):
    """What is encoded is an archive, or unpacks to more than can be looked at."""


def decoded(text: str) -> Iterator[str]:
    """Every text that a part of `text` stands for.

    Raises:
        Packed: it cannot be unpacked here.
    """
    for pattern, decode in _DECODED:
        for found in pattern.finditer(text):
            inner = legible(decode(found[0]))
            if inner:
                yield inner
    dumped = "".join(_DUMP.findall(text))
    if dumped:
        raw = _hexadecimal(dumped)
        yield from (legible(raw), legible(_swapped(raw)))
    octal = " ".join(_OCTAL.findall(text)).split()
    if octal:
        yield legible(b"".join(int(one, 8).to_bytes(len(one) // 3, "little") for one in octal))
    spaced = _PLACE.sub("   ", text) if _PLACE.search(text) else text
    for found in _SPACED.finditer(spaced):
        sign = found[1] or next(filter(found[0].__contains__, " ,-"), " ")
        said = _ROOM.sub("", found[0]) if sign == " " else found[0].replace(sign, "")
        if found[1] or not listed.worded(found[0], said):
            yield said
    yield from listed.of(text)
    yield from listed.pieces(text)


def joined(text: str) -> Iterator[str]:
    """`text` with what cuts it in pieces taken out, or put in."""
    yield from filled.of(text)
    if "<" in text and _TAGS.search(text):
        yield _TAGS.sub("", text)
    if _CUT.search(text):
        yield _CUT.sub("", text)
    if "\\n" in text:
        yield text.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')


def legible(raw: bytes) -> str:
    """The text in `raw`, "" if there is none; a private key by the armour that it would wear.

    Raises:
        Packed: it cannot be unpacked here.
    """
    if _ARCHIVE.match(raw):
        raise Packed
    if raw[:2] == b"\x1f\x8b" or raw[:2] in (b"x\x9c", b"x\xda", b"x\x01"):
        unpacked = zlib.decompressobj(47)
        try:
            raw = unpacked.decompress(raw, _MOST)
        except zlib.error:
            return ""
        if unpacked.unconsumed_tail:
            raise Packed
    if _DER.match(raw) or integers.private(raw):
        return _ARMOUR
    raw = _inflated(raw) or raw
    if len(raw) > 8 and raw[1::2].count(0) > len(raw) * 0.4:
        raw = raw[::2]
    return "\n".join(found.decode() for found in _LETTERS.findall(raw))


def _inflated(raw: bytes) -> bytes:
    """The text that `raw` is packed from, with no mark that says so; b"" if it is not."""
    if len(raw) < _LEAST or raw[0] & 6 not in (2, 4):
        return b""
    try:
        said = zlib.decompressobj(-15).decompress(raw, _MOST)
    except zlib.error:
        return b""
    return (
        said
        if len(said) > _LEAST and len(said.translate(None, _PRINTED)) < len(said) // 10
        else b""
    )


def _swapped(raw: bytes) -> bytes:
    """Words of two bytes, the second first, as hexdump prints them."""
    return b"".join(raw[n : n + 2][::-1] for n in range(0, len(raw), 2))


def base64_bytes(text: str) -> bytes:
    """What `text` stands for, signs of other sorts in it passed over."""
    letters = _NO_BASE64.sub("", text.replace("-", "+").replace("_", "/"))
    return binascii.a2b_base64(letters[: len(letters) // 4 * 4])


def base32_bytes(text: str) -> bytes:
    """What `text`, in base32, stands for."""
    letters = text.rstrip("=")
    return base64.b32decode(letters[: len(letters) // 8 * 8])


def _hexadecimal(text: str) -> bytes:
    if listed.ordered(_GROUP.findall(text)):
        return b""  # a table of numbers
    digits = _PREFIX.sub("", text)
    return bytes.fromhex(digits[: len(digits) // 2 * 2])


def _decimal(text: str) -> bytes:
    numbers = [int(number) for number in _NUMBER.findall(text)]
    return bytes(numbers) if max(numbers) < 256 else b""


def _binary(text: str) -> bytes:
    digits = re.sub("[^01]", "", text)
    return int(digits, 2).to_bytes(len(digits) // 8, "big")


def base85_bytes(text: str) -> bytes:
    """What `text`, in base85 with signs among its letters, stands for; b"" if it is none."""
    if sum(map(_SIGNS.__contains__, text)) < len(text) // 12:
        return b""
    try:
        return base64.b85decode(text[: len(text) // 5 * 5])
    except ValueError:
        return b""


_DECODED: tuple[tuple[re.Pattern[str], Callable[[str], bytes]], ...] = (
    (_BASE64, base64_bytes),
    (_WRAPPED, base64_bytes),
    (_BASE32, base32_bytes),
    (_HEX, _hexadecimal),
    (_DECIMAL, _decimal),
    (_BINARY, _binary),
    (_BASE85, base85_bytes),
)
