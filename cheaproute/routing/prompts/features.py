"""What counts of a prompt to the main loop: its words, and how they meet the answer before."""

from __future__ import annotations

from cheaproute.routing.prompts import says, topics
from cheaproute.routing.text import grams
from cheaproute.routing.text.features import Features
from cheaproute.routing.text.features import of as task
from cheaproute.routing.text.lexicon_foreign import UNSPACED
from cheaproute.routing.text.reading import BREAK, read

SLOTS = 1 << 14
_END_CHARS = 400  # of the answer before: there it says what it did, or asks
_LAST_WORDS = 40
_SIZES = (1, 2, 4, 8, 16, 32, 64)
_LEAST_NAME = 4  # shorter words are in every text
_OFFERS = ("?", "？")
_SAID_SIZES = (3, 6, 12, 25, 60)
_SHORT = 15  # words


def of(text: str, before: str, alone: Features | None = None) -> Features:
    """The features of a prompt `text` after an answer that ended in `before`.

    `alone` are those of `text` as a task, if they are known: it need not be read again.
    """
    alone = alone or task("", text, "")
    end = before.rstrip()[-_END_CHARS:]
    if not end:
        opening = first(text, alone)
        _says(opening.named, text, end)
        return opening
    found, own = _alone(text, alone)
    last = read("", end).words[-_LAST_WORDS:]
    _met(found, own, last, end)
    found.update(topics.of(text, end, asked="turn:was-asked" in found))
    _says(found, text, end)
    slots = alone.slots if not last else alone.slots | grams.slots(last, [])
    return Features(found, {slot & (SLOTS - 1) for slot in slots}, alone.cues)


def first(text: str, alone: Features) -> Features:
    """Those of a session's first prompt, but for what it says of an answer: none is before it."""
    found, _ = _alone(text, alone)
    found["turn:first"] = 1.0
    return Features(found, {slot & (SLOTS - 1) for slot in alone.slots}, alone.cues)


def _alone(text: str, alone: Features) -> tuple[dict[str, float], list[str]]:
    """What the text itself tells, and its own words."""
    found = dict(alone.named)
    own = [word for word in alone.body if word != BREAK]
    for size in _SIZES:
        if len(own) >= size:
            found[f"turn:words-{size}"] = 0.5
    if "!" in text or "！" in text:
        found["turn:exclaims"] = 0.5
    return found, own


def _says(found: dict[str, float], text: str, end: str) -> None:
    """What the prompt says of the last answer, beside what that claimed or asked for.

    At a session's beginning the same words tell of something else: they have names of their own.
    """
    said, size = says.said(text), len(text.split(None, _SAID_SIZES[-1]))
    when = "after" if end else "first"
    own = [f"stated-{kind}" for kind in said.stated] + [f"wished-{kind}" for kind in said.wished]
    own += [f"lead-{said.lead or 'none'}", "any"]
    own += [name for name in ("pasted", "broken", "halts") if getattr(said, name)]
    against = [kind for kind in says.AGAINST if kind in said.stated]
    own.append(f"against-{min(len(against), 3)}")
    if against and said.wished.isdisjoint(says.WISHES):
        own.append("against-alone")
    if "fails" in said.stated:
        own += [f"fails-and-{kind}" for kind in ("tried", "persists") if kind in said.stated]
    for name in own:
        found[f"{when}:{name}".replace(" ", "-")] = 1.0
    for bound in _SAID_SIZES:
        if size >= bound:
            found[f"{when}:longer-{bound}"] = 0.5
    if end:
        if against and size < _SHORT:
            found["after:against-short"] = 1.0
        _beside(found, said, against, end)


def _beside(found: dict[str, float], said: says.Said, against: list[str], end: str) -> None:
    """The same together with what the answer before claimed, asked to try, or asked."""
    meets = {
        "claims": says.claims(end),
        "to-try": says.to_try(end),
        "asked": any(mark in end[-120:] for mark in _OFFERS),
    }
    for name, holds in meets.items():
        if holds:
            found[f"after:{name}"] = 0.5
            for kind in against:
                found[f"after:{name}-{kind}"] = 0.5
            for kind in ("pasted", "broken", "halts"):
                if getattr(said, kind):
                    found[f"after:{name}-{kind}"] = 1.0


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
