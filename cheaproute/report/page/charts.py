"""Charts as inline SVG without style or script: the only importer of pygal.

The page's own style sheet colours them by class (`color-0` and so on), so that light, dark and
print are one drawing. A value's tooltip is an SVG `title`, which needs no script.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cheaproute.config import paths
from cheaproute.errors import LibraryMissing

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Name, values, and the number of its colour in the style sheet.
Series = tuple[str, Sequence[float | None], int]
Format = Callable[[float], str]

# Coordinates; a tenth of a pixel is enough for them.
_PLACES = {"x", "y", "width", "height", "d", "transform", "cx", "cy", "r", "x1", "x2", "y1", "y2"}
_LONG = re.compile(r"(\.\d)\d+")
_LABELS = 12  # more labels than these on the x axis would overlap


def stacked(title: str, labels: Sequence[str], series: Sequence[Series], show: Format) -> str:
    """Bars on each other, one a label; the first series at the bottom."""
    return _draw("StackedBar", title, labels, series, show, height=300)


def lines(title: str, labels: Sequence[str], series: Sequence[Series], show: Format) -> str:
    """A line a series; a value of None leaves a gap."""
    return _draw("Line", title, labels, series, show, height=280)


def across(title: str, labels: Sequence[str], series: Sequence[Series], show: Format) -> str:
    """Bars on each other that run to the right, the first label at the top."""
    flipped = [(name, list(values)[::-1], color) for name, values, color in series]
    height = 50 + 34 * len(labels)
    return _draw("HorizontalStackedBar", title, labels[::-1], flipped, show, height=height)


def require() -> None:
    """Nothing, where the library is installed.

    Raises:
        LibraryMissing: it is not; the message is the command that installs it.
    """
    try:
        import pygal  # noqa: F401
    except ImportError:
        # The plugin's own environment has it; a plain `pip install cheaproute` has not.
        plugin = os.path.exists(paths.LOCK_FILE)
        way = "cheaproute setup" if plugin else "pip install 'cheaproute[report]'"
        raise LibraryMissing("the charts need the package pygal", f"run `{way}`") from None


def whole(value: float) -> str:
    """A count on an axis, where a half of one is none."""
    return f"{value:.0f}" if float(value).is_integer() else ""


def _draw(
    kind: str,
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    show: Format,
    *,
    height: int,
) -> str:
    import pygal

    # It leaves an importer of an API that is gone: every later import would warn of it.
    sys.meta_path[:] = [it for it in sys.meta_path if type(it).__module__ != "pygal"]
    flat = kind.startswith("Horizontal")
    chart = getattr(pygal, kind)(
        width=900,
        height=height,
        css=(),
        js=(),
        disable_xml_declaration=True,
        no_prefix=True,
        show_legend=False,
        title=None,
        margin=8,
        margin_left=30,  # for the larger letters of a narrow page
        spacing=6,
        max_scale=6,
        min_scale=3,
        truncate_label=-1,
        show_minor_x_labels=flat,
        include_x_axis=True,
    )
    chart.x_labels = list(labels)
    step = -(-len(labels) // _LABELS) or 1
    chart.x_labels_major = list(labels)[::step]
    chart.value_formatter = show
    for name, values, _ in series:
        chart.add(name, [{"value": value, "label": name} for value in values])
    chart.add_xml_filter(lambda root: _plain(root, title, [color for _, _, color in series]))
    svg: str = chart.render(is_unicode=True)
    return svg


def _plain(root: Element, title: str, colors: Sequence[int]) -> Element:
    """The drawing without pygal's own style and script, its tooltips as titles."""
    for node in list(root.iter()):
        words = (node.get("class") or "").split()
        if "series" in words:
            number = int(words[1].removeprefix("serie-"))
            node.set("class", f"series serie-{number} color-{colors[number]}")
        for child in list(node):
            if _surplus(child) or _is_nothing(child):
                node.remove(child)
        notes = {n.get("class", ""): n for n in node if str(n.tag) == "desc"}
        for note in notes.values():
            node.remove(note)
        if "value" in notes:
            names = [name for name in ("x_label", "label", "value") if name in notes]
            tip = node.makeelement("title", {})
            tip.text = " · ".join(notes[name].text or "" for name in names)
            node.insert(0, tip)
    for node in root.iter():
        if str(node.tag).endswith("rect") and "background" not in node.get("class", ""):
            for name in ("rx", "ry", "class"):
                node.attrib.pop(name, None)
        for name in _PLACES & node.attrib.keys():
            node.set(name, _LONG.sub(r"\1", node.attrib[name]))
    root.attrib.pop("id", None)
    root.set("role", "img")
    root.set("aria-label", title)
    return root


def _is_nothing(node: Element) -> bool:
    """Whether it is the bar of a zero."""
    if node.get("class") != "bar":
        return False
    sizes = [child.get(side, "1") for child in node for side in ("width", "height")]
    return any(float(size) == 0 for size in sizes)


def _surplus(node: Element) -> bool:
    """Whether it is style, script, a comment (whose tag is a function), or of pygal's tooltips."""
    words = (node.get("class") or "").split()
    return (
        not isinstance(node.tag, str)
        or node.tag in ("defs", "title")
        or "tooltip-overlay" in words
        or "text-overlay" in words
    )
