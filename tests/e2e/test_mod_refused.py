"""A request that the cap refuses, in the real client: it says nothing of the model it was for."""

from __future__ import annotations

from contextlib import closing

import pytest

from cheaproute.ledger import store
from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import run, sound
from tests.e2e.test_mod_steps import OPEN, SONNET

# Of a session's $0.50 it leaves a cent on Opus: less than a first request of Sonnet.
NEARLY_ALL = {"input_tokens": 122_500, "output_tokens": 0}


@pytest.mark.long
@pytest.mark.parametrize(
    ("version", "background"),
    [(FIRST_MODULE, False), (FIRST_FETCH, False), (NEWEST, False), (NEWEST, True)],
)
def test_it_is_sent_once_and_no_model_rests_for_it(
    machine: Machine, api: Api, plugin: str, *, background: bool
) -> None:
    """An agent on Sonnet: neither asked of Opus, nor told as failed; the next goes to Sonnet.

    It ran on no model, whatever the client's record of it names once that is read.
    """
    machine.write(".config/cheaproute/config.toml", '[routing]\nask = "off"\nexplore = true\n')
    assert machine.cheaproute("cap", "set", "--session", "0.5").returncode == 0
    tool = scripts.agent("Invoices", OPEN, run_in_background=background)

    def main(request: Request) -> Reply:
        sent = request.tool_results >= (2 if "MAINTASK: again" in request.text else 1)
        return Reply("All done.") if sent else Reply("", [tool], NEARLY_ALL)

    api.script = scripts.conversations(main, lambda _: Reply("By the ledger."), "MAINTASK")
    session = run(machine, plugin, "MAINTASK: go").session
    told = machine.person("why", "--last")
    assert "went up" not in told
    assert "refused by the cap: never sent" in told
    assert machine.cheaproute("import").returncode == 0
    assert "Ran on       nothing: never sent" in machine.person("why", "--last")
    assert machine.costs()["dispatches"] == 0
    assert "failed lately" not in machine.cheaproute("doctor").stdout
    machine.person("cap", "raise", "5")
    run(machine, plugin, "MAINTASK: again", "--resume", session)
    models = [one.model for one in api.calls if OPEN in one.text and "MAINTASK" not in one.text]
    assert set(models) == {SONNET}
    assert "one tier up" not in machine.person("why", "--last")
    sound(machine, api)
    with closing(store.connect(machine.data + "/ledger.db")) as db:
        assert not db.execute("SELECT * FROM meta WHERE key GLOB 'rest.*'").fetchall()
