"""The subagents that were left where they were: why, how many, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cheaproute.plan.evidence.records import Dispatch

# What policy did, and how it is said behind a number of them.
WORDS = {
    "open": "whose text did not say what they need",
    "fits": "on a model no dearer than they needed",
    "explicit": "whose call named a model",
    "pinned": "with a model of their own",
    "kept": "kept by your rule",
    "unknown": "that could not be placed",
    "rests": "for which the cheaper model had failed shortly before",
    "absent": "for which the cheaper model was not to be had",
    "dearer": "for which no cheaper model is cheaper here",
    "off": "while routing was off",
    "fork": "sent as forks or teammates",
}
UP = "explored, went up"


def of(sent_out: Sequence[Dispatch]) -> Mapping[str, tuple[int, int]]:
    """`(how many, nano-dollars)` by what was done, dearest first; `explored` are booked apart."""
    found: dict[str, tuple[int, int]] = {}
    for sent in sent_out:
        word = sent.action
        if word == "explored" and sent.went_up:
            word = UP
        if word in WORDS or word in ("explored", UP):
            many, nano = found.get(word, (0, 0))
            found[word] = many + 1, nano + sent.cost
    return dict(sorted(found.items(), key=lambda one: (-one[1][1], one[0])))
