"""What a run of letters or digits at random is called by where it stands: a closed list (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import words
from cheaproute.delegate.secrets.rules import looks, tokens

# Names of sums: what has the length of none is no sum, whatever it is called.
_SUMS = frozenset(
    "hash hashes sha md sum sums checksum integrity digest digests fingerprint shasum drc commit "
    "commits tree parent merge rev revision sri w h zh ds tlsa txid tx transaction".split()
)
# Lengths of hashes in base64, the padding aside, from 128 bits to 512.
_IN_BASE64 = frozenset((22, 27, 38, 43, 64, 86))
# Names of ids, which have any form, and of what has one, which is a short one.
_IDS = frozenset(
    "id ids uuid guid identifier etag cid pid clsid iid tid oid jti kid sid uid uids userid "
    "requestid objectid traceid spanid traceparent drc ref nonce signature sig pub pubkey public "
    "cert certificate cache aud azp iss sub lineage verification index delivery dist address "
    "addr".split()
)
_THINGS = frozenset(
    "trace span request version object node member cluster instance topic pool block job "
    "task run raw compare archive zipball tarball git gist packages package mappings group "
    "browser agent region tag reference".split()
)
_SHORT = 28  # letters
# Names of contents, which are in base64: its signs, its padding, more than a key has of it.
_CONTENTS = frozenset(
    "payload body blob blobs data content contents png jpeg svg thumbnail image avatar script "
    "source offset document d cursor state folder folders".split()
)
_CONTENT = re.compile(
    r"(?=[\w+/\-]*[+/]|[\w\-]*=|[\w\-]{48}|(?:[\w\-]{28}|[\w\-]{36}|[\w\-]{44})\Z)"
    r"(?:[\w+/\-]{4})*[\w+/\-]{2,4}={0,2}",
    re.ASCII,
)
# Names of places, whose value has a sign of one in it.
_PLACES = frozenset("url uri path file host hostname src href resolved image location".split())
# What has an id of its own, a UUID; of another form what is behind it may be one's key.
_OWNERS = frozenset(
    "session sessions sessionid tenant project client customer user account organization org team "
    "device order member shop store task workspace subscription application app service "
    "complete completed done failed finished started created deleted updated".split()
)
_SIGNS = "".join(chr(n) for n in range(9, 127) if not chr(n).isalpha()) + (
    "\u00ab\u00b7\u2013\u2014\u2018\u201c\u2022\u2192\u21d2\u27f6\u279c"
)
# `the SHA of the token: `
_ABOUT = re.compile(
    r"\b(?:sha[\-\d]*|hash(?:es)?|checksums?|digests?|fingerprints?|md5|commits?|ids?)"
    r"(?:/|[ \t](?:of|for|in)[ \t])[\w \-./]{1,40}\W{1,8}\Z",
    re.IGNORECASE,
)
_OTHER = re.compile(r",|\s\d+\s")  # another argument, another value
_APART = 16  # signs between a name and what it names
_EMAN = re.compile(r"[\w.\-]{1,50}")  # of a text read from its end
_FILLS = re.compile(
    r"[ \t](?:(?:is|was|are|of|to|at|in|from|by|for)\b|\((?:for example|e\.g\.|such as|like)\b)"
    r"[^A-Za-z]{0,4}\Z",
    re.IGNORECASE,
)
_PREFIXED = re.compile(r"(?<!\w)[A-Za-z]{1,2}(?=[\"'`]\Z)")  # as code marks a string: b"..."
_KEY = re.compile(
    r"(?:public|gpg|pgp|cache|primary|foreign|partition|sort)[ _\-]key\Z", re.IGNORECASE
)
# A picture in a style, a sum before or behind what it is of, a file's name, a checkout.
_BEFORE = re.compile(
    r"base64,\Z|\bx5t(?:#S256)?[\"']\s?:\s?[\"']\Z|"
    r"^(?:SHA|MD|BLAKE|RIPEMD)\w*[ \-]?\d* ?\([^\n]*\) ?= ?\Z|"
    r"[\w.\-]+/[\w.\-]+@\Z|\.(?:git|tgz)(?:[@#]|/\+/)\Z|"
    r"\b[Cc]ache [a-z ]{1,30}key: [\w.\-]{0,60}-\Z|=\?[\w\-]{3,20}\?[Bb]\?\Z|"
    r"\bgit [a-z\-]{2,20} [^\n]{0,60}\Z|"
    r"/(?:blob|tree|raw|commits?)/\Z|\barn:[\w:/\-]+/\Z|githubusercontent\.com/[\w.\-]+/[\w.\-]+/\Z|[0-9a-f]{7,}\.\.\.?\Z|"
    r"gist\.github\.com/[\w\-]+/\Z|^:\Z"
)
_BEHIND = re.compile(
    r"(?:[\w.\-]{0,40}/){0,4}[\w+\-]{0,60}(?:\.[\w+\-]{1,40}){0,5}?\.(?:js|css|map|png|jpe?g|gif|svg|"
    r"webp|ico|woff2?|ttf|html?|jsonl?|ya?ml|txt|md|log|t?gz|zip|whl|tar|xz|bz2|jar|so|dll|exe|"
    r"pdf|csv|parquet|bin|mp[34]|pyc?|rs|go|ts|[cho]|db|dat|class|proto|sock|lock)\b|"
    r"\.\.\.?[0-9a-f]{7,}"
)
_SUM = re.compile(r"(?: [ *]|[\t ])[\w*\-]*[./][\w./*\-]*\w")
_FEATURE = re.compile(
    r"LS0tLS1CRUdJTiBDRVJU|AAAA(?:B3NzaC1|C3NzaC1lZ|E2VjZHNh)|MI(?:I[A-P].M[FIHCE]|[GH].M)|"
    r"iVBORw0KGgo|R0lGODdh|R0lGODlh|/9j/4|PHN2Zy|Qm[1-9A-HJ-NP-Za-km-z]{44}$|baf[a-z2-7]{50}|"
    r"0[0-7][0-9A-HJKMNP-TV-Z]{24}$|_Z|_R|\?\?|\$s|[A-Z]{14}-[A-Z]{10}-[A-Z]$|[A-Z]{2}\d\d[A-Z0-9]{11,30}$|S[1-9][0-9A-F]+$|"
    r"(?i:sha\d{1,3}|md5|blake\w{1,3}|h1|sri|nonce|urn|uuid)[-:=_]"
)
_PREFIX = re.compile(r"[A-Za-z]{1,8}\d{0,3}[_\-.]")
_RECORD = re.compile(
    r"\b(?:C?DNSKEY|RRSIG|TLSA|SSHFP|OPENPGPKEY|DKIM1?|CERT|IN DS)\b|\|1\|"
)  # of DNS, a known host
# Of what everybody may see by its name; a private key in it is found by its first bytes.
_ARMOUR = re.compile(
    r"-{5}BEGIN (?:[A-Z0-9]{1,20} ){0,3}"
    r"(?:CERTIFICATE(?: REQUEST)?|PUBLIC KEY(?: BLOCK)?|CRL|PARAMETERS|SIGNATURE|SIGNED MESSAGE"
    r"|PKCS7|CMS)-{5}\n"
    r"(?:[A-Za-z0-9+/=]{0,80}\n|[\w-]{1,20}: [^\n]{0,80}\n){1,400}-{5}END"
)
_ELEMENT = re.compile(
    r"(?<=X509Certificate>)[A-Za-z0-9+/=\s]{40,8000}(?=</)|"
    r"(?<=SignatureValue>)[A-Za-z0-9+/=\s]{40,4000}(?=</)"
)


def unarmoured(text: str) -> str:
    """`text` without what everybody may see by its name: certificates, public keys."""
    text = _ARMOUR.sub("", text) if "-----BEGIN" in text else text
    return _ELEMENT.sub("", text) if "</" in text else text


def label(before: str, value: str) -> str | None:
    """What names the draw `value` behind `before`, "" if nothing does; None if it explains it."""
    before = _PREFIXED.sub("", before)
    fill = _FILLS.search(before)
    before = before[: fill.start()] if fill else before
    named = before.rstrip(_SIGNS)
    found = _EMAN.match(named[::-1])
    signs = before[len(named) :]
    if found is None or len(signs) > _APART or _OTHER.search(signs):
        return ""
    name = found[0][::-1]
    if named.endswith("<span"):
        return ""
    if _KEY.search(named, max(0, len(named) - 14)) or _ABOUT.search(before):
        return None
    parts = words.split(name)
    if parts and (_what(parts[-1], value) or words.about(name)) and not words.secret(name):
        return None
    return "" if looks.random(name, 12) else name.lower()


def _what(word: str, value: str) -> bool:
    """Whether `value` can be what `word` says that it is."""
    hexadecimal = looks.hexadecimal(value)
    if word in _SUMS:
        return summed(value)
    if word in _IDS:
        return True
    if word in _THINGS:
        return hexadecimal or len(value) <= _SHORT
    if word in _PLACES and (hexadecimal or "/" in value):
        return True
    if word in _CONTENTS:
        return not hexadecimal and _CONTENT.fullmatch(value) is not None
    return word in _OWNERS and looks.UUID.fullmatch(value) is not None


def summed(value: str) -> bool:
    """Whether `value` is in hexadecimal digits, or has the length of a sum in base64."""
    return looks.hexadecimal(value) or len(value.rstrip("=")) in _IN_BASE64


def place(before: str, behind: str) -> bool:
    """Whether a run between `before` and `behind`, of its line, is a sum or part of a path."""
    if _BEFORE.search(before) or _BEHIND.match(behind):
        return True
    return not before.strip(" \\>*-+/#") and _SUM.match(behind) is not None


def record(line: str) -> bool:
    """Whether `line` is a record of what everybody may ask for."""
    return _RECORD.search(line) is not None


def form(value: str) -> bool:
    """Whether a draw says itself what it is."""
    if _FEATURE.match(value):
        return True
    prefix = _PREFIX.match(value)
    return prefix is not None and tokens.named(prefix[0])
