"""The weights file, and what is made of it."""

from __future__ import annotations

import json
import os
import re

import pytest

from cheaproute.routing.explain import evidence
from cheaproute.routing.text import lexicon, weights
from cheaproute.routing.text.category import categorise
from cheaproute.routing.text.cues import Cues, gather
from cheaproute.routing.text.features import Features, named, of
from cheaproute.routing.text.reading import read


def test_the_file_is_small_and_says_where_it_comes_from() -> None:
    """Its size is bounded; it records date, data and figures."""
    assert os.path.getsize(weights.FILE) < 50_000
    with open(weights.FILE, encoding="ascii") as file:
        head = [line[2:].partition(" = ") for line in file if line.startswith("# ")]
    about = {name: json.loads(value) for name, equals, value in head if equals}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", about["date"])
    assert {"rows", "rows_digest", "pairs", "examples", "left_out"} <= set(about)


def test_weights_are_named_by_our_own_words_alone() -> None:
    """Nothing of the texts the weights were learnt from is in the file."""
    kinds = {
        "title", "type", "lead", "opening", "body", "first", "long", "doubt", "learn", "plain",
        "terms1", "terms2", "terms3", "terms4",
    }  # fmt: skip
    for name in weights.weights():
        kind, _, cue = name.partition(":")
        if kind in kinds:
            assert cue in {*lexicon.CUES, "nothing"}, name
        else:
            assert kind in ("is", "longer", "asks", "typed", "bare", "short", "step"), name


def test_features_are_shares() -> None:
    """No feature, however long the text, exceeds one."""
    text = "Find why the lock hangs. " * 500 + "1. item\n" * 500
    found = named(read("Find it", text), gather(read("Find it", text), "x"), "x")
    assert all(0 <= value <= 1 for value in found.values())
    assert found["is:items"] == found["terms1:inquiry"] == 1.0


def test_unknown_features_say_nothing() -> None:
    """A feature without a weight leaves the odds even."""
    assert weights.needs(Features({"no such feature": 1.0}, set(), Cues())) == (0.5, 0.5)


def test_extreme_odds_do_not_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probability stays between 0 and 1."""
    monkeypatch.setattr(weights, "_read", {weights.FILE: {"a": (10**9, -(10**9))}})
    high, low = weights.needs(Features({"a": 1.0}, set(), Cues()))
    assert 0 <= low < 1e-9
    assert 1 - 1e-9 < high <= 1


def test_contributions_add_up() -> None:
    """What is shown as evidence is what was decided by."""
    found = of("", "Audit the login for vulnerabilities", "")
    total = sum(push for _, push, _ in weights.contributions(found))
    assert weights._share(total) == pytest.approx(weights.needs(found)[0])


def test_evidence_names_cues_and_places() -> None:
    """The strongest reasons come first, in words."""
    shown = evidence("", "Audit the login for vulnerabilities", "reviewer")
    assert "security" in shown[0].what
    pushes = [abs(push.haiku) + abs(push.sonnet) for push in shown]
    assert pushes == sorted(pushes, reverse=True)


def test_no_cue_has_no_category() -> None:
    """Where nothing speaks for a kind of task it is `other`."""
    assert categorise(gather(read("", "qwx"), ""), "haiku") == ("other", [])
