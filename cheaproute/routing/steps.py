"""What an agent's own steps say about the model it runs on (pure, no clock, no files).

Later evidence beats the text: an agent that was sent to Haiku and does what retrieval does not do
goes up in the same run, and never down again.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

# What an agent that only looks has no need of. A shell may do anything: it says nothing.
EDITS = ("Edit", "Write", "MultiEdit", "NotebookEdit")
# Tasks that are done by writing something, whatever model does them.
WRITES = ("reformat", "boilerplate", "implement", "test", "status")
# Alike failures, alike uses, and tokens of context in so many steps that are too many.
FAILED_ALIKE, REPEATED = 2, 4
GROWN_TOKENS, GROWN_STEPS = 80_000, 3
# What an answer says that has none; in its head or at its end, where an answer says what it is.
_HEDGES = (
    "unable to determine", "could not determine", "couldn't determine", "cannot determine",
    "can't determine", "not able to determine", "cannot be determined", "can't be determined",
    "could not be determined", "hard to say", "difficult to say", "i'm not sure", "i am not sure",
    "i'm not certain", "i am not certain", "not entirely sure", "not entirely clear",
    "would need more", "need more information", "need more context", "without more information",
    "without more context", "i could only guess", "best guess", "i may be wrong",
    "i might be wrong",
    "would require further investigation", "requires further investigation",
    "needs further investigation", "further investigation is needed", "i ran out of",
    "i was not able to finish", "i couldn't finish", "i could not finish",
    "could not complete the", "couldn't complete the", "was unable to complete",
    "nicht sicher", "lässt sich nicht sagen", "konnte nicht feststellen",
    "kann ich nicht beurteilen",
    "pas certain", "pas sûr", "impossible de déterminer", "je n'ai pas pu déterminer",
    "no estoy seguro", "no pude determinar", "no se puede determinar", "não tenho certeza",
    "não foi possível determinar", "non sono sicuro", "non è stato possibile determinare",
    "не уверен", "не удалось определить", "невозможно определить",
    "不确定", "无法确定", "不清楚", "わかりません", "判断できません", "確定できません",
)  # fmt: skip
_ENDS_CHARS = 500


class Use:
    """A tool use: the tool's `name`, hashes of the use and, where it failed, of the error ("").

    `failed`: it reported an error.
    """

    __slots__ = ("error", "failed", "key", "name")

    def __init__(self, name: str, key: str, *, failed: bool = False, error: str = "") -> None:
        self.name = name
        self.key = key
        self.failed = failed
        self.error = error


def trouble(
    category: str, uses: Sequence[Use], tokens: Sequence[int] = (), *, may_edit: bool = False
) -> str:
    """Why a task of this category is more than its model's, by its steps; "" while none says so.

    `tokens` is what its requests carried, in their order; `may_edit`: it was not sent to look only.
    """
    may_edit = may_edit or category in WRITES
    if not may_edit and any(use.name in EDITS for use in uses):
        return "it edits where it should look"
    failures: dict[tuple[str, str], int] = {}
    times: dict[tuple[str, str], int] = {}
    for use in uses:
        if use.failed:
            how = use.name, use.error or use.key
            failures[how] = failures.get(how, 0) + 1
        same = use.name, use.key
        times[same] = times.get(same, 0) + 1
    if max(failures.values(), default=0) >= FAILED_ALIKE:
        return "a tool fails the same way again"
    if max(times.values(), default=0) >= REPEATED:
        return "it repeats itself"
    last = tokens[-GROWN_STEPS - 1 :]
    if len(last) > 1 and last[-1] - last[0] >= GROWN_TOKENS:
        return "its context grows fast"
    return ""


def unanswered(text: str) -> str:
    """Why `text`, an agent's last word, is no answer; "" where it may be one."""
    said = text.strip()
    if not said:
        return "its answer is empty"
    low = said.lower().replace("\u2019", "'")
    ends = low[:_ENDS_CHARS] + "\n" + low[-_ENDS_CHARS:]
    return "its answer is hedged" if any(hedge in ends for hedge in _HEDGES) else ""
