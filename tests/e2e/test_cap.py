"""The cap in the real client: calls of $0.05 against a cap of $0.20."""

from __future__ import annotations

import pytest

from tests.api import Api, Reply
from tests.e2e import scripts
from tests.e2e.session import Machine

MARK = "GO-MAIN"
CAP = "0.20"
# Four calls reach the cap; one more may have been under way, or the fourth is thought too dear.
AT_MOST = 5


def configure(machine: Machine, usd: str) -> None:
    """Set the month's cap in config.toml."""
    machine.write(".config/cheaproute/config.toml", f"[cap]\nmonth_usd = {usd}\n")


def test_an_endless_loop_ends_at_the_cap_and_a_raise_lets_it_go_on(
    machine: Machine, api: Api
) -> None:
    """At most one call past the cap; the next prompt makes none and says why; a raise frees it."""
    assert machine.cheaproute("cap", "set", CAP).returncode == 0
    api.script = scripts.endless(scripts.FIVE_CENTS)
    first = machine.run(MARK)
    assert 3 <= len(api.calls) <= AT_MOST, first.text
    spent = machine.costs()["total_usd"]
    assert spent == pytest.approx(0.05 * len(api.calls), abs=1e-6)

    made = len(api.calls)
    blocked = machine.run("and now?", "--resume", first.session)
    assert len(api.calls) == made
    for word in ("cap", "$0.20", "cheaproute cap"):
        assert word in blocked.text

    api.script = lambda _request: Reply("Gone on.")
    machine.person("cap", "set", "5")
    again = machine.run("and now?", "--resume", first.session)
    assert again.text == "Gone on."
    assert len(api.calls) == made + 1


def test_a_subagent_s_loop_ends_at_the_cap(machine: Machine, api: Api) -> None:
    """A subagent that never ends is stopped too, and the main loop makes no call after it."""
    configure(machine, CAP)
    hard = scripts.agent("Root-cause deadlock", "Root-cause the intermittent deadlock.")
    main = scripts.turns(
        Reply("", [hard], scripts.FIVE_CENTS), Reply("After all.", usage=scripts.FIVE_CENTS)
    )
    api.script = scripts.conversations(main, scripts.endless(scripts.FIVE_CENTS), MARK)
    machine.run(MARK)
    assert 3 <= len(api.calls) <= AT_MOST
    made = len(api.calls)
    machine.run("next")
    assert len(api.calls) == made


def test_past_the_cap_no_subagent_is_sent_out(machine: Machine, api: Api) -> None:
    """The dispatch itself is denied: what one big call has spent is enough."""
    configure(machine, "0.04")
    cheap = scripts.agent("Find mentions of X", "List every file that mentions X.")
    main = scripts.turns(Reply("", [cheap, cheap], scripts.FIVE_CENTS), Reply("After all."))
    api.script = scripts.conversations(main, lambda _request: Reply("Found."), MARK)
    machine.run(MARK)
    assert api.models == ["claude-sonnet-5-5"]


def test_the_plugin_s_option_is_a_cap(machine: Machine, api: Api) -> None:
    """A cap given as the plugin's own option holds like one given by command."""
    api.script = scripts.endless(scripts.FIVE_CENTS)
    machine.run(MARK, CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD=CAP)
    assert 3 <= len(api.calls) <= AT_MOST
