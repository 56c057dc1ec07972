"""What counts of a prompt to the main loop: its words, and how they meet the answer before."""

from __future__ import annotations

from cheaproute.routing.text import asked, grams
from cheaproute.routing.text.cues import gather
from cheaproute.routing.text.features import Features, named
from cheaproute.routing.text.reading import BREAK, UNSPACED, read

SLOTS = 1 << 14
_END_CHARS = 400  # of the answer before: there it says what it did, or asks
_LAST_WORDS = 40
_SIZES = (1, 2, 4, 8, 16, 32, 64)
_LEAST_NAME = 4  # shorter words are in every text
_OFFERS = ("?", "？")
_HEAD_CHARS = 240  # of the prompt: there it says whether the last answer was right
# What people say of an answer that did not do it, and what an answer says that claims it did.
_SAID = {
    "still": (
        "still|again|same|no change|nothing change|even after|keeps|immer noch|wieder|"
        "toujours|encore|sigue|todavía|otra vez|всё ещё|все еще|опять|снова|还是|仍|又|"
        "まだ|また|相変わらず"
    ),
    "denies": (
        "not |n't|no,|no.|nope|never|without|nothing|none of|cannot|nicht|kein|nein|"
        "pas |non,|aucun|no funciona|nada|не |нет|ничего|不|没|ない|ません|違"
    ),
    "wrong": (
        "wrong|broke|error|fail|crash|stuck|hang|weird|issue|incorrect|not correct|"
        "not true|blank|missing|500|404|undefined|null|exception|too much|too many|"
        "falsch|kaputt|fehler|faux|erreur|cassé|roto|mal|falla|ошиб|слом|падает|"
        "неправильн|错|坏|失败|报错|エラー|壊れ|おかしい|落ち"
    ),
    "meant": (
        "i mean|i meant|i said|i asked|i was talking|talking about|i wanted|i want not|"
        "instead|not what|you forgot|you missed|did you|why did you|are you sure|wait|"
        "hmm|revert|undo|ich meinte|ich wollte|je voulais|quería|quise|я просил|я имел|"
        "我是说|我说的|言った"
    ),
    "works": (
        "works|great|thanks|thank you|perfect|nice|good|looks good|lgtm|super|danke|"
        "passt|merci|gracias|спасибо|отлично|好的|谢谢|ありがとう|now |also|next"
    ),
    "pasted": (
        "❯|$ |traceback|error:|warning:|exit status|at line|  at |stack|http://|https://|npm err"
    ),
}
_CLAIMS = (
    "done|fixed|should now|now work|works now|updated|added|deployed|pass|"
    "try again|try it|rerun|renamed|moved|restarted|ready|changed|erledigt|behoben|"
    "corrigé|ajouté|arreglado|añadido|готово|исправ|добав|已|完成|修复|直し|"
    "しました"
)
_WORDS = {name: words.split("|") for name, words in _SAID.items()}
_CLAIMED = _CLAIMS.split("|")


def of(text: str, before: str) -> Features:
    """The features of a prompt `text` after an answer that ended in `before`."""
    reading = read("", text)
    cues = gather(reading, "")
    found = named(reading, cues, "")
    body = grams.ends([word for word, _, _ in reading.words])
    asked.add(found, [], body)
    end = before.rstrip()[-_END_CHARS:]
    last = [word for word, _, _ in read("", end).words][-_LAST_WORDS:]
    own = [word for word in body if word != BREAK]
    for size in _SIZES:
        if len(own) >= size:
            found[f"turn:words-{size}"] = 0.5
    if not end:
        found["turn:first"] = 1.0
    else:
        _met(found, own, last, end)
    _says(found, text, end)
    if "!" in text or "！" in text:
        found["turn:exclaims"] = 0.5
    return Features(found, {slot & (SLOTS - 1) for slot in grams.slots(last, body)}, cues)


def _says(found: dict[str, float], text: str, end: str) -> None:
    """What the prompt says of the last answer, beside what that claimed."""
    low = text[:_HEAD_CHARS].lower() + " "
    said = [name for name, words in _WORDS.items() if any(word in low for word in words)]
    claimed = any(word in end.lower() for word in _CLAIMED)
    for name in said:
        found[f"turn:{name}"] = 1.0
        if claimed:
            found[f"turn:claimed-{name}"] = 1.0
    for at, one in enumerate(said):
        for other in said[at + 1 :]:
            found[f"turn:{one}-and-{other}"] = 0.5


def _met(found: dict[str, float], own: list[str], last: list[str], end: str) -> None:
    """How the prompt meets the answer: a question that was put, names both use."""
    if end.endswith(_OFFERS) or any(mark in end[-120:] for mark in _OFFERS):
        found["turn:was-asked"] = 1.0
        if len(own) < _SIZES[3]:
            found["turn:short-answer"] = 1.0
    names = {word for word in own if len(word) >= _LEAST_NAME or word[0] >= UNSPACED}
    if names:
        shared = sum(word in last for word in names) / len(names)
        found["turn:shared"] = shared
        if not shared:
            found["turn:nothing-shared"] = 0.5
