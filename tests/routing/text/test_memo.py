"""What was made of a word once."""

from __future__ import annotations

from collections import UserDict
from typing import TYPE_CHECKING

from cheaproute.routing.text import lexicon_foreign
from cheaproute.routing.text.lexicon_foreign import Memo, Signs

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def test_signs_are_laid_out_for_the_first_text_that_may_have_some() -> None:
    """Not for the many that have none: to lay them out is much of what a decision loads."""
    asked: list[str] = []

    class Table(UserDict[str, str]):
        def __iter__(self) -> Iterator[str]:
            asked.append("")
            return super().__iter__()

    table = Table(locate="查找 找到", check="语法")
    signs = Signs(table)
    assert not asked
    assert signs.inside("请找到语法错误") == [("找到", "locate"), ("语法", "check")]
    assert signs.inside("不") == []
    assert asked == [""]
