"""Bytes of a file as text, by its mark or its content; None where that is in doubt (hot path)."""

from __future__ import annotations

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE = 4_096


def text(raw: bytes) -> str | None:
    """The text in `raw`; None where it is none, or of an encoding that is not known for sure."""
    try:
        return raw.decode(_encoding(raw))
    except (UnicodeError, LookupError):
        return None


def _encoding(raw: bytes) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return encoding
    sample = raw[:_SAMPLE]
    if b"\0" not in raw:
        return "utf-8"
    # UTF-16 without its mark: of plain letters every second byte is empty.
    pairs = len(sample) // 2
    for encoding, odd in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(raw) % 2 == 0 and sample[odd::2].count(0) > 0.9 * pairs > 0.9:
            return encoding
    return ""  # binary
