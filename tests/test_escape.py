"""Nothing that a medium obeys gets there from outside."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute import escape
from cheaproute.cli.output import Output

TEXTS = st.text(st.characters(exclude_categories=()), max_size=40)


@given(TEXTS)
def test_a_terminal_is_told_nothing(text: str) -> None:
    """No control character, no change of direction, no half a letter; lines and tabs stay."""
    assert escape.name(text).isprintable()
    shown = escape.screen(text).replace("\n", "").replace("\t", "")
    assert not {"\x1b", "\x07", "\x9b", "\u202e", "\r"} & set(shown)
    shown = escape.colored(text)
    assert "\x1b" not in shown or set(shown.split("\x1b")[1][:1]) == {"["}


@pytest.mark.parametrize(
    "text", ["\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "\u202etxt", "a\rb", "\x1b[38;5;1", "\x1b["]
)
def test_only_colours_of_ours_pass(text: str) -> None:
    """Titles, clearing the screen, other directions do not; no colour does in what is not ours."""
    assert escape.colored(text).isprintable()
    assert escape.colored("\x1b[33mmonth\x1b[0m\n") == "\x1b[33mmonth\x1b[0m\n"
    assert escape.screen("\x1b[33mmonth\n") == f"{escape.MARK}[33mmonth\n"


@pytest.mark.parametrize("code", ["8", "5", "7", "0;8", "30;40", "38;5;0", "38;2;0;0;0", "97;107"])
def test_no_colour_conceals(code: str) -> None:
    """Only the few of our own: with another one foreign text hides what stands behind it."""
    assert escape.colored(f"a\x1b[{code}mb") == f"a{escape.MARK}[{code}mb"


@pytest.mark.parametrize("blank", ["\u3164", "\u115f", "\uffa0", "\u2800", "\u034f", "\U000e0100"])
def test_letters_that_do_not_show(blank: str) -> None:
    """A name with one does not pass for another's; signs of pictures stay."""
    for way in (escape.name, escape.screen, escape.plain, escape.json, escape.label):
        assert blank not in way(f"shop{blank}")
    assert escape.name("a\u2764\ufe0f") == "a\u2764\ufe0f"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0b1", "'\uff0b1"),
        ("\uff0dcmd", "'\uff0dcmd"),
        ("\uff20SUM(1)", "'\uff20SUM(1)"),
        ("\u3000=1", f"'{escape.MARK}=1"),
        ("\u200b\uff1d1", f"'{escape.MARK}\uff1d1"),
        ("-0.25", "-0.25"),
        (-3, -3),
        (None, None),
        ("claude-opus-5-5", "claude-opus-5-5"),
        ("\ta", f"{escape.MARK}a"),
    ],
)
def test_a_spreadsheet_computes_nothing(value: object, cell: object) -> None:
    """Numbers stay numbers; a formula is told to be text."""
    assert escape.cell(value) == cell


@given(TEXTS)
def test_json_says_the_same(text: str) -> None:
    """In one line that a terminal may show."""
    written = escape.json(json.dumps({"a": text}, ensure_ascii=False))
    assert json.loads(written) == {"a": text}
    assert written.isprintable()


@given(TEXTS)
def test_a_page_gets_no_marks(text: str) -> None:
    """Neither between marks nor within quotes."""
    assert not set("<>\"'\x1b") & set(escape.html(text))


@given(TEXTS)
def test_a_stored_name_stays_distinct(text: str) -> None:
    """What does not show stands in escapes, so two names stay two."""
    assert escape.plain(text).isprintable()
    assert escape.plain("a\x01") != escape.plain("a\x02")


class Terminal(io.StringIO):
    """A terminal that keeps what it is told."""

    def isatty(self) -> bool:
        """Yes."""
        return True


def test_every_way_out_of_the_command_line_is_a_gate() -> None:
    """Lines, tables, CSV and JSON, whatever a command hands over."""
    evil = "=1+1\x1b]0;x\x07\x9b\u202e"
    stream = Terminal()
    out = Output(stream, {"TERM": "xterm", "LANG": "C.UTF-8"})
    out.line(evil)
    out.write(evil)
    out.text(f"{evil}\n{evil}")
    out.table(["a", ">b"], [[evil, evil]], title=evil)
    out.json({"a": evil})
    out.csv(["a"], [[evil]])
    said = stream.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(said)
    stream = Terminal()
    Output(stream, {}).csv(["a"], [[evil]])
    assert next(iter(list(csv.reader(io.StringIO(stream.getvalue())))[1])).startswith("'=")
