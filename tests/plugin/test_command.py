"""bin/cheaproute: the plugin's own command line, by whatever Python there is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.faults import pythons

COMMAND = os.path.join(ROOT, "bin", "cheaproute")
TOOLS = "/usr/bin:/bin"


def call(*words: str, command: str = COMMAND, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command in exactly this environment."""
    return subprocess.run(
        [command, *words], env=env, capture_output=True, text=True, timeout=30, check=False
    )


@pytest.fixture
def baked(tmp_path: Path) -> dict[str, str]:
    """An environment whose data directory knows this Python, and has no libraries yet."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "interpreter").write_text(f"{sys.base_prefix}/bin/python3\n")
    return {"CHEAPROUTE_HOME": str(data), "PATH": TOOLS}


def test_a_chain_of_links_leads_to_the_plugin(baked: dict[str, str], tmp_path: Path) -> None:
    """A link on PATH, even a relative one to another, runs the plugin it ends in."""
    (tmp_path / "first").symlink_to(COMMAND)
    (tmp_path / "second").symlink_to("first")
    done = call("--version", command=str(tmp_path / "second"), **baked)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("cheaproute 0.")


def test_functions_that_a_bash_exports(baked: dict[str, str]) -> None:
    """Where sh is bash, a `cd` of the user's that says where it went is not what we call."""
    said = {f"BASH_FUNC_{name}%%": '() { echo "to $1"; }' for name in ("cd", "pwd", "readlink")}
    done = subprocess.run(
        ["bash", "--posix", COMMAND, "--version"],
        env=baked | said,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout[:13], done.stderr) == ("cheaproute 0.", "")


