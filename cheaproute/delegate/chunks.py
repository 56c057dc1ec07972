"""How many tokens a text can be at most, and how to cut it so that no part is too long.

Tokens are bounded by bytes: every tokenizer of a Claude model spends at least one byte a token.
Real text has two to four bytes a token; only count_tokens knows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

from cheaproute.delegate.backends.request import Backend, Request
from cheaproute.delegate.secrets import gate
from cheaproute.usage.call import Call

# A prompt of more tokens than this moves the whole call of Haiku 5.5 to five times the price.
STEP_TOKENS = 100_000
# What stays below the step even where a count is a little off.
PART_TOKENS = 95_000
# A part of the file itself: room is left for the question, the instructions and the client's own.
PART_BYTES = 85_000


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text: whole lines where they fit. `first` and `last` count from 1."""

    text: str
    first: int
    last: int


def bound(request: Request, backend: Backend) -> int:
    """The most tokens the prompt can be."""
    letters = len(request.system.encode()) + len(request.prompt.encode())
    return letters + backend.overhead_tokens


def measure(request: Request, backend: Backend) -> int:
    """The prompt's tokens as counted, else the most they can be.

    A short prompt is not worth asking for.

    Raises:
        Withheld: it may not be sent, and counting is sending.
    """
    clear(request)
    most = bound(request, backend)
    if most <= PART_TOKENS:
        return most
    counted = backend.count(request)
    return most if counted is None else min(most, counted + backend.overhead_tokens)


def clear(request: Request) -> None:
    """Let a request out whose texts have not been looked through yet.

    Raises:
        Withheld: see `gate.clear`.
    """
    if not request.cleared:
        gate.clear(request.prompt, "the prompt")


def worst(request: Request, tokens: int, backend: Backend) -> Call:
    """The dearest call that `request`, a prompt of at most `tokens`, can turn into."""
    call = Call("", 0, request.model, output=request.max_tokens)
    if backend.writes_cache:
        call.write_1h = tokens
    else:
        call.input = tokens
    return call


def split(text: str, limit: int = PART_BYTES) -> list[Part]:
    """`text` in parts of at most `limit` bytes, cut between lines; a longer line is cut inside."""
    parts: list[Part] = []
    begun: list[str] = []
    size = 0
    first = number = 1
    for line in io.StringIO(text, newline="\n"):  # lines as Claude Code counts them
        for piece in _pieces(line, limit):
            length = len(piece.encode())
            if begun and size + length > limit:
                last = number if begun[-1][-1:] != "\n" else number - 1
                parts.append(Part("".join(begun), first, last))
                begun, size, first = [], 0, number
            begun.append(piece)
            size += length
        number += 1
    if begun:
        parts.append(Part("".join(begun), first, number - 1))
    return parts


def _pieces(line: str, limit: int) -> Iterator[str]:
    """`line` cut into pieces of at most `limit` bytes, never inside a character."""
    raw = line.encode()
    while len(raw) > limit:
        cut = limit
        while cut and raw[cut] & 0xC0 == 0x80:
            cut -= 1
        yield raw[:cut].decode()
        raw = raw[cut:]
    yield raw.decode()
