"""Credentials that are talked about: a name in words, and a value beside it (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import weigh, words
from cheaproute.delegate.secrets.rules import carriers, looks
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule

_I = re.IGNORECASE
_RULES = (
    Rule(  # all four kinds of signs, as a password should have and nothing else has
        "a password in words",
        "pass pwd pw kennwort contrasen cred login logon senha hasl \u043fapo\u043b \u5bc6",
        r"\b(?i:\w{0,12}pass(?:w\w{1,5}|phrase)?|mot de passe|pwd?|kennwort|contrasen\w{0,2}|"
        r"creds?|log[io]n|"
        r"senha|hasl\w|\u043fapo\u043b\w{0,2}|\u5bc6\w)\b[^\n]{0,60}?(?<![^\s:/\"'`(])"
        r"(?P<odd>(?=\S{0,63}\d)(?=\S{0,63}[a-z])(?=\S{0,63}[A-Z])(?=[\w\-.+]{0,63}[!#$%^&*?~@])"
        r"[\w!#$%^&*?~@+.\-]{8,64})(?![^\s\"'`.,;:)])",
    ),
    Rule(
        "a password in words",
        "passw",
        r"\bpassword(?: for [^\n]{1,50}?| of [^\n]{1,50}?)? (?:is|was|to|=|will be):?\s{1,2}[\"'`]"
        r"(?P<value>[^\s\"'`]{4,80})[\"'`]",
        _I,
    ),
    Rule(
        "a password in words",
        "pass",
        r"\bpass(?:w(?:or)?d|phrase|code)s?(?: for [^\n]{1,50}?| of [^\n]{1,50}?)?"
        r" (?:is|was|to|=|will be):?\s{1,2}[\"'`]?(?P<drawn>[^\s\"'`,;]{6,80})",
        _I,
    ),
    Rule(
        "a key in words",
        "key token secret pass pw pat",
        r"(?<![\w.])(?P<name>(?:[a-z]{2,20}[ \t_\-]){0,2}(?:keys?|tokens?|secret|pass(?:w\w{1,6})?|"
        r"pwd?|pat))"
        r"(?:[ \t]{1,3}(?:(?:is|was|=|->|:)[ \t]{1,3})?|[ \t]{0,3}[|,;\t\u2502][ \t]{0,3})"
        r"[\"'`<(\[]{0,2}(?P<token>[\w\-.+/=:~]{12,400})",
        _I,
    ),
    Rule(
        "a key in words",
        "key token secret pass pw cred",
        r"(?<![\w.])(?P<name>keys?|tokens?|secrets?|passw\w{1,6}|pw|creds?|credentials?)[ \t]"
        r"(?:for|of|to|on)[ \t][^\n:=]{1,50}?(?:[:=]|[ \t]is|[ \t]->)[ \t]{1,3}[\"'`]?"
        r"(?P<token>[\w\-.+/=~]{12,400})",
        _I,
    ),
)
# A few words between a secret's name and what is by a generator for sure.
_NEAR = Rule(
    "a key near its name",
    "key token secret passw cred",
    r"(?<![\w.\-])(?P<name>(?:[a-z]{2,20}[ \t])?[\w.\-]{0,40}?"
    r"(?:key|token|secret|passw\w{1,6}|cred|credential)s?)(?![\w\-])[ \t]{0,2}"
    r"(?:\([^()\n]{0,40}\)|[\w \t]{0,40}?)[\"']?[ \t]{0,2}(?:[:=,]|->)?[ \t]{0,2}[\"']?"
    r"(?<![\w\-.+/~%])(?P<value>[A-Za-z0-9][\w\-.+~^!*]{15,200})(?![\w/+=])",
    _I,
)
# What was asked for on the line before: `GET app:api_token`, `=> secrets.TOKEN`.
_ASKED = Rule(
    "the answer to a question for one",
    "key token secret pass pw cred",
    r"(?<![\w\-+/=])(?P<name>[\w.\-/:]{2,79}\w)[\"'`)]{0,2}[:?]?[ \t]{0,8}(?=\n"
    r"(?:(?:\S{1,40}[ \t])?\S{0,12}[=\-]>[ \t]{1,4})?[\"'`]?"
    r"(?P<value>[^\s\"'`]{6,200})[\"'`]?[ \t]{0,8}$)",
    re.MULTILINE,
)
_NOTED = Rule(
    "a password in words",
    "pw pass kennwort",
    r"^[ \t*\-#>]{0,8}(?:pw|pwd|pass(?:w(?:or)?d|phrase|code)?|kennwort)[ \t]{1,4}"
    r"(?P<drawn>\S{6,100})[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_AMISS = re.compile(
    r"\b(?:invalid|missing|unexpected|unknown|bad|expired|wrong|no|next)[ \t]\Z", re.IGNORECASE
)
_LISTED = re.compile(r"\w{2,80}|.*\.(?:[cm]?[jt]sx?|py|go|rs|java|rb|php|cs|kt|swift|cpp|h|c)")
_SURE = 10.0


def find(piece: Piece) -> str:
    """What is told in `piece`, "" if nothing secret is."""
    for rule in (*_RULES, _NOTED):
        if any(map(carriers.credential, rule.finds(piece))):
            return rule.kind
    if any(map(_near, _NEAR.finds(piece))):
        return _NEAR.kind
    return _ASKED.kind if any(map(_asked, _ASKED.finds(piece))) else ""


def _asked(found: re.Match[str]) -> bool:
    name = re.split(r"[/:]", found["name"].rstrip("/:"))[-1]
    value = found["value"]
    if _LISTED.fullmatch(found["name"]) and found.string[: found.start()][-1:] in ("", "\n", "#"):
        return False  # a line in a list of names
    if _AMISS.search(found.string, max(0, found.start() - 16), found.start()):
        return False  # a message of an error
    known = words.secret(name) and not looks.random(found["name"], 20)
    return bool(known) and weigh.grade(value) >= weigh.PASSWORD and not looks.code(value)


def _near(found: re.Match[str]) -> bool:
    name, value = found["name"], found["value"]
    if not (words.secret(name) or words.key(name)):
        return False
    return looks.random(value, 16, _SURE) and not looks.placeholder(value)
