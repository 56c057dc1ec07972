"""Rows below names of columns: exports of password managers and browsers, SQL, tables (pure)."""

from __future__ import annotations

import csv
import re

from cheaproute.delegate.secrets import weigh, words
from cheaproute.delegate.secrets.rules import looks
from cheaproute.delegate.secrets.rules.blocks import Piece, Rule

# What a telling column has in its name, one way or another.
_HINT = re.compile(
    "pass|pwd|pw|pin|secret|token|key|cred|auth|otp|jwt|cookie|cvv|cvc|mnemonic|seed|bearer|"
    "kennwort|zugang|contrase|wachtwoord|recovery|backup|security|httprealm|guid"
)
_ABROAD = (
    *words.ABROAD.split(),
    *("kata sandi", "mat khau"),
)
_HINT_ABROAD = re.compile("|".join((_HINT.pattern, *_ABROAD)))
_LONGEST = 1_000
_FIRST = 7  # rows below the names that are looked at
_DELIMITERS = ",;\t|"
# Letters of India and Indochina have signs that are none by themselves.
_NAME = re.compile(r"[\w.\-/()#*\u0900-\u0eff]+(?: [\w.\-/()#*\u0900-\u0eff]+){0,3}")
# A statement, or a call that goes on: code that happens to have as many commas as its neighbours.
_STATED = re.compile(
    r"(?:return|throw|raise|yield|import|from|if|else|for|while|const|let|var|func)\b|#define\b"
)
# An argument: a pointer with its type, what belongs to the object.
_DECLARED = re.compile(r"(?:const |struct |unsigned )?\w+ \*{1,2}\w+$|(?:self|this|cls)\.\w")
_PIN = re.compile(r"\d{4,8}")
# As a schema names one: what it is of, not what stands in it.
_TYPED = re.compile(
    r"\w+ (?:text|citext|string|(?:long|medium|tiny)(?:text|blob)|(?:n?var)?char2?|n?varchar2?|clob"
    r"|blob|bytea|(?:var)?binary|uuid|(?:big|small)?int(?:eger)?|boolean|timestamp(?:tz)?)"
    r"(?:\([\w ]+\))?(?: .*)?",
    re.IGNORECASE,
)
# A comment's sign, or who says it in a chat.
_PREFIX = re.compile(r"(?:[^|\n]{1,60}:[ \t]|[ \t]*[#/*>%;+\-]{1,4})[ \t]*(?=\|[^\n]*\|[ \t\r]*$)")
# Columns that only exports of credentials have.
_EXPORT = frozenset(
    "otpauth totpsecret httprealm formactionorigin logintotp loginpassword loginusername "
    "guid_password cvv cvc cvvcode securitycode pinnumber recoverycodes seedphrase privatekey "
    "usernamevalue passwordvalue passwordelement encryptedvalue hostkey_cookie".split()
)
_INSERT = Rule(
    "",
    "insert replace copy",
    r"\b(?:INSERT(?:\s+\w+)?\s+INTO|REPLACE\s+INTO|COPY)\s+(?P<table>[^\s(]{1,120})\s*\((?P<columns>[^)]{1,3000})\)"
    r"\s*(?:VALUES|SELECT|FROM\s+stdin)",
    re.IGNORECASE,
)
_CREATE = Rule(
    "",
    "create",
    r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?P<table>[^\s(]{1,120})\s*\((?P<columns>[^;]{1,5000})",
    re.IGNORECASE,
)
_CELL = re.compile(r"<t[hd][^<>]{0,200}>(.{0,600}?)</t[hd]", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^<>]{0,200}>")
_COLUMN = re.compile(r"(?:^|[,\n(])\s*[`\"\[]?([\w]{2,60})[`\"\]]?\s+\w")
_STORES = Rule(
    "",
    "logins cookies password encrypted keychain autofill credit_cards users auth_user pg_",
    r"\b(?:moz_logins|moz_cookies|password_value|encrypted_value|encryptedPassword|encryptedUsername|"
    r"login_password|keychain_?items?|autofill_profile|credit_cards|wp_users|auth_user|"
    r"password_(?:hash|digest)|encrypted_password|mysql\.user|pg_(?:authid|shadow))\b",
)


def find(piece: Piece) -> str:
    """What table of credentials stands in `piece`, "" if none."""
    return _below(piece.text, piece.low) or _cells_below(piece) or _wiki(piece.text)


def _wiki(text: str) -> str:
    """The column of a table in a wiki's marks: `! user !! password`, `| anna || ...`."""
    if "!!" not in text:
        return ""
    rows = (row for row in text.split("\n") if not row.startswith(("|-", "{|", "|}")))
    plain = "\n".join(row.lstrip("!|").replace("!!", "|").replace("||", "|") for row in rows)
    return _below(plain, plain.lower())


def _cells_below(piece: Piece) -> str:
    """The column of a table in HTML, whose rows stand below its names, too."""
    if not (_HINT.search(piece.low) and "</tr" in piece.low and "<td" in piece.low):
        return ""
    rows = (_CELL.findall(row) for row in re.split(r"(?i)</tr", piece.text))
    text = "\n".join("\t".join(" ".join(_TAG.sub("", c).split()) for c in row) for row in rows)
    return _below(text, text.lower())


def _below(text: str, low: str) -> str:
    """The first column of credentials in `text`."""
    seen = -1
    hint = _HINT_ABROAD if any(map(low.__contains__, _ABROAD)) else _HINT
    for found in hint.finditer(low):
        if found.start() < seen:
            continue  # of the same line
        start = text.rfind("\n", 0, found.start()) + 1
        seen = text.find("\n", found.start())
        if seen < 0:
            break
        if seen - start < _LONGEST:
            column = _header(text[start:seen], text[seen + 1 : seen + 3_000].split("\n"))
            if column:
                return f"a column {column}"
    return ""


def find_sql(piece: Piece) -> str:
    """What statement in `piece` writes credentials, "" if none."""
    for found in _INSERT.finds(piece):
        for column in found["columns"].split(","):
            name = column.strip(' `"[]\n\t')
            if _telling(name) and _written(piece.text[found.end() : found.end() + 400]):
                return f"a column {name}"
    for found in _CREATE.finds(piece):
        columns = _COLUMN.findall(found["columns"])
        table = found["table"].strip('`"[]')
        if any(map(_telling, columns)) and re.search(
            rf"INTO\s+[`\"\[]?{re.escape(table[:60])}\b", piece.text, re.IGNORECASE
        ):
            return f"a table {table}"
    if "insert into" in piece.low:
        for store in _STORES.finds(piece):
            if not _TYPED.match(piece.text, store.start()):  # that table's rows were looked for
                return f"a store with {store[0]}"
    return ""


def _written(text: str) -> bool:
    return bool(re.search(r"'[^'\n]{3,}'|\t[^\t\n]{3,}|\"[^\"\n]{3,}\"", text))


# The name of a file by its extension; a column may well be called `smtp.token` or `db.pass`.
_FILE = re.compile(
    r".*\.(?:json|ya?ml|toml|txt|md|rst|[jt]sx?|m[jt]s|vue|py|go|rs|java|kt|swift|cc?|cpp|hh?|hpp|cs"
    r"|rb|php|pl|lua|sh|sql|csv|tsv|x?html?|xml|s?css|log|lock|cfg|ini|conf|properties|gradle|proto"
    r"|ipynb|pdf|png|jpe?g|gif|svg|zip|gz|tar|po)",
    re.IGNORECASE,
)


def _telling(name: str) -> bool:
    """Whether a column of this name holds credentials."""
    glued = re.sub(r"[\W_]", "", name).lower()
    if glued in _EXPORT:
        return True
    sure = words.secret(name)
    return sure == "strong" or (sure == "weak" and len(words.split(name)) < 3)


def _header(line: str, below: list[str]) -> str:
    """The column of credentials that `line` names, if lines `below` it have values there."""
    for delimiter in _DELIMITERS:
        if delimiter not in line:
            continue
        names = cells(line, delimiter)
        if _STATED.match(names[0] if names else "") or any(map(_DECLARED.match, names)):
            continue
        if len(names) < 2 or not all(_NAME.fullmatch(name) or not name for name in names):
            continue
        for place, name in enumerate(names):
            if not 1 < len(name) <= 40 or not _telling(name) or looks.random(name, 10):
                continue
            if name.count("/") > 1 or _FILE.fullmatch(name) or _TYPED.fullmatch(name):
                continue
            rows = rows_of(below[:_FIRST], delimiter, len(names))
            if rows and not any(row[place] for row in rows):  # few have one
                rows = rows_of(below[_FIRST:], delimiter, len(names))
            alone = sum(map(bool, names)) < 2  # as arguments stand, one on a line
            if any(
                row != names
                and _value(name, row[place])
                and not (alone and (" " in row[place] or not weigh.grade(row[place])))
                for row in rows
            ):
                return name
    return ""


def rows_of(lines: list[str], delimiter: str, size: int) -> list[list[str]]:
    """The cells of those of `lines` that have `size` of them."""
    return [row for row in (cells(line, delimiter) for line in lines) if len(row) == size]


def cells(line: str, delimiter: str) -> list[str]:
    """What stands between the delimiters of `line`; nothing where it is no row."""
    if line.lstrip().startswith("["):
        line = line.strip(" \t\r,[]")  # of JSON
    if delimiter == "|":
        line = _PREFIX.sub("", line, count=1)
    try:
        row = next(csv.reader([line.strip("\r")], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []
    found = [cell.strip() for cell in row]
    if any(cell.count("(") != cell.count(")") for cell in found):
        return []  # a call
    return found[1:-1] if delimiter == "|" and found and not found[0] and not found[-1] else found


def _value(name: str, value: str) -> bool:
    if not value or looks.placeholder(value) or set(value) <= set("-+= "):
        return False
    weak = words.secret(name) == "weak"
    word = re.sub(r"[_\-]", "", value).isalpha() and not looks.random(value, 12)
    if _PIN.fullmatch(value) and words.split(name)[-1:] in (["pin"], ["puk"], ["cvv"], ["cvc"]):
        return True
    return not (weak and (value.isdigit() or word or len(value) < 6))
