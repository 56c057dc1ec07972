"""Names as a table shows them: short models, paths from their end, widths as a terminal draws."""

from __future__ import annotations

from cheaproute.report.figures import STOPPED
from cheaproute.usage.models import SYNTHETIC, canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

MORE, PLAIN_MORE = "…", "..."
END = 20  # columns of a name's end, by which people still know it


def width(text: str) -> int:
    """The columns that `text` takes: East Asian letters two, combining marks none."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def models(names: Sequence[str]) -> dict[str, str]:
    """Each model id with its short name, `opus-4-5`; two ids of one name are not shortened."""
    short = {name: canonical(name).removeprefix("claude-") for name in names}
    taken = list(short.values())
    return {name: word if taken.count(word) == 1 else name for name, word in short.items()}


def model(name: str) -> str:
    """The short name of one model id; that of requests which none answered."""
    return STOPPED if name == SYNTHETIC else canonical(name).removeprefix("claude-")


def known_by(title: str, path: str) -> str:
    """A session's title; of one without, the name of its directory in brackets."""
    return title or f"({path.replace(chr(92), '/').rpartition('/')[2] or path or 'unknown'})"


def shortened(names: Sequence[str], room: int, more: str = MORE) -> list[str]:
    """Paths without their beginning, as far as `room` asks for it and they stay apart.

    Of the last part of a path at least the last `END` columns stay; what is no path stays whole.
    """
    found = []
    for name in names:
        parts = name.replace("\\", "/").split("/")
        best = name
        for start in range(1, len(parts)):
            if width(best) <= room:
                break
            end = "/" + "/".join(parts[start:])
            if _ends_another(end, name, names):
                break
            if width(more + end) < width(best):
                best = more + end
        if width(best) > room and len(parts) > 1 and width(parts[-1]) > END:
            end = last(parts[-1], max(END, room - width(more)))
            if not _ends_another(end, name, names):
                best = more + end
        found.append(best)
    return found


def _ends_another(end: str, name: str, names: Sequence[str]) -> bool:
    return any(one.replace("\\", "/").endswith(end) for one in names if one != name)


def last(text: str, room: int) -> str:
    """The end of `text` that fits into `room` columns."""
    at = len(text)
    while at and width(text[at - 1 :]) <= room:
        at -= 1
    return text[at:]


def cut(text: str, room: int, more: str = MORE) -> str:
    """`text` in `room` columns, its end given up."""
    if width(text) <= room:
        return text
    kept = ""
    for letter in text:
        if width(kept + letter) > room - len(more):
            break
        kept += letter
    return kept.rstrip() + more


def apart(texts: Sequence[str], room: int, more: str = MORE) -> list[str]:
    """Each of `texts` in `room` columns, its end given up; its middle where others begin so."""
    plainly = [cut(text, room, more) for text in texts]
    found = list(plainly)
    for n, text in enumerate(texts):
        alike = [other for other, short in zip(texts, plainly, strict=True) if short == plainly[n]]
        at = max((_shared(text, other) for other in alike if other != text), default=0)
        if at:
            head = cut(text, room // 3, more)
            left = room - width(head)
            while at and text[at - 1].isalnum():
                at -= 1
            end = text[at:]
            found[n] = head + (cut(end, left, more) if width(end) > left else last(text, left))
    return found


def _shared(one: str, other: str) -> int:
    """How many letters both begin with."""
    at = 0
    while at < min(len(one), len(other)) and one[at] == other[at]:
        at += 1
    return at


def wrapped(text: str, room: int) -> list[str]:
    """`text` in lines of at most `room` columns, nothing lost; a path breaks behind a slash."""
    lines, line = [], ""
    for letter in text:
        if line and width(line + letter) > room:
            cut = line.rfind("/") + 1
            cut = cut if cut > len(line) // 2 else len(line)
            lines.append(line[:cut])
            line = line[cut:]
        line += letter
    return [*lines, line]
