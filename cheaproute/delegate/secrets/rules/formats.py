"""Files that are stores of credentials as a whole, told by how they are built (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets.rules.blocks import Piece
from cheaproute.delegate.secrets.wordlists import bip39

_HEAD = 40_000
_M = re.MULTILINE
_S = re.DOTALL
_STORES: tuple[tuple[str, str, int], ...] = (
    ("a record of web traffic", r"\{\s*\"log\"\s*:\s*\{.{0,2000}\"(?:creator|entries)\"", _S),
    ("cookies", r"^# (?:Netscape )?HTTP Cookie File|^# https?://curl\.haxx\.se/rfc/cookie", _M),
    (
        "cookies",
        r"^(?:#HttpOnly_)?\.?[\w.\-]+\t(?:TRUE|FALSE)\t/\S*\t(?:TRUE|FALSE)\t\d+\t\S+\t\S+",
        _M,
    ),
    (
        "cookies",
        (
            r"\"(?:hostOnly|httpOnly|storeId)\"\s*:.{0,600}\"value\"\s*:|"
            r"\"value\"\s*:.{0,600}\"(?:hostOnly|httpOnly)\"\s*:"
        ),
        _S,
    ),
    (
        "a password manager's export",
        (
            r"<KeePassFile>|<!DOCTYPE KEEPASSX_DATABASE>|\"encKeyValidation_DO_NOT_EDIT\"|"
            r"\"passwordProtected\"\s*:\s*(?:true|false)|\*{3}5642bee8-a5ff-11dc-8314-0800200c9a66|"
            r"\"(?:folderId|organizationId)\"\s*:.{0,2000}\"login\"\s*:\s*\{"
        ),
        _S,
    ),
    (
        "a password file",
        r"^[\w.$\-]{1,32}:[!*]{0,2}\$?[^:\s]{0,300}:\d{1,6}:\d{0,6}:\d{0,6}:\d{0,6}:",
        _M,
    ),
    (
        "a Kubernetes secret",
        (
            r"^[ \t]{0,8}stringData\s*:|"
            r"^[ \t]{0,8}[\"']?kind[\"']?\s*:\s*[\"']?(?:Sealed)?Secret[\"']?\s*,?\s*$"
        ),
        _M,
    ),
    (
        "a state of Terraform",
        r"\"terraform_version\"\s*:.{0,4000}\"(?:resources|modules|outputs)\"\s*:",
        _S,
    ),
    ("a list of registries' logins", r"\"auths\"\s*:\s*\{\s*\"[^\"]+\"\s*:\s*\{\s*\"", 0),
    ("a kubeconfig", r"\bclient-(?:key|certificate)-data\s*:", 0),
    (
        "a service account",
        r"\"type\"\s*:\s*\"(?:service_account|authorized_user|external_account)\"",
        0,
    ),
    (
        "a dump of credentials",
        (
            r"^[ \t]*\*[ \t]*(?:NTLM|SHA1|Password|Username)[ \t]*:[ \t]*\S+|"
            r"\bsekurlsa::|\blsadump::|"
            r"^Administrator:500:"
        ),
        _M | re.IGNORECASE,
    ),
)
_BEGINNING = tuple((kind, re.compile(pattern, flags)) for kind, pattern, flags in _STORES)
_CODES = re.compile(
    r"\b(?:recovery|backup|emergency|scratch|one[- ]time|2fa|mfa|rescue)"
    r"[ \-_](?:codes?|keys?|passcodes?)\b",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"^[ \t*\-\d.)\]\[x]{0,8}(?:[A-Za-z0-9]{4,8}(?:[ \-][A-Za-z0-9]{4,8}){1,7}|"
    r"[A-Za-z0-9]{8,16}|\d{6,8})[ \t]*(?:[A-Za-z0-9\-]{4,24})?[ \t\r]*$",
    _M,
)
# Codes one after the other, with nothing but signs between.
_ONE = (
    r"(?=[a-z\-]{0,12}\d)(?:\d{4}[ \-]\d{4}|\d{6,10}|[A-Za-z0-9]{4,8}(?:-[A-Za-z0-9]{4,8}){1,4}|"
    r"[A-Za-z0-9]{8,12})"
)
_LISTED = re.compile(
    rf"(?<![\w\-])(?:{_ONE}(?![\w\-])[\s\"',;.)\]\[]{{1,12}}(?:\d{{1,2}}[.)]\s{{0,3}})?){{4,}}{_ONE}(?![\w\-])"
)
_RUN = re.compile(r"(?<![a-z])(?:[a-z]{3,8}(?![a-z])[^a-z]{0,14}+){12,}+")
_WORD = re.compile(r"[a-z]+")
_NUMBER = r"(?:\d{1,2}[.)]\s{0,2})?"
_PHRASE, _ROWS = (
    re.compile(
        rf"(?<![\w'-]){_NUMBER}[a-z]{{3,8}}(?:{between}{_NUMBER}[a-z]{{3,8}}){{11,32}}(?![\w'-])"
    )
    for between in (r"[ \t,]{1,3}", r"[ \t,]{0,3}\n[ \t]{0,4}")
)
_STATED, _FEW = re.compile(r"[(){};=]"), 6  # signs of code
_LOW = re.compile(r"[a-z]{3,8}")
_SAID = re.compile(
    r"mnemonic|seed|recovery phrase|secret phrase|backup phrase|wallet|bip-?39", re.IGNORECASE
)
_LENGTHS = (12, 13, 15, 18, 20, 21, 24, 25, 33)  # Monero's and shares, too
_TALK = frozenset(
    "the and for with from was were has had are not but all its our their been these which while "
    "where about into than then them they".split()
)


def find(text: str) -> str:
    """What store of credentials the beginning of `text` shows, "" if none."""
    head = text[:_HEAD]
    return next((kind for kind, rule in _BEGINNING if rule.search(head)), "")


def find_codes(piece: Piece) -> str:
    """What list of codes or words for an emergency stands in `piece`, "" if none."""
    text = piece.text
    named = ("code" in piece.low or "keys" in piece.low) and _CODES.search(text)
    if named and (len(_CODE.findall(text)) >= 4 or _LISTED.search(text, named.end())):
        return "recovery codes"
    if any(_of_wallet(found[0]) for found in _RUN.finditer(piece.low)):
        return "a wallet's words"
    if any(_told(text, found) for found in _ROWS.finditer(text)):
        return "a wallet's words"
    return "a wallet's words" if any(_wallet(text, f) for f in _PHRASE.finditer(text)) else ""


def _of_wallet(text: str) -> bool:
    """Whether as many words in a row as a wallet's phrase has are all from its list."""
    if len(_STATED.findall(text)) > _FEW:
        return False
    if len({re.sub(r"\d+", "0", between) for between in _WORD.split(text)[1:-1]}) > _FEW:
        return False  # as no list is written
    row: list[str] = []
    for word in _WORD.findall(text):
        row = [*row, word] if word in bip39.WORDS else []
        if len(row) >= _LENGTHS[0] and len(set(row)) > 8:
            return True
    return False


def _wallet(text: str, found: re.Match[str]) -> bool:
    if _told(text, found):
        return True
    line = text.rfind("\n", 0, found.start()) + 1
    alone = not text[line : found.start()].strip() and text[found.end() :][:1] in ("", "\n", "\r")
    words = _LOW.findall(found[0])
    return alone and _drawn(words) and len(words) in _LENGTHS


def _told(text: str, found: re.Match[str]) -> bool:
    """Whether words that may be drawn are said to be a wallet's, before them or by the first."""
    said = _SAID.search(text[max(0, found.start() - 120) : found.start() + 10])
    return said is not None and _drawn(_LOW.findall(found[0]))


def _drawn(words: list[str]) -> bool:
    return not _TALK & set(words) and len(set(words)) >= 9
