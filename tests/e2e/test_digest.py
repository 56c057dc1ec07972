"""A bulk read in the real client: Haiku reads it, the main model gets what matters."""

from __future__ import annotations

import os

import pytest

from tests.api import Api, Reply, Request, Script, Tool
from tests.e2e.session import Machine

LINES = "".join(f"{n:05d} compiled unit in 7 ms\n" for n in range(3000))
ERROR = "ld: error: undefined symbol: frobnicate"


def ours(request: Request) -> bool:
    """Whether the plugin itself made the call, through the SDK."""
    return request.headers["user-agent"].startswith("Anthropic/Python")


def reader(path: str) -> Script:
    """The main loop reads `path` and ends; a digest quotes its last line."""

    def script(request: Request) -> Reply:
        if ours(request):
            return Reply(f"The link failed:\n> {ERROR}")
        if request.tool_results:
            return Reply("All done.")
        return Reply("", [Tool("Read", {"file_path": path})])

    return script


@pytest.mark.parametrize("name", ["build.log", "notes.txt"])
def test_a_bulk_file_is_digested_and_another_is_not(machine: Machine, api: Api, name: str) -> None:
    """The log's text never reaches the main model, its digest does; other kinds stay."""
    path = os.path.join(machine.project, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(LINES + ERROR + "\n")
    api.script = reader(path)
    result = machine.run("Why did the build fail?")
    assert (result.code, result.text) == (0, "All done."), result.stderr

    digests = [call for call in api.calls if ours(call)]
    last = api.calls[-1].text
    assert "frobnicate" in last
    if name == "notes.txt":
        assert digests == []
        assert "02000 compiled unit" in last
        return
    assert {call.model for call in digests} == {"claude-haiku-5-5"}
    assert "02000 compiled unit" in digests[0].text
    assert "02000 compiled unit" not in last
    costs = machine.costs()
    (delegated,) = [row for row in costs["by_source"] if row["source"] == "delegated"]
    assert delegated["messages"] == len(digests)
    total = result.cost_usd + delegated["cost_usd"]
    assert costs["total_usd"] == pytest.approx(total, abs=1e-6)


def test_a_file_that_may_not_be_read_is_not_sent_out(machine: Machine, api: Api) -> None:
    """A deny rule of the user's holds for the digest: nothing of the file leaves the machine."""
    path = os.path.join(machine.project, "secret.log")
    with open(path, "w", encoding="utf-8") as file:
        file.write(LINES + ERROR + "\n")
    machine.write(".claude/settings.json", '{"permissions": {"deny": ["Read(**/secret.log)"]}}')
    api.script = reader(path)
    machine.run("Why did the build fail?")
    assert not any(ours(call) for call in api.calls)
    assert not any("compiled unit" in call.text for call in api.requests)
