"""What a question is about: files, globs and stdin, read as text or refused in one line."""

from __future__ import annotations

import codecs
import glob
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cheaproute.errors import DelegationError, UsageError

# About 8 million tokens, a dollar and a half of Haiku 5.5: more is a slip.
LIMIT_BYTES = 24_000_000
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what to call it."""

    name: str
    text: str


def read(names: Sequence[str], stdin: Callable[[], bytes]) -> list[Document]:
    """The documents of `names`, in order, each once; `-` is `stdin`, a pattern what it matches.

    Raises:
        UsageError: a pattern matches nothing, or `-` stands twice.
        DelegationError: a file is missing, unreadable, a directory, binary, or all are too large.
    """
    documents: dict[str, Document] = {}
    size = 0
    for name in names:
        for path in _expand(name):
            if path in documents:
                if path == "-":
                    raise UsageError("`-` can be given once: stdin ends")
                continue
            raw = stdin() if path == "-" else _load(path, LIMIT_BYTES - size)
            size += len(raw)
            if size > LIMIT_BYTES:
                raise DelegationError(_too_large(path))
            documents[path] = Document("stdin" if path == "-" else path, decode(raw, path))
    return list(documents.values())


def decode(raw: bytes, name: str) -> str:
    """The text in `raw`, UTF-8 unless it says otherwise; a stray byte becomes a mark.

    Raises:
        DelegationError: this is not text.
    """
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    if b"\0" in raw[:65_536]:
        raise DelegationError(f"{name}: binary, not text")
    return raw.decode("utf-8", errors="replace")


def _expand(name: str) -> list[str]:
    if name == "-" or os.path.exists(name) or not glob.has_magic(name):
        return [name]
    found = sorted(path for path in glob.glob(name, recursive=True) if os.path.isfile(path))
    if not found:
        raise UsageError(f"{name}: no file matches")
    return found


def _load(path: str, room: int) -> bytes:
    if os.path.isdir(path):
        raise DelegationError(f"{path}: a directory: name files, or a pattern such as {path}/*.log")
    try:
        if os.path.isfile(path) and os.path.getsize(path) > room:
            raise DelegationError(_too_large(path))
        with open(path, "rb") as file:
            return file.read(room + 1)
    except FileNotFoundError:
        raise DelegationError(f"{path}: no such file") from None
    except OSError as error:
        raise DelegationError(f"{path}: {error.strerror}") from error


def _too_large(path: str) -> str:
    return f"{path}: too large: {LIMIT_BYTES // 1_000_000} MB in all can be asked about at once"
