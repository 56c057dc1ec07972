"""What a value looks like: made by a generator, a placeholder, code, a hash (pure)."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise, product
from math import inf, log2
from string import ascii_lowercase, ascii_uppercase, digits

from cheaproute.delegate.secrets.wordlists import pairs

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_HEX_GROUPS = re.compile(r"[0-9a-fA-F]{4,12}(?:-[0-9a-fA-F]{4,12}){3,7}")
HASH = re.compile(r"[0-9a-fA-F]{32,}")
_PLACEHOLDER = re.compile(
    r"[*.xX#_\-•?]{3,}|\([a-z ]+\)|\([a-z]+ [a-z ]*|"
    r".*\*{3,}.*|.*[•…].*|.*\.\.\.|<[^>]*>?|\$(?:\$?\w+|[{(].*)?|\{\{?.*|%(?:[({].*|\w+%|\w)?|\[.*|@\w+|:\w+|\$\w+(?:::\w+)+(?:[\[{].*)?"
    r"|(?-i:[A-Z]{2,}(?:_[A-Z]{2,}){1,6}|[A-Z]{2,}(?:_(?:[A-Z]{2,}|\d{3})){4,9})|!(?:[A-Z][A-Za-z]{2,12}|(?:secret|vault|env|ref)\w*)|hmac-sha\d{1,3}:\w+"
    r"|.*(?:redact|placeholder|replace[-_ ]?me|change[-_ ]?me(?![^\d\n]*\d)|"
    r"your[-_ ]|insert[-_ ]|_here\b|omitted|encrypted-?value|sanitized).*"
    r"|(?:.*[^a-z])?(?:mask(?:ed)?|filtered|scrubbed|hidden|todo|removed|stripped)(?:[^a-z].*)?",
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
    "placeholder symbol sensitive base64 base64url utf8 utf-8 utf16le utf-16le latin1 ascii hex "
    "async await function binary ucs2".split()
)
_CODE = re.compile(
    r"!{0,2}[A-Za-z_$][\w$]*(?:(?:\.|->|::)[A-Za-z_$][\w$]*)+(?:\[(?:[\w\"'.$-]*\].*)?)?|this(?:\.#?\w+)+|[A-Za-z_$][\w$.]*\[[\w.:+\-*]+\]|[A-Z][\w.]*\[(?:\[|[A-Z]\w*\[)\w*\]?|.*[(){}].*|\w*[pP]assw(?:or)?d\w*|"
    r"[A-Za-z_$][\w$.]*\[|!?[01]|\w{1,3}|/[\w./\-]*|[A-Za-z]:\\.*|\.{0,2}/.*|&\w+|\*\w+"
)
# Words, abbreviations and their numbers.
_NAMED = re.compile(r"(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+[a-z]*+|[vV]\d++|X?\d{1,4}+|0x\w{4}|[_.=])++")
_CALL = re.compile(r"_?[A-Za-z]\w*(?:\.\w+)+\([^()]*\)?")
_FILLED = re.compile(r"(?<= )\$[a-z]\w*|[$#%]?\{\{?[^{}]{0,200}\}?\}|%[sdv]\b")
_PARTS = re.compile(r"\.|->|::")
_SIGNS = re.compile(r"[^A-Za-z0-9]")
_SIGNS_RUN = re.compile(r"[^A-Za-z0]+")
# Numbers and hashes between signs say nothing of the rest.
_INERT = re.compile(r"(?<![A-Za-z0-9])(?:[0-9]+|[0-9a-f]{6,}|[0-9A-F]{6,})(?![A-Za-z0-9])")
_CLASSES = {
    "0": frozenset(digits),
    "a": frozenset(ascii_lowercase),
    "A": frozenset(ascii_uppercase),
}
_DIGITS = str.maketrans(digits, "0" * 10)
_ENOUGH = 200  # letters decide
_MARGIN = 5.0
# Eighths of a bit from "(" on, the backslash left out; a digit is one of ten.
_BITS = {
    first + second: (ord(sign) - 40 - (sign > "\\")) / 8 + (log2(10) if second == "0" else 0.0)
    for (first, second), sign in zip(product(pairs.SIGNS, repeat=2), pairs.SURPRISE, strict=True)
}
_PROSE = re.compile(r"`?[^\W\d_]+(?:['-][^\W\d_]+)?`?[.,:;!?]?")
_FILE = re.compile(r".*(?:\.[A-Za-z]{1,5}|[/\\].*)")


def placeholder(value: str) -> bool:
    """Whether `value` stands for a value, or is a word that is no secret."""
    value = value.strip()
    return (
        len(set(value)) < 3
        or value.lower().strip(".,;:!?()") in _BENIGN
        or _PLACEHOLDER.fullmatch(value) is not None
    )


def template(value: str) -> bool:
    """Whether a program fills `value` in, and the rest of it are words."""
    rest = _FILLED.sub("", value)
    return rest != value and not any(map(str.isdigit, rest))


def code(value: str) -> bool:
    """Whether an unquoted `value` is an expression or a path rather than text."""
    # Base64 begins with a slash once in 64 times; a token may have dots.
    return _CODE.fullmatch(value) is not None and not any(
        random(part, 24)
        for part in ([value.replace("/", "")] if "/" in value else _PARTS.split(value))
    )


def named(value: str) -> bool:
    """Whether `value` is put together of words and numbers, as code names things."""
    return _NAMED.fullmatch(value) is not None and surprise(value) < 0


def prose(value: str) -> bool:
    """Whether `value` is a sentence or a label."""
    words = (
        value.lstrip("\u00bf\u00a1").removesuffix("!").removesuffix("?").removesuffix(":").split()
    )
    return len(words) > 1 and all(map(_PROSE.fullmatch, words)) and words[0][0].isupper()


def password(value: str) -> bool:
    """Whether `value` mixes letters, digits and signs as passwords do and names do not."""
    if not 6 <= len(value) <= 200 or placeholder(value) or hexadecimal(value):
        return False
    if _CALL.fullmatch(value):
        return False
    if random(value, 12):
        return True
    kinds = sum(any(map(kind, value)) for kind in (str.isdigit, str.islower, str.isupper))
    signs = not value.isalnum()
    return kinds + signs > 2 and any(map(str.isdigit, value)) and not _FILE.fullmatch(value)


def mixed(value: str) -> bool:
    """Whether letters, digits and signs are mixed in `value` as in no word, name or number."""
    if UUID.fullmatch(value):
        return True
    value = value.lstrip("#@\u2581")  # as tokenizers mark the parts of words
    if re.fullmatch(r"[A-Za-z_.\-/: ]*|[\d.,\-:/TZ+]*", value):
        letters = re.sub(r"[^A-Za-z]", "", value)
        return random(letters, 12, 0.0)
    return entropy(value) > 2.0


def hexadecimal(value: str) -> bool:
    """Whether `value` is a hash, an id or a UUID by its letters."""
    return HEX.fullmatch(value) is not None or _HEX_GROUPS.fullmatch(value) is not None


def entropy(value: str) -> float:
    """Bits a character."""
    size = len(value)
    return -sum(n / size * log2(n / size) for n in Counter(value).values()) if size else 0.0


def random(value: str, least: int = 16, margin: float = _MARGIN) -> bool:
    """Whether `value` looks made by a generator: in words its letters would follow each other less.

    By the likelihood of each pair of letters in words and names against that of a draw from the
    same classes of letters (see `pairs`), which tells also what has one class only. `margin`: by
    how many bits, less where a name beside it says as much.
    """
    plain = _SIGNS.sub("", value)
    if len(plain) < least or plain.isdigit() or hexadecimal(value):
        return False
    if entropy(plain) < min(3.0, log2(len(plain)) - 1.0):
        return False
    rest = _INERT.sub("-", value)
    if len(rest) != len(value) and len(_SIGNS.sub("", rest)) < min(least, 12):
        return False
    return surprise(rest[:_ENOUGH]) > margin


def surprise(value: str) -> float:
    """By how many bits a draw explains `value` better than words do."""
    if not _CLASSES["a"] & set(value):
        value = value.lower()  # `DB_PASSWORD` is as much of a word as `db_password`
    drawn = 0
    for sample in "0aA":
        drawn += len(_CLASSES[sample]) if _CLASSES[sample] & set(value) else 0
    if not drawn:
        return -inf
    signs = _SIGNS_RUN.sub("-", value.translate(_DIGITS))
    bits = sum(_BITS[first + second] for first, second in pairwise(signs))
    return bits - (len(signs) - 1) * log2(drawn)
