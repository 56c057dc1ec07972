"""A task's fingerprint: knows the task when it comes again, and tells nothing of its text (pure).

MinHash over the set of words: of each of 32 hash functions the smallest value, one byte kept. Two
tasks that share most of their words share most bytes.
"""

from __future__ import annotations

import zlib

_SLOTS = 32
# 24 of 32 bytes: an estimated Jaccard similarity of about 0.75 and more.
_ENOUGH = 24
_MOST_WORDS = 2000
_MASK = 0xFFFFFFFF
# ASCII that stands between words becomes a space; without re, which nothing else here needs.
_APART = bytes(b if b >= 128 or chr(b).isalnum() or b == 95 else 32 for b in range(256))
# Odd multipliers and offsets: 32 cheap hash functions out of one.
_MIX = tuple(
    (0x9E3779B1 + 2 * i * 0x85EBCA77 & _MASK | 1, i * 0xC2B2AE35 & _MASK) for i in range(_SLOTS)
)


def fingerprint(description: str, prompt: str) -> str:
    """64 hexadecimal digits; "" for a task without words."""
    text = f"{description[:2000]}\n{prompt[:40_000]}".lower().encode("utf-8", "surrogatepass")
    words = text.translate(_APART).split()[:_MOST_WORDS]
    if not words:
        return ""
    hashes = [zlib.crc32(word) for word in set(words)]
    least = (min((h * mul + add) & _MASK for h in hashes) for mul, add in _MIX)
    return "".join(f"{value * 0x9E3779B1 >> 8 & 0xFF:02x}" for value in least)


def similar(a: str, b: str) -> bool:
    """Whether two fingerprints are of much the same task; an empty one is like no other."""
    if len(a) != 2 * _SLOTS or len(b) != 2 * _SLOTS:
        return False
    same = sum(a[i : i + 2] == b[i : i + 2] for i in range(0, 2 * _SLOTS, 2))
    return same >= _ENOUGH
