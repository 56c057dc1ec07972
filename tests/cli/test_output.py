from __future__ import annotations

import io

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


def test_a_terminal_gets_a_bold_head() -> None:
    """The same table, its head set off; brackets in cells are text."""
    stream = Terminal()
    Output(stream, {"TERM": "xterm"}).table(COLUMNS, ROWS, title="By model")
    head, body = PLAIN.split("\n", 1)
    assert stream.getvalue() == f"\x1b[1mBy model\x1b[0m\n\x1b[1m{head}\x1b[0m\n{body}"


@pytest.mark.parametrize(
    "env", [{"LC_ALL": "C"}, {"TERM": "dumb"}, {"CHEAPROUTE_PLAIN": "1"}, {"LANG": "POSIX"}]
)
def test_words_and_numbers_where_signs_do_not_show(env: dict[str, str]) -> None:
    """The C locale, a dumb terminal and `--plain` get ASCII alone."""
    stream = Terminal()
    Output(stream, env).table(COLUMNS, [("a", "≥$1.00")])
    assert stream.getvalue().isascii()
    assert ">=$1.00" in stream.getvalue()


def test_csv_quotes_what_needs_it() -> None:
    """CSV has a header, quoting, and newlines only."""
    stream = io.StringIO()
    Output(stream, {}).csv(("a", "b"), [("x,y", 1)])
    assert stream.getvalue() == 'a,b\n"x,y",1\n'
