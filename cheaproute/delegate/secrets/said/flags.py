"""Passwords of plain letters where a tool or a protocol takes nothing else, and by their form."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets.rules import carriers
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule

_I = re.IGNORECASE
_COMMAND = "a password on a command line"
# No option, variable, file, nor a word of a manual.
_GIVEN = (
    r"[\"']?(?!(?:is|are|for|to|and|or|the|a|an|options?|arguments?|parameters?|flags?|from|on|in|of|with|"
    r"must|can|may|will|if|as|when|which|that|file|was|not|should|has|have|instead|here|required)\b)"
    r"(?!\S{{0,40}}(?:passw|phrase))"
    r"(?P<{}>[^\s\"'$<>{{}}()\[\]%|,;/\\`\-][^\s\"'<>{{}}()`|]{{3,80}})[\"']?(?=\s|$)"
)
_RULES = (
    Rule(
        _COMMAND,
        "--passphrase openssl input_pw owner_pw user_pw --encrypt unlock-keychain signtool runas",
        rf"\bgpg2?\b[^\n]{{0,200}}?\s--passphrase[ =]{_GIVEN.format('value')}|"
        rf"\bopenssl\s[^\n]{{0,200}}?\s-k\s{{1,3}}{_GIVEN.format('v2')}|"
        rf"\bpdftk\s[^\n]{{0,200}}?\s(?:input|owner|user)_pw\s{{1,3}}{_GIVEN.format('v3')}|"
        rf"\bqpdf\s[^\n]{{0,80}}?--encrypt\s{{1,3}}{_GIVEN.format('v4')}|"
        rf"\bsecurity\s[^\n]{{0,80}}?-keychain\s[^\n]{{0,40}}?-[pP]\s{{1,3}}{_GIVEN.format('v5')}|"
        rf"\bsigntool\s[^\n]{{0,200}}?\s/p\s{{1,3}}{_GIVEN.format('v6')}|"
        rf"\becho\s{{1,3}}{_GIVEN.format('v7')}\s{{0,3}}\|\s{{0,3}}runas\b",
        _I,
    ),
    Rule(  # a command that logs somebody in, and its password
        _COMMAND,
        "--password --passwd",
        r"^[ \t>$#%]{0,8}(?:\S{1,40}@\S{1,40}[$#] )?(?:sudo )?[\w./\-]{2,40}(?:\s[^\n\"'`]{0,200})?"
        r"\s(?:-[uUlhH]|--user|--username|--login|--host)[ =][^\n\"'`]{1,120}?\s--passw(?:or)?d[ =]"
        + _GIVEN.format("value"),
        re.MULTILINE,
    ),
    Rule(  # what a client sends, what a server answers before or after it
        "a password in a protocol",
        "pass",
        r"^(?:[^\n]{0,40}\s)?(?:C:|--+>|=>|<<<|>>>?)\s?PASS (?P<value>[^\s\"',;()/]{4,200})\r?$|"
        r"^[^\n]{0,40}\b331[ \-][^\n]{0,80}\n[^\n]{0,40}\bPASS (?P<v2>[^\s\"',;()/]{4,200})\r?$",
        re.MULTILINE,
    ),
    Rule(  # `Falcon2023!`: a word, a year or a number, a sign; a question asks with a blank before
        "a password by its form",
        "0 1 2 3 4 5 6 7 8 9",
        r"(?<![\w.\-/#@&=+$%])[A-Z][a-z]{3,11}(?:(?:19|20)\d\d|123)[!#$%&*@]{1,3}(?![\w=(\[{])|"
        r"(?:(?<=[\"'(,|/>:])|(?<=\w: )|^|(?<=[*\-] )|(?<=\w[ =]= ))"
        r"[A-Z][a-z]{3,11}(?:19|20)\d\d\?(?=[\"')|<\t]|\s{2}|\r?$| [#|])",
        re.MULTILINE,
    ),
    Rule(
        "a private key as a number",
        "d k priv secret exponent q",
        r"\b(?:[dk]|priv\w{0,12}|private[ _-]?(?:exponent|key|number|scalar)|secret[ _-]?\w{0,12})"
        r"[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?(?:\d{70,}|0[xX][0-9a-fA-F]{120,})|"
        r"\bp[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?\d{150,}[^\d]{1,40}"
        r"\bq[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"']?\d{150,}",
        _I,
    ),
    Rule(  # a JWK that does not say its type
        "JSON web key",
        "aqab",
        r"(?:\be[\"']?\s{0,4}[:=]\s{0,4}[\"']?AQAB\b.{0,600}?|)\b[dpq][\"']?\s{0,4}[:=]\s{0,4}[\"']?"
        r"[\w\-]{80,}(?:(?<=\w).{0,1500}\be[\"']?\s{0,4}[:=]\s{0,4}[\"']?AQAB\b|)",
        re.DOTALL,
    ),
    Rule(
        "a wallet's words",
        "seed mnemonic bip39 bip-39 wallet",
        r"\b(?:seed|mnemonic|bip-?39|wallet)(?: \w{1,12}){0,2}[^\w\n]{1,6}"
        r"(?:\d{1,4}[ ,]{1,3}){11,23}\d{1,4}(?!\d)",
        _I,
    ),
    Rule(
        "a wallet's words",
        "\u3042 \u3044 \u3046 \u304b \u3057 \u305f \u306a",
        r"(?:[\u3041-\u3096]{2,9}[ \u3000]){11,23}"
        r"[\u3041-\u3096]{2,9}(?![ \u3000]?[\u3041-\u3096])",
    ),
)


def find(piece: Piece) -> str:
    """What is given in plain letters in `piece`, "" if nothing secret is."""
    for rule in _RULES:
        if any(map(carriers.credential, rule.finds(piece))):
            return rule.kind
    return ""
