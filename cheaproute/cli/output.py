"""A stream to write to: text, JSON, CSV, tables, as wide and as colourful as its reader sees."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from cheaproute import atomic, escape
from cheaproute.errors import CheaprouteError
from cheaproute.report.terminal import draw, size

_ASCII = ("C", "POSIX")
_LINKED = ("/dev/", "/proc/")  # the system's own: /dev/stdout


class Output:
    """One stream. `terminal` says whether a person reads it, `width` its columns."""

    def __init__(self, stream: TextIO, env: Mapping[str, str]) -> None:
        self.stream = stream
        self.terminal = stream.isatty() and env.get("TERM") != "dumb"
        self.plain = _wants_plain(env)
        self._told = size.said(env.get("CHEAPROUTE_COLUMNS", ""))  # by the client, which shows it
        self.color = self.terminal and not self.plain and not env.get("NO_COLOR")

    @property
    def width(self) -> int:
        """The columns that its reader sees; 80 where nobody tells."""
        if self._told:
            return max(20, self._told)
        if not self.stream.isatty():
            return 80
        return min(size.MOST, shutil.get_terminal_size((80, 24)).columns)

    @property
    def look(self) -> draw.Look:
        """What our screens and tables are written for: a pipe gets all there is, but for titles."""
        return draw.Look(self.width if self._is_seen else draw.ENDLESS, plain=self.plain)

    @property
    def _is_seen(self) -> bool:
        """Whether anybody tells how wide a line may be."""
        return self.stream.isatty() or self._told > 0

    def write(self, text: str) -> None:
        """Write `text` at once, fit for a terminal."""
        self.stream.write(escape.screen(text))
        self.stream.flush()

    def over(self, text: str = "") -> None:
        """Write `text` over the line that the cursor is in: progress, on a terminal."""
        self.stream.write(f"\r{escape.screen(text)}\x1b[K")
        self.stream.flush()

    def line(self, text: str = "", color: str = "") -> None:
        """Write one line, broken between words where its reader's screen would break or cut it.

        `color` is its first word's, where that shows.
        """
        text = escape.screen(self._broken(text))
        if color and self.color:
            word = text.split(" ", 1)[0]
            text = f"\x1b[{color}m{word}\x1b[0m{text[len(word) :]}"
        self.stream.write(text + "\n")

    def colored(self, text: str) -> None:
        """Write one line whose colours are ours, whoever reads it: the status line's."""
        self.stream.write(escape.colored(self._broken(text)) + "\n")

    def _broken(self, text: str) -> str:
        """`text` as wide as the screen; in a terminal a word stays whole, to be copied."""
        told = self._told > 0
        if not self._is_seen:
            return text
        return "\n".join(
            part.rstrip()
            for one in text.split("\n")
            for part in draw.hang(one, self.width, cut=told)
        )

    def prose(self, text: str) -> None:
        """Write a sentence of ours, broken between words where a terminal would break them."""
        for line in draw.fill(self.fit(text), self.look.width):
            self.line(line)

    def fit(self, text: str) -> str:
        """`text` of ours, in ASCII where that is wanted."""
        return draw.plain(text) if self.plain else text

    def json(self, value: object) -> None:
        """Write `value` as indented JSON."""
        text = escape.json(json.dumps(value, indent=2, ensure_ascii=False))
        self.stream.write(escape.screen(text) + "\n")

    def csv(self, fields: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Write a header and `rows` as CSV (RFC 4180 quoting, newline line ends)."""
        writer = csv.writer(self.stream, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows([escape.cell(value) for value in row] for row in rows)

    def text(self, text: str) -> None:
        """Write a screen of ours, its head bold where a terminal shows it."""
        head, newline, rest = escape.screen(self._broken(text)).partition("\n")
        head = self.bold(head) if newline else head
        self.stream.write(head + newline + rest + "\n")

    def table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        title: str = "",
        cuttable: str = "",
    ) -> None:
        """Write a table as `draw.table` does."""
        if title:
            self._head(title)
        cells = [[escape.name(str(cell)) for cell in row] for row in rows]
        head, *lines = draw.table(columns, cells, self.look, cuttable=cuttable)
        self._head(head)
        for line in lines:
            self.line(line)

    def _head(self, text: str) -> None:
        self.stream.write(self.bold(escape.screen(self._broken(text))) + "\n")

    def bold(self, text: str) -> str:
        """`text` in bold, where that shows."""
        return f"\x1b[1m{text}\x1b[0m" if self.color and text else text


def _wants_plain(env: Mapping[str, str]) -> bool:
    """Whether words and numbers in ASCII are wanted: `--plain`, a dumb terminal, the C locale."""
    if env.get("CHEAPROUTE_PLAIN") == "1" or env.get("TERM") == "dumb":
        return True
    return next((env[n] for n in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(n)), "") in _ASCII


def put(path: str, text: str) -> None:
    """Write `text` to the file the user named, whole or not at all; a new one is theirs alone.

    Raises:
        CheaprouteError: it cannot be written, in words; or it is a link, which a repository may
            have brought along, to a file that nobody named.
    """
    where = os.path.dirname(os.path.abspath(path))
    if os.path.islink(path) and not f"{os.path.realpath(where)}/".startswith(_LINKED):
        said = f"{path}: is a link to {os.path.realpath(path)}: name that, or another file"
        raise CheaprouteError(said)
    if not os.path.isdir(where):
        raise CheaprouteError(f"{path}: there is no directory {where}")
    if os.path.isdir(path):
        raise CheaprouteError(f"{path}: is a directory: name a file in it")
    if not os.path.exists(path) or os.path.isfile(path):
        atomic.write(path, text.encode("utf-8", "replace"))
        return
    try:
        with open(path, "w", encoding="utf-8") as stream:  # a pipe, a device: nothing to replace
            stream.write(text)
    except OSError as error:
        raise CheaprouteError(f"{path}: {error.strerror}") from error
