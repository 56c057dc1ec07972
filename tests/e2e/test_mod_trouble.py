"""A disk or a brain that fails in `-p`, and `/compact` past a cap: what leaves and what is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.api import Api, Reply, Request
from tests.e2e import scripts
from tests.e2e.client import CLASSIC, FIRST_FETCH, FIRST_MODULE, NEWEST
from tests.e2e.hands import copy
from tests.e2e.kinds import plain
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd, run
from tests.faults.box import mounted, remount

pytestmark = pytest.mark.long
MODULES = pytest.mark.parametrize("version", [FIRST_MODULE, FIRST_FETCH, NEWEST])
DEAR = {"input_tokens": 50_000, "output_tokens": 0}  # $0.20 on Opus 5.5
CLOSED = 'on_error = "closed"\n'


@contextmanager
def read_only(place: Path) -> Iterator[str]:
    """The directory's disk is mounted for reading alone."""
    remount(place, "ro")
    yield "read-only file system"
    remount(place, "rw")


@contextmanager
def full(place: Path) -> Iterator[str]:
    """The directory's disk has no room left."""
    filler = place / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    yield "the disk is full"
    filler.unlink()


@MODULES
@pytest.mark.parametrize("sick", [read_only, full])
@pytest.mark.parametrize("closed", [False, True])
def test_a_disk_that_takes_nothing(
    machine: Machine, api: Api, tmp_path: Path, *, sick: object, closed: bool
) -> None:
    """The run goes on, its result untouched, and stderr says why; `closed` refuses with the reason.

    What could not be booked is in the books once the disk takes it.
    """
    assert callable(sick)
    plugin, data = copy(str(tmp_path / "plugin")), Path(machine.data)
    api.script = plain
    with mounted(data, "size=3m"):
        machine.prepare()
        machine.write(".config/cheaproute/config.toml", CLOSED if closed else "")
        machine.cheaproute("cap", "set", "1000")
        with sick(data) as words:
            done = run(machine, plugin, "MAINTASK")
            told = done.text if closed else done.stderr
            assert words in told, done
            assert "cheaproute doctor" in told
            assert len(api.calls) == (0 if closed else 4)
            assert closed or "Said." in done.text
            assert done.stderr.count("[cheaproute]") == (0 if closed else 1)
        machine.cheaproute("import")
        assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@MODULES
@pytest.mark.parametrize("closed", [False, True])
def test_a_brain_that_was_never_heard_is_asked_what_holds_without_it(
    machine: Machine, api: Api, tmp_path: Path, *, closed: bool
) -> None:
    """Each of its answers comes too late for a request: with `closed` none leaves all the same."""
    plugin = copy(str(tmp_path / "plugin"))
    launcher = Path(plugin, "hooks", "run")
    late = 'case "$1" in mod*) sleep 2.6 ;; esac\n'
    launcher.write_text(f"#!/bin/sh\n{late}{launcher.read_text()[10:]}")
    machine.write(".config/cheaproute/config.toml", CLOSED if closed else "")
    api.script = plain
    done = run(machine, plugin, "MAINTASK")
    assert len(api.calls) == (0 if closed else 4)
    assert ("could not be checked (no answer came in time)" if closed else "Said.") in done.text


def books(machine: Machine, api: Api) -> None:
    """They have what was billed; of a compaction no client without modules tells."""
    report = machine.costs()
    whole = report["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)
    assert whole or (CLASSIC in machine.claude and report["lower_bound"])


@pytest.mark.parametrize("version", [CLASSIC, FIRST_MODULE, FIRST_FETCH, NEWEST])
def test_a_compaction_past_the_cap(machine: Machine, api: Api, tmp_path: Path) -> None:
    """It is refused before it leaves, asked for by a script, too; a raise lets both go on."""

    def script(request: Request) -> Reply:
        said = "Seen." if "say" in request.text else "So it was."
        return Reply(f"<summary>{said}</summary>", usage=DEAR)

    api.script = script
    plugin = copy(str(tmp_path / "plugin"))
    machine.cheaproute("cap", "set", "0.1")
    session = run(machine, plugin, "say one").session
    assert len(api.calls) == 1
    refused = run(machine, plugin, "/compact", "--resume", session)
    assert "ap reached" in json.dumps(refused.raw), refused
    assert len(api.calls) == 1
    again = run(machine, plugin, "say two", "--resume", session)
    assert again.text.count("Monthly cap reached:") == 1
    assert len(api.calls) == 1
    machine.person("cap", "raise", "10")
    run(machine, plugin, "/compact", "--resume", session)
    assert len(api.calls) == 2
    assert "Seen." in run(machine, plugin, "say two", "--resume", session).text
    books(machine, api)


@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize("version", [CLASSIC, FIRST_MODULE, FIRST_FETCH, NEWEST])
def test_a_compaction_past_the_cap_in_a_terminal(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """The same where a person types it: the next prompt says why, what a raise lets go on."""
    api.script = lambda _request: Reply("<summary>Seen.</summary>", usage=DEAR)
    machine.cheaproute("cap", "set", "0.1")
    with machine.begun(copy(str(tmp_path / "plugin"))) as tui:
        tui.type("say one")
        tui.wait("Seen.")
        tui.settle()
        calls = len(api.calls)
        tui.type("/compact")
        tui.wait("ompaction blocked")
        tui.settle()
        tui.type("say two")
        tui.wait("operation blocked by hook")
        assert len(api.calls) == calls
        tui.key("C-u")
        machine.person("cap", "raise", "10")
        tui.type("/compact")
        tui.wait(lambda _shown: len(api.calls) > calls)
        tui.settle(2)
        tui.type("say three")
        tui.wait(lambda _shown: any("say three" in one.text for one in api.calls))
        tui.settle(2)
    books(machine, api)


def test_what_is_told_on_stderr_is_told_where_hooks_are_not_seen(
    machine: Machine, api: Api, tmp_path: Path
) -> None:
    """Nothing is said there where all is well."""
    api.script = scripts.with_agent
    assert run(machine, copy(str(tmp_path / "plugin")), "MAINTASK").stderr == ""
