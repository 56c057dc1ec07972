"""Some of the ways past a cap that a stranger thought of, in the real client."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from dataclasses import replace

import pytest

from tests.api import Reply
from tests.e2e.session import Machine
from tests.e2e.ways import Way, measure
from tests.e2e.ways_amid_table import AMID
from tests.e2e.ways_aside_table import ASIDE
from tests.e2e.ways_begun_table import BEGUN
from tests.e2e.ways_doors_table import DOORS
from tests.e2e.ways_meeting import MEETING
from tests.e2e.ways_odd_table import ODD
from tests.e2e.ways_scripts import env_of_project
from tests.e2e.ways_table import WAYS

BY_NAME = {way.name: way for way in (*WAYS, *ODD, *DOORS, *MEETING, *BEGUN, *ASIDE, *AMID)}


@pytest.mark.long
@pytest.mark.parametrize(
    "name",
    [
        "shell: triggers",
        "shell: no triggers",
        "Bedrock",
        "hooks in a skill's own text",
        "5 prompt hooks before a tool",
        "module: sends twice",
        "env: the loader tells of itself",
        "env: a library ends programs",
        "env: a value of 200 kB",
        "env: 2 MB in two files",
        "one session in two clients",
        "an advisor's cost",
        "an advisor's cost, no transcript",
        "an advisor's smaller share, no transcript",
        "gateway: streams without a beginning",
    ],
)
def test_no_request_leaves_past_the_cap(machine: Machine, name: str) -> None:
    """Counted at the API, once those answered before have reached it."""
    assert not measure(BY_NAME[name], machine, machine.api)


# The client where /bin/sh is bash, as on a Mac, Fedora or Arch.
BASHED = """#!/bin/sh
exec unshare -m sh -c 'mount --bind "{bash}" "$(readlink -f /bin/sh)" && exec "$@"' \\
  sh "{claude}" "$@"
"""


@pytest.mark.long
@pytest.mark.parametrize("option", ["onecmd", "noexec"])
def test_an_option_of_the_shell_opens_no_gate(machine: Machine, option: str) -> None:
    """Where sh is bash a project's `SHELLOPTS` lets no hook begin; the module starts without."""
    bash = shutil.which("bash")
    apart = ["unshare", "-m", "true"]  # only root may put a program in the place of another
    if bash is None or os.geteuid() or subprocess.run(apart, env={}, check=False).returncode:
        pytest.skip("no bash, or none may be put in the place of sh here")
    client = machine.write("claude", BASHED.format(bash=bash, claude=machine.claude))
    os.chmod(client, stat.S_IRWXU)
    way = Way(option, env_of_project(SHELLOPTS=option))
    assert not measure(way, replace(machine, claude=client), machine.api)
    assert machine.api.calls


@pytest.mark.long
def test_requests_given_up_count_for_the_cap(machine: Machine) -> None:
    """By their length: a project that has each given up before its first byte is held, too."""
    machine.cheaproute("cap", "set", "0.10")
    env_of_project(API_TIMEOUT_MS="2000", CLAUDE_CODE_MAX_RETRIES="6")(machine)
    machine.api.script = lambda _request: Reply(delay_s=4)
    assert "not in the books" in machine.run("GO").text
    assert 1 <= len(machine.api.calls) <= 3
