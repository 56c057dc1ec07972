"""A user's own hook that asks a model about a tool, where the cap is reached meanwhile."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.api import Api, Reply, Request, Tool
from tests.e2e import scripts
from tests.e2e.client import FIRST_FETCH, NEWEST
from tests.e2e.hands import copy, plugin_beside
from tests.e2e.session import Machine
from tests.e2e.test_mod_books import bill_usd
from tests.e2e.test_mod_cap import settings
from tests.marks import in_long

# $0.20 on Opus 5.5.
DEAR = {"input_tokens": 50_000, "output_tokens": 0}
# Another module beneath ours: the client's own hooks come once the file is there.
WAITS = """
const judged = async ($, e, next) => {
  const until = "while [ ! -e PLACE ]; do sleep 0.1; done"
  await $.process.run(["sh", "-c", until], { timeoutMs: 60000 })
  return next(e)
}
export const register = on => { on("classic.PreToolUse", judged) }
"""


@pytest.mark.parametrize("version", [in_long(FIRST_FETCH), NEWEST])
@pytest.mark.parametrize("kind", ["prompt", in_long("agent")])
def test_a_tool_that_has_begun_does_not_run_unjudged_past_the_cap(
    machine: Machine, api: Api, tmp_path: Path, kind: str
) -> None:
    """What would judge it is refused like any other request, and so is the tool then."""
    assert machine.cheaproute("cap", "set", "1000").returncode == 0
    go, ran = tmp_path / "go", Path(machine.project, "ran")
    settings(
        machine,
        {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": kind, "prompt": "JUDGE it"}]}]},
    )

    def script(request: Request) -> Reply:
        if "JUDGE" in request.text and "MAINTASK" not in request.text:
            return Reply('{"ok": true}')
        return Reply("", [scripts.bash(f"touch {ran}")], DEAR)

    def reach() -> None:
        while machine.costs()["total_usd"] < bill_usd(api.bill) or not api.bill:
            time.sleep(0.2)
        machine.write(".config/cheaproute/config.toml", "[cap]\nmonth_usd = 0.1\n")
        go.touch()

    api.script = script
    other = plugin_beside(tmp_path / "other", WAITS.replace("PLACE", str(go)))
    options = ("--plugin-dir", copy(str(tmp_path / "plugin")), "--plugin-dir", other)
    reaching = threading.Thread(target=reach, daemon=True)
    reaching.start()
    told = machine.run("MAINTASK", *options, plugin=False, model="opus")
    reaching.join()
    assert "cap" in told.text
    assert not ran.exists()
    assert [one.model for one in api.calls if "MAINTASK" in one.text] == ["claude-opus-5-5"]
    assert len(api.calls) == 1
    assert machine.costs()["total_usd"] == pytest.approx(bill_usd(api.bill), abs=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("version", [FIRST_FETCH, NEWEST])
@pytest.mark.parametrize("kind", ["prompt", "agent"])
def test_what_judges_a_tool_asks_in_the_name_of_its_loop(
    machine: Machine, api: Api, kind: str
) -> None:
    """By that it is told from an agent's own first request, which judges nothing."""
    hooks = [{"type": kind, "prompt": "JUDGE it"}]
    settings(machine, {"PreToolUse": [{"matcher": "Bash", "hooks": hooks}]})
    judged, loops = set(), {}

    def script(request: Request) -> Reply:
        agent = request.headers.get("x-claude-code-agent-id", "")
        if "JUDGE" in request.text and "MAINTASK" not in request.text[:3000]:
            judged.add(agent)
            return Reply('{"ok": true}')
        what = "SUBTASK" if agent else "MAINTASK"
        loops[what] = agent
        if request.tool_results:
            return Reply("Done.")
        task = {"description": "d", "prompt": "SUBTASK", "subagent_type": "general-purpose"}
        return Reply("", [scripts.bash("echo 1"), *([] if agent else [Tool("Agent", task)])])

    api.script = script
    machine.run("MAINTASK", model="opus")
    assert loops["MAINTASK"] == ""
    assert judged == set(loops.values())
    assert len(judged) == 2
