"""A task's fingerprint: knows the task when it comes again, and tells nothing of its text (pure).

MinHash over the set of words: of each of 28 hash functions the smallest value, one byte kept. Two
tasks that share most of their words share most bytes. Four bytes more are a hash of the words as
they stand: two tasks that differ by their object share most bytes, and not these.
"""

from __future__ import annotations

import zlib

_SLOTS = 28
_WHOLE = 8  # digits of the hash of all words
# 21 of 28 bytes: an estimated Jaccard similarity of about 0.75 and more.
_ENOUGH = 21
_MOST_WORDS = 2000
_MASK = 0xFFFFFFFF
# ASCII that stands between words becomes a space; without re, which nothing else here needs.
_APART = bytes(b if b >= 128 or chr(b).isalnum() or b == 95 else 32 for b in range(256))
# Odd multipliers and offsets: 32 cheap hash functions out of one.
_MIX = tuple(
    (0x9E3779B1 + 2 * i * 0x85EBCA77 & _MASK | 1, i * 0xC2B2AE35 & _MASK) for i in range(_SLOTS)
)


OTHER, ALIKE, SAME = 0, 1, 2


def fingerprint(description: str, prompt: str) -> str:
    """64 hexadecimal digits; "" for a task without words.

    The description is another each time: by it alone a task is no other one.
    """
    label, task = _words(description[:2000]), _words(prompt[:40_000])
    words = (label + task)[:_MOST_WORDS]
    if not words:
        return ""
    hashes = [zlib.crc32(word) for word in set(words)]
    least = (min((h * mul + add) & _MASK for h in hashes) for mul, add in _MIX)
    whole = zlib.crc32(b" ".join((task or label)[:_MOST_WORDS]))
    return "".join(f"{value * 0x9E3779B1 >> 8 & 0xFF:02x}" for value in least) + f"{whole:08x}"


def likeness(a: str, b: str) -> int:
    """`SAME` for the same task, `ALIKE` for one in much the same words, else `OTHER`.

    An empty fingerprint is like no other.
    """
    if len(a) != 2 * _SLOTS + _WHOLE or len(b) != len(a):
        return OTHER
    if a[-_WHOLE:] == b[-_WHOLE:]:
        return SAME
    same = sum(a[i : i + 2] == b[i : i + 2] for i in range(0, 2 * _SLOTS, 2))
    return ALIKE if same >= _ENOUGH else OTHER


def _words(text: str) -> list[bytes]:
    return text.lower().encode("utf-8", "surrogatepass").translate(_APART).split()
