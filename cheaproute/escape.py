"""Foreign text on its way out: one function for each medium (hot path, pure).

A terminal obeys control characters, a spreadsheet formulas, a browser marks; a name of a model, a
directory or an agent may hold any of them.
"""

from __future__ import annotations

MARK = "\N{REPLACEMENT CHARACTER}"
# Letters that do not show: a name with one looks like another's.
_BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0" + "".join(map(chr, range(0xE0100, 0xE01F0)))
)
# Ours: no foreign text hides another's lines behind what a terminal conceals.
_COLORS = frozenset(("", "0", "1", "31", "32", "33", "36"))
# What a spreadsheet takes for the beginning of a formula, or passes over before one.
_FORMULA = tuple("=+-@\t\r\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b\u2212")
_SKIPPED = f" '\"{MARK}"
# Of a foreign name in a text for a model: more of it would be a text of its own.
_NAME_LETTERS = 80


def name(text: str) -> str:
    """`text` fit for one line: no control or direction characters, no lone surrogates."""
    if _shows(text):
        return text
    return "".join(letter if _shows(letter) else MARK for letter in text)


def label(text: str) -> str:
    """The name `text` for a model: one short line, in quotes where it could pass for more.

    No mark of ours or of the client's is left in it, in whatever case of letters.
    """
    text = name(text)
    if len(text) > _NAME_LETTERS:
        half = _NAME_LETTERS // 2
        text = f"{text[:half]}...{text[-half:]}"
    for sign, instead in (("<", MARK), (">", MARK), ('"', "'"), ("[", "("), ("]", ")")):
        text = text.replace(sign, instead)
    bare = f"_{text}"
    for sign in ".-/":
        bare = bare.replace(sign, "")
    return text if bare.isidentifier() and text else f'"{text}"'


def screen(text: str) -> str:
    """A text of several lines for a terminal: as `name`, but lines and tabs stay."""
    if _shows(text):
        return text
    return "".join(letter if _shows(letter) or letter in "\n\t" else MARK for letter in text)


def colored(text: str) -> str:
    """The same for a line whose colours are ours: they stay."""
    if _shows(text):
        return text
    kept: list[str] = []
    place = 0
    while place < len(text):
        letter = text[place]
        end = _color(text, place) if letter == "\x1b" else 0
        if end:
            kept.append(text[place:end])
            place = end
            continue
        kept.append(screen(letter))
        place += 1
    return "".join(kept)


def cell(value: object) -> object:
    """`value` for a cell of CSV: a text that a spreadsheet would compute is told to be text."""
    if not isinstance(value, str):
        return value
    text = name(value)
    formula = text.lstrip(_SKIPPED).startswith(_FORMULA)
    return f"'{text}" if formula and not _number(text) else text


def json(text: str) -> str:
    """JSON that is written already, for a terminal or a line of its own: the same, in escapes."""
    return "\n".join(map(plain, text.split("\n")))


def plain(text: str) -> str:
    """`text` for a name that has to stay what it is: what does not show stands in escapes."""
    if _shows(text):
        return text
    return "".join(letter if _shows(letter) else _escaped(letter) for letter in text)


def html(text: str) -> str:
    """`text` between marks or within quotes of a page."""
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(sign, entity)
    return screen(text.replace("'", "&#x27;"))


def _shows(text: str) -> bool:
    return text.isprintable() and (text.isascii() or _BLANK.isdisjoint(text))


def _color(text: str, place: int) -> int:
    """Where a colour of ours that begins at `place` ends; 0 if none begins there."""
    end = text.find("m", place + 2, place + 12)
    inner = text[place + 2 : end]
    known = text.startswith("\x1b[", place) and end > 0 and _COLORS.issuperset(inner.split(";"))
    return end + 1 if known else 0


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _escaped(letter: str) -> str:
    code = ord(letter)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
