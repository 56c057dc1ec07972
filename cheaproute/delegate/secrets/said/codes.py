"""Numbers that open a door, a telephone, an account, and phrases of plain words (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import weigh, words
from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule

_OF = r"(?:[ \t]+(?:for|of|to|on|at|del|de|des|der|di|da|fur)[ \t][^\n:=\d]{1,40})?"
_RULES = (
    Rule(
        "a PIN",
        "pin puk code passcode combination codigo codice cod",
        r"\b(?:PIN|PUK|passcode|sim pin|(?:access|door|gate|unlock|entry|alarm|safe|lock|"
        r"voicemail|garage|"
        r"keypad|entrance|pairing|locker|padlock|vault|building|lift|elevator|host|meeting|zoom|zugangs|tur|haustur)"
        r"[ \-]?(?:code|pin|combination|combo)|c[o0]d(?:igo|ice) (?:de |di )?(?:acces[os]o?|"
        r"entrada|porta)|"
        r"code d.(?:acces|entree))\d?"
        + _OF
        + r"[ \t]*(?:[:=]|->|[\u2192\u2013\u2014-]|is|ist|es|est)?[ \t\"'`*]{0,4}"
        r"(?!(?:19|20)\d\d-)(?P<value>\d{4,10}#?|\d{1,2}(?:[ \-]\d{1,2}){2,4})(?![\w.:/])",
        re.IGNORECASE,
    ),
    Rule(
        "a payment card",
        "cvv cvc exp card visa",
        r"(?<![\d\-])(?:\d{4}[ \-]?){3}\d{4}(?![\d\-])[^\n]{0,60}\b(?:cvv|cvc|cv2|"
        r"exp)\b[^\n\d]{0,6}\d|"
        r"\b(?:card|visa|mastercard|amex)\b[^\n\d]{0,20}(?:\d{4}[ \-]){3}\d{4}(?![\d\-])",
        re.IGNORECASE,
    ),
    Rule(
        "a network's key",
        "lan wifi wi-fi wpa wep red rete reseau hotspot network netzwerk",
        r"\b(?:w-?lan|wi-?fi|wpa\d?|wep|hotspot|network|netzwerk\w{0,3}|rete|red|reseau)[ \-]?"
        r"(?:security )?(?:key|schlussel|schluessel|cle|clave|sleutel|nyckel|pass|pw|"
        r"code)?[ \t]{0,3}[:=][ \t]{1,4}"
        r"[\"'`]?(?![\"'`]?#[0-9A-Fa-f]{3,8}\b)(?P<value>(?=\S{0,62}\d)(?:\d{8,63}|[0-9A-F]{10,64}|(?=\S{0,62}[A-Za-z])(?=\S{0,62}\d)\S{8,63}))|"
        r"\b(?:clave|chiave|cle|sleutel|nyckel|key|schlussel)[ \-](?:de |di |du |der |del |"
        r"des |la |le |al )*"
        r"(?:wi-?fi|red|rete|reseau|wpa\d?|wep|"
        r"w-?lan)[ \t]{0,3}[:=][ \t]{1,4}[\"'`]?(?P<v2>(?=\S{0,62}\d)\S{8,63})",
        re.IGNORECASE,
    ),
)
# `passphrase: river bucket lantern thread`
_PHRASE = re.compile(
    r"(?:pass(?:phrase|word|code|wd)?|wi-?fi|psk|kennwort|passwort|"
    r"secret)\b[\"'`]?(?:[ \t](?:is|was|ist)|[ \t]?[:=])"
    r"[ \t]{1,4}(?P<quote>[\"'`]?)(?P<words>[a-z]{3,12}(?:[ \-][a-z]{3,12}){3,7})(?P=quote"
    r")[ \t.,;]{0,3}$",
    re.MULTILINE | re.IGNORECASE,
)
# `the password is ...` at the end of a line: one digit is enough, or a draw of letters.
_IS = re.compile(
    rf"(?:password|passphrase|passcode|passwort|kennwort|mot de passe|contrasena|wachtwoord|"
    rf"passord|"
    rf"{words.ABROAD.replace(' ', '|')}|\bpwd?)\w{{0,3}} (?:is|was|ist|lautet|est|es|e|ar|er|"
    rf"jest|on|to)"
    r" [\"'`]?(?P<value>[A-Za-z][\w!#$%&*+@\-]{6,40})[\"'`]?[?.!]{0,2}$",
    re.MULTILINE | re.IGNORECASE,
)
_TALK = frozenset(
    "the and for with from your our you enter must should have has had was were not but all "
    "its this "
    "that these are new old missing required invalid wrong value field form user username account "
    "reset change changed login email text string type name least characters long short empty "
    "blank "
    "please confirm again incorrect forgot hint label button page link sent expired update updated "
    "choose create set than more then when where which what will would can could may too very same "
    "into only also any each per use used using password passwords key token secret file database "
    "default optional see read write only stored hashed plain unknown provided given found".split()
)


def find(piece: Piece) -> str:
    """What is written down in `piece`, "" if nothing is."""
    for rule in _RULES:
        if next(rule.finds(piece), None):
            return rule.kind
    if any(needle in piece.low for needle in ("pass", "wifi", "psk", "kennwort", "secret")):
        for found in _PHRASE.finditer(piece.text):
            drawn = re.split(r"[ \-]", found["words"].lower())
            if _TALK.isdisjoint(drawn) and len(set(drawn)) == len(drawn):
                return "a passphrase"
    return "a password in words" if any(map(_is, _IS.finditer(piece.text))) else ""


def _is(found: re.Match[str]) -> bool:
    value = found["value"]
    if weigh.grade(value + "77") == weigh.NOTHING or looks.placeholder(value):
        return False  # `sha256`, `utf8`
    return any(map(str.isdigit, value)) or (value.isalpha() and looks.random(value, 8, 0.0))
