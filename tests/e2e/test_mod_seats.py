"""What takes the seats away: a repository's settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api import Api
from tests.e2e import scripts
from tests.e2e.client import NEWEST
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd

pytestmark = [pytest.mark.long, pytest.mark.parametrize("version", [NEWEST])]


@pytest.mark.parametrize("settings", [{"disableAllHooks": True}], ids=["disableAllHooks"])
def test_a_repository_that_takes_the_hooks_away(
    machine: Machine, api: Api, settings: dict[str, object]
) -> None:
    """Its session is counted and named by the next one, with the way back, and that works."""
    machine.cheaproute("cap", "set", "0.5")
    assert machine.run("First.").code == 0  # so that cheaproute was here before
    repo = Path(machine.project, "repo")
    (repo / ".claude").mkdir(parents=True)
    (repo / ".claude" / "settings.json").write_text(json.dumps(settings))
    api.script = scripts.endless({"input_tokens": 100_000, "output_tokens": 0})  # $0.20 each
    home, machine.project = machine.project, str(repo)
    trusted = json.loads(Path(machine.home, ".claude.json").read_text())
    trusted["projects"][str(repo)] = {"hasTrustDialogAccepted": True}
    machine.write(".claude.json", json.dumps(trusted))
    machine.run("Without.")
    without = len(api.bill)
    assert without > 3
    machine.project = home
    machine.run("Next.")
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-5)
    local = repo / ".claude" / "settings.local.json"
    assert "disableAllHooks" in machine.cheaproute("costs").stdout
    assert str(local) in machine.cheaproute("doctor").stdout
    machine.project = str(repo)
    local.write_text(json.dumps(dict.fromkeys(settings, False)))
    before = len(api.calls)
    machine.run("With.")
    assert len(api.calls) == before
