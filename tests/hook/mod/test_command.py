"""A command typed in the client that allows more: refused, with the dialog that may allow it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cheaproute.money import NANO
from tests.hook.mod.test_questions import Home

TYPED = ["cheaproute cap raise 10", "cheaproute cap finish 2", "cheaproute cap unset"]


def asked(place: Path, typed: str, **more: object) -> tuple[Home, dict[str, Any]]:
    """The brain's answer to a command, typed as a prompt in a session of one turn."""
    home = Home(place, NANO)
    home.ask("ModStart", version="2.1.332")
    return home, home.ask("ModCommand", **{"prompt": typed, "origin": "composer", **more})


@pytest.mark.parametrize("typed", TYPED)
def test_a_dialog_is_offered_for_what_was_refused(tmp_path: Path, typed: str) -> None:
    """It names the command and the caps as they stand; its code is in what is drawn alone."""
    home, answer = asked(tmp_path, typed)
    assert "only you can allow more" in answer["text"]
    assert typed in answer["question"]
    assert "monthly cap $0.00 of $1.00" in answer["question"]
    assert len(answer["code"]) == 4
    assert answer["code"] in answer["hint"]
    others = [answer["question"], answer["header"], *answer["options"], answer["text"]]
    assert not [text for text in others if answer["code"] in text]
    assert home.ask("ModCommand", prompt=typed, origin="composer")["caps"] == {"month": NANO}


@pytest.mark.parametrize("origin", ["sdk", "plugin", "scheduled-trigger", "bridge", ""])
def test_no_dialog_where_nobody_typed(tmp_path: Path, origin: str) -> None:
    """A schedule, another module, a script: refused as before."""
    _, answer = asked(tmp_path, TYPED[0], origin=origin)
    assert "only you can allow more" in answer["text"]
    assert "code" not in answer


@pytest.mark.parametrize(
    "typed", ["cheaproute cap", "cheaproute cap set 0.5", "cheaproute cap raise"]
)
def test_no_dialog_for_what_is_not_refused(tmp_path: Path, typed: str) -> None:
    """Showing, tightening, and what the command itself does not understand."""
    assert "code" not in asked(tmp_path, typed)[1]


def test_a_confirmation_counts_in_the_clients_own_terminal_alone(tmp_path: Path) -> None:
    """The word alone, which whoever can start a hook can say, allows nothing."""
    home, answer = asked(tmp_path, TYPED[0], confirmed=True)
    assert "only you can allow more" in answer["text"]
    assert "code" not in answer
    assert home.ask("ModBook")["caps"] == {"month": NANO}
