"""What a prompt says of the last answer, sentence by sentence: stated, or inside a wish."""

from __future__ import annotations

from cheaproute.routing.prompts.phrases import CLAIMS, HALTS, KINDS, SIGNS, TO_TRY
from cheaproute.routing.text.lexicon_foreign import Signs

# What a terminal or a log puts before and around its lines.
_PASTED = ("❯", "$ ", "% ", ">>> ", "Traceback", "npm ERR", "FAIL", "error[", "error:", "Error:")
_BROKEN = (
    "error", "traceback", "exit status", "exit code", "failed", "fail:", "exception", "panic",
    "fatal", "undefined", "cannot", "refused", "timed out", "warning", "npm err", "assert",
)  # fmt: skip
_APART = {ord(sign): " " for sign in ',:()[]{}<>"“”„«»*_#|/\\=+~—–、，：（）「」'} | {
    ord(sign): None for sign in "'’`´"
}
_ENDS = {ord(sign): "\n" for sign in ".!;。！；"} | {ord(sign): "?\n" for sign in "?？"}
_HEAD_CHARS, _PASTE_CHARS = 400, 4000
_MOST_SENTENCES = 6
_EXACT = {
    phrase: kind for kind, said in KINDS.items() for phrase in said.split("|") if phrase[-1] != "*"
}
# How many words the longest has that a word begins.
_LONGEST: dict[str, int] = {}
for _phrase in _EXACT:
    _first = _phrase.partition(" ")[0]
    _LONGEST[_first] = max(_LONGEST.get(_first, 0), _phrase.count(" ") + 1)
# Those that go on, each after a blank, by how their first word begins.
_BEGINS = 2
_STEMS: dict[str, list[tuple[str, str]]] = {}
for _kind, _said in KINDS.items():
    for _phrase in _said.split("|"):
        if _phrase[-1] == "*":
            _first = _phrase[:-1].partition(" ")[0][:_BEGINS]
            _STEMS.setdefault(_first, []).append((" " + _phrase[:-1], _kind))
_IN_SIGNS = Signs(SIGNS, "|")
_CLAIMS, _TO_TRY = CLAIMS.split("|"), TO_TRY.split("|")
WISHES = ("goes on", "asks")
AGAINST = ("persists", "fails", "meant", "otherwise")
# What a prompt begins with that stops rather than goes on.
_HALTS = frozenset(HALTS.split())


class Said:
    """What a prompt says: `stated` kinds, those inside a wish or a question (`wished`), the `lead`.

    `pasted`: it holds what a terminal or a log wrote; `broken`: that names a failure; `halts`: it
    begins with "no", "wait" or the like.
    """

    __slots__ = ("broken", "halts", "lead", "pasted", "stated", "wished")

    def __init__(self) -> None:
        self.halts = False
        self.stated: set[str] = set()
        self.wished: set[str] = set()
        self.lead = ""
        self.pasted = False
        self.broken = False


def said(text: str) -> Said:
    """What is said in the first sentences of `text`."""
    found = Said()
    head = text[:_PASTE_CHARS]
    lines = head.split("\n")
    pasted = {line for line in lines[:60] if _is_pasted(line)}
    found.pasted = bool(pasted)
    if pasted:
        low = head.lower()
        found.broken = any(word in low for word in _BROKEN)
    prose = "\n".join(line for line in lines if line not in pasted) if pasted else text
    sentences = prose[:_HEAD_CHARS].lower().translate(_ENDS).split("\n")
    words = prose[:80].lower().translate(_APART).split(maxsplit=1)
    found.halts = bool(words) and words[0].strip(".!?;") in _HALTS
    for sentence in [one for one in sentences if one.strip()][:_MOST_SENTENCES]:
        kinds = _kinds(sentence)
        if not kinds:
            continue
        doubts = sentence.rstrip().endswith("?") and not any(kind in AGAINST for kind in kinds)
        asked = doubts or kinds[0] in WISHES
        (found.wished if asked else found.stated).update(kinds)
        found.lead = found.lead or kinds[0]
    return found


def _is_pasted(line: str) -> bool:
    bare = line.strip()
    return bare.startswith(_PASTED) or "❯ " in bare or (line[:2] == "  " and " at " in line[:12])


def _kinds(sentence: str) -> list[str]:
    """The kinds of phrases in a sentence, in their order."""
    words = sentence.replace("?", " ").translate(_APART).split()
    places: list[tuple[int, str]] = []
    taken = 0
    for at in [at for at, word in enumerate(words) if word in _LONGEST]:
        if at < taken:
            continue
        for size in range(_LONGEST[words[at]], 0, -1):
            kind = _EXACT.get(" ".join(words[at : at + size]))
            if kind:
                places.append((at, kind))
                taken = at + size
                break
    line = f" {' '.join(words)} "
    for first in _STEMS.keys() & {word[:_BEGINS] for word in words}:
        for stem, kind in _STEMS[first]:
            place = line.find(stem)
            if place >= 0:
                places.append((line.count(" ", 0, place + 1) - 1, kind))
    if not sentence.isascii():
        places += [(sentence.find(sign), kind) for sign, kind in _IN_SIGNS.inside(sentence)]
    return [kind for _, kind in sorted(places)]


def claims(end: str) -> bool:
    """Whether the end of an answer says that something is done."""
    low = end.lower()
    return any(word in low for word in _CLAIMS)


def to_try(end: str) -> bool:
    """Whether the end of an answer asks to look for oneself."""
    low = end.lower()
    return any(word in low for word in _TO_TRY)
