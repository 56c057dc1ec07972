"""Texts of Claude Code as the database takes them (hot path)."""

from __future__ import annotations


def storable(text: str) -> str:
    """`text` with lone surrogates, which no database takes, and control characters in escapes."""
    if not text.isprintable():
        from cheaproute import escape

        text = escape.plain(text)
    return text
