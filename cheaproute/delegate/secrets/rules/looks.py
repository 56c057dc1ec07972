"""What a value looks like: made by a generator, a placeholder, code, a hash (pure)."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from math import log2

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+")
HASH = re.compile(r"[0-9a-fA-F]{32,}")
_PLACEHOLDER = re.compile(
    r"[*.xX#_\-•?]{3,}|.*\*{3,}.*|.*[•…].*|.*\.\.\.|<[^>]*>?|\$\{?.*|\{\{?.*|%[({]?.*|\[.*|@\w+|:\w+"
    r"|.*(?:redact|mask|filtered|scrubbed|hidden|placeholder|replace[-_ ]?me|change[-_ ]?me|"
    r"your[-_ ]|insert[-_ ]|_here\b|omitted|encrypted-?value|todo|removed|stripped|sanitized).*",
    re.IGNORECASE | re.DOTALL,
)
_BENIGN = frozenset(
    "none null nil undefined true false yes no on off ok empty unset missing required optional "
    "invalid incorrect wrong valid accepted rejected denied failed failure success successful "
    "expired changed reset updated set unknown string text str int integer number bool boolean "
    "object array any bytes varchar char nvarchar blob password passwd secret token key bearer "
    "basic digest plain md5 scram-sha-256 peer trust ident default example test dummy sample "
    "disabled enabled error warning refreshed revoked created deleted issued verified mismatch "
    "auto file env environment public private vault keyring keychain prompt input hash hashed "
    "encrypted static dynamic generated random current new old login user admin host value name "
    "access refresh id type exceeded confirmed unchanged provided given present absent void "
    "never this self skip pass ask interactive memory cookie cookies session oauth oauth2 jwt "
    "apikey api_key saml ldap kerberos ntlm negotiate anonymous guest system internal external "
    "placeholder symbol".split()
)
_CODE = re.compile(
    r"[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)+|.*[(){}].*|\w*[pP]assw(?:or)?d\w*|"
    r"!?[01]|\w{1,3}|/[\w./\-]*|[A-Za-z]:\\.*|\.{0,2}/.*|&\w+|\*\w+"
)
_PROSE = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)?[.,:;!?]?")


def placeholder(value: str) -> bool:
    """Whether `value` stands for a value, or is a word that is no secret."""
    value = value.strip()
    return (
        len(set(value)) < 3
        or value.lower().strip(".,;:!?") in _BENIGN
        or _PLACEHOLDER.fullmatch(value) is not None
    )


def code(value: str) -> bool:
    """Whether an unquoted `value` is an expression or a path rather than text."""
    # Base64 begins with a slash once in 64 times.
    return _CODE.fullmatch(value) is not None and not (
        value[:1] in "/." and random(value.replace("/", ""), 24)
    )


def prose(value: str) -> bool:
    """Whether `value` is a sentence or a label."""
    words = value.split()
    return len(words) > 1 and all(map(_PROSE.fullmatch, words)) and value[:1].isupper()


def hexadecimal(value: str) -> bool:
    """Whether `value` is a hash, an id or a UUID by its letters."""
    return HEX.fullmatch(value) is not None or UUID.fullmatch(value) is not None


def entropy(value: str) -> float:
    """Bits a character."""
    size = len(value)
    return -sum(n / size * log2(n / size) for n in Counter(value).values()) if size else 0.0


def random(value: str, least: int = 16) -> bool:
    """Whether `value` looks made by a generator: letters and digits by turns, few repeated.

    What is written by people keeps to one class of characters for a while; a random text changes
    the class at four to six characters of ten.
    """
    plain = re.sub(r"[^A-Za-z0-9]", "", value)
    if len(plain) < least or plain.isdigit() or hexadecimal(value):
        return False
    if entropy(plain) < min(3.0, log2(len(plain)) - 1.0):
        return False
    classes = ["0" if c.isdigit() else "a" if c.islower() else "A" for c in plain]
    changes = sum(a != b for a, b in pairwise(classes))
    kinds = set(classes)
    letters = [c for c in plain.lower() if c.isalpha()]
    rare = sum(map("jkqvwxz".count, letters)) > 0.16 * len(letters)
    if rare and len(plain) - len(letters) > 1:
        return True  # letters that are rare in words
    if len(kinds) == 3:
        return changes >= (0.15 if rare else 0.3) * len(plain)
    if "0" in kinds and len(kinds) == 2:
        return changes >= 0.22 * len(plain)
    return len(kinds) == 2 and changes >= 0.36 * len(plain)


def shuffled(letters: str) -> bool:
    """Whether small and capital letters change as in no name."""
    changes = sum(a.isupper() != b.isupper() for a, b in pairwise(letters))
    return changes > 0.3 * len(letters)
