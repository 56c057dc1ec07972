"""Text for a screen of a known width: bars, sparklines, and the one writer of tables (hot path).

A table never cuts the label of a row. It gives way in a fixed order: columns that are empty in
every row, then a path's beginning (`…/git-sync`), then columns by the order of `DROPS`; where even
a label and an amount do not fit beside each other, they stand below each other.
"""

from __future__ import annotations

from cheaproute.report.terminal import labels
from cheaproute.report.terminal.labels import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_STEPS = "▁▂▃▄▅▆▇█"
# What Claude Code shows whole in a terminal of 80 columns, where it does not tell us its own.
WIDTH = 70
ENDLESS = 1 << 20  # nobody looks: a pipe, a file
# The least widths by a column's name, so that tables under each other line up.
FIRST = 22
_LEAST = {"Cost": 10, "Share": 5, "Calls": 5, "In": 5, "Cached": 6, "Out": 5}
# The first to go where there is no room; what is not named stays.
DROPS = (
    "Saved (net)", "Cached", "New", "Wr 1h", "Wr 5m", "Read", "In", "Out", "Model", "Calls",
    "Share", "Project", "Last day", "Work", "Was", "With others", "Set now", "Title",
)  # fmt: skip
_SHORT = 12  # of a path beside such a text
_FOR_TEXT = ("Model",)  # goes that a text has what it wishes
_PATHS = ("By project", "Project")
_EMPTY = {"", "-", "0", "$0.00", "0 %"}
_FREE = 20  # a text that may be cut keeps at least this
_PIPED = 40  # and where nobody looks, at most this: the rest is for nobody's eye
_WISHED = 32  # and where a path can be shortened or a model left out for it, this
_PLAIN = str.maketrans({"≥": ">=", "…": "...", "·": "-", "█": "#", "▒": "=", "░": "."})


class Look:
    """What a text is written for: `width` columns; `plain`: words and numbers, in ASCII."""

    __slots__ = ("plain", "width")

    def __init__(self, width: int = WIDTH, *, plain: bool = False) -> None:
        self.width = width
        self.plain = plain


def plain(text: str) -> str:
    """`text` with our own signs spelt in ASCII; names of others stay as they are."""
    return text.translate(_PLAIN)


def bar(part: int, whole: int, room: int) -> str:
    """`part` of `whole`; full only when it is reached, never empty when there is some."""
    filled = room if whole <= 0 or part >= whole else part * room // whole
    if part > 0:
        filled = max(1, filled)
    return "█" * filled + "░" * (room - filled)


