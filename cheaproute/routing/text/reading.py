"""What of a task's text counts: words in lower case with their place; code and paste set aside.

Linear and bounded: a long prompt is read at its two ends, where people say what they want, and
once: what is judged by itself is a span of the words read.
"""

from __future__ import annotations

from cheaproute.routing.text import grams
from cheaproute.routing.text.lexicon_foreign import UNSPACED, Memo

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OPENING_WORDS = 60
_TITLE_CHARS, _LINE_CHARS = 400, 4000

IDENTIFIER = "<id>"
PATH = "<path>"
NUMBER = "<num>"
BREAK = "<br>"
MASKED = frozenset((IDENTIFIER, PATH, NUMBER))
QUOTED = "q_q"  # stands for what was quoted, and is masked as an identifier

_EDGES = "\"'`*_()[]{}<>,;:.!?#~|“”‘’«»、。，！？：；（）「」"
_MARKS = ("`", '"')
_PLAIN_STOPS = ".!?:;"
_STOPS, _QUESTIONS = _PLAIN_STOPS + "。！？：", "?？"
_BULLETS = ("-", "*", "+", "•")
_MARKERS = frozenset((*_BULLETS, ">", "#", "##", "###", "####", "|", "—", "–"))
_COMMAS = ",，、"
_ENUMERATES = 2  # so many commas make a list of a sentence
_LEAST_WORDS = 2
_END = "\x1e"  # ends a sentence; a blank to `split` and `strip`
_NO_WORD = _EDGES + " " + _END
_SEEN, _LEAST_CODE = 200, 12  # characters of a line by which code is known
_CODE_ENDS, _CODE_STARTS = ("{", "};", "});", ");", "();"), ("//", "@@ ", "+++ ", "}")
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())


def _word(chunk: str) -> str:
    """The word of a chunk of text, "" where it has none."""
    if chunk.isalpha() and chunk.islower():  # most are
        return chunk
    word = chunk.strip(_EDGES)
    if word.isalpha():
        if word.islower() or (not word.isascii() and word[0] >= UNSPACED):
            return word
        return word.lower() if word.isupper() or word.istitle() else IDENTIFIER  # camelCase
    if not word or word[0] >= UNSPACED:
        return word
    low = word.lower()
    if low.replace("-", "").replace("'", "").replace("’", "").isalpha() and "`" not in chunk:
        return low.replace("’", "'")
    if word[0].isdigit():
        return NUMBER
    return PATH if "/" in word or "\\" in word or "." in word else IDENTIFIER


_words = Memo(_word)


def unquoted(line: str) -> tuple[str, int]:
    """`line` with what stands in quotes or backticks masked, and how often.

    It is named there, not asked for.
    """
    quoted = 0
    for mark in _MARKS:
        if mark in line:
            parts = line.split(mark)
            if len(parts) % 2 and any(part.strip(_NO_WORD) for part in parts[::2]):
                quoted += len(parts) // 2
                line = _ended(f" {QUOTED} ".join(parts[::2]))
    return line, quoted


# A piece of a text that may be judged by itself: where its words start and end in the reading, and
# what it was written in.
Span = tuple[int, int, list[str]]


class Reading:
    """One task as read: `words`, of which those before `body` are the title's.

    Those before `later` stand in the title or the first lines; a line or a sentence begins after
    each break, where an imperative stands. Masked words (paths, identifiers, numbers) never carry
    the project's own vocabulary. `listed` has the items of lists, `said` the sentences outside of
    them; `whole` is unset where not all was read; the rest are plain counts.
    """

    __slots__ = (
        "body", "code_lines", "items", "later", "length", "lines", "listed", "questions",
        "quoted", "said", "whole", "words",
    )  # fmt: skip

    def __init__(self, length: int) -> None:
        self.words: list[str] = []
        self.body = self.later = 0
        self.listed: list[Span] = []
        self.said: list[Span] = []
        self.length = length
        self.whole = True
        self.lines = self.code_lines = self.items = self.questions = self.quoted = 0

    @property
    def masked(self) -> int:
        """How many paths and identifiers were masked."""
        return self.words.count(IDENTIFIER) + self.words.count(PATH)


