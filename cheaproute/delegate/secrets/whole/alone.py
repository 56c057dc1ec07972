"""A draw that is all of a line: a credential or an id, and nothing tells which (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets.rules import looks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cheaproute.delegate.secrets.rules import blocks

# Margin in bits: no name beside it says anything.
_ALONE = re.compile(r"[ \t]{0,40}(?:[-*>$] )?[\w+/.=~%-]{24,400}[ \t\r]{0,40}", re.ASCII)
_AROUND, _SURE, _WRAPPED = " \t\r-*>$", 8.0, 60
_NO_KEY = re.compile(
    r"[ACDEFGHIKLMNPQRSTVWXY*-]+$|S\d[0-9A-Fa-f]+$|"  # proteins, a ROM's image
    r"(?i:sha\d{1,3}|md5|blake\w{1,3}|h1|v\d|urn)[-:=_]|[\w.\-]{1,60}=[^=]"
)
# Of what everybody may see by its name; a private key in it is found by its first bytes.
_ARMOUR = re.compile(
    r"-{5}BEGIN (?:[A-Z0-9]{1,20} ){0,3}"
    r"(?:CERTIFICATE(?: REQUEST)?|PUBLIC KEY(?: BLOCK)?|CRL|PARAMETERS|SIGNATURE|SIGNED MESSAGE"
    r"|PKCS7|CMS)-{5}\n"
    r"(?:[A-Za-z0-9+/=]{0,80}\n|[\w-]{1,20}: [^\n]{0,80}\n){1,400}-{5}END"
)
_OFTEN = 100  # lines between two looks at the clock


def find(text: str, clock: blocks.Clock) -> str:
    """The kind of what stands alone on a line of `text`, "" if nothing does.

    Hashes and what is wrapped over lines (certificates, attachments) are neither key nor id.

    Raises:
        blocks.TooSlow: there was no time.
    """
    lines = unarmoured(text).split("\n")
    widths = [len(line) if _ALONE.fullmatch(line) else 0 for line in lines]
    for number, line in enumerate(lines):
        if number % _OFTEN == 0:
            clock.check()
        if widths[number] and not _wrapped(lines, widths, number):
            value = line.strip(_AROUND)
            if looks.random(value, 20, _SURE) and not (_NO_KEY.match(value) or looks.code(value)):
                return "a key alone on a line"
    return ""


def unarmoured(text: str) -> str:
    """`text` without what everybody may see by its name: certificates, public keys."""
    return _ARMOUR.sub("", text) if "-----BEGIN" in text else text


def _wrapped(lines: list[str], widths: list[int], number: int) -> bool:
    before = widths[number - 1] if number else 0
    after = widths[number + 1] if number + 1 < len(widths) else 0
    around = "".join(lines[max(0, number - 2) : number + 3])
    return max(before, after) >= _WRAPPED and ("+" in around or "/" in around)
