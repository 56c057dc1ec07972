"""What a call of ours is likely to be, by those of its kind that were answered: kept, not summed.

A cap sets aside the most that a call may cost; the books have the likely, until it is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cheaproute.cap import expected, reservations
from cheaproute.ledger import meta
from cheaproute.ledger.transactions import Immediate

if TYPE_CHECKING:
    import sqlite3

    from cheaproute.usage.call import Call

# Where none was answered: text has two to four.
_BYTES_A_TOKEN = 3
_KINDS = ("input", "write_5m", "write_1h", "read")
# Once the prompts of a kind came to so many bytes, those before count for half.
_KEPT = 4_000_000
_KEY = "likely."


def call(db: sqlite3.Connection, kind: str, purpose: str, bound: Call, letters: int) -> Call:
    """The likely one for `bound`, the dearest that a prompt of `letters` bytes can turn into.

    `kind` is as for `learn`. A prompt that was counted has as many tokens as `bound` says.
    """
    size, *counts = _seen(db, kind)
    most = sum(bound.prompt())
    made = bound.replace(output=expected.median_output(db, purpose, bound.output))
    if not size:
        counts, size = [getattr(bound, name) for name in _KINDS], most * _BYTES_A_TOKEN
    tokens = most if most < letters else min(most, letters * sum(counts) // size)
    for name, count in zip(_KINDS, counts, strict=True):
        setattr(made, name, tokens * count // (sum(counts) or 1))
    return made


def learn(db: sqlite3.Connection, kind: str, answered: Call, letters: int) -> None:
    """Keep what a prompt of `letters` bytes was billed as, among those of the same `kind`.

    `kind` names what bears on it: the purpose, the way, the model.
    """
    counts = [getattr(answered, name) for name in _KINDS]
    if not sum(counts) or letters <= 0:
        return
    with Immediate(db, wait_s=reservations.PATIENCE_S):
        seen = _seen(db, kind)
        share = 2 if seen[0] > _KEPT else 1
        sums = [old // share + new for old, new in zip(seen, (letters, *counts), strict=True)]
        meta.put(db, _KEY + kind, " ".join(map(str, sums)))


def _seen(db: sqlite3.Connection, kind: str) -> list[int]:
    """The bytes of a kind's prompts, and their tokens as `_KINDS`; zeros where none is known."""
    kept = meta.get(db, _KEY + kind).split()
    if len(kept) != 1 + len(_KINDS) or not all(word.isdecimal() for word in kept):
        return [0] * (1 + len(_KINDS))
    return [int(word) for word in kept]
