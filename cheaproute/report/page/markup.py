"""HTML by hand, where it is shortest: everything that comes from outside is escaped here."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


def text(value: object) -> str:
    """`value` as text of the page."""
    return html.escape(str(value))


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
    return f'<figure>{legend(series)}<div class="scroll" tabindex="0">{svg}</div>{caption}</figure>'


def legend(series: Sequence[tuple[str, int]]) -> str:
    """The names of the series beside their colours; a single one needs none."""
    if len(series) < 2:
        return ""
    items = "".join(f'<li class="color-{color}"><i></i>{text(name)}</li>' for name, color in series)
    return f'<ul class="legend" aria-hidden="true">{items}</ul>'


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, foot: Sequence[object] = ()
) -> str:
    """A table; a column whose name begins with `<` is aligned to the left, as the first one."""
    sides = [' class="left"' if name.startswith("<") else "" for name in columns]

    def line(cells: Sequence[object], tag: str, scope: str = "") -> str:
        inner = "".join(
            f"<{tag}{side}{scope}>{text(cell)}</{tag}>"
            for cell, side in zip(cells, sides, strict=True)
        )
        return f"<tr>{inner}</tr>"

    head = line([name.removeprefix("<") for name in columns], "th", ' scope="col"')
    body = "".join(line(row, "td") for row in rows)
    end = f"<tfoot>{line(foot, 'td')}</tfoot>" if foot else ""
    return (
        f'<div class="scroll" tabindex="0"><table><thead>{head}</thead>'
        f"<tbody>{body}</tbody>{end}</table></div>"
    )


def details(summary: str, content: str) -> str:
    """What is shown when asked for, and in print."""
    return f"<details><summary>{text(summary)}</summary>{content}</details>"


def empty(words: str) -> str:
    """Where there is nothing to draw."""
    return f'<p class="empty">{text(words)}</p>'
