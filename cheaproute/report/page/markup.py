"""HTML by hand, where it is shortest: everything that comes from outside is escaped here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Self

from cheaproute import escape

_MODEL = re.compile(r"claude-[a-z]+-[0-9][0-9-]*[,;.]?")
_CODE = re.compile(r"`([^`]+)`")
# Where a path or a setting's name may break in a narrow column; any other name only if it is long.
_BREAKS = re.compile(r"(?<=/)(?=\w)|(?<=[a-z])(?=[A-Z])")
_LONG = re.compile(r"\w[\w.]{15,}")
_PARTS = re.compile(r"(?<=[a-z][._])(?=[a-z])")


def text(value: object) -> str:
    """`value` as text of the page."""
    return escape.html(str(value))


def code(line: str) -> str:
    """`line` as text of the page, what stands in backticks set as code."""
    return _coded(text(line))


def _coded(markup: str) -> str:
    return _CODE.sub(r"<code>\1</code>", markup)


def section(id_: str, title: str, *parts: str, css: str = "") -> str:
    """A card of the page."""
    name = f' class="{css}"' if css else ""
    return (
        f'<section id="{id_}"{name} aria-labelledby="{id_}-title">'
        f'<h2 id="{id_}-title">{text(title)}</h2>{"".join(parts)}</section>'
    )


def figure(svg: str, series: Sequence[tuple[str, int]], note: str = "") -> str:
    """A drawing with its legend; it scrolls on a narrow screen, by keyboard too."""
    caption = f"<figcaption class=note>{text(note)}</figcaption>" if note else ""
    frame = f'<div class="scroll fig" tabindex="0">{svg}</div>'
    return f"<figure>{legend(series)}{frame}{caption}</figure>"


def legend(series: Sequence[tuple[str, int]]) -> str:
    """The names of the series beside their colours; a single one needs none."""
    if len(series) < 2:
        return ""
    items = "".join(f'<li class="color-{color}"><i></i>{text(name)}</li>' for name, color in series)
    return f'<ul class="legend" aria-hidden="true">{items}</ul>'


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    foot: Sequence[object] = (),
    css: str = "",
) -> str:
    """A table; a column whose name begins with `<` is aligned to the left, as the first one.

    `css`: the class by which the style sheet knows which columns to leave out where there is no
    room. The last column is left out everywhere if it is nothing in each row.
    """
    rows = [list(row) for row in rows]
    if (
        len(columns) > 2
        and rows
        and all(str(row[-1]) in ("$0.00", "-") for row in [*rows, foot or rows[0]])
    ):
        columns, rows, foot = columns[:-1], [row[:-1] for row in rows], foot[:-1]
    sides = [' class="left"' if name.startswith("<") else "" for name in columns]

    def line(cells: Sequence[object], tag: str, scope: str = "") -> str:
        inner = "".join(
            f"<{tag}{side}{scope}>{_cell(cell)}</{tag}>"
            for cell, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{inner}</tr>"

    head = line([name.removeprefix("<") for name in columns], "th", ' scope="col"')
    body = "".join(line(row, "td") for row in rows)
    name = f' class="{css}"' if css else ""
    end = f"<tfoot>{line(foot, 'td')}</tfoot>" if foot else ""
    return (
        f'<div class="scroll" tabindex="0"><table{name}><thead>{head}</thead>'
        f"<tbody>{body}</tbody>{end}</table></div>"
    )


class Named(str):
    """A short name with the whole one behind it."""

    __slots__ = ("whole",)

    whole: str

    def __new__(cls, short: str, whole: str) -> Self:
        """`short`, which stands for `whole`."""
        self = super().__new__(cls, short)
        self.whole = whole
        return self


class Over(str):
    """What has something below it where the page is too narrow for that to have its column."""

    __slots__ = ("below",)

    below: str

    def __new__(cls, shown: str, below: str) -> Self:
        """`shown`, and `below` it."""
        self = super().__new__(cls, shown)
        self.below = below
        return self


def _cell(cell: object) -> str:
    shown = _LONG.sub(lambda name: _PARTS.sub("<wbr>", name[0]), text(cell))
    shown = _BREAKS.sub("<wbr>", shown)
    if not isinstance(cell, Named):
        shown = _coded(shown)
    if " " in shown:  # in a sentence a model's name stays in one piece
        shown = _MODEL.sub(r'<span class="nb">\g<0></span>', shown)
    if isinstance(cell, Over):
        return f'{shown}<small class="below">{text(cell.below)}</small>'
    if isinstance(cell, Named) and cell.whole != cell:
        return f'<span title="{text(cell.whole)}">{shown}</span>'
    return shown


def details(summary: str, content: str) -> str:
    """What is shown when asked for, and in print."""
    return f"<details><summary>{text(summary)}</summary>{content}</details>"


def empty(words: str) -> str:
    """Where there is nothing to draw."""
    return f'<p class="empty">{text(words)}</p>'
