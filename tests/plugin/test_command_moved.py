"""bin/cheaproute in a client that has moved: what its first folder's settings say is no word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.plugin.test_command import COMMAND, TOOLS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="where processes can be seen")
# What the command line makes of its environment.
PROBE = (
    f"'{sys.executable}' -c 'import os, sys; sys.path.insert(0, \"{ROOT}\");"
    'from cheaproute.cli import main; print(main._of_the_user(os.environ).get("HTTPS_PROXY"))\''
)
SESSION = "0a1b2c3d-1111-4222-8333-000000000000"


class Moved:
    """A client (a shell of that name) that was started in `pkg` and works in `tree`."""

    def __init__(self, top: Path) -> None:
        self.home, self.pkg, self.tree = top / "home", top / "repo" / "pkg", top / "tree"
        self.client = top / "claude"
        for place in (self.home, self.pkg / ".claude", self.tree):
            place.mkdir(parents=True, exist_ok=True)
        (top / "repo" / ".git").mkdir()
        shutil.copy("/bin/bash", self.client)

    def says(self, **env: str) -> None:
        """Have the settings of `pkg` say these variables."""
        (self.pkg / ".claude" / "settings.json").write_text(json.dumps({"env": env}))

    def run(
        self, command: str, start: dict[str, str], shell: dict[str, str], *, mark: bool = True
    ) -> str:
        """What the command prints; `shell` is what the client gives to what it starts."""
        said = " ".join(f"'{name}={value}'" for name, value in shell.items())
        line = f"cd '{self.tree}'; env {'CLAUDECODE=1' * mark} {said} {command}; true"
        path = f"{os.path.dirname(os.path.realpath(sys.executable))}:{TOOLS}"
        done = subprocess.run(
            [self.client, "-c", line],
            cwd="/",
            env={"HOME": str(self.home), "PATH": path, **start},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def told(self) -> None:
        """Have the session's transcript tell where it began."""
        place = self.home / ".claude" / "projects" / "-repo-pkg"
        place.mkdir(parents=True, exist_ok=True)
        rows = [{"type": "mode"}, {"cwd": str(self.pkg)}, {"cwd": str(self.tree)}]
        (place / f"{SESSION}.jsonl").write_text("".join(map(_row, rows)))


def _row(row: dict[str, str]) -> str:
    return json.dumps(row, separators=(",", ":")) + "\n"


@pytest.fixture
def moved(tmp_path: Path) -> Moved:
    """One that nobody told anything yet."""
    return Moved(tmp_path)


@pytest.mark.parametrize("way", ["PWD", "OLDPWD", "transcript", "above", "shell", "unknown"])
def test_where_it_began_is_found(moved: Moved, way: str) -> None:
    """By its start, its transcript, who started it, its shell; or what it was not started with.

    Of a proxy, which the client itself gives to a shell in a sandbox.
    """
    moved.says(HTTPS_PROXY="http://evil")
    start = {way: str(moved.pkg)} if way.endswith("PWD") else {}
    shell = {"HTTPS_PROXY": "http://evil"}
    if way == "transcript":
        moved.told()
        shell["CLAUDE_CODE_SESSION_ID"] = SESSION
    if way == "shell":
        shell["CLAUDE_PROJECT_DIR"] = str(moved.pkg)
    with pytest.MonkeyPatch.context() as patch:
        if way == "above":
            patch.chdir(moved.pkg)
        said = moved.run(PROBE, start, shell)
        mine = moved.run(PROBE, {**start, **shell}, shell)
    assert said == "None\n"
    assert mine == "http://evil\n"


