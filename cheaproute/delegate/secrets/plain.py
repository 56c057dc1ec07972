"""Foreign text as plainly as it reads: nothing hides in it, one spelling of each letter (pure).

A secret cut by a sign that does not show, or written in look-alikes, is read by a model all the
same.
"""

from __future__ import annotations

import re

_COLOUR = re.compile("(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]")
# What a terminal takes for a title or a link, and what is struck over: a model reads both ways.
_TITLE = re.compile("(?:\x1b\\]|\x9d)([^\x07\x1b\x9c\x9d\n]{0,2000})(?:\x07|\x1b\\\\|\x9c)")
_STRUCK = re.compile("[^\n]\x08")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffd\U000e0000-\U000e0fff]"
)
# Letters as tags, bytes as variations of the sign before them.
_SMUGGLED = re.compile("[\U000e0020-\U000e007e]{6,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{6,}")
_BREAKS = str.maketrans(dict.fromkeys("\x0b\x0c\x85\u2028\u2029", "\n"))
_LIKE = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0501\u0458\u04bb"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0405"
    "\u03bf\u03b1\u03bd\u03b9\u03c1\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f"
    "\u03a1\u03a4\u03a5\u03a7\u0131\u0142\u0141\u00f8\u00d8\u0111",
    "aeopcyxisdjhABEKMHOPCTXISoavipABEZHIKMNOPTYXilLoOd",
)
_ESCAPED = re.compile(
    r"\\{1,4}u00([2-7][0-9a-fA-F])|\\u\{0{0,4}([2-7][0-9a-fA-F])\}|"
    r"\\{1,4}x([2-7][0-9a-fA-F])(?![0-9a-fA-F]{30})|"
    r"\\U000000([2-7][0-9a-fA-F])|%(?:25){0,3}([2-7][0-9a-fA-F])(?![0-9a-fA-F]{30})|"
    r"&#x0{0,4}([2-7][0-9a-fA-F]);"
)
_NUMBERED = re.compile(r"&#0*(\d{2,3});|\\([01][0-7]{2})")
_ENTITY = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">", "&apos;": "'"}


def text(raw: str) -> str:
    """`raw` without what does not show, with simple escapes undone; lines stay."""
    raw = lines(raw)
    if not raw.isascii():
        raw = letters(raw.translate(_BREAKS)) + _smuggled(raw)
    if _CONTROLS.search(raw):
        shown = _COLOUR.sub("", raw)
        readings = [_TITLE.sub("", shown), *_TITLE.findall(shown)]
        if "\b" in shown:
            readings.append(_STRUCK.sub("", shown))
        raw = "\n".join(_CONTROLS.sub("", one) for one in readings)
    if "\\" in raw or "%" in raw or "&#" in raw:
        raw = _ESCAPED.sub(_hexadecimal, raw)
        raw = _NUMBERED.sub(_numbered, raw).replace("\\/", "/")
    if "&" in raw:
        for entity, sign in _ENTITY.items():
            raw = raw.replace(entity, sign)
    return raw


def lines(raw: str) -> str:
    """`raw` with one sign at the end of each line."""
    return raw.replace("\r\n", "\n").replace("\r", "\n") if "\r" in raw else raw


def _smuggled(raw: str) -> str:
    """What is written in signs that do not show, but stand for letters; each on a line."""
    return "".join(
        "\n" + "".join(chr(ord(one) - 0xE0000) for one in found if one < "\U000e0080")
        + bytes(
            ord(one) - (0xFE00 if one < "\uffff" else 0xE0100 - 16)
            for one in found
            if one < "\uffff" or one > "\U000e00ff"
        ).decode("utf-8", "replace")
        for found in _SMUGGLED.findall(raw)
    )  # fmt: skip


def letters(raw: str) -> str:
    """`raw` with each letter in its plainest form, as a reader takes it."""
    if raw.isascii():
        return raw
    from unicodedata import combining, normalize  # hooks meet hardly another text than ASCII

    apart = normalize("NFKD", _UNSEEN.sub("", raw))
    return normalize("NFC", "".join(one for one in apart if not combining(one))).translate(_LIKE)


def _hexadecimal(found: re.Match[str]) -> str:
    code = int(found[found.lastindex or 0], 16)
    return chr(code) if 31 < code < 127 else found[0]


def _numbered(found: re.Match[str]) -> str:
    code = int(found[1]) if found[1] else int(found[2], 8)
    return chr(code) if 31 < code < 127 else found[0]
