"""A stream to write to: text, JSON, CSV, tables; rich draws only where a terminal shows it."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO


class Output:
    """One stream. `terminal` says whether a person reads it, `width` its columns."""

    def __init__(self, stream: TextIO, env: Mapping[str, str]) -> None:
        self.stream = stream
        self.terminal = stream.isatty() and env.get("TERM") != "dumb"
        self.color = self.terminal and not env.get("NO_COLOR")

    @property
    def width(self) -> int:
        """The terminal's columns; 80 where there is none."""
        return shutil.get_terminal_size((80, 24)).columns if self.terminal else 80

    def write(self, text: str) -> None:
        """Write `text` as it is, at once."""
        self.stream.write(text)
        self.stream.flush()

    def line(self, text: str = "") -> None:
        """Write one line."""
        self.stream.write(text + "\n")

    def json(self, value: object) -> None:
        """Write `value` as indented JSON."""
        self.line(json.dumps(value, indent=2, ensure_ascii=False))

    def csv(self, fields: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Write a header and `rows` as CSV (RFC 4180 quoting, newline line ends)."""
        writer = csv.writer(self.stream, lineterminator="\n")
        writer.writerow(fields)
        writer.writerows(rows)

    def table(
        self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = ""
    ) -> None:
        """Write a table; a column whose name starts with `>` is aligned to the right."""
        cells = [[str(cell) for cell in row] for row in rows]
        if not (self.color and self._rich_table(columns, cells, title)):
            self._plain_table(columns, cells, title)

    def _plain_table(self, columns: Sequence[str], rows: list[list[str]], title: str) -> None:
        names = [name.removeprefix(">") for name in columns]
        widths = [max(len(row[i]) for row in [names, *rows]) for i in range(len(names))]
        signs = [">" if name.startswith(">") else "<" for name in columns]
        if title:
            self.line(title)
        for row in [names, *rows]:
            line = "  ".join(
                f"{cell:{sign}{width}}"
                for cell, sign, width in zip(row, signs, widths, strict=True)
            )
            self.line(line.rstrip())

    def _rich_table(self, columns: Sequence[str], rows: list[list[str]], title: str) -> bool:
        """Whether rich was there to draw it: without the environment there is none."""
        try:
            from rich import box
            from rich.console import Console
            from rich.markup import escape
            from rich.table import Table
        except ImportError:
            return False
        table = Table(title=escape(title) or None, title_justify="left", box=box.SIMPLE_HEAD)
        for name in columns:
            right = name.startswith(">")
            table.add_column(
                name.removeprefix(">"), justify="right" if right else "left", no_wrap=right
            )
        for row in rows:
            table.add_row(*map(escape, row))
        Console(file=self.stream).print(table)
        return True
