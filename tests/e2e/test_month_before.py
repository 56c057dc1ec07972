"""What the month cost before the plugin was there, in the real client."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.api import Api
from tests.e2e import client
from tests.e2e.session import Machine
from tests.transcripts import SESSION, assistant, write


@pytest.mark.long
@pytest.mark.parametrize("version", [client.CLASSIC, client.NEWEST])
def test_the_month_before_us_comes_in(machine: Machine, api: Api) -> None:
    """The first session brings in what this month cost before, by itself; it fills no cap alone."""
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
