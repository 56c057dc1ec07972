"""The classifier of main-loop prompts: fitted, and measured with whole repositories left out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from cheaproute.routing.prompts import features
from cheaproute.routing.text.features import Features
from tools.routing_data import EXAMPLES, domain_fold
from tools.routing_fit import Linear, linear

# What each decision answers of a turn; in the order of the shipped table.
ANSWERS: dict[str, Callable[[Turn], bool | None]] = {
    "none": lambda turn: turn.label == "none",
    "haiku": lambda turn: turn.label in ("sonnet", "opus"),
    "opus": lambda turn: turn.label == "opus",
    "struggle": lambda turn: turn.struggle,
    "newtask": lambda turn: turn.newtask,
}
STRENGTH = 0.2
MADE = 0.5  # what a made prompt counts beside a real one
# How the prompt answers tells that something did not work, and not how hard a task is; single words
# tell of the latter, and are too few to count for the former. Whether it goes on with what was
# answered, what both name tells, and words of their own say nothing.
_OF_ANSWERS = ("after:", "first:")
_OF_TOPICS = ("topic:",)
_SEES = {"struggle": _OF_ANSWERS, "newtask": (*_OF_TOPICS, *_OF_ANSWERS, "turn:", "lead:")}
STRENGTHS = {"struggle": 0.5, "newtask": 0.5}
_MADE = {"struggle": 0.5, "newtask": 1.0}
_RARE = {"opus": 3.0, "struggle": 2.0, "none": 1.0, "haiku": 1.0, "newtask": 2.0}


@dataclass(frozen=True)
class Turn:
    """A prompt with what was answered before it, and its labels; None where nobody gave one."""

    text: str
    before: str
    label: str | None
    struggle: bool | None
    newtask: bool | None
    group: str
    made: bool = False


def real(*paths: str) -> list[Turn]:
    """Annotated prompts kept outside this repository."""
    found = []
    for path in paths:
        own = os.path.splitext(os.path.basename(path))[0]
        with open(path, encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                found.append(
                    Turn(
                        row["text"],
                        row.get("before") or "",
                        row.get("label"),
                        _flag(row.get("struggle")),
                        _flag(row.get("newtask")),
                        row.get("source_repo") or own,
                    )
                )
    return found


def made() -> list[Turn]:
    """The prompts made for this project: `[domain, before, text, label, struggle, newtask]`.

    Where the label is null, they tell nothing of the tier.
    """
    with open(os.path.join(EXAMPLES, "turns.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        Turn(text, before, label, bool(struggle), bool(newtask), domain, made=True)
        for domain, before, text, label, struggle, newtask in rows
    ]


def _flag(value: object) -> bool | None:
    return None if value is None else bool(value)


@cache
def featured(turn: Turn) -> Features:
    """The features of a turn."""
    return features.of(turn.text, turn.before)


def known(turn: Turn, name: str) -> bool:
    """Whether the turn has the label that decision `name` is about.

    A session's first prompt begins a task: nothing is to be learnt from it of those amid one.
    """
    if name == "newtask":
        return turn.newtask is not None and bool(turn.before.strip())
    if name == "struggle":
        return turn.struggle is not None
    return turn.label is not None and (name != "haiku" or turn.label != "none")


def fit(turns: Sequence[Turn], name: str) -> Linear:
    """The decision `name`, fitted to those that have its label."""
    rows = [turn for turn in turns if known(turn, name)]
    found = [view(featured(turn), name) for turn in rows]
    answers = [bool(ANSWERS[name](turn)) for turn in rows]
    counts = [
        (_MADE.get(name, MADE) if turn.made else 1.0) * (_RARE[name] if answer else 1.0)
        for turn, answer in zip(rows, answers, strict=True)
    ]
    strength = STRENGTHS.get(name, STRENGTH)
    return linear(found, answers, counts, strength, features.SLOTS)


def view(found: Features, name: str) -> Features:
    """What decision `name` looks at."""
    sees, words = _SEES.get(name), set[int]()
    if sees is None:
        unseen = (*_OF_TOPICS, *(_OF_ANSWERS if name == "opus" else ()))
        named = {k: v for k, v in found.named.items() if not k.startswith(unseen)}
        if name != "opus":
            return Features(named, found.slots, found.cues)
        words = found.slots
    else:
        named = {k: v for k, v in found.named.items() if k.startswith(sees)}
    return Features({**named, "is:task": 1.0}, words, found.cues)


def left_out(turns: Sequence[Turn], name: str) -> list[float]:
    """Log-odds of each turn by a model that saw none of its repository or domain."""
    found = [0.0] * len(turns)
    folds = [_fold(turn) for turn in turns]
    for out in sorted(set(folds)):
        rest = [turn for turn, fold in zip(turns, folds, strict=True) if fold != out]
        model = fit(rest, name)
        for i, turn in enumerate(turns):
            if folds[i] == out:
                found[i] = model.logit(view(featured(turn), name))
    return found


def _fold(turn: Turn) -> str:
    """What is left out together: a repository, or a sixth of the domains."""
    return domain_fold(turn.group) if turn.made else turn.group
