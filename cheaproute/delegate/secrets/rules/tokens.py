"""Tokens that show by their own form that they are some: an issuer's letters, a JWT (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule
from cheaproute.delegate.secrets.wordlists.issuers import LETTERS, PREFIXES

_KNOWN = "a key of a known issuer"
_BODY = re.compile(r"[A-Za-z0-9_\-.+/=]{16,300}")
_LETTERS = re.compile(r"(?<![A-Za-z0-9+/_\-.])(?:" + "|".join(LETTERS) + r")(?![A-Za-z0-9+/])")
# Where the form alone says it, hexadecimal ones among them.
_SHAPES = tuple(
    Rule("a key of a known form", needles, r"(?<![A-Za-z0-9])(?:" + pattern + ")")
    for needles, pattern in (
        (
            "akia asia abia acca a3t",
            r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
        ),
        ("amzn.mws.", r"amzn\.mws\.[0-9a-f-]{30,}"),
        ("ac sk", r"(?:AC|SK)[0-9a-fA-F]{32}(?![0-9a-fA-F])"),
        ("key-", r"(?:pub)?key-[0-9a-z]{32}\b"),
        ("-us", r"[0-9a-f]{32}-us\d{1,2}\b"),
        ("shp do", r"shp[a-z]{2}_[0-9a-fA-F]{32}|do[a-z]_v1_[0-9a-f]{40,}"),
        (
            "dapi dkea dose dsapi dt0",
            r"(?:dapi|dkea|dose|dsapi)[0-9a-f]{32}|dt0[a-z]\d\d\.[A-Za-z0-9]{20,}\.",
        ),
        (
            "pul- sb sgp_ sq",
            r"pul-[0-9a-f]{40}|sb[a-z]_[0-9a-f]{40}|sgp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}|sq[apu]_[0-9a-f]{40}",
        ),
        (
            "pmak- rubygems_ tk-us-",
            r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}|rubygems_[0-9a-f]{48}|tk-us-[\w-]{40}",
        ),
        (
            "pat access",
            (
                r"pat[A-Za-z0-9]{14}\.[0-9a-f]{60,}|access_token\$(?:production|sandbox)\$[0-9a-z]{10,}|"
                r"access-(?:sandbox|development|production)-[0-9a-f-]{36}"
            ),
        ),
        (
            "xox xapp s4t2 .acc",
            r"xox[a-z]-[\w-]{10,}|xapp-\d-[\w-]{5,}|s-s4t2[a-z]{2}-[0-9a-f]{64}|[a-z]{2,8}_\w{4,30}\.\w{4,6}\.acc[_-][\w-]{10,32}\.",
        ),
        (
            "sdk- mob- api- rel- fc-",
            r"(?:sdk|mob|api|rel)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|fc-[0-9a-f]{32}",
        ),
        ("v1.", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{40,}|v1\.[0-9a-f]{40}"),
        ("m n o", r"[MNO][\w-]{22,28}\.[\w-]{6}\.[\w-]{27,}"),
        (":a", r"\d{5,16}:A[\w-]{33,}|[\w-]{6,30}:APA91b[\w-]{60,}"),
        ("sha256~", r"sha256~[\w-]{43}"),
        (":", r"\d/\d{10,20}(?:/\d{10,20})?:[0-9a-f]{32}\b"),
        ("_mmk", r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk"),
        ("| %", r"\d{15,16}(?:\||%(?:7C)?)[\w-]{27,40}"),
        ("aaaa", r"AAAA[\w-]{7}:[\w-]{100,}|AAAAAAAAAA[A-Za-z0-9%]{60,}"),
        ("q~", r"[\w~.]{3}\dQ~[\w~.-]{30,}"),
        (
            "acdb azdo jqqj99 apim azca azse azfu +ast",
            (
                r"(?<![+/,;])(?:[A-Za-z0-9]{42}(?:AzSe|AzCa)[A-Za-z0-9]{6}\b|"
                r"[A-Za-z0-9+/]{76}(?:ACDb|APIM|\+ASt)[A-Za-z0-9+/]{5,8}==|[\w-]{44}AzFu[\w-]{8}==|"
                r"[A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{20}|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})"
            ),
        ),
        ("a3-", r"A3-[A-Z0-9]{6}(?:-[A-Z0-9]{5,11}){4,}"),
        ("k_", r"[rs]k_(?:live|test|prod)_[0-9a-zA-Z]{10,}"),
        ("oauth:", r"oauth:[a-z0-9]{30}\b"),
        ("sg. .atlasv1.", r"SG\.[\w-]{20,}\.[\w-]{20,}|[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}"),
        (
            "flw nr",
            r"FLW(?:SEC|PUB)K(?:_TEST)?-[0-9a-hA-H]{12,}|NR[A-Z]{2}-[A-Za-z0-9_-]{16,}|[0-9a-fx]{36}NRAL",
        ),
        ("t3blbkfj", r"[\w-]{3,60}T3BlbkFJ\w*"),
        (
            "hooks.slack.com hooks.zapier",
            r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/+]{20,}|hooks\.zapier\.com/hooks/catch/[\w/]{8,}",
        ),
        (
            "webhook",
            (
                r"(?:discord(?:app)?|ptb\.discord)\.com/api/(?:v\d+/)?webhooks/\d+/[\w-]{20,}|"
                r"[a-z0-9.-]{1,60}\.webhook\.office\.com/webhookb2/[\w@/-]{20,}|outlook\.office(?:365)?\.com/webhook/[\w@/-]{20,}"
            ),
        ),
        (
            "api.telegram chat.googleapis logic.azure",
            (
                r"api\.telegram\.org/bot\d+:[\w-]{20,}|chat\.googleapis\.com/v1/spaces/[\w/]{1,80}\?key=|"
                r"[a-z0-9\-.]{1,60}\.logic\.azure\.com[^\s\"']{1,300}sig="
            ),
        ),
    )
)
_JWT = Rule(
    "JSON web token",
    "ey",
    r"(?<![A-Za-z0-9])ey(?:[A-Za-z0-9_-]{16,2000}\.ey[A-Za-z0-9_-]{8,}|[JI][\w-]{8,2000}\."
    r"(?:[\w-]*\.[\w-]*\.|[\w-]{16,4000}\.[\w-]{16,}))",
)
# Letters of an issuer that stand at the end of no word: what is before them says nothing.
_DISTINCT = 6
_VAULT = re.compile(r"(?<![\w.$])[sbr]\.([A-Za-z0-9]{24,})(?![\w(.])")
# Any other issuer: a word or two, a sign, and a long text by a generator.
_UNKNOWN = re.compile(
    r"(?<![A-Za-z0-9_\-./+%=])((?:[a-z]{2,12}\d?|[A-Z]{2,10}\d?)(?:[_\-.][a-z0-9]{1,12}){0,3})"
    r"[_\-.]([A-Za-z0-9]{16,120}(?:[_\-.][A-Za-z0-9]{4,120})*)(?![A-Za-z0-9])"
)
_SAYS_SO = re.compile(
    r"(?:^|[_\-.])(?:key|k|tok|token|sk|pk|rk|pat|secret|api|live|auth|oauth|pass|priv|cred|"
    r"access|refresh|bearer|[a-z]?at|svc|sa|svcacct|admin|at|rt)s?\d?(?:$|[_\-.])"
)
_LABELLED = re.compile(r"(\w{1,40})(?:\(\w{1,20}\))?[\"']?\s?[:=]\s?[\"']?\Z")
_HARMLESS = frozenset(
    "payload body blob data digest hash sha1 signature sig etag checksum integrity trace bin b "
    "bh cursor nonce state offset checkpoint continuation".split()
)
# No hash in base64 is as long, a cloud's secret key is.
_FORTY = re.compile(r"(?<![^\s\"'`=:|])(?=\w{0,39}[+/])[A-Za-z0-9+/]{40}(?![^\s\"'`,;|])")
# What ends a signature in armour: the sum of it.
_SIGNATURE = re.compile(r"\n=[A-Za-z0-9+/]{4}\n-{5}END PGP (?:SIGNATURE|MESSAGE|PUBLIC)")
_ABOVE = re.compile(r"(?:^|\n)(?:[A-Za-z0-9+/]{64}\n){2}\Z")  # in a piece that ends there
# Parts of a public key in JSON.
_PUBLIC = frozenset("n x y kid x5t id".split())
_INITIALS = 6  # letters before a sign of base64
_PADDED = re.compile(r"[\w\-]{0,4}=")
_MAILED = re.compile(r"[\w.\-+=]{0,8}@[\w.\-]{1,80}>")  # the id of a mail
# Cookies that are a session by their name, or are said to be none that scripts may see.
_COOKIE = re.compile(
    r"(?<![\w.\-])(?:JSESSIONID|PHPSESSID|ASPSESSIONID\w{0,20}|ASP\.NET_SessionId|connect\.sid|"
    r"\.AspNetCore\.[\w.]{1,60}|__(?:Host|Secure)-[\w.\-]{1,60}|wordpress_(?:logged_in|sec)_\w{1,60}|"
    r"laravel_session|_gh_sess|user_session|remember_\w{1,60}|_\w{1,30}_session|sid|sessionid)"
    r"(?:=|[\"']\s{0,4},\s{0,40}[\"']value[\"']\s{0,4}:\s{0,4}[\"'])(?P<value>[^\s;\"',&]{20,4000})",
    re.IGNORECASE,
)
# Things that are named so and open nothing: ids of objects, hashes, parts of a build.
_NAMED = re.compile(
    r"(?:^|[_\-.])(?:req|request|msg|message|toolu|cus|evt|event|pi|ch|in|sub|si|price|prod|acct|"
    r"txn|run|thread|asst|file|id|user|usr|org|team|trace|span|sha\d*|md\d|blake\d?[bs]?\d*|build|"
    r"chunk|main|vendor|index|app|commit|rev|hash|etag|digest|image|layer|node|pod|job|task|"
    r"session|sess|conv|chat|chatcmpl|resp|call|item|obj|doc|page|blob|ref|tx|block|order|ord|"
    r"inv|invoice|pay|pm|seti|src|card|ba|dp|du|fee|po|re|tr|batch|proj|ws|wf|exec|deploy|dpl|"
    r"release|version|v|upload|asset|img|video|audio|media|post|comment|cuid|ulid|ksuid|nanoid|"
    r"correlation|corr|transaction|group|cluster|shard|part|partition|segment|offset|cache|"
    r"bundle|module|runtime|polyfills|styles|css|js|font|data|base64|integrity|whl|tgz|gz)$"
)


def find(piece: Piece) -> str:
    """The kind of token in `piece`, "" if there is none."""
    for rule in (*_SHAPES, _JWT):
        if next(rule.finds(piece), None):
            return rule.kind
    if any(map(_forty, _FORTY.finditer(piece.text))):
        return "a key by its form"
    if _known(piece) or _short(piece.text) or _LETTERS.search(piece.text):
        return _KNOWN
    for found in _UNKNOWN.finditer(piece.text):
        prefix, body = found[1].lower(), found[2]
        if _NAMED.search(prefix):
            continue
        least = 16 if _SAYS_SO.search(prefix) else 30
        if least > 16 and _explained(found):
            continue
        hexadecimal = least == 16 and len(body) >= 32 and looks.hexadecimal(body)
        if hexadecimal or looks.random(body, least):
            return "a key by its form"
    return ""


def find_cookie(piece: Piece) -> str:
    """Whether a session's cookie stands in `piece`, by its name."""
    for found in _COOKIE.finditer(piece.text):
        value = found["value"]
        if looks.random(value, 16) or (looks.hexadecimal(value) and not value.isdigit()):
            return "a cookie"
    return ""


