"""A reading as features of a linear model: `{name: value}`, values from 0 to 1.

The names are made of this project's cues and places alone, so a weight can be read and a
decision explained. Single words count beside them (`grams`).
"""

from __future__ import annotations

from cheaproute.routing.text import asked, grams
from cheaproute.routing.text.cues import Cues, gather
from cheaproute.routing.text.reading import apart, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cheaproute.routing.text.reading import Reading

_SHARES = {
    "title": (0.0, 1.0),
    "type": (0.0, 1.0),
    "lead": (0.0, 0.6, 0.85, 1.0),
    "opening": (0.0, 0.6, 0.85, 1.0),
    "body": (0.0, 0.4, 0.6, 0.75, 0.9, 1.0),
}
_MOST_TERMS = 4
SHORT = 300  # a prompt of no more characters has bounds of its own
_LENGTHS = (120, SHORT, 600, 1200, 2500, 5000, 20000)
_LONG = 1500
_PLAIN = 200

# A question of judgement turns a search into work, wherever in the text it stands.
_DOUBTS = frozenset(("inquiry", "judge", "concurrency", "integrity", "rootcause"))


class Features:
    """What of a task counts: `named` values, the `slots` of its words, and the cues they are of.

    `body` has the words at the prompt's two ends.
    """

    __slots__ = ("body", "cues", "named", "reading", "slots")

    def __init__(
        self,
        named: dict[str, float],
        slots: set[int],
        cues: Cues,
        body: Sequence[str] = (),
        reading: Reading | None = None,
    ) -> None:
        self.named = named
        self.slots = slots
        self.cues = cues
        self.body = body
        self.reading = reading

    @property
    def whole(self) -> bool:
        """Whether all of the text was read."""
        return self.reading is None or self.reading.whole

    def parts(self) -> Iterator[Features]:
        """The same of those items and sentences that are to be judged by themselves, too."""
        if self.reading:
            for span in asked.doubtful(self.reading):
                yield of_reading(apart(self.reading, span), "")


def of(description: str, prompt: str, subagent_type: str) -> Features:
    """All of one task's features."""
    return of_reading(read(description, prompt), subagent_type)


def of_reading(reading: Reading, subagent_type: str) -> Features:
    """The same of a text that was read: a whole one, or a part of it."""
    cues = gather(reading, subagent_type)
    found = named(reading, cues, subagent_type)
    title = reading.words[: reading.body]
    body = grams.ends(reading.words[reading.body :])
    asked.add(found, title, body)
    return Features(found, grams.slots(title, body), cues, body, reading)


def named(reading: Reading, cues: Cues, subagent_type: str) -> dict[str, float]:
    """The features that have a name, of cues and build."""
    found: dict[str, float] = {"is:task": 1.0}
    for (cue, place), count in cues.counts.items():
        shares = _SHARES[place]
        found[f"{place}:{cue}"] = shares[min(count, len(shares) - 1)]
    for cue, terms in cues.words.items():
        for number in range(1, min(len(terms), _MOST_TERMS) + 1):
            found[f"terms{number}:{cue}"] = 1.0
    _first(found, reading, cues)
    _build(found, reading)
    if subagent_type:
        found["is:typed"] = 1.0
    return found


def _first(found: dict[str, float], reading: Reading, cues: Cues) -> None:
    """What the prompt opens with, and what else turns its meaning."""
    first = cues.first or "nothing"
    found["first:" + first] = 1.0
    if reading.length > _LONG:
        found["long:" + first] = 1.0
    if not _DOUBTS.isdisjoint(cues.words):
        found["doubt:" + first] = 1.0
    if cues.plain and reading.length < _PLAIN:
        found["plain:" + first] = 1.0
    if "understand" in cues.words:
        found["learn:" + first] = 1.0


def _build(found: dict[str, float], reading: Reading) -> None:
    """Length, lists, questions, code and masked words, each as a share."""
    for bound in _LENGTHS:
        if reading.length > bound:
            found[f"longer:{bound}"] = 0.5
    found["is:code"] = min(reading.code_lines / (reading.lines or 1), 1.0)
    found["is:codelines"] = min(reading.code_lines / 60, 1.0)
    found["is:items"] = min(reading.items / 12, 1.0)
    found["is:questions"] = min(reading.questions / 6, 1.0)
    if reading.quoted and reading.length < _PLAIN:
        found["is:quoted"] = 1.0
    found["is:masked"] = min(reading.masked / 20, 1.0)
