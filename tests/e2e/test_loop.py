"""The whole loop in the real client: routed, counted, shown."""

from __future__ import annotations

import json

import pytest

from tests.api import Api, Reply
from tests.e2e import scripts
from tests.e2e.session import Machine

MARK = "GO-MAIN"
CHEAP = scripts.agent("Find mentions of X", "List every file that mentions X.")
HARD = scripts.agent("Root-cause deadlock", "Root-cause the intermittent deadlock in the queue.")


def models(api: Api, words: str) -> set[str]:
    """The models of the subagent calls whose conversation holds `words`."""
    return {call.model for call in api.calls if words in call.text and MARK not in call.text}


def test_only_the_cheap_subagent_runs_on_haiku(machine: Machine, api: Api) -> None:
    """The API sees Haiku for the search alone, and the ledger equals the client's own total."""
    searcher = scripts.turns(Reply("", [scripts.bash("echo a.py")]), Reply("It is in a.py."))
    api.script = scripts.conversations(scripts.dispatch([CHEAP, HARD]), searcher, MARK)
    result = machine.run(MARK)
    assert (result.code, result.text) == (0, "All done."), result.stderr
    assert models(api, "mentions X") == {"claude-haiku-5-5"}
    assert models(api, "intermittent deadlock") == {"claude-sonnet-5-5"}

    costs = machine.costs()
    assert costs["total_usd"] == pytest.approx(result.cost_usd, abs=1e-6)
    assert (costs["dispatches"], costs["routed"]) == (2, 1)
    usage = {"input_tokens": 2000, "output_tokens": 200}
    saved = scripts.cost("claude-sonnet-5-5", usage) - scripts.cost("claude-haiku-5-5", usage)
    assert costs["saved_usd"] == pytest.approx(saved, abs=1e-6)

    why = machine.cheaproute("why").stdout
    assert "haiku instead of claude-sonnet-5-5" in why
    assert "left on claude-sonnet-5-5" in why


def test_the_switch_leaves_the_client_as_it_is(machine: Machine, api: Api) -> None:
    """With CHEAPROUTE_DISABLE=1 nothing is routed, counted or said."""
    api.script = scripts.conversations(
        scripts.dispatch([CHEAP]), lambda _request: Reply("Found."), MARK
    )
    result = machine.run(MARK, CHEAPROUTE_DISABLE="1")
    assert (result.code, result.stderr) == (0, "")
    assert models(api, "mentions X") == {"claude-sonnet-5-5"}
    assert machine.costs()["total_usd"] == 0


def test_the_plugin_s_own_reader_is_on_haiku(machine: Machine, api: Api) -> None:
    """`cheaproute:reader` is an agent of the plugin, cheap by itself."""
    reader = scripts.agent("Read", "Read READER.", subagent_type="cheaproute:reader")
    api.script = scripts.conversations(
        scripts.dispatch([reader]), lambda _request: Reply("Read."), MARK
    )
    result = machine.run(MARK)
    assert result.code == 0, result.stderr
    assert models(api, "READER") == {"claude-haiku-5-5"}
    assert json.dumps(machine.costs()["by_source"]).count('"subagent"') == 1
