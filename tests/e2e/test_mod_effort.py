"""Effort in the real client: a lookup thinks less, whatever a person chose stands."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_MODULE, NEWEST
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import run, sound
from tests.marks import in_long

LATEST = pytest.mark.parametrize("version", [in_long(NEWEST)])
OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-5-5"
LOOKUP = "show me the git log"
HARD = "PROVE: find the root cause of the deadlock between the writers and the cache, and fix it"
TASK = "List every file that mentions the word ledger. Return the file paths and line numbers."
SMALL = {"input_tokens": 3_000, "output_tokens": 50}


def effort(request: Request) -> str:
    """The effort that the request asks for: its own, or the last message's that names one."""
    found = [request.body, *request.body["messages"]]
    told = [
        one["output_config"]["effort"]
        for one in found
        if "effort" in (one.get("output_config") or {})
    ]
    return str(told[-1]) if told else ""


def config(machine: Machine, routing: str) -> None:
    """A user's choice."""
    machine.write(".config/cheaproute/config.toml", f'[routing]\nask = "off"\n{routing}\n')


def booked(machine: Machine) -> list[tuple[str, str]]:
    """`(model, effort)` of the ledger's calls."""
    with closing(sqlite3.connect(f"{machine.data}/ledger.db")) as db:
        rows = db.execute(
            "SELECT model.name, mode FROM call JOIN model ON model.id = call.model ORDER BY ts_ms"
        )
        return [(model, mode.rpartition(",")[2]) for model, mode in rows]


@pytest.mark.parametrize("version", [in_long(FIRST_MODULE), in_long(NEWEST)])
def test_a_turn_that_is_a_lookup_thinks_less(machine: Machine, api: Api, plugin: str) -> None:
    """All of its requests, and the next turn has the session's own again; what ran is booked."""
    config(machine, 'main = "auto"\neffort = "try"')
    api.script = scripts.turns(
        Reply("", [scripts.bash("git log")], SMALL), Reply("Done.", usage=SMALL)
    )
    session = run(machine, plugin, LOOKUP).session
    first = len(api.calls)
    assert [effort(one) for one in api.calls] == ["low"] * first
    api.script = lambda _: Reply("Done.", usage=SMALL)
    run(machine, plugin, HARD, "--resume", session)
    assert [effort(one) for one in api.calls[first:]] == ["medium"]
    sound(machine, api)
    assert [level for _, level in booked(machine)] == ["low"] * first + ["medium"]


@LATEST
@pytest.mark.parametrize("named_by", ["its call", "its file"])
def test_a_subagent_that_stays_where_it_was_put(
    machine: Machine, api: Api, plugin: str, named_by: str
) -> None:
    """The word on its model is kept, and a lookup thinks less on it."""
    config(machine, 'effort = "try"')
    head = "---\nname: finder\ndescription: finds\nmodel: sonnet\n---\nFind.\n"
    machine.write(".claude/agents/finder.md", head)
    word = {"model": "sonnet"} if named_by == "its call" else {"subagent_type": "finder"}
    tool = scripts.agent("Find", TASK, **word)
    api.script = scripts.conversations(
        scripts.dispatch([tool]), lambda _: Reply("a.py:1", usage=SMALL), "MAINTASK"
    )
    run(machine, plugin, "MAINTASK: go")
    ran = [(one.model, effort(one)) for one in api.calls if "MAINTASK" not in one.text]
    assert ran == [(SONNET, "low")]
    assert {effort(one) for one in api.calls if "MAINTASK" in one.text} == {"medium"}
    sound(machine, api)
    assert "at low effort" in machine.person("why", "--last")


@LATEST
@pytest.mark.usefixtures("tmux")
def test_a_level_typed_in_the_session(machine: Machine, api: Api, plugin: str) -> None:
    """From `/effort` on it is the person's, though it is the one that the session had."""
    config(machine, 'main = "auto"\neffort = "try"')
    api.script = lambda _: Reply("Seen.", usage=SMALL)
    with machine.begun(plugin) as tui:
        tui.type(LOOKUP)
        tui.wait("Seen.")
        tui.settle()
        tui.type("/effort medium")
        tui.wait("Set effort level to medium")
        tui.settle()
        tui.type(LOOKUP + " again")
        tui.wait(lambda shown: shown.count("Seen.") == 2)
    asked = [effort(one) for one in api.calls if LOOKUP in one.text]
    assert (asked[0], asked[-1]) == ("low", "medium")


@LATEST
@pytest.mark.parametrize("word", ["ledger", "off", "option", "settings", "agent"])
def test_it_is_left_alone(machine: Machine, api: Api, plugin: str, word: str) -> None:
    """Without proof in the ledger; by the user's setting; where anybody chose one themselves."""
    config(
        machine,
        'main = "auto"\n' + {"ledger": "", "off": 'effort = "off"'}.get(word, 'effort = "try"'),
    )
    more: dict[str, str] = {}
    if word == "settings":
        told = {
            "modelSettings": {OPUS: {"effortLevel": "medium"}, SONNET: {"effortLevel": "medium"}}
        }
        machine.write(".claude/settings.json", json.dumps(told))
    if word == "agent":
        head = "---\nname: finder\ndescription: finds\nmodel: sonnet\neffort: medium\n---\nFind.\n"
        machine.write(".claude/agents/finder.md", head)
        more = {"subagent_type": "finder"}
    tool = scripts.agent("Find", TASK, **(more or {"model": "sonnet"}))
    api.script = scripts.conversations(
        scripts.dispatch([tool]), lambda _: Reply("a.py:1", usage=SMALL), "MAINTASK"
    )
    options = ("--effort", "medium") if word == "option" else ()
    run(machine, plugin, "MAINTASK: " + ("go" if word == "agent" else LOOKUP), *options)
    agents = [one for one in api.calls if "MAINTASK" not in one.text]
    assert [effort(one) for one in agents] == ["medium"] * len(agents)
    assert agents
    if word != "agent":
        assert {effort(one) for one in api.calls} == {"medium"}
