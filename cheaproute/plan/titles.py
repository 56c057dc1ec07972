"""What sessions begin with, read from their transcripts when it is shown; never stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from cheaproute import fastjson

_MOST_BYTES = 262_144
_MOST_CHARS = 60


def of(db: sqlite3.Connection, sessions: Iterable[int]) -> dict[int, str]:
    """The first prompt of each session, shortened; none where its transcript is gone."""
    found = {}
    for session in sessions:
        row = db.execute(
            "SELECT path FROM file WHERE session = ? AND agent = '' ORDER BY born_ms LIMIT 1",
            (session,),
        ).fetchone()
        if row and (text := _first_prompt(row[0])):
            found[session] = text
    return found


def _first_prompt(path: str) -> str:
    try:
        with open(path, "rb") as file:
            head = file.read(_MOST_BYTES)
    except OSError:
        return ""
    for line in head.split(b"\n"):
        if b'"user"' not in line:
            continue
        try:
            row = fastjson.loads(line.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            continue
        text = _text(row)
        if text and not text.startswith("<"):
            words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
            return words if len(words) <= _MOST_CHARS else words[: _MOST_CHARS - 1] + "…"
    return ""


def _text(row: object) -> str:
    """The typed text of a user's row, "" if it is none."""
    if not isinstance(row, dict) or row.get("type") != "user" or row.get("isMeta"):
        return ""
    message = row.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list):
        texts = [one.get("text") for one in content if isinstance(one, dict)]
        content = next((text for text in texts if isinstance(text, str)), "")
    return content if isinstance(content, str) else ""