def test_the_working_directory_and_the_environment_stay_out(
    baked: dict[str, str], tmp_path: Path
) -> None:
    """A module lying about, or in PYTHONPATH, is not imported."""
    (tmp_path / "argparse.py").write_text("raise SystemExit('mine')")
    done = subprocess.run(
        [COMMAND, "--version"],
        cwd=tmp_path,
        env=baked | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_built_environment_comes_first(baked: dict[str, str]) -> None:
    """Once the environment is ready it is the one that runs."""
    venv = Path(baked["CHEAPROUTE_HOME"]) / "venv"
    (venv / "bin").mkdir(parents=True)
    probed = '[ "$5" ] && [ "${5##*/}" = usable.py ] && echo usable && exit\n'
    (venv / "bin" / "python").write_text(f'#!/bin/sh\n{probed}echo "environment $6 $7"\n')
    (venv / "bin" / "python").chmod(0o755)
    assert "cheaproute 0." in call("--version", **baked).stdout
    (venv / "ready.json").write_text("{}")
    assert call("costs", **baked).stdout == f"environment {ROOT} costs\n"


@pytest.mark.parametrize(("named", "mark"), [("interpreter", "1"), ("venv", "")])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHEAPROUTE_HOME", "{top}/repo/x/cheaproute"),
        ("CHEAPROUTE_HOME", "{top}/alias/repo/x/cheaproute"),
        ("CHEAPROUTE_HOME", "/proc/self/cwd/x/cheaproute"),
        ("CHEAPROUTE_HOME", "{top}/open/x/cheaproute"),
        ("CHEAPROUTE_HOME", "{top}/other/x/cheaproute"),
        ("XDG_DATA_HOME", "{top}/repo/x"),
        ("XDG_DATA_HOME", "/proc/self/cwd/x"),
        ("HOME", "{top}/repo"),
        ("HOME", "/proc/self/cwd"),
    ],
)
def test_in_a_session_a_repository_names_no_interpreter(
    tmp_path: Path, named: str, name: str, value: str, mark: str
) -> None:
    """Whoever set it: what is in the project, where all may write, or another's is not started."""
    repo = tmp_path / "repo"
    (repo / ".git").mkdir(parents=True)
    (tmp_path / "alias").symlink_to(tmp_path)
    mine = '#!/bin/sh\n[ "${5##*/}" = usable.py ] && echo usable && exit\necho mine\n'
    usual = repo / ".local" / "share" / "cheaproute"
    for data in (repo / "x" / "cheaproute", usual, tmp_path / "open" / "x" / "cheaproute"):
        (data / "venv" / "bin").mkdir(parents=True)
        (data / "venv" / "bin" / "python").write_text(mine)
        (data / "venv" / "bin" / "python").chmod(0o755)
        if named == "venv":
            (data / "venv" / "ready.json").write_text("{}")
        (data / "interpreter").write_text(f"{data}/venv/bin/python\n")
    data.chmod(0o777)
    if os.geteuid() == 0:  # only root can give a directory away
        other = tmp_path / "other" / "x" / "cheaproute"
        shutil.copytree(data, other)
        other.chmod(0o755)
        os.chown(other, 12_345, -1)
    env = {"HOME": str(tmp_path / "home"), "CLAUDECODE": mark}
    env["PATH"] = f"{os.path.dirname(os.path.realpath(sys.executable))}:{TOOLS}"
    env[name] = value.format(top=tmp_path)
    done = subprocess.run(
        [COMMAND, "--version"], cwd=repo, env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("cheaproute 0."), done
    if name != "HOME" and "/o" not in value:  # of a person's own shell it is the person's word
        del env["CLAUDECODE"]
        done = subprocess.run(
            [COMMAND, "--version"], cwd=repo, env=env, capture_output=True, text=True, check=False
        )
        assert done.stdout == "mine\n"


@pytest.mark.parametrize("cwd", ["repo", ".local/share"])
def test_in_a_session_the_users_own_place_is_used(
    baked: dict[str, str], tmp_path: Path, cwd: str
) -> None:
    """A data directory of the user's outside of the project serves there, too."""
    venv = Path(baked["CHEAPROUTE_HOME"]) / "venv"
    if cwd != "repo":  # the usual place, and a `cd` into it
        venv = tmp_path / ".local" / "share" / "cheaproute" / "venv"
        del baked["CHEAPROUTE_HOME"]
    (venv / "bin").mkdir(parents=True)
    probed = '[ "$5" ] && [ "${5##*/}" = usable.py ] && echo usable && exit\n'
    (venv / "bin" / "python").write_text(f"#!/bin/sh\n{probed}echo environment\n")
    (venv / "bin" / "python").chmod(0o755)
    (venv / "ready.json").write_text("{}")
    (tmp_path / "repo").mkdir()
    env = baked | {"CLAUDECODE": "1", "HOME": str(tmp_path)}
    done = subprocess.run(
        [COMMAND, "costs"],
        cwd=tmp_path / cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "environment\n", done


def test_no_python_is_a_plain_error(tmp_path: Path) -> None:
    """Where there is no Python the message says what to get."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "readlink").symlink_to("/usr/bin/readlink")
    done = call("costs", HOME=str(tmp_path), PATH=str(tmp_path / "bin"))
    assert done.returncode == 1
    assert done.stderr.startswith("cheaproute: no Python 3.11 or newer found: install one")


@pytest.mark.parametrize("command", ["costs", "doctor", "setup", "uninstall", "--version"])
def test_an_environment_that_does_not_start_is_passed_over(
    baked: dict[str, str], command: str
) -> None:
    """Its Python lost a library with an upgrade: every command runs on a base Python."""
    venv = Path(baked["CHEAPROUTE_HOME"]) / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").write_text("#!/bin/sh\necho lost >&2; exit 127\n")
    (venv / "bin" / "python").chmod(0o755)
    (venv / "ready.json").write_text("{}")
    done = call(command, "--help", HOME=baked["CHEAPROUTE_HOME"], **baked)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["setup", "doctor", "uninstall"])
def test_what_mends_or_removes_the_environment_does_not_stand_on_it(
    baked: dict[str, str], command: str
) -> None:
    """These three run on a base Python even where the environment is well."""
    venv = Path(baked["CHEAPROUTE_HOME"]) / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").write_text("#!/bin/sh\necho environment\n")
    (venv / "bin" / "python").chmod(0o755)
    (venv / "ready.json").write_text("{}")
    assert call(command, "--help", **baked).stdout.startswith("usage: cheaproute")


def test_a_python_without_sqlite_is_passed_over(tmp_path: Path) -> None:
    """The newest on PATH lacks it: a whole one behind it is taken, else the lack is named."""
    without_sqlite(tmp_path / "python3.13")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "readlink").symlink_to("/usr/bin/readlink")
    env = {"HOME": str(tmp_path), "PATH": f"{tmp_path}:{tools}"}
    done = call("--version", **env)
    assert done.returncode == 1
    assert "(python3.13 was built without SQLite)" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    (tools / "python3.11").symlink_to(os.path.realpath(sys.executable))
    assert call("--version", **env).stdout.startswith("cheaproute 0.")


@pytest.mark.parametrize("lacks", ["zlib", "_socket"])
def test_a_python_that_lacks_what_commands_need(tmp_path: Path, lacks: str) -> None:
    """Another is taken; alone it is named in one line, by the installer, too; hooks do with it."""
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    less = pythons.own(tmp_path / "less", base, lacks)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "readlink").symlink_to("/usr/bin/readlink")
    env = {"HOME": str(tmp_path), "PATH": f"{less.parent}:{tools}"}
    for program, word in ((COMMAND, "--version"), (os.path.join(ROOT, "install.sh"), "--yes")):
        done = call(word, command=program, **env)
        assert done.returncode == 1
        assert f"{less.name} was built without {lacks}" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    start = call("session_start", command=os.path.join(ROOT, "hooks", "run"), **env)
    assert "is off" not in start.stdout
    (tools / "python3").symlink_to(base)
    assert call("--version", **env).stdout.startswith("cheaproute 0.")


def without_sqlite(path: Path) -> None:
    """A Python that was built without SQLite's headers, at `path`."""
    code = """import runpy, sys
sys.modules["_sqlite3"] = None
sys.argv = [word for word in sys.argv if word.endswith(".py")][1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
    (path.parent / "less.py").write_text(code)
    path.write_text(f'#!/bin/sh\nexec {sys.executable} {path.parent}/less.py "$@"\n')
    path.chmod(0o755)
