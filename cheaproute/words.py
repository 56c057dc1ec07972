"""How a number stands in a sentence: a count with its noun, a share in percent (hot path)."""

from __future__ import annotations


def plural(number: int, noun: str, several: str = "") -> str:
    """`1 call`, `2,227 calls`."""
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"


def share(part: int, whole: int) -> str:
    """`part` of `whole` in percent, "" of nothing; neither 0 % nor 100 % unless it is."""
    if whole <= 0:
        return ""
    percent = round(100 * part / whole)
    if percent == 0 and part > 0:
        return "<1 %"
    if percent == 100 and part < whole:
        return ">99 %"
    return f"{percent} %"