def read(description: str, prompt: str) -> Reading:
    """Read `description` as a title and `prompt` at its two ends."""
    reading = Reading(len(prompt))
    both = grams.cut(prompt)
    if both:
        prompt, reading.whole = both, False
    prompt = prompt.replace("\t", " ").replace("\xa0", " ")
    for line in _prose(reading, description[:_TITLE_CHARS]):
        _sentences(reading, line)
    # Of a title only the words count, where they stand, and its questions.
    reading.body = len(reading.words)
    reading.lines, reading.listed, reading.said = 0, [], []
    seen = 0
    for line in _prose(reading, prompt):
        if seen > OPENING_WORDS and not reading.later:
            reading.later = len(reading.words)
        seen += _sentences(reading, line)
    reading.later = reading.later or len(reading.words)
    return reading


def apart(reading: Reading, span: Span) -> Reading:
    """What stands in `span`, as a text of its own; its words are not read again."""
    (start, end, _), text = span, text_of(span)
    own = Reading(len(text))
    own.words = [BREAK, *reading.words[start:end]]
    if text and text[-1] in _STOPS:
        own.words.append(BREAK)
    own.lines, own.later = 1, len(own.words)
    text, own.quoted = unquoted(text)
    own.questions = sum(chunk[-1] in _QUESTIONS for chunk in text.split())
    return own


def text_of(span: Span) -> str:
    """How `span` was written, but for what was quoted in a sentence."""
    return " ".join(span[2]).rstrip(",")


def _prose(reading: Reading, text: str) -> Iterator[str]:
    """The lines of `text` that are no code, stripped, with sentences ended; counts all of them."""
    fenced = False
    lines = code = 0
    for raw in _ended(text).split("\n"):
        line = raw.strip()
        if line.startswith(grams.FENCE):
            fenced = not fenced
        elif line:
            lines += 1
            if fenced or _looks_like_code(line):
                code += 1
            else:
                yield line
    reading.lines += lines
    reading.code_lines += code


def _looks_like_code(line: str) -> bool:
    """Whether a line outside a fence is still code or log output, not a sentence."""
    if line.endswith(_CODE_ENDS) or line.startswith(_CODE_STARTS):
        return True
    if len(line) <= _LEAST_CODE:
        return False
    start = line[:_SEEN]
    if start.isascii():
        letters = len(start.encode().translate(None, _NO_LETTERS))
    else:
        letters = sum(map(str.isalpha, start))
    return letters * 2 < len(start)


def _sentences(reading: Reading, line: str) -> int:
    """Add the words of a line, and its sentences, or itself as an item; how many words."""
    words = reading.words
    words.append(BREAK)
    before = len(words)
    text = line = line[:_LINE_CHARS]
    if '"' in line or "`" in line:
        text, quoted = unquoted(line)
        reading.quoted += quoted
    item = False
    for sentence in text.split(_END):
        chunks = sentence.split()
        while chunks and not chunks[0][0].isalpha():
            numbered = chunks[0][-1] in ".)" and chunks[0][:-1].isdigit()
            if not numbered and chunks[0] not in _MARKERS:
                break
            reading.items += 1
            item = item or (len(words) == before and (numbered or chunks[0] in _BULLETS))
            del chunks[0]
        if not chunks:
            continue
        start = len(words)
        words += filter(None, map(_words.__getitem__, chunks))
        if not item and len(words) - start >= _LEAST_WORDS:
            reading.said.append((start, len(words), chunks))
        sign = chunks[-1][-1]
        if sign in _STOPS:
            reading.questions += sign in _QUESTIONS
            words.append(BREAK)
    if item:
        end = len(words) - (words[-1] == BREAK)
        reading.listed.append((before, end, line.split(None, 1)[1:]))
    return len(words) - before


def _ended(text: str) -> str:
    """`text` with its sentences ended: each by a stop and a blank."""
    for stop in _STOPS if not text.isascii() else _PLAIN_STOPS:
        text = text.replace(stop + " ", stop + _END)
    return text


def enumerated(span: Span) -> list[Span]:
    """What a sentence enumerates, or itself: two commas make a list of it."""
    start, end, chunks = span
    if sum(map(" ".join(chunks).count, _COMMAS)) < _ENUMERATES:
        return [span]
    chunks = [chunk for chunk in chunks if _words[chunk]]
    ends = [at for at, chunk in enumerate(chunks, 1) if chunk[-1] in _COMMAS]
    if len(ends) < _ENUMERATES:
        return [(start, end, chunks)]
    return [
        (start + first, start + last, chunks[first:last])
        for first, last in zip([0, *ends], [*ends, len(chunks)], strict=True)
        if last - first >= _LEAST_WORDS
    ]
