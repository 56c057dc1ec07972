"""Lines that only who knows the passphrase can read: Fernet of `cryptography`, the key by scrypt.

The salt stands in the file's first line. Each line is sealed alone, so that a file is only ever
appended to.
"""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cached_property

from cheaproute.errors import LibraryMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.fernet import Fernet

SALT_BYTES = 16
# https://www.rfc-editor.org/rfc/rfc7914 section 2: 2**15 takes about 0.1 s and 32 MB.
_COST, _BLOCK, _PARALLEL = 1 << 15, 8, 1


class Seal:
    """Seals and opens lines with one key, which is derived when it is first needed."""

    def __init__(self, passphrase: str, salt: bytes) -> None:
        self._passphrase = passphrase
        self._salt = salt

    @cached_property
    def _key(self) -> bytes:
        return _derived(self._passphrase, self._salt)

    @cached_property
    def _fernet(self) -> Fernet:
        key = self._key
        from cryptography.fernet import Fernet

        return Fernet(key)

    @property
    def mark(self) -> bytes:
        """What tells this key from others, and to whom has it no more than a sealed line does."""
        return hashlib.blake2b(self._key, digest_size=8).digest()

    def close(self, line: bytes) -> bytes:
        """`line`, sealed: printable, on one line.

        Raises:
            CheaprouteError: the library is not installed.
        """
        return self._fernet.encrypt(line)

    def open(self, line: bytes) -> bytes | None:
        """The line that was sealed; None where the key is another, or the line was changed.

        Raises:
            CheaprouteError: the library is not installed.
        """
        fernet = self._fernet
        from cryptography.fernet import InvalidToken

        try:
            return fernet.decrypt(line)
        except InvalidToken:
            return None


class Seals:
    """The seal of each salt under one passphrase ("": none is known)."""

    def __init__(self, passphrase: str) -> None:
        self.passphrase = passphrase
        self._of: dict[bytes, Seal] = {}

    def of(self, salt: bytes) -> Seal | None:
        """The seal of a file with `salt`; None for an open file (no salt)."""
        if not salt:
            return None
        return self._of.setdefault(salt, Seal(self.passphrase, salt))


def salt() -> bytes:
    """A new file's salt."""
    return os.urandom(SALT_BYTES)


def _derived(passphrase: str, salt: bytes) -> bytes:
    try:
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
    except ImportError:
        raise LibraryMissing("a sealed folder needs the library `cryptography`") from None
    key = Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_PARALLEL).derive(passphrase.encode())
    return base64.urlsafe_b64encode(key)
