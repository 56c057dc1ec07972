"""Credentials in the places made for them: URLs, headers, command lines, statements (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import words
from cheaproute.delegate.secrets.rules import looks, vendors
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule

_I = re.IGNORECASE
# Between a header's name and its value: signs of JSON, YAML, code and curl, quotes escaped or not.
_IS = r"[\"'\\`]{0,4}\s{0,4}[:=,>]{1,2}\s{0,4}[\"'\\\[`]{0,4}"
# In a rule `value` is enough by itself; a `token` has to look made by a generator.
_RULES = (
    Rule(
        "credentials in a URL",
        "://",
        r"[a-z][\w+.\-]{1,30}://(?P<user>[^\s:/?#@\"'<>]{0,120}):"
        r"(?P<value>[^\s/@\"'<>]{3,200})@[\w\[$]",
        _I,
    ),
    Rule(  # without a scheme: `app:...@db.internal:5432`
        "credentials before a host",
        "@",
        r"(?<=\w):(?P<strong>[^\s/:@\"'<>,;(){}\[\]]{6,100})@(?!sha\d)(?:/\w|sip\.|(?:tcp|unix|udp)\(|[\w\-]{1,60}"
        r"(?:\.[\w\-]{1,60}){0,6}(?::\d{2,5}|/|\.(?:internal|local|svc)))",
    ),
    Rule("credentials in a URL", "://", r"https?://(?P<token>[\w\-]{20,120})@[\w\[]", _I),
    Rule(
        "a signed URL",
        "sig key token pass pwd secret code= jwt= sas=",
        r"[?&;](?:X-(?:Amz|Goog|Ms|Oss)-(?:Signature|Security-Token)|sig|signature|access_token|"
        r"refresh_token|id_token|api_?key|client_secret|auth_token|session_token|token|key|"
        r"password|passwd|pwd|secret|code|jwt|sas)=(?P<token>[^\s&\"'<>#]{8,2000})",
        _I,
    ),
    Rule(
        "an Authorization header",
        "authorization",
        rf"\b(?:proxy-)?authorization\b{_IS}(?:[A-Za-z][\w\-]{{1,20}}[ =:]{{1,3}})?"
        r"(?P<value>[^\s\"'\\,+]{6,4000})",
        _I,
    ),
    Rule("a bearer token", "bearer", r"\bbearer\s{1,3}(?P<token>[\w\-.~+/]{16,4000}=*)", _I),
    Rule(
        "basic credentials",
        "basic plain login",
        r"\b(?:Basic|PLAIN|LOGIN)\s{1,3}(?P<token>[A-Za-z0-9+/]{12,400}={0,2})(?![A-Za-z0-9+/])",
    ),
    Rule(
        "a cookie",
        "cookie",
        rf"(?:\b|_)(?:set-)?cookie2?\b{_IS}[\w.\-]{{1,60}}=(?P<value>[^\s;\"'\\,]{{8,4000}})",
        _I,
    ),
    Rule(
        "a key in a header",
        "x- api-key apikey private-token job-token subscription-key",
        r"\b(?:x-(?:[a-z]{1,20}-){0,3}(?:api-?key|token|secret|auth(?:orization)?|key|password)|"
        r"api-?key|private-token|job-token|ocp-apim-subscription-key)" + _IS + r"(?P<token>"
        r"[^\s\"'\\,;]{8,400})",
        _I,
    ),
    Rule(
        "a password in a statement",
        "identified password passwd requirepass masterauth rootpw",
        r"\b(?:(?:(?-i:IDENTIFIED)|(?:user|role|login|grant|alter|create)\b[^;]{0,200}?\sidentified)"
        r"\s+(?:WITH\s+\S{1,60}\s+)?(?:BY|AS)(?:\s+PASSWORD)?|requirepass|masterauth|"
        r"(?:WITH|USING|ENCRYPTED|SET|LOGIN|(?:ROLE|USER) \w{1,60})\s+PASSWORD|(?<!struct )PASSWD)"
        r"\s{0,4}[=(]?\s{1,4}N?[\"']?(?P<value>[^\s\"',;()]{4,200})[\"']?|"
        r"\bSET\s+PASSWORD\b[^\n;=]{0,120}=\s{0,4}(?:PASSWORD\s?\()?\s{0,4}[\"'](?P<v2>[^\"'\n]{4,200})",
        _I,
    ),
    Rule(
        "a password among arguments",
        "credential directoryentry passwordauth",
        r"\b(?:NetworkCredential|DirectoryEntry|PasswordAuthentication|UsernamePasswordCredentials|"
        r"PSCredential)\s?\([^()\n]{0,200}?[\"'][^\"'\n]{1,80}[\"'],\s{0,40}"
        r"[\"'](?P<value>[^\"'\n]{4,80})[\"']\s?\)",
        _I,
    ),
    Rule(
        "a key to unseal",
        "unseal",
        r"\bunseal(?:[ _-]?keys?)?[ \t]{0,3}\d{0,2}\s{0,3}[:=]?\s{1,4}"
        r"(?P<token>[A-Za-z0-9+/]{32,100}={0,2})",
        _I,
    ),
    Rule(
        "a password in a protocol",
        "pass auth",
        r"^(?:[^\n]{0,60}[>:] ?)?(?:PASS|AUTH)\s(?P<secret>[^\s\"',;()/]{5,200})\r?$",
        re.MULTILINE,
    ),
    Rule(
        "a login of netrc's form",
        "machine default",
        r"\b(?:machine\s+\S{1,200}|default)(?:\s+(?:login|account)\s+\S{1,100}){0,2}\s+"
        r"password\s+(?P<value>\S{3,200})",
    ),
    Rule(
        "user and password together",
        "pass pw kennwort login cred",
        r"\b(?:user(?:name)?|login|account|benutzer)s?\s?[/+&|]\s?(?:pass(?:word)?|pw|kennwort)"
        r"\s{0,3}[:=]\s{0,3}\S{2,60}\s{0,2}[/:|]\s{0,2}(?P<value>\S{3,100})|"
        r"\b(?:login|creds?|credentials?)\s?[:=]\s?[\w.@\-]{2,60}\s[/|]\s(?P<secret>\S{6,100})",
        _I,
    ),
    Rule(  # `admin/...`, `auth=user,...`
        "user and password together",
        "admin root user login auth guest postgres creds credentials",
        r"(?<![\w/.\-])(?:admin(?:istrator)?|root|user|login|guest|postgres)\s?[/|]\s?"
        r"(?P<drawn>[^\s/\"'<>]{7,60})(?!\S)|"
        r"\bauth\s?[=:]\s?[\"']?[\w.@\-]{1,60}[,:](?P<drawn2>[^\s\"',;)]{6,100})|"
        r"\bcred(?:ential)?s?\b[^\n:]{0,60}: ?[\w.@\-]{2,60} ?/ ?"
        r"(?P<drawn3>[^\s/\"'<>]{7,60})(?!\S)",
        _I,
    ),
    Rule("a one-time password's seed", "otpauth", r"otpauth(?:-migration)?://[^\s]{8,}", _I),
    Rule(
        "a one-time password's seed",
        "code key secret setup authenticator otp 2fa",
        r"(?<!\w)(?P<seed>(?:[a-z2-7]{4} ){3,15}[a-z2-7]{4})(?!\w)",
        _I,
    ),
    Rule(
        "a password that Terraform made",
        "random_password override_special",
        r"\brandom_password\b.{0,600}?\bresult\"?\s{0,8}[=:]\s{0,8}\"(?!\()|"
        r"\"result\"\s*:\s*\"[^\"]{4,200}\".{0,400}\"override_special\"|"
        r"\"override_special\".{0,400}\"result\"\s*:\s*\"",
        re.DOTALL,
    ),
    Rule(
        "a line of pgpass",
        ":",
        r"^[\w.*\-]{1,100}:(?:\d{2,5}|\*):[\w*\-]{1,60}:[a-z_*][\w.*\-]{0,60}:"
        r"(?P<value>[^\s:]{4,100})$",
        re.MULTILINE,
    ),
    Rule(
        "a list of logins",
        "@",
        r"^(?:https?://\S{3,200}[ :|;,])?[\w.+\-]{1,60}@[\w\-]{1,60}\.[\w.]{2,20}[:;|]"
        r"(?P<secret>[^\s:;|,]{5,60})\r?$",
        re.MULTILINE,
    ),
    Rule(
        "a connection string",
        "accountkey sharedaccess endpointkey instrumentationkey sharedsecret",
        r"\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|SharedSecretValue|EndpointKey)"
        r"\s?=\s?(?P<token>[^\s;\"']{12,400})",
        _I,
    ),
    Rule(
        "a connection string",
        "password pwd",
        r"(?:(?<=[;\"'])|(?<=; ))(?:password|pwd)\s?=\s?(?P<value>[^\s;\"'/{]{3,200})\s?[;\"']|"
        r"\b(?:password|pwd)\s?=\s?(?:(?P<plainly>[^\s;\"'/{]{3,200})\s?;|"
        r"\{(?P<v2>[^\n]{3,200}?)\}(?!\}))",
        _I,
    ),
    Rule(
        "a password that Terraform keeps",
        '"sensitive"',
        r"\"value\"\s{0,4}:\s{0,4}\"(?P<value>[^\"\n]{6,400})\"[^{}]{0,200}?\"sensitive\"\s{0,4}:\s{0,4}true",
    ),
    Rule("a registry's login", '"auth"', r"\"auth\"\s*:\s*\"[A-Za-z0-9+/]{8,}={0,2}\""),
)
_ANYONE = frozenset("user username usr dbuser db_user your_user youruser name login me".split())
_HERE = re.compile(r"(?:localhost|127\.0\.0\.1|host|hostname|(?:\w+\.)?example\.\w+)\b")
_USER = re.compile(r"(?<![\w:/@.\-])(?://)?([A-Za-z][\w.\-]{0,40})\Z")
_PROTOCOLS = frozenset(
    "npm mailto file workspace patch link git http https sip sips acct xmpp".split()
)
_SEED = re.compile(r"\b(?:code|key|secret|setup|authenticator|t?otp|2fa)\b", re.IGNORECASE)


def find(piece: Piece) -> str:
    """What carries a credential in `piece`, "" if nothing does."""
    for rule in _RULES:
        if any(map(credential, rule.finds(piece))):
            return rule.kind
    return ""


# What follows in a connection string, and in no line of code.
_MORE = re.compile(r"\s?;\s?[A-Za-z][\w ]{1,30}=")


def credential(found: re.Match[str]) -> bool:
    """Whether what a rule found is one: a `value` by itself, a `token` made by a generator."""
    groups = {name: text for name, text in found.groupdict().items() if text}
    user, said = groups.pop("user", ""), groups.pop("name", "")
    if said:
        return _in_words(said, groups["token"].rstrip(".:"))
    if not groups:
        return True
    name, value = next(iter(groups.items()))
    if name == "token":
        return _token(value, found)
    if name == "strong":
        return _login(value, found.string[max(0, found.start() - 45) : found.start()])
    if name == "seed":
        before = found.string[max(0, found.start() - 90) : found.start()]
        return looks.random(value, 12) and _SEED.search(before) is not None
    if looks.placeholder(value.rstrip("`*,.)")):
        # In a URL the word itself may be what people took for one.
        told = bool(user) and value.isalpha() and len(set(value)) > 3
        return told and not (user.lower() in _ANYONE or _HERE.match(found.string, found.end() - 1))
    if name.startswith("drawn"):
        return looks.password(value)
    if name == "plainly":
        return not looks.code(value) or _MORE.match(found.string, found.end("plainly")) is not None
    if name == "secret" or re.fullmatch("s\\d", name):
        return any(map(str.isalpha, value)) and not value.isalpha()
    return not looks.code(value) or (value[0] not in "$(/." and "(" not in value)


def _login(value: str, before: str) -> bool:
    """Whether `value` behind `before` and a colon is a password, and no version, tag or id."""
    user = _USER.search(before)
    if user is None or user[1].lower() in _PROTOCOLS or looks.hexadecimal(value):
        return False
    kinds = sum(any(map(kind, value)) for kind in (str.isdigit, str.islower, str.isupper))
    return len(value) > 7 and kinds > 1 and (not value.isalnum() or looks.random(value, 8, 0.0))


def _in_words(name: str, value: str) -> bool:
    """Whether `value` is what `name` says, as in `using api key 3f0a...`."""
    sure = words.secret(name)
    if not sure or looks.placeholder(value):
        return False
    exact = (
        (sure == "strong" or vendors.known(name))
        and looks.hexadecimal(value)
        and not value.isdigit()
    )
    return looks.random(value, 12) or (exact and len(value) >= 16)


def _token(value: str, found: re.Match[str]) -> bool:
    if looks.placeholder(value):
        return False
    if looks.random(value, 12) or ("%" in value and looks.random(value, 20)):
        return True
    name = re.split(r"[=:]", found[0].lstrip("?&;"), maxsplit=1)[0]
    opens = bool(words.secret(name)) or any(map(name.lower().__contains__, ("key", "sig", "sas")))
    return opens and looks.hexadecimal(value) and len(value) >= 16 and not value.isdigit()
