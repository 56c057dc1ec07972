"""Whether a prompt goes on with what was answered, or begins something else: names and words."""

from __future__ import annotations

import re

from cheaproute.routing.prompts.phrases import BACK

# What people say who change the subject, in the languages they type.
_SWITCHES = re.compile(
    r"\b(unrelated|(something|anything) (else|different|new)|(something|totally|completely) "
    r"(different|other)|(different|another|other|new|separate) (thing|topic|task|issue|matter|"
    r"subject|story|question|bug|ticket|feature|project)|next (task|issue|topic|thing|item|up|"
    r"story|ticket|bug)|(change|changing|switch|switching) (of |the )?(topic|subject|gears|plan)s?|"
    r"(move|moving) on|(leave|park|forget|drop) (that|this|it)|separately|by the way|btw|"
    r"before i forget|back to (the|my|our)|etwas anderes|was anderes|andere (sache|baustelle)|"
    r"neues thema|themenwechsel|übrigens|nächste (aufgabe|baustelle)|nächstes (ticket|thema)|"
    r"autre (chose|sujet|tâche)|nouveau sujet|rien à voir|changeons de|otra cosa|otro tema|"
    r"nuevo tema|cambiando de|aparte|por cierto|outra coisa|outro assunto|mudando de|"
    r"altra cosa|altro argomento|cambio argomento|cambiamo|iets anders|ander onderwerp|"
    r"inna sprawa|inny temat|zmiana tematu|coś innego|другое|другая задача|новая тема|"
    r"сменим тему|кстати)\b|^\W*next\b|换个|另外|另一个|别的|別の|別件|話は変わ|ところで|"
    r"다른 (이야기|주제|작업|일)|새로운 작업|그런데"
)
# What is named for itself: a place, an address, a ticket, a file, a piece of code.
# Each run of letters is looked at from its start alone: a script without blanks is one long run.
_NAMED = re.compile(
    r"https?://\S+|[@#][\w./-]+|`[^`]+`|(?<!\w)\w[\w-]{0,80}/[\w./-]+|\b\w+\.[a-z]{2,4}\b"
)
_WORDS = re.compile(r"\w+")
_BACK = frozenset(BACK.split())
_AT_FIRST, _MOST_BACK, _LEAST_ALONE = 12, 4, 7
_HEAD, _LONG_HEAD, _MOST_WORDS = 200, 400, 40
_FIRST, _SAYS_WHAT = 16, 10
_STEM, _WHOLE, _MANY = 5, 8, 4


def of(text: str, end: str, *, asked: bool) -> dict[str, float]:
    """What of `text` goes back to an answer's `end`, by name; `asked`: the answer put a question.

    Words count by their stems: "invoices" goes back to "invoice".
    """
    found: dict[str, float] = {}
    head, before = text[:_LONG_HEAD].strip().lower(), end.lower()
    switches = _SWITCHES.search(head[:_HEAD])
    if switches:
        found["topic:switches"] = 1.0
        # Who says so first, and then what: no other sign is needed.
        if switches.start() <= _FIRST and len(head) - switches.end() >= _SAYS_WHAT:
            found["topic:switches-first"] = 1.0
    named = _NAMED.findall(head)
    if named:
        found["topic:named"] = 1.0
        if not any(name in before for name in named):
            found["topic:named-anew"] = 1.0
    words = _WORDS.findall(head)[:_MOST_WORDS]
    if len(words) >= _WHOLE and not asked:
        found["topic:whole"] = 1.0
    _back(found, words)
    stems = [word[:_STEM] for word in words if len(word) >= _STEM]
    if stems:
        known = {word[:_STEM] for word in _WORDS.findall(before) if len(word) >= _STEM}
        shared = sum(stem in known for stem in stems)
        found["topic:shared"] = shared / len(stems)
        if not shared:
            found["topic:none-shared"] = 1.0
            if len(stems) >= _MANY:
                found["topic:none-of-many"] = 1.0
    return found


def _back(found: dict[str, float], words: list[str]) -> None:
    """How much of the prompt points back at the answer."""
    if not words:
        return
    at_first = sum([word in _BACK for word in words[:_AT_FIRST]])
    found["topic:back"] = min(at_first, _MOST_BACK) / _MOST_BACK
    found["topic:back-share"] = sum([word in _BACK for word in words]) / len(words)
    if words[0] in _BACK:
        found["topic:back-first"] = 1.0
    if not at_first and len(words) >= _LEAST_ALONE:
        found["topic:back-none"] = 1.0
