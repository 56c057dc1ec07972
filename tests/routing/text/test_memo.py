"""What was made of a word once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cheaproute.routing.text import lexicon_foreign
from cheaproute.routing.text.lexicon_foreign import Memo

if TYPE_CHECKING:
    import pytest


def test_a_word_is_made_once_and_few_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that lives long holds no more than so many; what was let go is made again."""
    made: list[str] = []
    monkeypatch.setattr(lexicon_foreign, "_MOST", 2)

    def length(word: str) -> int:
        made.append(word)
        return len(word)

    lengths = Memo(length)
    assert [lengths[word] for word in ("a", "bb", "bb", "a")] == [1, 2, 2, 1]
    assert made == ["a", "bb"]
    assert lengths["ccc"] == 3
    assert len(lengths) == 1
    assert lengths["a"] == 1
