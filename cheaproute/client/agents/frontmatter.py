"""What stands above the text of an agent or a skill, read once for all who ask."""

from __future__ import annotations

_MOST_BYTES, _ENDS = 65_536, ("---", "...")
_DECIDING = ("name", "model", "description")
# A longer frontmatter is odd; so is a value that decides and begins with one of these.
_SIGNS = ("{", "[", "&", "*", "!", "|", ">", "%", "@", "`", "?", "- ")


class Head:
    """`fields` of a frontmatter and all its `lines`; `odd` if it cannot be read for sure.

    `text`: the file's, as far as it was read.
    """

    __slots__ = ("fields", "lines", "odd", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: list[str] = []
        self.fields: dict[str, str] = {}
        self.odd = False


def read(path: str) -> Head | None:
    """The frontmatter of the file at `path`, odd if not plainly the same in YAML; None if none."""
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
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() in _ENDS), None)
    head.lines = lines[1:end]
    head.odd = not _are_plain(head) or end is None
    return head


def _are_plain(head: Head) -> bool:
    """Whether the lines are; their values go to its fields."""
    last = ""
    for line in head.lines:
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
    return True


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
