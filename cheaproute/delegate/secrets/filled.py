"""What a program would put together: formats filled in, variables, diffs, turns (pure)."""

from __future__ import annotations

import re
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FORMAT = re.compile(
    r"([\"'])(?P<form>[^\"'\n]{0,200}(?:%s|\{\d?\})[^\"'\n]{0,200})\1(?P<rest>[^\n]{1,400})"
)
_GAP = re.compile(r"%s|\{\d?\}")
_WORD = re.compile(r"(?<![\w.])[\w+/=\-]{3,80}")
_REPLACED = re.compile(r"\bs([/|#,])([^/|#,\n]{1,40})\1([\w+/=.\-]{3,80})\1")
_SET = re.compile(
    r"^[ \t]*(?:export |set |let |const |var |\$)?(\w{1,40})[ \t]?[:=]{1,2}[ \t]?[\"']?"
    r"([\w+/=.\-]{3,80})[\"']?;?[ \t]*$",
    re.MULTILINE,
)
_USED = re.compile(r"(?:\$\w{1,40}|\$?\{\{?[ ]?\w{1,40}[ ]?\}\}?|%\w{1,40}%){2,}")
_NAME = re.compile(r"\w+")
_DIFF = re.compile(r"^[+-](?![+-]{2})[ \t]?", re.MULTILINE)
_MOST = 8  # replacements
# What is read from its end: words for a secret, a scheme, an issuer's letters.
_BACKWARDS = re.compile(
    r"drowssap|drwssap|terces|nekot|yek[_-]?ipa|etavirp|\d\d(?:ipa|tao|dis)-tna-ks|"
    r"(?:evil|tset)_k[spr]|_[phousr]hg(?![a-z])|(?<=[\w-])//:[a-z]{4,12}(?![\w:/])|-xox",
    re.IGNORECASE,
)


def of(text: str) -> Iterator[str]:
    """Every text that `text` says how to put together."""
    if "%s" in text or "{" in text:
        yield "\n".join(map(_formatted, _FORMAT.finditer(text)))
    replaced = text
    for found in islice(_REPLACED.finditer(text), _MOST):
        replaced = replaced.replace(found[2], found[3])[: 2 * len(text)]
    if replaced != text:
        yield replaced
    if _USED.search(text):
        values = dict(_SET.findall(text))
        yield "\n".join(
            "".join(values.get(name, "") for name in _NAME.findall(found[0]))
            for found in _USED.finditer(text)
        )
    if _BACKWARDS.search(text):
        yield text[::-1]
    if text.startswith(("+", "-")) or "\n+" in text:
        yield _DIFF.sub("", text)


def _formatted(found: re.Match[str]) -> str:
    words = iter(_WORD.findall(found["rest"]))
    return _GAP.sub(lambda gap: next(words, gap[0]), found["form"])
