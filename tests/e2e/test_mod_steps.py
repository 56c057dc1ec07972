"""Later evidence in the real client: a subagent that Haiku cannot do goes up in the same run."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import pytest

from tests.api import Api, Reply, Request, Script, Tool
from tests.e2e import scripts
from tests.e2e.client import FIRST_MODULE, NEWEST
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import run, sound
from tests.marks import in_long

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"
LATEST = pytest.mark.parametrize("version", [NEWEST])
SEARCH = "List every file that mentions the word ledger. Return the file paths and line numbers."
OPEN = "Look at src/billing and give me the picture of how invoices and refunds hang together."
SMALL = {"input_tokens": 3_000, "output_tokens": 50}
FOUND = "a.py:1, b.py:20."
HEDGED = "I'm not sure. Without more information it is hard to say."


def agent_script(replies: Callable[[Request], Reply]) -> Script:
    """A session that sends out one search, answered by `replies`."""
    return scripts.conversations(
        scripts.dispatch([scripts.agent("Find", SEARCH)]), replies, "MAINTASK"
    )


def ran(api: Api) -> list[str]:
    """The models of the subagent's requests, in their order."""
    return [one.model for one in api.calls if SEARCH in one.text and "MAINTASK" not in one.text]


def steps(*uses: Sequence[Tool]) -> Callable[[Request], Reply]:
    """One step for each group of tools, then an answer."""
    return scripts.turns(*(Reply("", list(one), SMALL) for one in uses), Reply(FOUND, usage=SMALL))


def edit(machine: Machine) -> Tool:
    """What a search has no need of."""
    return Tool("Write", {"file_path": os.path.join(machine.project, "x.py"), "content": "x = 1\n"})


@pytest.mark.parametrize("version", [in_long(FIRST_MODULE), NEWEST])
def test_an_edit_takes_it_up_for_good(machine: Machine, api: Api, plugin: str) -> None:
    """After the write the same run goes on with the session's model, and stays there."""
    looks = [scripts.bash("echo 1")]
    api.script = agent_script(steps(looks, [edit(machine)], looks, looks))
    result = run(machine, plugin, "MAINTASK: go", model="sonnet")
    assert result.text == "All done."
    assert ran(api) == [HAIKU, HAIKU, SONNET, SONNET, SONNET]
    sound(machine, api)
    assert "went up at step 3: it edits where it should look" in machine.person("why", "--last")


@pytest.mark.long
@LATEST
def test_one_who_looks_stays(machine: Machine, api: Api, plugin: str) -> None:
    """Different commands, one that fails, an answer: all of it on Haiku."""
    uses = [[scripts.bash(f"echo {n}")] for n in range(3)] + [[scripts.bash("false")]]
    api.script = agent_script(steps(*uses))
    run(machine, plugin, "MAINTASK: go", model="sonnet")
    assert ran(api) == [HAIKU] * 5
    sound(machine, api)


@LATEST
@pytest.mark.parametrize("kind", ["fails alike", in_long("repeats")])
def test_it_goes_in_circles(machine: Machine, api: Api, plugin: str, kind: str) -> None:
    """The same failure twice; the same use four times."""
    missing = Tool("Read", {"file_path": os.path.join(machine.project, "nowhere.py")})
    uses = [[missing]] * 2 if kind == "fails alike" else [[scripts.bash("echo 1")]] * 4
    api.script = agent_script(steps(*uses))
    run(machine, plugin, "MAINTASK: go", model="sonnet")
    assert ran(api) == [HAIKU] * len(uses) + [SONNET]
    sound(machine, api)


@LATEST
@pytest.mark.parametrize("said", [in_long(""), in_long(HEDGED)])
def test_no_answer_is_asked_of_the_better_model(
    machine: Machine, api: Api, plugin: str, said: str
) -> None:
    """Empty or hedged: the last step is done again, and only that answer reaches the parent."""

    def replies(request: Request) -> Reply:
        return Reply(said if request.model == HAIKU else FOUND, usage=SMALL)

    api.script = agent_script(replies)
    result = run(machine, plugin, "MAINTASK: go", model="sonnet")
    assert result.text == "All done."
    assert ran(api) == [HAIKU, SONNET]
    last = [one.text for one in api.calls if "MAINTASK" in one.text][-1]
    assert FOUND in last
    assert "not sure" not in last
    sound(machine, api)
    how = "hedged" if said else "empty"
    assert f"went up at step 1: its answer is {how}" in machine.person("why", "--last")


@pytest.mark.long
@LATEST
def test_what_would_cost_more_than_to_begin_again_stays(
    machine: Machine, api: Api, plugin: str
) -> None:
    """A long context would have to be written anew: that is left to the next try."""
    long = {"input_tokens": 90_000, "output_tokens": 50}
    api.script = agent_script(lambda _: Reply(HEDGED, usage=long))
    run(machine, plugin, "MAINTASK: go", model="sonnet")
    assert set(ran(api)) == {HAIKU}
    sound(machine, api)


@LATEST
def test_an_open_task_is_tried_one_tier_down(machine: Machine, api: Api, plugin: str) -> None:
    """`routing.explore`: it starts on Sonnet and goes on with Opus once it fails alike twice."""
    machine.write(".config/cheaproute/config.toml", '[routing]\nask = "off"\nexplore = true\n')
    missing = Tool("Read", {"file_path": os.path.join(machine.project, "nowhere.py")})
    looks = scripts.turns(
        *(Reply("", [missing], SMALL) for _ in range(2)), Reply(FOUND, usage=SMALL)
    )
    api.script = scripts.conversations(
        scripts.dispatch([scripts.agent("Invoices", OPEN)]), looks, "MAINTASK"
    )
    assert run(machine, plugin, "MAINTASK: go", model="opus").text == "All done."
    models = [one.model for one in api.calls if OPEN in one.text and "MAINTASK" not in one.text]
    assert models == [SONNET, SONNET, OPUS]
    sound(machine, api)
    told = machine.person("why", "--last")
    assert "a try, one tier down" in told
    assert "went up at step 3: a tool fails the same way again" in told
    assert machine.costs()["saved_usd"] > 0
