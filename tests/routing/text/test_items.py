"""A list is as hard as its hardest item, whatever stands around it."""

from __future__ import annotations

import pytest

from cheaproute.routing.decide import decide
from cheaproute.routing.text.asked import doubtful
from cheaproute.routing.text.reading import read

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


def test_only_items_are_looked_at_and_few() -> None:
    """Sentences, headings and quotes are none; of many doubtful items the most doubtful ones."""
    text = "# Why is it wrong?\n> Could it fail?\nShould it be kept?"
    assert doubtful(read("", text).listed) == []
    text = "\n".join(f"- {item}" for item in (*PLAIN, *HARD))
    found = doubtful(read("", text).listed)
    assert found
    assert len(found) <= 2
    assert set(found) <= {*PLAIN, *HARD}
