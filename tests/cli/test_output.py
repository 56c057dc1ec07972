from __future__ import annotations

import io
import sys

import pytest

from cheaproute.cli.output import Output

COLUMNS = ("Model", ">Cost")
ROWS = [("haiku", "$0.10"), ("opus [5]", "$1,234.50")]
PLAIN = "Model          Cost\nhaiku         $0.10\nopus [5]  $1,234.50\n"


class Terminal(io.StringIO):
    """A stream a person reads."""

    def isatty(self) -> bool:
        """As a terminal says."""
        return True


def test_table_is_plain_when_piped() -> None:
    """A pipe gets aligned text without any escape."""
    stream = io.StringIO()
    Output(stream, {}).table(COLUMNS, ROWS)
    assert stream.getvalue() == PLAIN


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_table_is_plain_when_asked(env: dict[str, str]) -> None:
    """`NO_COLOR` and a dumb terminal get plain text."""
    stream = Terminal()
    Output(stream, env).table(COLUMNS, ROWS)
    assert stream.getvalue() == PLAIN


def test_table_is_drawn_by_rich_on_a_terminal() -> None:
    """A terminal gets a ruled table; brackets in cells are text, not markup."""
    stream = Terminal()
    Output(stream, {"TERM": "xterm"}).table(COLUMNS, ROWS, title="By model")
    shown = stream.getvalue()
    assert "─" in shown
    assert "opus [5]" in shown
    assert "By model" in shown


def test_without_rich_a_terminal_gets_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the environment is built there is no rich: the table is still shown."""
    monkeypatch.setitem(sys.modules, "rich", None)
    stream = Terminal()
    Output(stream, {"TERM": "xterm"}).table(COLUMNS, ROWS)
    assert stream.getvalue() == PLAIN


def test_csv_quotes_what_needs_it() -> None:
    """CSV has a header, quoting, and newlines only."""
    stream = io.StringIO()
    Output(stream, {}).csv(("a", "b"), [("x,y", 1)])
    assert stream.getvalue() == 'a,b\n"x,y",1\n'
