"""How much a value looks like a secret by itself, whatever stands beside it (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import plain, words
from cheaproute.delegate.secrets.rules import looks

# A word with digits, a password, the work of a generator.
NOTHING, MIXED, PASSWORD, DRAWN = range(4)
_EDGES = ".,;:?-_*"
_NAMES = 24  # letters
_HASHES = re.compile(r"(?<![A-Za-z0-9])#?h?[0-9a-fA-F]{6,}(?![A-Za-z0-9])")
# Times, versions, sizes, addresses, files, procedures.
_OTHER = re.compile(
    r"\d{4}-\d\d-\d\d\S*|v?\d+(?:\.\d+)+\S*|[\d.,+\-]*[A-Za-z%]{0,4}|0[xX][0-9a-fA-F]+|"
    r"\S+@[\w\-]+(?:\.[\w\-]+)+|(?:\S+@)?(?:sha\d{1,3}|md5)(?:-\S+)?|[\w.\-]+\.(?:[A-Za-z]{1,5}|[a-z]{2}\d)|"
    r"(?i:sha|aes|rsa|utf|base|pbkdf|bcrypt|argon|x|win|arm|amd|hs|rs|es|hmac|b)[\d_\-]*\d"
    r"(?:[A-Za-z]{1,4}\d{0,2})?(?:[_\-]\w{1,8}){0,4}|[A-Za-z_$][\w$]*(?:\.[\w$]+)+\?\S*|"
    r"\.?[A-Za-z]+(?:[_\-]{1,2}[A-Za-z]+)*__[\w\-]{4,6}|\\{1,4}x[0-9a-fA-F]+|"
    r"[A-Z]{2,6}-?\d{1,5}(?:[\-.]\d{1,6})+[A-Z]?|[A-Z]{2,5}-\d{1,6}|_?(?:ZN?|R)[A-Z]{0,2}\d\w+|[A-Za-z]{3,8}-\d+(?:\.\d+)+\+?|[A-Z]{2,8}_\d+(?:\.\d+)+|##\w+|\d+(?:\.[a-z_]+)+|"
    r"[a-z][a-z0-9\-]*-[0-9a-f]{8,10}-[a-z0-9]{5}|[A-Z]{2,4}:\d+,\w+|arn:\S+|"
    r"u?int\d{1,3}_t|[A-Z]{3,}\d{1,2}(?:_[A-Z]{3,})+|\S*(?:a-zA-Z|A-Za-z|0-9A-[FZ]|a-[fz]0-9)\S*|[&*]{2}[A-Za-z]+|(?:this|self)(?:\.\w+)+\S*|[A-Z]{3,}(?:-[A-Z]\d?)+|[%@]\$\w+|"
    r"[A-Z]\w{1,7}(?:_[A-Z]{2,}){2,}(?:[+\-]\d+)?|[A-Z]{3,}(?:_[A-Z]{3,})+(?:_\d){1,3}|"
    r"[a-z]{1,8}\d{1,2}[a-z_]*\.[A-Z][A-Za-z_]{4,}|[a-z]?__(?:[A-Z][A-Za-z]+)?\d{1,4}(?:_\d{1,4})?(?:\.[A-Z]?[a-z]+(?:[A-Z][a-z]+)*)?"
)
# A hash, a public key, a certificate, a file below others, the name of what Kubernetes runs.
_TOLD = re.compile(
    r"(?:sha\d{1,3}|md5|h1)[-:=]|AAAA[BCE]3|(?-i:MII[A-P]..CC)|(?<=X509Certificate>)MII|"
    r"[\w.]{1,40}@[\w\-]{1,40}(?= {1,2}(?:FATAL|ERROR|LOG|WARNING|PANIC):)|"  # of PostgreSQL
    r"(?-i:[.~]{0,2}(?:/[a-z_]{2,30}){2,12}\.[a-z]{1,5}(?![^\s:,]))|"
    r"(?-i:(?:pod|replicaset|job|node)s?/[a-z0-9][a-z0-9.\-]*(?![^\s:,]))",
    re.IGNORECASE,
)
# Words of three letters and more, a capital before each, as types are called.
_TYPE = re.compile(r"_?(?:[A-Z]|(?<!.))[a-z]{2,}(?:[A-Z][a-z]{2,}){1,4}")
# Parts of libraries, the n-th of a thing: `PKCS12_create0_p8inf`, `obj2AtKey`, `anna.k@shop`.
_PART = re.compile(
    r"PKCS\d{1,2}_\w+|(?:\w+_)?[Pp]bkdf2(?:_\w+|[A-Z][a-z]+)?|"
    r"[A-Z]?[a-z]*(?:\\u0[0-2][0-9a-f]{2}[a-z]*){1,6}|[a-z]{2,}[._][a-z]{1,12}@[a-z]{3,12}|"
    r"(?:obj|str|arr|val|key|arg|node|item|elem?)\d(?:[A-Z][a-z]+)+"
)
# Words and numbers, as in the name of a thing: `utf8Decoder`, `Http2Client`, `river-42`.
_NAME = re.compile(r"(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+|X?\d++|[_\-.])++")
_PHRASE = re.compile(r"[A-Za-z]+(?:[-_][A-Za-z]+){2,}[-_]?\d{1,4}")
# Words drawn from a list; a thing's name says what the thing is of.
_DICED = re.compile(
    r"(?!.*(?i:pass|secret|token|key|cred|auth|login|cert|tls|example|prod|test|name|user|reset))"
    r"[A-Za-z]{3,12}(?:([-_. ])[A-Za-z]{3,12})(?:\1[A-Za-z]{3,12}){1,6}"
)
_MIX = re.compile(r"(?=[^A-Za-z]*[A-Za-z][^A-Za-z]*[A-Za-z])(?=[A-Za-z]*[^A-Za-z][^\d]*\d).{6,64}")
_SUFFIXED = re.compile(
    r"(?:[a-z]{2,}-){2,6}(?=[0-9]*[A-Za-z])[A-Za-z0-9]{1,6}"
)  # `app-token-x9Kz2`
# Two signs and more among letters of both cases.
_SIGNED = re.compile(
    r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=(?:[A-Za-z]*[#$%^&!*+?~@]){2})[\w#$%^&!*+?~@]{8,64}"
)
_WRITTEN = re.compile(r"(?=(?:[^A-Za-z]*[A-Za-z]){3}).{8,200}")
_PASSWORD = re.compile(
    r"pass|pw|kennwort|contrase|mnemonic|seed|phrase|wachtwoord|" + words.ABROAD.replace(" ", "|"),
    re.IGNORECASE,
)
_FOREIGN = re.compile(r"\\u(0[0-2][89a-fA-F][0-9a-fA-F])")
_OID = re.compile(r"[0-2](?:\.\d{1,9}){4,}")
_LABEL = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u1100-\u11ff\uff01-\uff1f]+")


def diced(value: str) -> bool:
    """Whether `value` is a phrase of words that a program or a die chose."""
    return _DICED.fullmatch(value) is not None


def grade(value: str) -> int:
    """How much `value` looks like a secret."""
    value = value.strip(_EDGES)
    if len(value) < 6 or looks.placeholder(value) or _OTHER.fullmatch(value):
        return NOTHING
    if _PART.fullmatch(value) or (len(value) <= _NAMES and _TYPE.fullmatch(value)):
        return NOTHING
    if "-" in value and diced(value):
        return MIXED
    if looks.hexadecimal(value) or _SUFFIXED.fullmatch(value):
        return NOTHING
    rest = _HASHES.sub("-", value)
    if looks.random(rest, 12):
        return DRAWN
    if not any(map(str.isdigit, rest)):
        return PASSWORD if _SIGNED.fullmatch(rest) else NOTHING
    if _WRITTEN.fullmatch(rest) and looks.password(rest) and not _NAME.fullmatch(rest):
        return PASSWORD
    return MIXED if _MIX.fullmatch(rest) or _PHRASE.fullmatch(rest) else NOTHING


def told(line: str, place: int) -> bool:
    """Whether what begins at `place` in `line` says itself what it is."""
    return _TOLD.match(line, place) is not None


def promised(name: str, value: str, *, quoted: bool = False) -> bool:
    """Whether `value` can be what `name` promises."""
    value = value.strip().strip("\"'`").rstrip(".,;)")
    if _FOREIGN.search(value):
        quoted, value = True, plain.letters(_FOREIGN.sub(_unescaped, value))
    if _OID.fullmatch(value):
        return False
    if looks.placeholder(value) or looks.template(value) or (not quoted and looks.code(value)):
        return False
    if words.secret(name) == "weak":
        if value[:1] == "^" and "\\" in value:
            return False  # a pattern
        return _drawn(value) and not looks.prose(value)
    if value.isdigit():
        return len(value) > 3 and (len(value) >= 20 or _PASSWORD.search(name) is not None)
    if looks.prose(value) or _LABEL.fullmatch(value) or (quoted and _spoken(value)):
        return False
    if _PASSWORD.search(name):
        return len(value) >= 4
    if diced(value) and ("secret" in name.lower() or "psk" in name.lower()):
        return True
    return _drawn(value)


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def _drawn(value: str) -> bool:
    return len(value) >= 8 and looks.mixed(value) and not _path(value)


def _spoken(value: str) -> bool:
    return "passw" in value.lower() or (value.istitle() and bool(words.secret(value)))


def _path(value: str) -> bool:
    return value.count("/") > 1 and not looks.random(value.replace("/", ""), 24)