def spark(values: Sequence[int]) -> str:
    """One character a value, scaled to the largest; `·` for nothing."""
    most = max(values, default=0)
    return "".join(
        _STEPS[min(7, value * 8 // most)] if value > 0 and most > 0 else "·" for value in values
    )


def table(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    look: Look,
    *,
    cuttable: str = "",
) -> list[str]:
    """A header and rows. The first column is the label; one named `>X` is aligned to the right.

    `cuttable` is the one column whose texts may be cut.
    """
    right = [name.startswith(">") for name in names]
    names = [name.removeprefix(">") for name in names]
    cells = [[plain(cell) for cell in row] if look.plain else list(row) for row in rows]
    shown, fits = _columns(names, cells, look, cuttable)
    if not fits:
        return _below_each_other(names, cells, shown, look.width)
    widths = _widths(names, cells, shown, look.width, cuttable)
    more = labels.PLAIN_MORE if look.plain else labels.MORE
    for i in shown:
        if names[i] == cuttable:
            short = labels.apart([row[i] for row in cells], widths[i], more)
            for row, text in zip(cells, short, strict=True):
                row[i] = text
    lines = []
    for row in [list(names), *cells]:
        parts = [_pad(row[i], widths[i], right=right[i]) for i in shown]
        lines.append("  ".join(parts).rstrip())
    return lines


def _columns(
    names: Sequence[str], cells: list[list[str]], look: Look, cuttable: str
) -> tuple[list[int], bool]:
    """The columns that have room, and whether even the last of them fit; paths are shortened."""
    more = labels.PLAIN_MORE if look.plain else labels.MORE
    whole = [list(row) for row in cells]

    def taken(shown: list[int]) -> int:
        return sum(_least(names, cells, i, cuttable) + 2 for i in shown)

    def fits(wished: bool = False) -> bool:
        more = sum(_wished(names, cells, i, cuttable) for i in shown) if wished else 0
        return taken(shown) - 2 + more <= look.width

    def shorten(column: int) -> None:
        others = [i for i in shown if i != column]
        room = look.width - taken(others) - sum(_wished(names, cells, i, cuttable) for i in others)
        least = _SHORT if cuttable else labels.END + width(more)
        room = max(room, least) if column else room
        paths = [row[column] for row in whole]
        short = labels.shortened(paths, room, more)
        if (widest := max(map(width, short), default=0)) > room:
            short = labels.shortened(paths, widest, more)  # what fits beside it, stays whole
        for row, label in zip(cells, short, strict=True):
            row[column] = label

    shown = list(range(len(names)))
    order = [names.index(name) for name in DROPS if name in names[1:]]
    empty = [i for i in order if cells and all(row[i] in _EMPTY for row in cells)]
    for i in empty:
        if not fits():
            shown.remove(i)
    paths = [i for i, name in enumerate(names) if i in shown and name in _PATHS]
    for column in paths:
        if not fits(wished=True):
            shorten(column)
    for i in order:
        if i in shown and not fits(wished=names[i] in _FOR_TEXT):
            shown.remove(i)
            for column in paths[:1]:
                shorten(column)  # with the room there is now
    return shown, fits()


def _least(names: Sequence[str], cells: list[list[str]], i: int, cuttable: str) -> int:
    most = max((width(row[i]) for row in cells), default=0)
    if names[i] == cuttable:
        most = min(most, _FREE)
    usual = _LEAST.get(names[i], 0) if names[0].startswith("By ") else 0
    return max(most, width(names[i]), usual)


def _wished(names: Sequence[str], cells: list[list[str]], i: int, cuttable: str) -> int:
    """What a text that may be cut has of the room before a path beside it keeps its beginning."""
    if names[i] != cuttable:
        return 0
    return max(0, min(_WISHED, max((width(row[i]) for row in cells), default=0)) - _FREE)


def _widths(
    names: Sequence[str], cells: list[list[str]], shown: list[int], room: int, cuttable: str
) -> dict[int, int]:
    widths = {i: _least(names, cells, i, cuttable) for i in shown}
    left = room - sum(widths.values()) - 2 * (len(shown) - 1)
    for i in shown:
        if names[i] == cuttable:
            most = max((width(row[i]) for row in cells), default=0)
            most = min(most, _PIPED) if room >= ENDLESS else most
            more = min(left, max(0, most - widths[i]))
            widths[i] += more
            left -= more
    widths[shown[0]] += max(0, min(left, FIRST - widths[shown[0]])) if names[0][:3] == "By " else 0
    return widths


def _below_each_other(
    names: Sequence[str], cells: list[list[str]], shown: list[int], room: int
) -> list[str]:
    """Each label on lines of its own, its figures under it."""
    lines = []
    for row in [list(names), *cells]:
        lines += labels.wrapped(row[shown[0]], room)
        lines += hang("  " + "  ".join(row[i] for i in shown[1:]), room)
    return lines


def _pad(text: str, room: int, *, right: bool) -> str:
    space = " " * (room - width(text))
    return space + text if right else text + space


def path(name: str, home: str) -> str:
    """`name` with `~` for `home`."""
    if home and (name == home or name.startswith((home + "/", home + "\\"))):
        return "~" + name[len(home) :]
    return name


def fill(text: str, room: int) -> list[str]:
    """`text` in lines of at most `room` columns, broken between words, a `command` kept whole."""
    lines: list[str] = []
    for word in _words(text, room):
        if lines and width(lines[-1]) + 1 + width(word) <= room:
            lines[-1] += " " + word
        else:
            lines.append(word)
    return lines


def _words(text: str, room: int) -> list[str]:
    """The words of `text`; what stands in backticks is one, if a line has room, and `97 %`."""
    words: list[str] = []
    is_open = False
    for word in text.split(" "):
        if (is_open or word[:1] == "%") and words and width(words[-1]) + 1 + width(word) <= room:
            words[-1] += " " + word
        else:
            words.append(word)
        is_open = words[-1].count("`") % 2 == 1
    return words


def hang(text: str, room: int, *, cut: bool = True) -> list[str]:
    """A line as lines of at most `room` columns, the further ones as far in as its second column.

    Nothing is lost: a word that is longer than a line goes on in the next, or is left whole.
    """
    if width(text) <= room:
        return [text]
    bare = text.lstrip(" ")
    inner = len(text) - len(bare)
    first, gap, rest = bare.partition("  ")
    if gap and first:  # a name, and what is said of it
        second = inner + width(first) + 2 + len(rest) - len(rest.lstrip(" "))
        inner = second if second <= room // 3 else inner
    lines = []
    for line in fill(text[inner:], max(1, room - inner)):
        lines += labels.wrapped(line, max(1, room - inner)) if cut else [line]
    return [text[:inner] + lines[0], *(" " * inner + line for line in lines[1:])]