def named(prefix: str) -> bool:
    """Whether `prefix` stands before things that open nothing: ids, hashes, parts of a build."""
    return _NAMED.search(prefix.rstrip("_-.").lower()) is not None


def _forty(found: re.Match[str]) -> bool:
    value = found[0]
    label = _LABELLED.search(found.string[max(0, found.start() - 70) : found.start()])
    if label and label[1].lower() in _HARMLESS:
        return False
    if _SIGNATURE.match(found.string, found.end()) or _ABOVE.search(
        found.string[max(0, found.start() - 160) : found.start()]
    ):
        return False  # its last line
    kinds = (str.isdigit, str.isupper, str.islower)
    return all(any(map(kind, value)) for kind in kinds) and looks.random(value, 30, 16.0)


def _explained(found: re.Match[str]) -> bool:
    """Whether what may be an issuer's letters is the beginning of an id or of base64."""
    text = found.string
    if len(found[1]) <= _INITIALS and _PADDED.match(text, found.end()):
        return True
    if text[found.start() - 1 : found.start()] == "<" and _MAILED.match(text, found.end()):
        return True
    label = _LABELLED.search(text[max(0, found.start() - 70) : found.start()])
    return label is not None and label[1].lower() in _PUBLIC


def _short(text: str) -> bool:
    return any(looks.random(found[1], 20) for found in _VAULT.finditer(text))


def _known(piece: Piece) -> bool:
    low = piece.low
    for prefix in PREFIXES:
        place = low.find(prefix)
        while place >= 0:
            body = _BODY.match(piece.text, place + len(prefix))
            glued = len(prefix) < _DISTINCT and place and low[place - 1].isalnum()
            if body and not glued and _spelt(piece.text, prefix, place) and _made(body[0]):
                return True
            place = low.find(prefix, place + 1)
    return False


def _spelt(text: str, prefix: str, place: int) -> bool:
    """Whether a short `prefix` at `place` is in capitals or in none: base64 has both."""
    said = text[place : place + len(prefix)]
    return len(prefix) >= _DISTINCT or said in (prefix, prefix.upper(), prefix.capitalize())


def _made(body: str) -> bool:
    """Whether the rest of a known prefix is by a generator, a hexadecimal one too."""
    longest = max(re.split(r"[-_.+/=]", body), key=len)
    if looks.random(body):
        return True
    named = not looks.hexadecimal(longest) and looks.named(body)
    # No word is that long.
    if len(longest) >= 20 and looks.entropy(longest) > 2.8:
        return not named
    kinds = (str.isdigit, str.isupper, str.islower)
    return not named and all(any(map(kind, body)) for kind in kinds)
