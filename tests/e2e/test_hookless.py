"""Sessions in which nothing of ours runs: counted at the next session's start, and named there."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cheaproute.ledger import store
from tests.api import Api, Reply
from tests.e2e.client import CLASSIC, NEWEST, OLDEST
from tests.e2e.session import Machine

# Calls of $0.20.
DEAR = {"input_tokens": 100_000, "output_tokens": 0}
SWITCHES: Mapping[str, tuple[Sequence[str], object]] = {
    "--bare": (("--bare",), None),
    "--safe-mode": (("--safe-mode",), None),
    "disableAllHooks": ((), {"disableAllHooks": True}),
    "FOO (with a NUL)": ((), {"env": {"FOO": "a\0b"}}),
}
*_EACH, _NUL = SWITCHES


@pytest.mark.long
@pytest.mark.parametrize("version", [NEWEST])
def test_costs_counts_it_first(machine: Machine, api: Api) -> None:
    """Before any session starts, and says which one it was."""
    api.script = lambda _request: Reply("Done.", usage=DEAR)
    machine.run("first")
    assert machine.costs()["total_usd"] == pytest.approx(0.2)
    assert machine.run("on its own", "--bare").text == "Done."
    assert machine.costs()["total_usd"] == pytest.approx(0.4)
    assert "--bare" in machine.cheaproute("costs").stdout


@pytest.mark.long
@pytest.mark.parametrize(
    ("version", "switch"),
    [*((one, each) for one in (CLASSIC, NEWEST) for each in _EACH), (OLDEST, _NUL)],
)
def test_it_is_named_with_folder_switch_and_dollars(
    machine: Machine, api: Api, tmp_path: Path, switch: str
) -> None:
    """The session after it, `doctor` and `/costs` say where, what kept us out, and how much."""
    api.script = lambda _request: Reply("Done.", usage=DEAR)
    usd = machine.run("first").cost_usd  # an older client's Sonnet is dearer
    options, settings = SWITCHES[switch]
    repo = tmp_path / "a repo"
    (repo / ".claude").mkdir(parents=True)
    if settings is not None:
        (repo / ".claude" / "settings.json").write_text(json.dumps(settings))
    without = replace(machine, project=str(repo))
    time.sleep(1.1)  # times in a ledger are whole seconds of some rows
    assert without.run("on its own", *options).text == "Done."
    with closing(store.connect(os.path.join(machine.data, "ledger.db"))) as db:
        assert db.execute("SELECT sum(cost_nano) FROM call").fetchone()[0] == round(usd * 1e9)
        db.execute("DELETE FROM meta WHERE key = 'caught_up'")  # not within a minute, else
    machine.run("after")
    end = time.monotonic() + 60
    while time.monotonic() < end and machine.costs()["total_usd"] < 3 * usd - 0.01:
        time.sleep(0.2)
    assert machine.costs()["total_usd"] == pytest.approx(3 * usd)
    machine.run("one more")
    with closing(store.connect(os.path.join(machine.data, "ledger.db"))) as db:
        told = db.execute("SELECT count(*) FROM told WHERE what LIKE 'without.%'").fetchone()[0]
    assert told == 0  # `-p` shows nothing to anybody: it is still to be told
    for words in (["doctor"], ["costs"]):
        said = " ".join(machine.cheaproute(*words).stdout.split())
        assert "a repo" in said, words
        assert switch in said, words
        assert f"${usd:.2f}" in said, words