@pytest.mark.parametrize("name", ["CHEAPROUTE_HOME", "XDG_DATA_HOME", "PATH"])
@pytest.mark.parametrize("way", ["PWD", "above", "worktrees", "modules/m/worktrees"])
def test_no_program_of_where_it_began_is_started(moved: Moved, name: str, way: str) -> None:
    """Neither an environment's interpreter nor one of a PATH that leads there."""
    data = moved.pkg / "x" / "cheaproute"
    (data / "venv" / "bin").mkdir(parents=True)
    mine = '#!/bin/sh\n[ "${5##*/}" = usable.py ] && echo usable && exit\necho mine\n'
    for python in ("python", "python3.15"):
        (data / "venv" / "bin" / python).write_text(mine)
        (data / "venv" / "bin" / python).chmod(0o755)
    (data / "venv" / "ready.json").write_text("{}")
    below = {"CHEAPROUTE_HOME": data, "XDG_DATA_HOME": data.parent}
    paths = f"{data}/venv/bin:{os.path.dirname(os.path.realpath(sys.executable))}:{TOOLS}"
    shell = {name: str(below.get(name, paths))}
    moved.says(**shell)
    start = {"PWD": str(moved.pkg)} if way == "PWD" else {}
    if "worktrees" in way:
        (moved.tree / ".git").write_text(f"gitdir: {moved.pkg.parent}/.git/{way}/tree\n")
    with pytest.MonkeyPatch.context() as patch:
        if way == "above":
            patch.chdir(moved.pkg)
        said = moved.run(f"{COMMAND} --version", start=start, shell=shell)
    assert said.startswith("cheaproute 0."), said


@pytest.mark.parametrize("name", ["CHEAPROUTE_HOME", "XDG_DATA_HOME"])
@pytest.mark.parametrize("command", ["--version", "statusline"])
def test_a_client_above_is_a_session_though_nothing_bears_its_mark(
    moved: Moved, name: str, command: str
) -> None:
    """2.1.139 gives none to a status line, whose shell has what the project's settings said."""
    data = moved.tree / "x" / "cheaproute"
    (data / "venv" / "bin").mkdir(parents=True)
    (data / "venv" / "bin" / "python").write_text("#!/bin/sh\necho usable\n")
    (data / "venv" / "bin" / "python").chmod(0o755)
    (data / "venv" / "ready.json").write_text("{}")
    shell = {name: str(data if name == "CHEAPROUTE_HOME" else data.parent)}
    line = f'/bin/sh -c "{COMMAND} {command} </dev/null; true"; true'
    said = moved.run(line, {}, shell, mark=False)
    assert "usable" not in said
    assert said.startswith("cheaproute 0." if command == "--version" else ""), said
    assert moved.run(PROBE, {}, {"HTTPS_PROXY": "http://evil"}, mark=False) == "None\n"


@pytest.mark.parametrize("name", ["CHEAPROUTE_HOME", "XDG_DATA_HOME"])
@pytest.mark.parametrize("started", [True, False])
def test_no_program_of_a_place_is_started_that_the_client_was_not_started_with(
    moved: Moved, name: str, *, started: bool
) -> None:
    """Not one around which no checkout stands either: an unpacked archive, say."""
    data = moved.home / "Downloads" / "archive" / "cheaproute"
    (data / "venv" / "bin").mkdir(parents=True)
    (data / "venv" / "bin" / "python").write_text("#!/bin/sh\necho usable\n")
    (data / "venv" / "bin" / "python").chmod(0o755)
    (data / "venv" / "ready.json").write_text("{}")
    for place in (data, data.parent):
        place.chmod(0o700)
    shell = {name: str(data if name == "CHEAPROUTE_HOME" else data.parent)}
    said = moved.run(f"{COMMAND} --version", shell if started else {}, shell)
    assert said.startswith("usable" if started else "cheaproute 0."), said


def test_no_variable_of_the_shells_own_is_the_environments(moved: Moved) -> None:
    """Where the command lies is not what somebody says: a HOME in the project is none."""
    home = moved.pkg / "h"
    data = home / ".local" / "share" / "cheaproute"
    (data / "venv" / "bin").mkdir(parents=True)
    (data / "venv" / "bin" / "python").write_text("#!/bin/sh\necho usable\n")
    (data / "venv" / "bin" / "python").chmod(0o755)
    (data / "venv" / "ready.json").write_text("{}")
    shell = {"HOME": str(home), "dir": str(home / "x"), "CLAUDE_PROJECT_DIR": str(moved.pkg)}
    assert "usable" not in moved.run(f"{COMMAND} --version", {}, shell)
