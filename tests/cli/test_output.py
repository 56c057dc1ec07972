from __future__ import annotations

import io
import json

import pytest

from cheaproute.cli.output import Output
from cheaproute.report.terminal import labels

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


def test_a_pipe_gets_whole_labels_and_the_beginning_of_a_title() -> None:
    """As wide as what tells rows apart needs, whatever COLUMNS says: lines of it are parsed."""
    path, title = "/home/u/" + "long/" * 20 + "shop", "why is it " * 20
    rows = [(path, "$0.10", title), ("/home/u/b", "$2.00", "short")]
    stream = io.StringIO()
    out = Output(stream, {"COLUMNS": "60"})
    out.table(("Project", ">Cost", "Title"), rows, cuttable="Title")
    head, first, _ = stream.getvalue().splitlines()
    assert first.startswith(path)
    assert len(first) - head.index("Title") <= 40
    out.line("word " * 20)
    assert stream.getvalue().splitlines()[3:] == ["word " * 20]


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


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "terminal"])
def test_a_name_brings_no_colour(stream: io.StringIO) -> None:
    """One of a foreign file's name would go on into our own words, or into who reads the pipe."""
    out = Output(stream, {"TERM": "xterm"})
    name = "\x1b[31mx"
    for way in (out.line, out.text, out.write, out.prose):
        way(f"{name}: not sent\n")
    out.table((name,), [(name,)], title=name)
    assert "\x1b[31m" not in stream.getvalue()


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


LINES = [
    "ok     the ledger holds 24,950 calls  (/home/someone/.local/share/cheaproute/ledger.db)",
    "   cold-return: $114.02 to $140.72 in 12 sessions. Risk: the session goes on from a summary.",
    "x" * 200,
    "      日本語のとても長いタイトルは一行に収まらないので折り返されるはずです、たぶんそうです。",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("width", [20, 50, 60, 100])
def test_what_a_client_shows_is_broken_and_never_cut(line: str, width: int) -> None:
    """Told a width, a line goes on in the next, as far in as it began, with nothing lost."""
    stream = io.StringIO()
    Output(stream, {"CHEAPROUTE_COLUMNS": str(width)}).line(line)
    written = stream.getvalue()
    assert all(labels.width(part) <= width for part in written.splitlines())
    assert "".join(written.split()) == "".join(line.split())


def test_no_client_is_wider_than_screens_are() -> None:
    """However many columns a variable tells of."""
    stream = io.StringIO()
    output = Output(stream, {"CHEAPROUTE_COLUMNS": "999999999"})
    output.line("word " * 400)
    assert output.width == max(map(len, stream.getvalue().splitlines())) + 1 == 1000
    assert Output(io.StringIO(), {"CHEAPROUTE_COLUMNS": "9" * 5000}).width == 80


def test_json_stays_json_in_a_narrow_client() -> None:
    """What programs read is not broken."""
    stream = io.StringIO()
    Output(stream, {"CHEAPROUTE_COLUMNS": "20"}).json({"path": "a " * 60})
    assert json.loads(stream.getvalue()) == {"path": "a " * 60}


def test_a_terminals_line_breaks_between_words_and_nowhere_else() -> None:
    """A sentence is not broken within a word or a command; a path stays whole, to be copied."""
    path = "/home/someone/" + "deep/" * 20
    stream = Terminal()
    out = Output(stream, {"TERM": "xterm", "CHEAPROUTE_COLUMNS": ""})
    out.line(
        "no cap is set, so that nothing stops this session at all: `cheaproute cap suggest` it"
    )
    assert stream.getvalue().splitlines() == [
        "no cap is set, so that nothing stops this session at all:",
        "`cheaproute cap suggest` it",
    ]
    out.line(f"written: {path}")
    assert path in stream.getvalue().splitlines()
    piped = io.StringIO()
    Output(piped, {}).line("word " * 40)
    assert piped.getvalue() == "word " * 40 + "\n"
