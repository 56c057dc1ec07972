"""Files made of shapes: words in marks stand for values that are drawn when the test runs."""

# ruff: noqa: E501
from __future__ import annotations

import base64
import random
import re
import string
import urllib.parse
import uuid
from collections.abc import Callable

WORDS = (
    "harbor",
    "maple",
    "quartz",
    "falcon",
    "meadow",
    "copper",
    "lantern",
    "willow",
    "granite",
    "ember",
    "thistle",
    "saffron",
    "orchid",
    "tundra",
    "cobalt",
    "juniper",
    "marble",
    "walnut",
    "drift",
    "signal",
    "ledger",
    "parcel",
    "anchor",
    "summit",
    "canyon",
    "prairie",
    "velvet",
    "hollow",
    "bishop",
    "garnet",
)
NAMES = (
    "mira",
    "joost",
    "tomas",
    "ines",
    "karim",
    "olga",
    "pavel",
    "lena",
    "bjorn",
    "aiko",
    "nadia",
    "felix",
    "rosa",
)
LEVELS = ("INFO", "DEBUG", "WARN", "ERROR", "TRACE")
PASSWORDS = string.ascii_letters + string.digits + "!#$%*+-.?@^_~"
MARK = re.compile("«([^«»]*)»")


def letters(r: random.Random, size: int, of: str = string.ascii_letters + string.digits) -> str:
    """So many signs at random, a digit and a capital among them where they may be."""
    found = "".join(r.choices(of, k=size))
    return found if of != PASSWORDS else found[:-2] + r.choice("QWXKZ") + r.choice("3479")


def strong(r: random.Random) -> str:
    """A password that a program drew."""
    return letters(r, 1) + letters(r, r.randint(11, 18), PASSWORDS)


def human(r: random.Random) -> str:
    """A password that somebody thought of."""
    one, two, number = r.choice(WORDS), r.choice(WORDS), r.randint(13, 9876)
    return r.choice(
        (
            f"{one.title()}{r.choice('!#$*@-_.')}{number}",
            f"{one}-{two.title()}{number}",
            f"{one.title()}{two.title()}{number}!",
            f"{one[:4]}{number}{two.title()[:5]}{r.choice('!?$')}",
        ),
    )


def provider(r: random.Random) -> str:
    """A token that its first letters name."""
    return r.choice(
        (
            "ghp_" + letters(r, 36),
            "glpat-" + letters(r, 20),
            "xoxb-" + letters(r, 12, string.digits) + "-" + letters(r, 24),
            "sk_live_" + letters(r, 24),
            "AIza" + letters(r, 35),
            "npm_" + letters(r, 36),
            "hf_" + letters(r, 34, string.ascii_letters),
        ),
    )


def jwt(r: random.Random) -> str:
    """A signed token."""
    parts = (
        '{"alg":"HS256","typ":"JWT"}',
        f'{{"sub":"{r.choice(NAMES)}","iat":{r.randint(1, 9)}}}',
    )
    sure = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join((*sure, letters(r, 43)))


