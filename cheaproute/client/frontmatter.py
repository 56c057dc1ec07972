"""An agent file's frontmatter as plain `key: value` lines; anything else is odd (hot path).

Claude Code reads it as YAML. What is not plainly the same in YAML is not guessed at here.
"""

from __future__ import annotations

# Far more than any description takes; a frontmatter that goes on is odd.
_MOST_BYTES = 65_536
_ENDS = ("---", "...")
_DECIDING = ("name", "model", "description")
# What a value begins with where it is more than its own text.
_SIGNS = ("{", "[", "&", "*", "!", "|", ">", "%", "@", "`", "?", "- ")


class Head:
    """`fields` of the frontmatter; `odd` if it cannot be read for sure, and then all its `text`."""

    __slots__ = ("fields", "odd", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.fields: dict[str, str] = {}
        self.odd = False


def read(path: str) -> Head | None:
    """The frontmatter of the file at `path`; None if there is no such file, or no frontmatter."""
    try:
        with open(path, "rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace").lstrip("\ufeff")
    except (OSError, ValueError):
        return None
    head = Head(text)
    if "\0" in text:
        head.odd = True
        return head
    lines = text.splitlines()
    if not lines or lines[0].rstrip() != _ENDS[0]:
        head.odd = bool(lines) and lines[0].lstrip().startswith(_ENDS[0])
        return head if head.odd else None
    head.odd = not _fields(head, lines[1:])
    return head


def _fields(head: Head, lines: list[str]) -> bool:
    """Whether the lines up to the end of the frontmatter are plain; their values go to `head`."""
    last = ""
    for line in lines:
        if line.rstrip() in _ENDS:
            return True
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if line.startswith((" ", "\t", "- ")):
            if last in _DECIDING[:2]:
                return False  # the value goes on
            continue
        key, colon, value = line.partition(":")
        if not colon or (value and not value.startswith((" ", "\t"))):
            return False
        if not key.replace("-", "").replace("_", "").isalnum() or key in head.fields:
            return False
        last, plain = key, _plain(value.strip(), deciding=key in _DECIDING[:2])
        if plain is None:
            return False
        head.fields[key] = plain
    return False  # no end in sight


def _plain(value: str, *, deciding: bool) -> str | None:
    """The text of a value; None where it decides and is not plainly text."""
    if not deciding:
        return value
    if value[:1] in ("'", '"'):
        inner, closed, rest = value[1:].partition(value[0])
        after = rest.strip()
        if not closed or "\\" in inner or (after and not after.startswith("#")):
            return None
        return inner
    value = value.partition(" #")[0].rstrip()
    if value.startswith(("#", *_SIGNS)) or ": " in value or value.endswith(":"):
        return None if not value.startswith("#") else ""
    return value
