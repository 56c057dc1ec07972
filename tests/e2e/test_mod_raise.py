"""A cap is raised in the client itself: by a dialog that nothing but its code says yes to."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.api import Api, Reply
from tests.e2e import client, scripts
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.e2e.tui import OPEN, answer
from tests.marks import in_long

pytestmark = pytest.mark.usefixtures("tmux")
DEAR = {"input_tokens": 50_000, "output_tokens": 0}
# What an option and another text are answered with.
SAID = {
    "": "Left as it is: monthly cap $0.20 of $0.10",
    "12345": "That was not the code",
    "and now the parser": "not sent to Claude: and now",
}
EVERY = pytest.mark.parametrize(
    "version", [pytest.param(client.FIRST_FETCH, marks=pytest.mark.long), client.NEWEST]
)


def limit(machine: Machine) -> float:
    """The monthly cap."""
    said = json.loads(machine.cheaproute("cap", "--json").stdout)
    return float(said["month"]["limit_usd"])


@pytest.mark.long
@EVERY
@pytest.mark.parametrize("typed", ["/cheaproute cap raise 10", in_long("cheaproute cap raise 10")])
def test_a_cap_is_raised_by_the_code_of_its_dialog_alone(
    machine: Machine, api: Api, tmp_path: Path, typed: str
) -> None:
    """Enter and another text leave it, the code raises the cap that blocks."""
    api.script = lambda _request: Reply("Seen.", usage=DEAR)
    assert machine.cheaproute("cap", "set", "0.1").returncode == 0
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("first thing")
        tui.wait("Seen.")
        tui.settle()
        tui.type("another thing")
        shown = tui.wait("UserPromptSubmit operation blocked")
        tui.settle()
        assert "Or type it here: /cheaproute cap raise 0.5" in shown.rpartition("blocked")[2]
        tui.key("C-u")
        tui.settle()
        for wrong, said in SAID.items():
            tui.type(typed)
            assert "$0.20 of $0.10" in tui.wait(OPEN)
            answer(tui, wrong)
            tui.wait(said)
            tui.settle()
            assert limit(machine) == pytest.approx(0.1)
        tui.type(typed)
        answer(tui, re.findall(r"and type ([a-z]{4})\b", tui.wait(OPEN))[-1].upper())
        tui.wait("It holds in every session")
        assert limit(machine) == pytest.approx(10.1)
        tui.type("second thing")
        tui.wait(lambda shown: "Seen." in shown.rpartition("second thing")[2])


@pytest.mark.long
@EVERY
def test_a_request_that_is_refused_names_the_way_here(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """In the middle of a turn; what it names is what lets the next prompt through."""
    api.script = scripts.endless({"input_tokens": 10_000, "output_tokens": 0})
    assert machine.cheaproute("cap", "set", "0.3").returncode == 0
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("MAINTASK")
        shown = tui.wait("Or type it here: /cheaproute cap raise ")
        assert "Nothing stopped me." not in shown
        tui.settle()
        (typed,) = set(re.findall(r"(/cheaproute cap raise [\d.]+)", shown))
        sent = len(api.calls)
        tui.type(typed)
        answer(tui, re.findall(r"and type ([a-z]{4})\b", tui.wait(OPEN))[-1])
        tui.wait("It holds in every session")
        tui.type("more")
        tui.wait(lambda _: len(api.calls) > sent)


@pytest.mark.long
@EVERY
def test_a_raise_after_a_refusal_is_of_the_cap_that_refused(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Typed without a name: neither cap is reached, and one has no room for the next call."""
    api.script = scripts.endless({"input_tokens": 10_000, "output_tokens": 0})
    assert machine.cheaproute("cap", "set", "50", "--session", "0.33").returncode == 0
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("MAINTASK")
        tui.wait("is left of the session cap")
        tui.settle()
        tui.type("/cheaproute cap raise 0.3")
        tui.wait(OPEN)
        answer(tui, re.findall(r"and type ([a-z]{4})\b", tui.wait(OPEN))[-1])
        tui.wait("It holds in that session")
    held = json.loads(machine.cheaproute("cap", "--json").stdout)
    assert held["month"]["limit_usd"] == 50
