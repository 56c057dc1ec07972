"""What a question is about: files, globs and stdin, read as text or refused in one line."""

from __future__ import annotations

import codecs
import glob
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cheaproute.delegate.secrets import gate, place
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


# What a shell hands over of its own (`<(...)`), which may be a pipe.
_HANDED = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
_COPY = ": ask about a copy without it"
_WORDS = {
    place.SECRET: f"by its name or place it holds secrets{_COPY}",
    place.DENIED: f"a rule against reading names it{_COPY}",
    place.LINKED: f"it has another name, too (a hard link), which may be a secret's{_COPY}",
    place.LED: "a link leads out of the project to what is your own: name it by its real path",
}


def read(
    names: Sequence[str],
    stdin: Callable[[], bytes],
    why_kept: Callable[[Sequence[str]], str] = lambda _ways: "",
) -> list[Document]:
    """The documents of `names`, in order, each once; `-` is `stdin`, a pattern what it matches.

    `why_kept` is `place.why_kept` of the ways that lead to a file.

    Raises:
        Withheld: one of them may not be sent.
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
            raw = stdin() if path == "-" else _load(path, LIMIT_BYTES - size, why_kept)
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


def _load(path: str, room: int, why_kept: Callable[[Sequence[str]], str]) -> bytes:
    if os.path.isdir(path):
        raise DelegationError(f"{path}: a directory: name files, or a pattern such as {path}/*.log")
    real = os.path.realpath(path)
    handed = path.startswith(_HANDED) and not os.path.isfile(path)
    why = "" if handed else why_kept((os.path.abspath(path), real))
    if why:
        raise gate.Withheld(f"{path}: not sent: {_WORDS[why]}")
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    if not handed:  # what stands there now; and a pipe is not waited for
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(path if handed else real, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not (handed or place.stayed(path, real, status)):
                raise DelegationError(f"{path}: it changed while it was opened: ask again")
            if not (handed or stat.S_ISREG(status.st_mode)):
                raise DelegationError(f"{path}: a pipe or a device: give its text as `-`")
            if stat.S_ISREG(status.st_mode) and status.st_size > room:
                raise DelegationError(_too_large(path))
            return file.read(room + 1)
    except FileNotFoundError:
        raise DelegationError(f"{path}: no such file") from None
    except OSError as error:
        raise DelegationError(f"{path}: {error.strerror}") from error


def _too_large(path: str) -> str:
    return f"{path}: too large: {LIMIT_BYTES // 1_000_000} MB in all can be asked about at once"
