"""The subagents that were left where they were: why, how many, and what they cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cheaproute.plan.evidence.records import Dispatch

# What policy did, and how it is said.
WORDS = {
    "open": "the text did not say what they need",
    "fits": "needed what they ran on",
    "explicit": "named a model",
    "pinned": "have a model of their own",
    "kept": "kept by your rule",
    "unknown": "agents that could not be placed",
    "absent": "the cheaper model was not to be had",
    "dearer": "no cheaper model is cheaper here",
    "off": "routing was off",
    "fork": "forks and teammates",
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
