"""What of a task's text counts: words in lower case with their place; code and paste set aside.

Linear and bounded: a long prompt is read at its two ends, where people say what they want.
"""

from __future__ import annotations

HEAD_CHARS = 6000
TAIL_CHARS = 1500
OPENING_WORDS = 60

# Places a word can stand in. Descriptions are titles: every word there is chosen.
TITLE, OPENING, BODY = 0, 1, 2

UNSPACED = "\u2e80"  # from here on scripts are written without spaces

IDENTIFIER = "<id>"
PATH = "<path>"
NUMBER = "<num>"
BREAK = "<br>"

# A piece of a text that may be judged by itself, and its words.
Part = tuple[str, list[str]]

_EDGES = "\"'`*_()[]{}<>,;:.!?#~|“”‘’«»、。，！？：；（）「」"
_MARKS = ("`", '"')
_QUOTED = "q_q"  # stands for what was quoted, and is masked as an identifier
_STOPS = ".!?:;。！？："
_BULLETS = ("-", "*", "+", "•")
_COMMAS = ",，、"
_ENUMERATES = 2  # so many commas make a list of a sentence
_LEAST_WORDS = 2
_SEEN, _LEAST_CODE = 200, 12  # characters of a line by which code is known
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
_MARKERS = (*_BULLETS, ">", "#", "##", "###", "####", "|", "—", "–")


class Reading:
    """One task as read: `words` is a list of `(word, place, leads)`; the rest are plain counts.

    `leads` is true for the first word of a line or sentence, where an imperative stands. Masked
    words (paths, identifiers, numbers) never carry the project's own vocabulary. `listed` has the
    items of lists, `said` the sentences outside of them, each as its text and its words.
    """

    __slots__ = (
        "code_lines", "items", "length", "lines", "listed", "masked", "questions", "quoted",
        "said", "words",
    )  # fmt: skip

    def __init__(self) -> None:
        self.words: list[tuple[str, int, bool]] = []
        self.listed: list[Part] = []
        self.said: list[Part] = []
        self.length = 0
        self.lines = 0
        self.code_lines = 0
        self.items = 0
        self.questions = 0
        self.masked = 0
        self.quoted = 0


def read(description: str, prompt: str) -> Reading:
    """Read `description` as a title and `prompt` at its two ends."""
    reading = Reading()
    reading.length = len(prompt)
    _lines(reading, description[:400], TITLE)
    if len(prompt) > HEAD_CHARS + TAIL_CHARS:
        prompt = prompt[:HEAD_CHARS] + "\n" + prompt[-TAIL_CHARS:]
    _lines(reading, prompt, OPENING)
    return reading


def _lines(reading: Reading, text: str, place: int) -> None:
    fenced = False
    seen = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped.startswith("```"):
            fenced = not fenced
            continue
        if not stripped:
            continue
        reading.lines += place != TITLE
        if fenced or _looks_like_code(stripped):
            reading.code_lines += 1
            continue
        seen += _prose(reading, stripped, BODY if place and seen > OPENING_WORDS else place)


def _looks_like_code(line: str) -> bool:
    """Whether a line outside a fence is still code or log output, not a sentence."""
    if line.endswith(("{", "};", "});", ");", "();")) or line.startswith(
        ("//", "@@ ", "+++ ", "}")
    ):
        return True
    start = line[:_SEEN]
    if start.isascii():
        letters = len(start.encode().translate(None, _NO_LETTERS))
    else:
        letters = sum(map(str.isalpha, start))
    return letters * 2 < len(start) and len(line) > _LEAST_CODE


def _unquoted(reading: Reading, line: str) -> str:
    """`line` with what stands in quotes or backticks masked: it is named there, not asked for."""
    for mark in _MARKS:
        if mark in line:
            parts = line.split(mark)
            if len(parts) % 2 and any(part.strip(_EDGES + " ") for part in parts[::2]):
                reading.quoted += len(parts) // 2
                line = f" {_QUOTED} ".join(parts[::2])
    return line


def _prose(reading: Reading, line: str, place: int) -> int:
    leads = True
    words = reading.words
    words.append((BREAK, place, False))
    before = len(words)
    item = False
    sentence: list[tuple[str, str]] = []
    for chunk in _unquoted(reading, line[:4000]).split():
        if chunk.isalpha() and chunk.islower():  # most are
            words.append((chunk, place, leads))
            sentence.append((chunk, chunk))
            leads = False
            continue
        if leads:
            numbered = chunk[-1] in ".)" and chunk[:-1].isdigit()
            if numbered or chunk in _MARKERS:
                reading.items += 1
                item = item or (len(words) == before and (numbered or chunk in _BULLETS))
                continue
        word = chunk.strip(_EDGES)
        if word:
            word = _masked(reading, chunk, word)
            words.append((word, place, leads))
            sentence.append((chunk, word))
            leads = False
        if chunk[-1] in _STOPS:
            if chunk[-1] in "?？":
                reading.questions += 1
            leads = True
            words.append((BREAK, place, False))
            if place != TITLE and not item:
                _note(reading.said, sentence)
            sentence = []
    if place != TITLE:
        if item:
            text = "".join(line[:4000].split(None, 1)[1:])
            reading.listed.append((text, [word for word, _, _ in words[before:] if word != BREAK]))
        else:
            _note(reading.said, sentence)
    return len(words) - before


def _note(said: list[Part], sentence: list[tuple[str, str]]) -> None:
    """Add a sentence to `said`; one that enumerates, in its parts."""
    if len(sentence) < _LEAST_WORDS:
        return
    ends = [at for at, (chunk, _) in enumerate(sentence, 1) if chunk[-1] in _COMMAS]
    cuts = [0, *ends, len(sentence)] if len(ends) >= _ENUMERATES else [0, len(sentence)]
    for start, end in zip(cuts, cuts[1:], strict=False):  # noqa: RUF007  # hooks load no more
        part = sentence[start:end]
        if len(part) >= _LEAST_WORDS:
            text = " ".join([chunk for chunk, _ in part])
            said.append((text.rstrip(","), [word for _, word in part]))


def _masked(reading: Reading, chunk: str, word: str) -> str:
    if not word.isascii() and word[0] >= UNSPACED:
        return word
    if word.isalpha():
        if word.islower():
            return word
        if word.isupper() or word.istitle():
            return word.lower()
        reading.masked += 1
        return IDENTIFIER  # camelCase
    low = word.lower()
    if low.replace("-", "").replace("'", "").replace("’", "").isalpha() and "`" not in chunk:
        return low.replace("’", "'")
    if word[0].isdigit():
        return NUMBER
    reading.masked += 1
    return PATH if "/" in word or "\\" in word or "." in word else IDENTIFIER
