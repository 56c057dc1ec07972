"""What a run of letters or digits at random is called by where it stands: a closed list (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import near, words
from cheaproute.delegate.secrets.rules import looks, tokens

# What a name directly before a run ends with, if the run opens nothing.
_WORDS = near.HARMLESS | frozenset(
    "payload body blob blobs data png jpeg svg content contents nonce signature sig thumbnail "
    "image avatar public pubkey cert certificate cid script object node member cluster instance "
    "source topic offset chars alphabet letters charset package packages mappings verification "
    "commits parent tree raw compare archive zipball tarball git drc pid clsid iid traceparent w "
    "merge index shasum hashes digests reference dist sub aud jti tid oid azp iss kid policy pool "
    "cache block tx txid transaction job run build document d folders folder sri zh "
    "delivery objectid traceid spanid requestid userid uid uids sum ds tlsa md transaction".split()
) - {"h", "mail", "email", "user", "username", "title", "model", "kind", "label"}
# What has an id of its own, a UUID; of another form what is behind it may be one's key.
_OWNERS = frozenset(
    "session sessions sessionid tenant project client customer user account organization org team "
    "device order member shop store task workspace subscription application app service".split()
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
_FILLS = re.compile(r"[ \t](?:is|was|are|of|to|at|in|from|by|for)\b[^A-Za-z]{0,4}\Z", re.IGNORECASE)
_PREFIXED = re.compile(r"(?<!\w)[A-Za-z]{1,2}(?=[\"'`]\Z)")  # as code marks a string: b"..."
_KEY = re.compile(
    r"(?:public|gpg|pgp|cache|primary|foreign|partition|sort)[ _\-]key\Z", re.IGNORECASE
)
# A picture in a style, a sum before or behind what it is of, a file's name, a checkout.
_BEFORE = re.compile(
    r"base64,\Z|^(?:SHA|MD|BLAKE|RIPEMD)\w*[ \-]?\d* ?\([^\n]*\) ?= ?\Z|"
    r"[\w.\-]+/[\w.\-]+@\Z|\.(?:git|tgz)(?:[@#]|/\+/)\Z|"
    r"githubusercontent\.com/[\w.\-]+/[\w.\-]+/\Z|[0-9a-f]{7,}\.\.\.?\Z|"
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
    r"LS0tLS1CRUdJTiBDRVJU|AAAA[BCE][23]N|MI[IGH]|iVBOR|R0lGOD|/9j/|PHN2Zy|Qm[1-9A-HJ-NP-Za-km-z]{44}$|baf[a-z2-7]{50}|"
    r"0[0-7][0-9A-HJKMNP-TV-Z]{24}$|_Z|_R|\?\?|\$s|[A-Z]{14}-[A-Z]{10}-[A-Z]$|[A-Z]{2}\d\d[A-Z0-9]{11,30}$|S[1-9][0-9A-F]+$|"
    r"(?i:sha\d{1,3}|md5|blake\w{1,3}|h1|nonce|sri|urn|uuid|v\d+)[-:=_]"
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


def unarmoured(text: str) -> str:
    """`text` without what everybody may see by its name: certificates, public keys."""
    return _ARMOUR.sub("", text) if "-----BEGIN" in text else text


def label(before: str, *, issued: bool = False) -> str | None:
    """What names that which stands behind `before`, "" if nothing does; None if it explains it.

    `issued`: whether it is a UUID.
    """
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
    if parts and (parts[-1] in _WORDS or words.about(name)) and not words.secret(name):
        return None
    if issued and parts and parts[-1] in _OWNERS:
        return None
    return "" if looks.random(name, 12) else name.lower()


def place(before: str, behind: str) -> bool:
    """Whether a run between `before` and `behind`, of its line, is a sum or part of a path."""
    if _BEFORE.search(before) or _BEHIND.match(behind):
        return True
    return not before.strip(" \\>*-+") and _SUM.match(behind) is not None


def record(line: str) -> bool:
    """Whether `line` is a record of what everybody may ask for."""
    return _RECORD.search(line) is not None


def form(value: str) -> bool:
    """Whether a draw says itself what it is."""
    if _FEATURE.match(value):
        return True
    prefix = _PREFIX.match(value)
    return prefix is not None and tokens.named(prefix[0])
