"""A list is as hard as its hardest item, whatever stands around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cheaproute.routing.decide import decide
from cheaproute.routing.text import asked, cues, features, reading, weights
from cheaproute.routing.text.lexicon_foreign import Memo

if TYPE_CHECKING:
    from types import ModuleType

LEAD = "For each point give the file and the line; quote where it helps. This is read-only.\n\n"
PLAIN = (
    "The functions that open a socket",
    "All environment variables with their defaults",
    "Where the log level is set",
    "The subclasses of `Handler`",
    "Every call of `connect`",
    "The version of the driver",
    "Log files and their paths",
    "The names of the tables",
    "Which tests import the client",
    "The size of each module in lines",
)
HARD = (
    "Whether two workers could lose an update of the balance",
    "Decide whether the retry policy is sound",
    "Which of the two designs should be kept",
    "What could go wrong if the lock is dropped here",
    "Entscheide, ob die Sperre ausreicht",
)


def doubtful(prompt: str) -> list[str]:
    """The items and sentences of `prompt` that are judged by themselves."""
    found = reading.read("", prompt)
    return [reading.text_of(span) for span in asked.doubtful(found)]


def tier(items: tuple[str, ...], mark: str = "- ") -> str:
    """Where a request for these goes."""
    lines = [(f"{n}. " if mark == "1." else mark) + item for n, item in enumerate(items, 1)]
    return decide("Overview", LEAD + "\n".join(lines), "Explore").tier


@pytest.mark.parametrize("mark", ["- ", "* ", "1."])
def test_plain_items_are_a_lookup(mark: str) -> None:
    """Ten of them, in any list."""
    assert tier(PLAIN, mark) == "haiku"


@pytest.mark.parametrize("hard", HARD)
@pytest.mark.parametrize("place", [0, 5, 10])
def test_one_item_that_is_none_keeps_it_from_haiku(hard: str, place: int) -> None:
    """First, amid ten others, or last."""
    assert tier((*PLAIN[:place], hard, *PLAIN[place:])) != "haiku"


@pytest.mark.parametrize("hard", HARD)
def test_in_a_short_list_too(hard: str) -> None:
    """Two are a list."""
    assert tier((PLAIN[0], hard)) != "haiku"


@pytest.mark.parametrize("hard", HARD)
@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_sentence_among_others_is_looked_at_by_itself(hard: str, place: int) -> None:
    """One paragraph of plain ones, without and with such a one: among those that count."""
    plain = PLAIN[:6]
    said = (*plain[:place], hard, *plain[place:])
    assert f"{hard}." in doubtful(". ".join(said) + ".")
    assert decide("Overview", LEAD + ". ".join(said) + ".", "Explore").tier != "haiku"
    assert decide("Overview", LEAD + ". ".join(plain) + ".", "Explore").tier == "haiku"


def test_what_one_sentence_enumerates_is_looked_at_apart() -> None:
    """Two commas make a list; one is of a sentence that goes on."""
    found = doubtful("Give me the version, the license, whether it is safe to upgrade.")
    assert found == ["whether it is safe to upgrade."]
    assert doubtful("Tell me whether it is safe, the rest is known to me.") == []


def test_few_are_looked_at() -> None:
    """Two items and two sentences at the most, the most doubtful ones; what is quoted is none."""
    assert doubtful("The label reads `could it fail`. The other reads `is it safe`.") == []
    text = "\n".join(f"- {item}" for item in (*PLAIN, *HARD)) + "\n" + ". ".join(HARD)
    found = doubtful(text)
    assert 2 < len(found) <= 4
    assert {one.rstrip(".") for one in found} <= {*PLAIN, *HARD}


def test_what_is_looked_at_apart_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """With two doubtful items and two such sentences in it each chunk and word is made out once."""
    made: list[tuple[str, str]] = []

    def noted(module: ModuleType, name: str) -> None:
        memo = getattr(module, name)

        def make(word: str) -> object:
            made.append((name, word))
            return memo.make(word)

        monkeypatch.setattr(module, name, Memo(make))

    for module, name in ((reading, "_words"), (cues, "_tells"), (asked, "_kinds")):
        noted(module, name)
    text = "\n".join(f"- {item}" for item in (*PLAIN, *HARD[:2])) + "\n" + ". ".join(HARD[2:])
    found = features.of("Overview", text, "")
    assert len(list(found.parts())) == 4
    weights.needs(found)
    assert {name for name, _ in made} == {"_words", "_tells", "_kinds"}
    assert len(made) == len(set(made)) <= 3 * (len(text.split()) + 2)


def test_parts_are_looked_for_only_where_they_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that needs more than Haiku as a whole needs no hardest sentence."""
    asked_for: list[object] = []

    def noted(found: reading.Reading) -> list[reading.Span]:
        asked_for.append(found)
        return []

    monkeypatch.setattr(asked, "doubtful", noted)
    weights.needs(features.of("", "Find out why the lock hangs. Is it safe to drop it?", ""))
    assert not asked_for
    weights.needs(features.of("", "List the files. Print the version of each.", ""))
    assert len(asked_for) == 1


@pytest.mark.parametrize("hard", HARD)
def test_a_part_counts_as_it_would_by_itself(hard: str) -> None:
    """Its features are those of its text alone, whatever stands around it."""
    text = ". ".join((*PLAIN[:2], hard, *PLAIN[4:6])) + "."
    found = features.of("Overview", text, "")
    alone = features.of("", f"{hard}.", "")
    assert [(part.named, part.slots) for part in found.parts()] == [(alone.named, alone.slots)]
