"""Which files are never sent anywhere, by name, place and content (hot path, pure)."""

from __future__ import annotations

import re

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


def secret(path: str) -> bool:
    """Whether the file at `path` looks by its name or place as if it held a secret."""
    *places, name = path.lower().replace("\\", "/").split("/")
    if any(place in _SECRET_PLACES or place.startswith(".env") for place in places):
        return True
    return bool(_SECRET_NAME.search(name) or _SECRET_END.search(name))


def holds_key(text: str) -> bool:
    """Whether `text` holds a private key."""
    return _KEY_BLOCK in text
