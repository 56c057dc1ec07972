"""JSON without the json package's own imports: half of what a hook's start would cost (hot path).

`json` is its two C functions and, around them, Python that brings re and enum. A hook needs only
the first. Those are no public interface, so nothing rests on them: where they are missing, differ,
or do not like the input, `json` itself answers, with its own errors.
"""

from __future__ import annotations

import os
from stat import S_ISREG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_BLANK = " \t\n\r"
_NESTED = "nested too deeply"
# While a text is parsed nothing else of the process runs, not even its watchdog: this many signs
# between values take about a second, and no file of settings has them.
_LONG, _MOST_SIGNS = 4_000_000, 2_000_000
# The opening of a pipe does not wait for its other end.
_QUIETLY = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
_QUIETLY |= getattr(os, "O_BINARY", 0)
# What the C scanner says of what is no JSON; SystemError where json.decoder, whose exception it
# would raise, was never imported.
_FAULTS = (StopIteration, ValueError, TypeError, SystemError)


class _Plain:
    """What `json.JSONDecoder()` is to the C scanner."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float  # NaN, Infinity, -Infinity


def _halves() -> tuple[Callable[..., Any], Callable[..., Any]] | None:
    """`scan(text, place) -> (value, end)` and `encode(value, 0) -> parts`; None to go by json."""
    try:
        import _json

        escape = _json.encode_basestring_ascii
        scan = _json.make_scanner(_Plain)  # type: ignore[arg-type]  # it wants these attributes
        no = False  # sorted keys, skipped keys, NaN
        return scan, _json.make_encoder(None, _not_json, escape, None, ": ", ", ", no, no, no)
    except (ImportError, AttributeError, TypeError):
        return None


def _not_json(value: object) -> object:
    raise TypeError(f"{type(value).__name__} is no JSON")


_c = _halves()


def loads(raw: bytes | str) -> Any:  # noqa: ANN401  # as json.loads
    """What `json.loads(raw)` says.

    Raises:
        ValueError: it is no JSON, nested too deeply, more than there is memory for, or than can be
            read in a hook's time.
    """
    if len(raw) > _LONG and _signs(raw) > _MOST_SIGNS:
        raise ValueError("too much in it")
    try:
        return _loads(raw)
    except (RecursionError, MemoryError):
        raise ValueError(_NESTED) from None


def read(path: str, most: int) -> Any:  # noqa: ANN401  # as json.load
    """What the JSON file at `path` says, which may have `most` bytes.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: it is longer, no file with an end, or no JSON.
    """
    return loads(content(path, most))


def content(path: str, most: int) -> bytes:
    """The bytes of the file at `path`, which may be `most`.

    Raises:
        OSError: there is none, or it cannot be read.
        ValueError: it is longer, or no file with an end (a pipe, a device).
    """
    handle = os.open(path, _QUIETLY)
    try:
        status = os.fstat(handle)
        if not S_ISREG(status.st_mode):
            raise ValueError("no regular file")
        if status.st_size > most:
            raise ValueError("too long")
        raw = os.read(handle, status.st_size)
        while len(raw) < status.st_size and (more := os.read(handle, status.st_size - len(raw))):
            raw += more
        return raw
    finally:
        os.close(handle)


def _signs(raw: bytes | str) -> int:
    text = raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace")
    return sum(map(text.count, (b",", b":", b"[", b"{")))


def _loads(raw: bytes | str) -> Any:  # noqa: ANN401
    if _c is not None:
        try:
            text = raw.decode() if isinstance(raw, bytes) else raw
            value, end = _c[0](text, len(text) - len(text.lstrip(_BLANK)))
            if not text[end:].strip(_BLANK):
                return value
        except _FAULTS:
            pass
    import json

    return json.loads(raw)


def scan(text: str) -> tuple[Any, int]:
    """The JSON value that `text` begins with, and where it ends; what follows may be anything.

    Raises:
        ValueError: it begins with no JSON, or with one nested too deeply.
    """
    try:
        if _c is not None:
            try:
                return _c[0](text, 0)  # type: ignore[no-any-return]
            except _FAULTS:
                pass
        import json

        return json.JSONDecoder().raw_decode(text)
    except RecursionError:
        raise ValueError(_NESTED) from None


def dumps(value: object) -> str:
    """What `json.dumps(value, allow_nan=False)` says, of values without cycles.

    Raises:
        TypeError: it is nothing that JSON has.
        ValueError: it has a number that JSON has not.
        RecursionError: it is nested too deeply.
    """
    if _c is not None:
        try:
            return "".join(_c[1](value, 0))
        except (TypeError, ValueError):
            pass
    import json

    return json.dumps(value, allow_nan=False)
