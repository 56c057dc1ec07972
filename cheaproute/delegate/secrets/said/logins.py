"""A user and a password, joined by how people and programs join the two (pure)."""

from __future__ import annotations

import re

from cheaproute.delegate.secrets.rules import carriers
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule

_I = re.IGNORECASE
KIND = "user and password together"
# Letters and a digit, whatever else; no path, no address.
_HAS = r"(?=[^\s\"'`/=(]{0,60}\d)(?=[^\s\"'`/=(]{0,60}[A-Za-z])[^\s\"'`/=(]"
_DAEMON = r"^[ \t]*(?:[\w.\-]{1,40}: ?)?"
_USER = (
    rf"{_DAEMON}createUser[ \t]+(?:-e[ \t]+\S{{1,80}}[ \t]+)?[\"']?[\w.@\-]{{1,60}}[\"']?[ \t]+"
    r"(?:MD5|SHA)(?:-?\d{1,3})?[ \t]+"
)
_PHRASE = r"(?:\"(?P<value>[^\"\n]{6,200})\"|(?P<v2>[^\s\"#]{6,200}))"
_SNMP = (  # as a daemon, or a device, is told of a user and of who may ask it
    ("createuser", rf"{_USER}(?:-[ml][ \t]{{1,4}})?{_PHRASE}"),
    ("createuser", rf"{_USER}[^\n]{{1,200}}?[ \t](?:AES|DES)[\w\-]{{0,8}}[ \t]+{_PHRASE}"),
    ("usmuser", rf"usmUser[ \t][^\n]{{0,300}}?[ \t]\.1\.3\.6[\d.]{{4,60}}[ \t]+{_PHRASE}"),
    (
        "snmp-server",
        (
            r"snmp-server[ \t]+user[ \t][^\n]{1,120}?[ \t](?:auth|priv)[ \t]+"
            rf"(?:md5|sha|3?des|aes)[ \t\-]?(?:\d{{3}})?[ \t]+{_PHRASE}"
        ),
    ),
    (
        "community com2sec trap2sink trapsink informsink",
        (
            rf"{_DAEMON}(?:r[ow]community6?[ \t]+|com2sec6?[ \t]+(?:\S{{1,60}}[ \t]+){{2}}|"
            r"(?:trap2?|inform)sink[ \t]+\S{1,80}[ \t]+)[\"']?(?!(?:public|private)\b)"
            r"(?P<value>[^\s\"'#]{4,100})"
        ),
    ),
)
_RULES = (
    Rule(  # `auth: ["anna", "..."]`
        KIND,
        "auth login cred user basic account",
        r"\b(?:\w{0,20}auth|login|logins|creds?|credentials?|userpass|account)[\"']?\s?[:=]\s?[\[({]\s?"
        rf"[\"'][\w.@+\-]{{1,60}}[\"'],\s?[\"'](?P<secret>{_HAS}{{6,80}})[\"']\s?[\])}}]",
        _I,
    ),
    Rule(  # a list in YAML
        KIND,
        "auth login cred",
        r"^[ \t]*(?:\w{0,20}auth|login|creds?|"
        r"credentials?):[ \t]*\n[ \t]*- [\"']?[\w.@+\-]{1,60}[\"']?\n"
        rf"[ \t]*- [\"']?(?P<secret>{_HAS}{{6,80}})[\"']?[ \t]*$",
        _I | re.MULTILINE,
    ),
    Rule(  # `log in as anna with ...`
        KIND,
        "log sign anmeld connect auth access einloggen conect",
        r"\b(?:log(?:ged|ging)?[ \-]?(?:in|on)|sign[ \-]?in|anmeld\w{2,4}|einloggen|connect\w{0,4}|"
        r"conect\w{0,5}|access|authenticate)\b[^\n]{0,60}?[ \t](?:with|mit|and|und|avec|et|con|"
        r"com|y|e|/)[ \t]"
        r"[\"'`]?(?P<drawn>[^\s\"'`,;/]{7,80})",
        _I,
    ),
    Rule(  # `db1.example.com (anna/...)`, `(anna, ...) is the admin login`
        KIND,
        "(",
        rf"[\w\-]\.[a-z]{{2,12}}[ \t]\([\w.@+\-]{{2,40}}[ \t]?[/:|][ \t]?"
        rf"(?P<secret>{_HAS}{{6,60}})\)|"
        r"(?i:login|admin|account|cred)[^\n]{0,40}[ \t]\([\w.@+\-]{2,40}[ \t]?[/:|][ \t]?"
        rf"(?P<drawn>{_HAS}{{6,60}})\)|"
        rf"(?<!\w)\([\w.@+\-]{{2,40}}[ \t]?[/:,|][ \t]?(?P<drawn2>{_HAS}{{6,60}})\)"
        rf"[^\n]{{0,40}}(?i:login|admin|account|cred)",
        re.MULTILINE,
    ),
    Rule(  # `anna : ...  <- login for`, "`anna` / `...` (admin login)"
        KIND,
        "login log-in logon zugang creds credentials admin",
        rf"^[ \t*\->]*`?[\w.@+\-]{{2,40}}`?[ \t]?[/:|,][ \t]?`?(?P<secret>{_HAS}{{6,60}})`?[ \t]+"
        r"(?:<?-+|[(\[#\u2190\u2013\u2014]|//)[^\n]{0,40}\b(?i:login|log-in|logon|zugang|creds?|credentials?|admin)\b",
        re.MULTILINE,
    ),
    Rule(  # each on a line of its own
        KIND,
        "u: u= user: user= login: login=",
        r"^[ \t*\-]*(?:u|user|usr|login|id)[ \t]?[:=][ \t]?[\w.@+\-]{1,60}[ \t]*\n"
        rf"[ \t*\-]*p(?:w|wd|ass)?[ \t]?[:=][ \t]?[\"'`]?(?P<secret>{_HAS}{{5,80}})[\"'`]?[ \t]*$",
        _I | re.MULTILINE,
    ),
    Rule(
        KIND,
        "user/ login/ username/ user,",
        r"\b(?:user(?:name)?|login)\s?[/,+&]\s?pass(?:word|wd)?\b[^\n\w]{1,8}[\w.@+\-]{2,60}[^\n\w]{1,4}"
        rf"(?P<secret>{_HAS}{{6,80}})",
        _I,
    ),
    Rule(  # `user anna pass ...`, a form
        KIND,
        "user login email uid",
        r"\b(?:user(?:name)?|login)[ \t:=]{1,3}[\w.@+\-]{1,60}[ \t,;]{1,3}pass(?:word|"
        r"wd)?[ \t:=]{1,3}"
        r"(?P<odd>(?!(?:is|for|in|to|and|was|of|the)\b)[^\s\"'`,;]{6,80})|"
        r"\b(?:\w{0,12}user(?:_?name)?|login|e?mail|uid|account)=[^\s&]{1,80}&(?:[^\s&]{1,80}&){0,3}?"
        r"(?:\w{0,12}pass(?:word|wd|wort)?|pwd?|secret|pin)=(?P<value>[^\s&\"'<>]{4,200})",
        _I,
    ),
    Rule(  # two in quotes and nothing else, a user's list
        KIND,
        '" "',
        rf"^[ \t]*\"[\w.@+\-]{{2,40}}\"[ \t]{{1,8}}\"(?P<drawn>{_HAS}{{7,80}})\"[ \t]*$|"
        rf"^[ \t]*user[ \t]?=?[ \t]?\"[\w.@+\-]{{1,40}}:(?P<secret>{_HAS}{{5,80}})\"[ \t]*$",
        re.MULTILINE,
    ),
    Rule(
        KIND,
        "lftp relayhost :587 :465 :25 basic_auth",
        rf"\blftp\b[^\n]{{0,80}}\s-u\s?[\w.@\-]{{1,40}},[\"']?(?P<secret>{_HAS}{{4,80}})|"
        rf":(?:25|465|587)\]?[ \t]{{1,8}}[\w.@\-]{{1,60}}:(?P<s2>{_HAS}{{4,80}})|"
        rf"\b(?:http_)?basic_auth[ (]\s?[\"'][\w.@+\-]{{1,60}}[\"'],\s?[\"']"
        rf"(?P<s3>{_HAS}{{5,80}})[\"']",
    ),
    *(
        Rule("a password of SNMP", needles, pattern, _I | re.MULTILINE)
        for needles, pattern in _SNMP
    ),
    Rule(
        "a password among arguments",
        "encrypt decrypt sp_addlogin tochararray openssl crypt(",
        r"\b(?:\w{0,20}(?:en|de)crypt\w{0,12})\([^()\n]{0,120}?[\"'](?P<secret>(?=[^\"'\n]{0,60}\d)"
        r"(?=[^\"'\n]{0,60}[A-Za-z])[^\s\"'/]{8,80})[\"']\s?\)|"
        r"\bsp_add\w{0,8}login\s{1,4}'[^'\n]{1,60}',\s{0,4}'(?P<s2>[^'\n]{4,80})'|"
        r"\"(?P<s3>[^\"\n]{4,80})\"\.toCharArray\(\)|"
        r"\bopenssl\b[^\n]{0,200}?\s-(?:k|pass(?:in|out)?)\s{1,3}[\"']?(?P<s4>(?!(?:file|env|fd|stdin))[^\s\"'$:]{5,80})",
        _I,
    ),
    Rule(
        "a key as a list of bytes",
        "\\x",
        r"(?i:key|secret|seed|salt)\w{0,20}\s{0,4}[:=]\s{0,4}b?[\"'](?P<v>(?:\\x[0-9a-fA-F]{2}|[^\"'\\\n]){16,64})[\"']",
    ),
    Rule(  # `process.env.PW || "..."`
        "a password among arguments",
        "pw pwd pass",
        r"(?i:pw|pwd|pass)[\w\]\"'`.]{0,20}\)?(?:\s{0,4}(?:\|\||\?\?|\?:)\s{0,4}|\sor\s)[\"'`](?P<secret>"
        rf"{_HAS}{{6,80}})[\"'`]|"
        rf"(?i:pw|pwd|pass)\w{{0,20}}:-[\"']?(?P<s2>{_HAS}{{6,80}}?)[\"']?\}}",
    ),
)


def find(piece: Piece) -> str:
    """What pair stands in `piece`, "" if none does."""
    for rule in _RULES:
        if any(map(_credential, rule.finds(piece))):
            return rule.kind
    return ""


def _credential(found: re.Match[str]) -> bool:
    groups = {name: text for name, text in found.groupdict().items() if text}
    if "v" in groups:
        return groups["v"].count("\\x") >= 6
    return carriers.credential(found)
