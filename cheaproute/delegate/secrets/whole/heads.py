"""Names for secrets in a text, and in what form each says that something follows (pure)."""

from __future__ import annotations

import re
from typing import NamedTuple

from cheaproute.delegate.secrets import near, words
from cheaproute.delegate.secrets.rules import looks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cheaproute.delegate.secrets.rules.blocks import Piece

_STEM = re.compile(
    r"(?:pass|pwd|secret|token|key|cred|auth|bearer|jwt|psk|cookie|kennwort|contrase|wachtwoord)"
    r"[\w$.\-]{0,40}+"
)
_PART = frozenset("_$-.")  # signs within a name
_WORD_BEFORE = re.compile(r"[A-Za-z][\w\-]{1,20}[ \t]\Z")
# `the SHA of the token`
_ABOUT_IT = re.compile(
    r"\b(?:sha[\-\d]*|hash(?:es)?|checksums?|digests?|fingerprints?|md5|commits?|ids?|names?)\b"
    r"(?:[ \t]\w{1,12}){0,3}[ \t/]\Z",
    re.IGNORECASE,
)
_OF = (
    r"(?:[ \t](?P<{0}>(?:of|for|from|on|in|at|to|by|behind|used|that|which|"
    r"von|fur|der|des|du|de|para|del)[ \t]"
    r"[^\n:=;{{}}()\[\]]{{1,60}}?)|[ \t]?\([^()\n]{{1,40}}\))"
)
_QUOTE = r"[\"'`*_\]]{0,3}"
_IS = r"(?:[ \t](?:is|are|was|were|ist|sind|lautet|est|es|below|follows|here)\b){0,2}"
# What opens a list, a map, a call, with its type before: `= []string{`, `=> array(`.
_BRACKET = re.compile(
    rf"{_QUOTE}(?:[ \t]{{0,4}}:[ \t]?[\w.\[\]<>|, ?&*]{{1,40}}?(?=[ \t]?=))?"
    r"(?:[ \t\n]{0,8}(?:=>|:=|\+=|[:=>])[ \t\n]{0,40}(?:(?:new|await|mut)[ \t]|[&*%!@]{1,2})?"
    r"(?:\[\w{0,10}\])?[\w.:<>&!]{0,40}(?:\[\w{0,10}\][\w.<>]{0,30})?[\[({]|[ \t]{1,4}\{)"
)
_LINE = re.compile(
    rf"{_QUOTE}{_OF.format('of')}?{_QUOTE}{_IS}[ \t]{{0,4}}"
    rf"(?P<sign>=>|:=|[:=>\u2013\u2014-])?{_QUOTE}"
    r"[ \t]{0,8}(?:[|>][+\-\d]{0,2}[ \t]{0,8}|(?:#|//)[^\n]{0,80}|<br ?/?>)?(?=\n)"
)
_BESIDE = re.compile(
    rf"(?:\[[^\[\]\n]{{0,40}}\])?{_QUOTE}{_OF.format('of')}?{_QUOTE}"
    r"(?:[ \t]{0,4}(?P<sign>=>|->|:=|[:=|,\u2192\u21d2\u2013\u2014-])[ \t]{0,4}|"
    r"[ \t](?:is|are|was|ist|lautet|est|es)[ \t:]{1,3}|[ \t])[\"'`(<*=\[]{0,4}(?=[0-9a-fA-F])"
)
LISTED, BELOW, BESIDE = "listed", "below", "beside"
# What has an id of its own, when something is issued for it.
_OWNED = frozenset(
    "tenant project client customer user account organization organisation org team job device "
    "order shop store run task member build deployment environment workspace subscription "
    "application app service".split()
)
_PARTIES = frozenset(
    "sub aud jti tid oid azp iss kid nonce hashes reference shasum dist address addresses contract "
    "policy pool mint digests object uid gid parent created session trace owner".split()
)


class Head(NamedTuple):
    """A name, where it begins, where what it governs may, how sure it is, and its form."""

    start: int
    end: int
    sure: str
    form: str
    signed: bool
    of: str


def of(piece: Piece, reaches: Callable[[int], bool]) -> Iterator[Head]:
    """All heads in `piece` behind whose place `reaches` says there is anything."""
    text = piece.text
    for found in _STEM.finditer(piece.low):
        end = found.end()
        if not reaches(end):
            continue
        for form, pattern in ((LISTED, _BRACKET), (BELOW, _LINE), (BESIDE, _BESIDE)):
            then = pattern.match(text, end)
            if then is None:
                continue
            start, sure = named(text, found.start(), end)
            groups = then.groupdict()
            if sure:
                yield Head(
                    start, then.end(), sure, form, bool(groups.get("sign")), groups.get("of") or ""
                )


def named(text: str, place: int, end: int) -> tuple[int, str]:
    """Where the name around `place` begins, and how sure it is that it names a secret."""
    start = place
    while start > max(0, place - 60) and (text[start - 1].isalnum() or text[start - 1] in _PART):
        start -= 1
    name = text[start:end].rstrip("-.")
    if looks.random(name, 12):
        return start, ""
    first, _, last = name.rpartition(".")
    if last.lower() in ("key", "keys", "value", "token"):
        last = first.rpartition(".")[2] + "." + last
    sure = words.secret(last)
    before = _WORD_BEFORE.search(text, max(0, start - 24), start)
    if before and sure != "strong" and words.secret(before[0] + last) == "strong":
        start, sure = before.start(), "strong"
    if sure and _ABOUT_IT.search(text, max(0, start - 60, text.rfind("\n", 0, start) + 1), start):
        return start, ""
    return start, sure


def other(label: str) -> bool:
    """Whether `label` says that its value is something else than the head names."""
    last = words.split(label)[-1:]
    if not last:
        return False
    known = near.HARMLESS | _PARTIES
    return last[0] in known or last[0].removesuffix("s") in known or words.about(label)


def owned(of: str) -> bool:
    """Whether what stands behind `for ...` may be the id of what it is for."""
    return not _OWNED.isdisjoint(words.split(of)[-1:])
