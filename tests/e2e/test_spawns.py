"""What the client starts of ours, as the debug log has it: one line for each process."""

from __future__ import annotations

import os
from collections import Counter

from tests.api import Api, Reply, Tool
from tests.e2e import scripts
from tests.e2e.session import Machine


def test_tools_that_no_rule_matches_start_nothing(machine: Machine, api: Api) -> None:
    """Bash, a read of source, a write, a search: no process of ours for them but the batch's."""
    source = os.path.join(machine.project, "a.py")
    machine.write(source, "print(1)\n")
    machine.write(".config/cheaproute/config.toml", "debug = true\n")
    tools = [
        scripts.bash("echo 1"),
        Tool("Read", {"file_path": source}),
        Tool("Write", {"file_path": os.path.join(machine.project, "b.py"), "content": "x = 1\n"}),
    ]
    api.script = scripts.turns(Reply("", tools), Reply("Done."))
    result = machine.run("go")
    assert (result.code, result.text) == (0, "Done."), result.stderr
    with open(os.path.join(machine.data, "cheaproute.log"), encoding="utf-8") as file:
        lines = file.read().splitlines()
    assert all(": debug: " in line for line in lines), lines
    started = Counter(line.split()[1].rstrip(":") for line in lines)
    # The module asks at its start and its turn's end, and for what it books, never for a tool;
    # where it has a leave the hooks between may be passed over.
    assert 0 < started.pop("mod") <= 6
    assert started.pop("post_tool_batch", 0) <= 1
    assert started.pop("stop", 0) <= 1
    assert started == {"session_start": 1, "user_prompt_submit": 1, "session_end": 1}
