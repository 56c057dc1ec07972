"""What the month cost before the plugin was there, in the real client."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.api import Api, Reply
from tests.conftest import ROOT
from tests.e2e import client
from tests.e2e.session import Machine
from tests.transcripts import SESSION, assistant, write


def _earlier(machine: Machine) -> None:
    """This month's first day came to $340, before anybody thought of a cap."""
    month = time.strftime("%Y-%m", time.gmtime())
    rows = [
        assistant(
            f"msg_01Abcdefghijklm{number:06d}",
            model="claude-opus-5-5",
            used={"input_tokens": 250_000, "output_tokens": 0},
            ts=f"{month}-01T00:{number // 60:02d}:{number % 60:02d}.000Z",
            requestId=f"req_01Abcdefghijklm{number:06d}",
        )
        for number in range(340)
    ]
    folder = Path(machine.home, ".claude", "projects", "-earlier")
    write(folder / f"{SESSION}.jsonl", *rows)


@pytest.mark.long
@pytest.mark.parametrize("version", [client.CLASSIC, client.NEWEST])
def test_the_month_before_us_comes_in(machine: Machine, api: Api) -> None:
    """The first session brings in what this month cost before, by itself; it fills no cap alone."""
    _earlier(machine)
    assert machine.cheaproute("cap", "set", "18").returncode == 0
    first = machine.run("Hello.")
    end = time.monotonic() + 60
    while machine.costs()["total_usd"] < 340 and time.monotonic() < end:
        time.sleep(0.5)
    assert machine.costs()["total_usd"] == pytest.approx(340 + first.cost_usd, abs=1e-9)
    before = len(api.calls)
    second = machine.run("And again.")
    assert (second.code, second.text) == (0, "Done.")
    assert len(api.calls) > before
    assert machine.costs()["total_usd"] == pytest.approx(
        340 + first.cost_usd + second.cost_usd, abs=1e-9
    )


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("tmux")
@pytest.mark.parametrize("version", [client.NEWEST])
def test_installed_by_the_client_alone(bare: Machine, api: Api) -> None:
    """The plugin's option is a cap of $18: the first session goes on, and every screen has both."""
    bare.prepare()
    _earlier(bare)
    for words in (
        ["marketplace", "add", ROOT],
        ["install", "cheaproute@cheaproute", "--config", "monthly_cap_usd=18"],
    ):
        done = bare.client("plugin", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    api.script = lambda _request: Reply("It is done.")
    said = []
    for number in (1, 2):
        with bare.tui(plugin=False) as tui:
            tui.ready()
            tui.type(f"Hello, the {number}.")
            said.append(tui.wait("It is done."))
            said[-1] += tui.settle()
        assert len(api.calls) == number, said[-1]
        assert "cap reached" not in said[-1]
    assert "Reading what was spent earlier this month" in said[0]
    end = time.monotonic() + 60
    while bare.costs()["total_usd"] < 340.005 and time.monotonic() < end:
        time.sleep(0.5)
    both = "$340.01 this month, $0.006 of it since the cap was set"
    assert both in bare.person("cap")
    assert "$340.01, $0.006 of it since the cap of $18.00 was set" in bare.person("costs")
    with closing(sqlite3.connect(f"file:{bare.data}/ledger.db?mode=ro", uri=True)) as db:
        told = db.execute("SELECT count(*) FROM alert WHERE percent = 0").fetchone()[0]
    assert told == 1
