"""`name = value` in whatever notation, where the name says that the value is a secret (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets import weigh, words
from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule
from cheaproute.delegate.secrets.said import given

# Parts of names that may be a secret's; `words` decides.
_STEMS = (
    "pass pwd pw kennwort contrase wachtwoord secret token key cred auth psk otp pin bearer jwt "
    "cookie connstr conn_str connectionstring connection_str mnemonic seed recovery backup pat "
    f"hmac {words.ABROAD}"
)
_QUOTE = r"\\{0,3}[\"'`]"
_SIGN = (
    r"(?P<sign>[ \t]{0,20}(?:=>|:{0,3}={1,3}|\?=|\|\||::?|>|"
    r",(?=[ \t]?\\{0,3}[\"'])|%3[ad])[ \t]{0,20})"
)
_VALUE = (
    rf"(?:(?P<mark>\"\"\"|```?|{_QUOTE})(?P<quoted>(?:(?!(?P=mark))[^\\\n]|\\(?!(?P=mark)).){{1,400}})|"
    r"(?P<plain>[^\s\"'`,;<>&\\]{1,400})(?P<rest>[^\n]{0,2}))"
)
_ASSIGNED = Rule(
    "",
    _STEMS,
    rf"(?:{'|'.join(_STEMS.split())})(?P<more>[\w$.\-]{{0,40}}?)(?:{_QUOTE}|\]|\*{{1,3}})?"
    rf"{_SIGN}(?:\*{{1,3}}[ \t]?)?(?:[A-Za-z_.]{{1,24}}\()?"
    rf"(?:(?:[a-z]{{1,2}}#?|[@$#]{{1,2}})(?={_QUOTE}))?{_VALUE}",
)
_LEFT = re.compile(r"(?:[A-Za-z_$][\w$.\-]{0,60}|[\w$]{1,60})\Z")
_SKU = re.compile(r"[A-Z0-9\-]*\d[A-Z0-9\-]*")
_SPLICED = re.compile(r" [.+&] [$A-Za-z(]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*\Z")
_BEFORE = re.compile(
    r"[A-Za-z]{2,20}[ \t](?:keys?|seed|phrase|code|token|pin|string)\Z", re.IGNORECASE
)
_PAIRS = (
    Rule(  # `"name": "DB_PASSWORD", "value": "..."`, also as attributes
        "",
        "val content= default",
        r"\b(?:name|key|id|header|param(?:eter)?|variable|env|property)[\"']?\s{0,4}[:=]\s{0,4}"
        r"[\"'](?P<name>[\w.\- ]{2,60})[\"']\s{0,4},?\s{0,8}[\w ]{0,20}[\"']?"
        r"(?:value|val|content|default)[\"']?\s{0,4}[:=]\s{0,4}[\"'](?P<value>[^\"'\n]{1,400})",
        re.IGNORECASE,
    ),
    Rule(  # with more about it between
        "",
        "value content",
        r"[\"'](?:label|name|type|field|key|"
        r"title)[\"']\s{0,4}:\s{0,4}[\"'](?P<name>[\w.\- ]{2,60})[\"'],"
        r"(?:\s{0,40}[\"']\w{1,30}[\"']\s{0,4}:\s{0,4}[^{}\[\],]{1,60},){1,4}\s{0,40}[\"'](?:value|content)[\"']"
        r"\s{0,4}:\s{0,4}[\"'](?P<value>[^\"'\n]{1,400})",
        re.IGNORECASE,
    ),
    Rule(  # in YAML
        "",
        "value:",
        r"\bname:[ \t]{0,8}[\"']?(?P<name>[\w.\-]{2,60})[\"']?[ \t]{0,8}\n[ \t]{0,40}"
        r"value:[ \t]{0,8}[\"']?(?P<value>[^\s\"'\n]{1,400})",
        re.IGNORECASE,
    ),
    Rule(  # the value first
        "",
        "value:",
        r"\bvalue:[ \t]{0,8}[\"']?(?P<value>[^\s\"'\n]{1,400})[\"']?[ \t]{0,8}\n"
        r"(?:[ \t]{1,40}(?!- )[\w.]{1,40}:[^\n]{0,80}\n){0,2}"
        r"[ \t]{1,40}name:[ \t]{0,8}[\"']?(?P<name>[\w.\-]{2,60})[\"']?[ \t]{0,8}$",
        re.IGNORECASE | re.MULTILINE,
    ),
    Rule(  # `variable "token" { default = "..." }`
        "",
        "default",
        r"\bvariable\s{1,4}\"(?P<name>[\w.\-]{2,60})\"\s{0,4}\{[^{}]{0,300}?default\s{0,4}=\s{0,4}"
        r"\"(?P<value>[^\"\n]{1,400})",
    ),
    Rule(  # a block in YAML
        "",
        ": ",
        r"^[ \t\-]{0,40}[\"']?(?P<name>[\w.\-]{2,60})[\"']?:[ \t]{1,4}[|>][+\-\d]{0,2}[ \t]{0,4}\n"
        r"[ \t]{1,40}(?P<value>[^\s\"']{3,400})[ \t]{0,4}$",
        re.MULTILINE,
    ),
    Rule(  # the value first: `SET value = '...' WHERE key = 'smtp_password'`
        "",
        "val content= default",
        r"\b(?:value|val|content|default)[\"']?\s{0,4}[:=]\s{0,4}[\"'](?P<value>[^\"'\n]{1,400})"
        r"[\"']\s{0,4},?\s{0,8}(?:WHERE\s{1,4})?[\"']?(?:\w{1,20}_)?"
        r"(?:name|key|id|header|param(?:eter)?|variable|env|property|option)"
        r"[\"']?\s{0,4}[:=]\s{0,4}[\"'](?P<name>[\w.\- ]{2,60})[\"']",
        re.IGNORECASE,
    ),
    Rule(  # an element that names the next one: `<th>Password</th><td>...`
        "",
        "</",
        r">\s{0,8}(?P<name>[\w.\- ]{2,60}?):?\s{0,4}</[\w.:\-]{1,40}>(?=\s{0,40}"
        r"(?:<[^<>/][^<>]{0,200}>\s{0,8}){0,3}(?P<value>[^<>\s]{4,400})\s{0,8}(?:<|$))",
        re.MULTILINE,
    ),
    Rule(  # an element within: `<Password><Value>...`
        "",
        "</",
        r"<(?P<name>[\w.:\-]{2,60})(?: [^<>]{0,200})?>\s{0,60}<(?:\w{1,12}:)?"
        r"(?i:value|string|data|text|content|plaintext)(?: [^<>]{0,200})?>"
        r"(?P<value>[^<>\s]{4,400})<",
    ),
    Rule(  # with its type: `TOKEN: &str = "..."`, `["secret"]=> string(32) "..."`
        "",
        _STEMS,
        r"(?P<name>[A-Za-z_]\w{2,60})(?:(?:\s?:| As)\s?[&'\w.<>\[\]?|]{1,30}(?: \w{1,12})?\s?=\s?|"
        r"[\"'](?::\w{1,20}){0,2}\]\s?=>\s{1,20}string\(\d{1,6}\)\s)"
        r"(?:[A-Za-z]{1,2}#?|[@$#]{1,2})?[\"'](?P<value>[^\"'\n]{4,400})[\"']",
    ),
    Rule(  # `:password "..."` in Lisp, `set_header X-Token "..."`
        "",
        _STEMS,
        r"(?<![\w.\-])(?P<name>[A-Za-z][\w.\-]{1,60})[ \t]{1,4}[\"'](?P<value>(?![^\s\"']{0,60}"
        r"(?i:token|secret|passw|key|cred))[^\s\"'+,;:(){}\[\]][^\s\"']{5,400})[\"']",
    ),
    Rule(  # `\newcommand{\password}{...}`
        "",
        _STEMS,
        r"(?:\\|\bset )(?P<name>[A-Za-z][\w.\-]{1,60})\}?\s?\{(?P<value>[^\s\"'(){};]{4,200})\}",
    ),
    Rule(
        "",
        "</key>",
        r"<key>(?P<name>[\w.:\- ]{2,60})</key>\s{0,40}<(?:string|data)>\s{0,20}"
        r"(?P<value>[^<>\s]{1,400})",
    ),
    Rule(
        "",
        "</",
        r"<(?P<name>[\w.:\-]{2,60})(?: [^<>]{0,200})?>(?P<value>[^<>\n]{1,400})</",
    ),
)
_ROWS = (
    Rule(  # two cells: `DB_PASSWORD,hunter2`, `requirepass hunter2`
        "",
        _STEMS,
        r"^[ \t]*(?:export |setenv |set |SET |ENV |\$env:|-e |- |[|\u2502][ \t]{0,8})?[\"']?"
        r"(?P<name>[A-Za-z][\w.\-]{2,60})[\"']?(?:[ \t]{0,30}[,;\t|\u2502][ \t]{0,30}|[ \t]{1,30})"
        r"[\"']?(?P<value>[^\s\"',;|\u2502]{6,400})[\"']?[ \t]*[,;|\u2502]?\r?$",
        re.MULTILINE,
    ),
    Rule(  # an arrow: `**API_KEY** \u2192 ...`
        "",
        "-> \u2192 \u21d2 \u27f6 \u279c",
        r"(?<![\w.\-])(?P<name>[A-Za-z][\w.\-]{2,60})[*`_\"']{0,3}[ \t]{0,8}"
        r"(?:->|[\u2192\u21d2\u27f6\u279c])[ \t]{0,8}[*`\"']{0,3}(?P<value>[^\s\"'`,;|*]{6,400})",
    ),
    Rule(  # three: `db_password   secret   ...`
        "",
        _STEMS,
        r"^[ \t]*(?P<name>[A-Za-z][\w.\-]{2,60})[ \t]{2,30}\w{2,20}[ \t]{2,30}"
        r"(?P<value>\S{6,400})[ \t]*$",
        re.MULTILINE,
    ),
    Rule(
        "",
        _STEMS,
        r"(?<!\S)--?(?P<name>[a-zA-Z][\w\-]{1,40})[ \t=]{1,4}[\"']?"
        r"(?P<value>[^\s\"'\-][^\s\"']{3,200})",
    ),
)


def find(piece: Piece) -> str:
    """What is assigned in `piece`, as "the value of NAME"; "" where nothing secret is."""
    for found in _ASSIGNED.pattern.finditer(piece.low):  # quicker than to ignore case
        start = _start(piece.text, found.start())
        name = piece.text[start : found.end("more")]
        if "," in found["sign"] and _SKU.fullmatch(name):
            continue  # an id in a list
        if given.coded(name, piece.text, start):
            continue
        inside = start > 0 and piece.text[start - 1] in "/+" and _encoded(piece.text, found)
        around = piece.text[start : found.start()] + found["more"]
        if inside or looks.random(around, 10):
            continue  # the end of a longer text by a generator
        if _secret(name, piece.text, found):
            return _said(name)
    for rules, sure in ((_PAIRS, False), (_ROWS, True)):
        for rule in rules:
            for found in rule.finds(piece):
                name, value = found["name"], found["value"]
                kind = words.secret(name)
                option = rule is _ROWS[-1] and len(value) > 7
                if sure and not (looks.mixed(value) and (kind == "strong" or (kind and option))):
                    continue
                if kind and weigh.promised(name, value, quoted=not sure):
                    return _said(name)
    return ""


def _encoded(text: str, found: re.Match[str]) -> bool:
    """Whether a name behind a slash is the end of something in base64, with its padding at most."""
    if "=" not in found["sign"]:
        return True
    left = _BASE64.search(text[max(0, found.end("more") - 80) : found.end("more")])
    padded = text[found.end("sign") - 1 : found.end("sign") + 1].strip("=|\"' \t\r\n,;)]}<&") == ""
    return padded and left is not None and looks.random(left[0], 16)


def _start(text: str, place: int) -> int:
    """Where the name begins in which `place` lies."""
    left = _LEFT.search(text[max(0, place - 61) : place])
    return place - len(left[0]) if left else place


def _said(name: str) -> str:
    return "the value of " + re.sub(r"[^\w.\-]", "", name)[-40:]


def _secret(name: str, text: str, found: re.Match[str]) -> bool:
    quoted = found["quoted"] is not None
    start, end = found.span("quoted" if quoted else "plain")
    if not quoted:
        end = given.end(text, start, end)
    value = text[start:end]
    last = name.rpartition(".")[2]
    if last.lower() in ("key", "value", "token"):  # `service.api.key`
        last = ".".join(name.split(".")[-2:])
    before = _BEFORE.search(text[max(0, found.end("more") - 48) : found.end("more")])
    if before and not words.secret(last) and words.secret(before[0]) == "strong":
        last = before[0]  # `private key: 0x...`
    if not words.secret(last):
        # A key of unknown sort: only what no hash, path or name can be.
        return (
            words.key(last)
            and re.fullmatch(r"[\w\-+=]+", value) is not None
            and looks.random(value, 20)
            and any(map(str.isupper, value))
            and any(map(str.islower, value))
            and not looks.HASH.search(value)
        )
    sign = found["sign"].strip()
    if not quoted and given.away(name, text, start, end):
        return False
    if quoted and _SPLICED.match(value):
        return False  # what stands between two texts in quotes
    if not quoted and value.endswith("=") and found["rest"][:1] in ("'", '"'):
        return False  # the next attribute
    talk = found["rest"] and found["rest"].strip(" ,}\r")
    if not quoted and value.isalpha() and "=" not in sign and (talk or sign == "::"):
        return False  # `password: wrong for bob` is talk; ending its line it may be YAML
    return weigh.promised(last, value, quoted=quoted)
