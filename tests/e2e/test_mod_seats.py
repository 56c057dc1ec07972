"""Which seats are live, and what takes them away: a repository, an organization."""

from __future__ import annotations

import json
import os
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from cheaproute.ledger import store
from cheaproute.ledger.module import seats
from tests.api import Api
from tests.e2e import scripts
from tests.e2e.client import NEWEST
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd, run

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


def managed(machine: Machine, place: Path, settings: dict[str, object]) -> None:
    """Have the client find an organization's settings, by a mount of its own over /etc."""
    place.mkdir()
    (place / "managed.json").write_text(json.dumps(settings))
    script = f"""\
#!/bin/sh
cd "{place}" && mkdir -p over && exec unshare -m sh -c '
mount -t tmpfs none over && mkdir over/u over/w &&
mount -t overlay over -o lowerdir=/etc,upperdir=over/u,workdir=over/w /etc &&
mkdir /etc/claude-code && cp managed.json /etc/claude-code/managed-settings.json &&
cd "{machine.project}" && exec "{machine.claude}" "$@"' sh "$@"
"""
    machine.claude = str(place / "claude")
    Path(machine.claude).write_text(script)
    Path(machine.claude).chmod(0o700)


def may_mount(place: Path) -> bool:
    """Whether this machine lets a test mount over /etc, for itself alone."""
    try_it = (
        f"cd '{place}' && mkdir try && mount -t tmpfs none try && mkdir try/u try/w && "
        "mount -t overlay over -o lowerdir=/etc,upperdir=try/u,workdir=try/w /etc"
    )
    if os.geteuid() != 0:
        return False
    return not subprocess.run(["unshare", "-m", "sh", "-c", try_it], check=False).returncode


def test_an_organization_s_guard(machine: Machine, api: Api, tmp_path: Path) -> None:
    """With managed settings steps alone are heard: books and cap hold by them, and that is said."""
    if not may_mount(tmp_path):
        pytest.skip("no mounts here")
    managed(machine, tmp_path / "managed", {"cleanupPeriodDays": 30})
    machine.cheaproute("cap", "set", "0.5")
    plugin = copy(str(tmp_path / "plugin"))
    api.script = scripts.endless({"input_tokens": 50_000, "output_tokens": 0})  # $0.20 on Opus 5.5
    run(machine, plugin, "MAINTASK")
    assert 2 <= len(api.bill) <= 3
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-5)
    with closing(store.connect(machine.data + "/ledger.db")) as db:
        seat = seats.latest(db)
    assert seat is not None
    assert seat.cap == seats.BETWEEN
