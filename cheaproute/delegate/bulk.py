"""Which reads are bulk, and which are never sent anywhere (hot path, pure).

The kinds stand in hooks.json, too, as `if` conditions, so that a read of any other file starts no
process (a test holds the two together); the setting `digest.kinds` chooses among them.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

# Patterns of file names, by kind, in lower case; `*` is any text.
KINDS = {
    "log": ("*.log", "*.log.[0-9]*", "*.out", "*.trace", "*.dump"),
    "lock": (
        "*.lock",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "pnpm-lock.yaml",
        "go.sum",
    ),
    "data": ("*.jsonl", "*.ndjson", "*.csv", "*.tsv", "*.har", "*.sql"),
    "generated": ("*.min.js", "*.min.css", "*.map"),
}

# Words in a file's name that make it a secret, whole words only: `tokenizer.log` is none.
_WORDS = (
    "env|secrets?|credentials?|creds|passwords?|passwd|tokens?|api[-_]?keys?|private[-_]?keys?|"
    "id_(?:rsa|dsa|ecdsa|ed25519)\\w*|kubeconfig|htpasswd|netrc|npmrc|pypirc|pgpass|shadow|vault|"
    "wallet|keychain|service[-_]?accounts?"
)
_SECRET_NAME = re.compile(rf"(?:^|[^a-z0-9])(?:{_WORDS})(?:$|[^a-z0-9])")
_SECRET_END = re.compile(
    r"\.(?:pem|key|p12|pfx|p8|jks|keystore|kdbx?|asc|gpg|pgp|ppk|ovpn|tfstate|tfvars|crt|cer|der)"
    r"(?:$|\.)"
)
# Directories whose files are all taken to be secret. No words here: a project may be `vault-ui`.
_SECRET_PLACES = frozenset(
    [
        ".ssh",
        ".aws",
        ".gnupg",
        ".azure",
        ".kube",
        ".docker",
        ".gcloud",
        "gcloud",
        ".password-store",
        ".secrets",
        "secrets",
        "secret",
        ".credentials",
        "credentials",
        "private_keys",
        "private-keys",
    ]
)
# What a text shows when it holds a private key.
_KEY_BLOCK = "PRIVATE KEY-----"


def kind(path: str) -> str:
    """The kind of the file at `path`, "" if it is not a bulk one."""
    name = _name(path)
    for word, patterns in KINDS.items():
        if any(_glob(pattern).fullmatch(name) for pattern in patterns):
            return word
    return ""


def secret(path: str) -> bool:
    """Whether the file at `path` looks by its name or place as if it held a secret."""
    *places, name = path.lower().replace("\\", "/").split("/")
    if any(place in _SECRET_PLACES or place.startswith(".env") for place in places):
        return True
    return bool(_SECRET_NAME.search(name) or _SECRET_END.search(name))


def holds_key(text: str) -> bool:
    """Whether `text` holds a private key."""
    return _KEY_BLOCK in text


def wanted(path: str, kinds: Collection[object]) -> bool:
    """Whether the file at `path` is of one of the `kinds` the user wants digested."""
    return kind(path) in kinds


def _name(path: str) -> str:
    return path.lower().replace("\\", "/").rpartition("/")[2]


def _glob(pattern: str) -> re.Pattern[str]:
    # Own translation: fnmatch would be one more import, and these have two signs only.
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\[0\-9\]", "[0-9]"))
