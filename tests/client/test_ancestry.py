"""Who started a process: told by its parents and its terminal, with real ones of both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cheaproute.client import ancestry
from tests import terminal
from tests.conftest import ROOT

PROBE = (
    f"import os, sys; sys.path.insert(0, {ROOT!r}); from cheaproute.client import ancestry;"
    "print('<' + ancestry.whose_word(os.environ) + '>')"
)
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or "within" in ancestry.whose_word(os.environ),
    reason="Linux, and not from within the client",
)


def in_a_terminal(*command: str, env: dict[str, str] | None = None) -> str:
    """What `command` prints on a terminal that is its own."""
    return terminal.run(list(command), {"PATH": "/usr/bin:/bin"} | (env or {}))[1]


def test_a_person_at_a_terminal() -> None:
    """A shell in a terminal, no client above it."""
    assert "<>" in in_a_terminal("/bin/sh", "-c", f'{sys.executable} -c "{PROBE}"; true')


def test_no_terminal_no_person() -> None:
    """A job that left everything behind has nobody who asks for it."""
    done = subprocess.run(
        ["setsid", sys.executable, "-c", PROBE], capture_output=True, text=True, check=True, env={}
    )
    assert "<it has no terminal" in done.stdout


@pytest.mark.parametrize("unset", ["", "env -u CLAUDECODE ", "env -i "])
def test_what_the_client_started(tmp_path: Path, unset: str) -> None:
    """Its variable may be taken away below it: the process above still has it, and its name."""
    client = tmp_path / "claude"
    shutil.copy("/bin/bash", client)
    (tmp_path / "probe.py").write_text(PROBE)
    command = f"{unset}{sys.executable} {tmp_path / 'probe.py'}; true"
    for above, env in ((str(client), {}), ("/bin/bash", {"CLAUDECODE": "1"})):
        said = in_a_terminal(above, "-c", f"/bin/sh -c '{command}'; true", env=env)
        assert "<it was started from within Claude Code>" in said, (above, said)


@pytest.mark.parametrize(
    ("line", "own"),
    [
        ("{probe}; true", "True"),  # what the client itself starts
        ("/bin/sh -c '{probe}; true'; true", "True"),
        ("setsid -w {probe}; true", "False"),  # a shell of its model's
        ("{client} -c '{probe}; true'; true", "False"),  # a client within the client
    ],
)
def test_whether_it_has_the_clients_terminal(tmp_path: Path, line: str, own: str) -> None:
    """A process of the client's own session, with no other client in between."""
    client = tmp_path / "claude"
    shutil.copy("/bin/bash", client)
    path = tmp_path / "probe.py"
    path.write_text(
        PROBE.replace("ancestry.whose_word(os.environ)", "str(ancestry.in_the_clients_terminal())")
    )
    command = line.format(probe=f"{sys.executable} {path}", client=client)
    assert f"<{own}>" in in_a_terminal(str(client), "-c", command)
    assert "<False>" in in_a_terminal("/bin/bash", "-c", f"{sys.executable} {path}; true")


def test_where_the_settings_are_is_the_clients_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that was not there when the process above began was put in on the way."""
    assert ancestry.as_in_the_client({}, ("NEVER_SET",))
    assert not ancestry.as_in_the_client({"NEVER_SET": "/elsewhere"}, ("NEVER_SET",))
    monkeypatch.setattr("os.getppid", lambda: 0)  # of another user, say
    assert ancestry.as_in_the_client({"NEVER_SET": "/elsewhere"}, ("NEVER_SET",))


@pytest.mark.parametrize(
    ("words", "entrypoint", "seen"),
    [
        ([], "cli", "True"),
        (["fix -p of the parser"], "cli", "True"),
        (["-p", "hello"], "cli", "False"),  # within a session the variable is inherited
        (["--print", "hello"], "", "False"),
        ([], "sdk-py", "False"),
        ([], "claude-vscode", "True"),
    ],
)
def test_whether_a_person_sees_what_a_hook_says(
    tmp_path: Path, words: list[str], entrypoint: str, seen: str
) -> None:
    """By the client's variable, and by how it was started; another program's `-p` is no sign."""
    probe = (
        "import os\nfrom cheaproute.client import ancestry\nprint(ancestry.attended(os.environ))\n"
    )
    (tmp_path / "probe.py").write_text(probe)
    env = {"PYTHONPATH": str(Path(__file__).parents[2]), "CLAUDE_CODE_ENTRYPOINT": entrypoint}
    script = f"'{sys.executable}' '{tmp_path / 'probe.py'}'; true"
    for name, expected in (("claude", seen), ("timeout", str(entrypoint != "sdk-py"))):
        above = tmp_path / name
        shutil.copy("/bin/bash", above)
        done = subprocess.run(
            [str(above), "-c", script, *words], capture_output=True, text=True, check=True, env=env
        )
        assert done.stdout.strip() == expected, name