def pem(r: random.Random) -> str:
    """A private key in lines of 64."""
    body = base64.b64encode(r.randbytes(432)).decode()
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    kind = r.choice(("RSA ", "EC ", "", "OPENSSH "))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{lines}\n-----END {kind}PRIVATE KEY-----"


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "pw": lambda r: r.choice((strong, human))(r),
    "human": human,
    "strong": strong,
    "word": lambda r: letters(r, 1, string.ascii_letters) + letters(r, r.randint(13, 20)),
    "tok": lambda r: letters(r, r.choice((24, 32, 40, 48))),
    "any": lambda r: r.choice((strong, human, lambda s: letters(s, 32), provider))(r),
    "prov": provider,
    "hex": lambda r: r.randbytes(r.choice((16, 20, 32))).hex(),
    "hex64": lambda r: r.randbytes(32).hex(),
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128), version=4)),
    "raw": lambda r: base64.b64encode(r.randbytes(r.choice((24, 32, 48)))).decode(),
    "key32": lambda r: base64.b64encode(r.randbytes(32)).decode(),
    "base32": lambda r: letters(r, 32, string.ascii_uppercase + "234567"),
    "up": lambda r: letters(r, r.choice((16, 20, 24)), string.ascii_uppercase + string.digits),
    "pin": lambda r: letters(r, 6, string.digits),
    "num": lambda r: str(r.randint(1, 40000)),
    "n": lambda r: str(r.randint(2, 9)),
    "nn": lambda r: f"{r.randint(10, 59)}",
    "user": lambda r: r.choice(NAMES),
    "w": lambda r: r.choice(WORDS),
    "W": lambda r: r.choice(WORDS).upper(),
    "Ww": lambda r: r.choice(WORDS).title(),
    "host": lambda r: f"{r.choice(WORDS)}-{r.randint(1, 30)}.{r.choice(WORDS)}.internal",
    "ip": lambda r: ".".join(str(r.randint(10, 200)) for _ in range(4)),
    "at": lambda r: (
        f"2026-{r.randint(1, 9):02d}-{r.randint(10, 28)}T{r.randint(10, 23)}:{r.randint(10, 59)}:{r.randint(10, 59)}Z"
    ),
    "epoch": lambda r: str(1790000000 + r.randint(1, 9999999)),
    "level": lambda r: r.choice(LEVELS),
    "jwt": jwt,
    "pem": pem,
    "sha1": lambda r: r.randbytes(20).hex(),
    "sha256": lambda r: r.randbytes(32).hex(),
    "sri": lambda r: "sha512-" + base64.b64encode(r.randbytes(64)).decode(),
    "md5": lambda r: r.randbytes(16).hex(),
    "short": lambda r: r.randbytes(4).hex(),
    "img": lambda r: base64.b64encode(r.randbytes(r.randint(300, 1500))).decode(),
    "b76": lambda r: base64.b64encode(r.randbytes(57)).decode(),
    "vlq": lambda r: ";".join(letters(r, 1) + letters(r, 4, "ACEGIKMQSU") for _ in range(60)),
    "dna": lambda r: letters(r, 70, "ACGT"),
    "amino": lambda r: letters(r, 60, "ACDEFGHIKLMNPQRSTVWY"),
    "etag": lambda r: base64.b64encode(r.randbytes(15)).decode(),
    "float": lambda r: f"{r.uniform(-180, 180):.6f}",
    "var": lambda r: letters(r, r.randint(1, 2), string.ascii_lowercase),
    "id22": lambda r: base64.urlsafe_b64encode(r.randbytes(16)).decode().rstrip("="),
    "hex24": lambda r: r.randbytes(12).hex(),
    "sri256": lambda r: "sha256-" + base64.b64encode(r.randbytes(32)).decode(),
    "line64": lambda r: base64.b64encode(r.randbytes(48)).decode(),
    "quality": lambda r: letters(r, 70, "".join(map(chr, range(35, 74)))),
    "ulid": lambda r: "01J" + letters(r, 23, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"),
    "nano": lambda r: letters(r, 21, string.ascii_letters + string.digits + "_-"),
    "cls": lambda r: letters(r, 5),
    "up13": lambda r: letters(r, 13, string.ascii_uppercase + string.digits),
}
WRAPS: dict[str, Callable[[str], str]] = {
    "b64": lambda text: base64.b64encode(text.encode()).decode(),
    "url": lambda text: urllib.parse.quote(text, safe=""),
    "hexed": lambda text: text.encode().hex(),
    "slash": lambda text: text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"),
    "indent": lambda text: text.replace("\n", "\n    "),
    "quoted": lambda text: "> " + text.replace("\n", "\n> "),
    "plus": lambda text: "+" + text.replace("\n", "\n+"),
    "front": lambda text: text[: len(text) // 2],
    "width": lambda text: f"{text:24}",
}


def fill(template: str, r: random.Random) -> str:
    """The template with a value for each mark; an inner mark is drawn before the one around it."""
    kept: dict[str, str] = {}

    def value(found: re.Match[str]) -> str:
        name, _, inner = found[1].partition(" ")
        if inner or name in WRAPS:
            return WRAPS[name](inner)
        if name[-1:] in "123" and name[:-1] in MAKERS:
            return kept.setdefault(name, MAKERS[name[:-1]](r))
        return MAKERS[name](r)

    while MARK.search(template):
        template = MARK.sub(value, template)
    return template


def around(template: str, filler: str, r: random.Random) -> str:
    """The shape's lines amid lines of the same sort without a secret."""
    plain = [line for line in filler.split("\n") if line]
    before = [fill(r.choice(plain), r) for _ in range(r.randint(3, 25))] if plain else []
    after = [fill(r.choice(plain), r) for _ in range(r.randint(3, 25))] if plain else []
    return "\n".join((*before, fill(template, r), *after)) + "\n"
