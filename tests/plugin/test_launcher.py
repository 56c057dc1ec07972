"""hooks/run: finds Python, starts the script, and never ends in anything but 0."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.plugin.test_command import without_sqlite

PROBE = """import sys
flags = sys.flags
print(sys.executable, flags.isolated, flags.no_site, sys.pycache_prefix, sys.stdin.read())
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A copy of the launcher beside a script that tells how it was started."""
    hooks = tmp_path / "plug in" / "hooks"
    hooks.mkdir(parents=True)
    probe = os.path.join("cheaproute", "config", "venv")
    (hooks.parent / probe).mkdir(parents=True)
    shutil.copy(os.path.join(ROOT, probe, "usable.py"), hooks.parent / probe)
    for name in ("run", "common"):
        shutil.copy(os.path.join(ROOT, "hooks", name), hooks)
    (hooks / "hook.py").write_text(PROBE)
    return hooks


def launch(hooks: Path, event: str = "probe", **env: str) -> subprocess.CompletedProcess[str]:
    """Run the launcher in exactly this environment."""
    command = [str(hooks / "run"), event] if event else [str(hooks / "run")]
    return subprocess.run(
        command,
        env=env,
        cwd=hooks,
        input="word",
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def bake(place: Path, interpreter: str) -> None:
    """Write the interpreter file into the data directory `place`."""
    place.mkdir(parents=True, exist_ok=True)
    (place / "interpreter").write_text(interpreter + "\n")


def said(done: subprocess.CompletedProcess[str]) -> str:
    """What the script printed, once the launcher was seen to end well and in silence."""
    assert done.returncode == 0
    assert done.stderr == ""
    return done.stdout.rstrip("\n")


def test_the_baked_interpreter_needs_no_other_program(plugin: Path, tmp_path: Path) -> None:
    """With an empty PATH the baked interpreter starts, isolated, and is given the event."""
    bake(tmp_path / "data", sys.executable)
    done = launch(plugin, CHEAPROUTE_HOME=str(tmp_path / "data"), PATH="/nowhere")
    assert said(done) == f"{sys.executable} 1 1 None word"


@pytest.mark.parametrize(
    ("place", "names"),
    [
        ("home/.local/share/cheaproute", ["HOME"]),
        ("xdg/cheaproute", ["HOME", "XDG_DATA_HOME"]),
        ("own", ["HOME", "XDG_DATA_HOME", "CHEAPROUTE_HOME"]),
    ],
)
def test_the_data_directory_is_the_one_of_paths(
    plugin: Path, tmp_path: Path, place: str, names: list[str]
) -> None:
    """Each way of naming the data directory leads to the interpreter kept there."""
    where = {"HOME": "home", "XDG_DATA_HOME": "xdg", "CHEAPROUTE_HOME": "own"}
    bake(tmp_path / place, sys.executable)
    done = launch(plugin, PATH="/nowhere", **{name: str(tmp_path / where[name]) for name in names})
    assert said(done).startswith(sys.executable)


def test_a_tilde_in_the_override_is_the_home(plugin: Path, tmp_path: Path) -> None:
    """`~/x` in CHEAPROUTE_HOME, as a settings file may hold it, is below HOME."""
    bake(tmp_path / "x", sys.executable)
    done = launch(plugin, HOME=str(tmp_path), CHEAPROUTE_HOME="~/x", PATH="/nowhere")
    assert said(done).startswith(sys.executable)


def test_a_baked_interpreter_that_is_gone_is_replaced(plugin: Path, tmp_path: Path) -> None:
    """The first Python on PATH that is new enough takes over; one that is too old is passed by."""
    bake(tmp_path, "/gone/python")
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "python3.14").write_text("#!/bin/sh\nexit 1\n")  # a shim, or too old
    (bin_ / "python3.14").chmod(0o755)
    (bin_ / "python3.13").symlink_to(sys.executable)
    done = launch(plugin, CHEAPROUTE_HOME=str(tmp_path), PATH=f"{bin_}:/usr/bin:/bin")
    assert said(done).startswith(f"{bin_}/python3.13 1 1")


def test_an_interpreter_that_lost_a_library_is_asked_in_the_running_session(
    plugin: Path, tmp_path: Path
) -> None:
    """Each hook sees whether all that it stands on is there; where not, another Python serves."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "python3.13").symlink_to(sys.executable)
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'libgone.so: cannot open shared object' >&2\nexit 127\n")
    broken.chmod(0o755)
    env = {"CHEAPROUTE_HOME": str(tmp_path), "PATH": f"{bin_}:/usr/bin:/bin"}
    bake(tmp_path, f"{broken}\n{tmp_path}/libgone.so")
    assert said(launch(plugin, **env)).startswith(f"{bin_}/python3.13 1 1")
    # One that only has another file of that name goes on.
    bake(tmp_path, f"{sys.executable}\n{tmp_path}/libgone.so")
    assert said(launch(plugin, **{**env, "PATH": "/nowhere"})).startswith(sys.executable)


def test_shims_do_not_hide_what_stands_behind_them(plugin: Path, tmp_path: Path) -> None:
    """Every directory of PATH is looked through, and what a shim prints reaches no message."""
    shims, behind = tmp_path / "shims", tmp_path / "behind"
    for place in (shims, behind):
        place.mkdir()
    for name in ("python3.13", "python3"):
        (shims / name).write_text("#!/bin/sh\necho 'hello \"you\"'\n")
        (shims / name).chmod(0o755)
    env = {"HOME": str(tmp_path), "PATH": f"{shims}:relative::{behind}"}
    assert json.loads(said(launch(plugin, "session_start", **env)))["systemMessage"] == (
        "[cheaproute] is off: it needs Python 3.11 or newer, or uv, and found neither on PATH"
    )
    (behind / "python3").symlink_to(sys.executable)
    assert said(launch(plugin, **env)).startswith(f"{behind}/python3 1 1")


def test_a_missing_script_is_silence(plugin: Path, tmp_path: Path) -> None:
    """No event, or no script, ends in 0: CPython would exit with 2 and block."""
    bake(tmp_path, sys.executable)
    assert said(launch(plugin, "", CHEAPROUTE_HOME=str(tmp_path), PATH="/bin")) == ""
    (plugin / "hook.py").unlink()
    assert said(launch(plugin, CHEAPROUTE_HOME=str(tmp_path), PATH="/bin")) == ""


def test_no_python_is_silence_but_for_one_line_at_the_start(plugin: Path, tmp_path: Path) -> None:
    """Without any Python only the session's start says that the plugin is off."""
    env = {"HOME": str(tmp_path), "PATH": "/nowhere"}
    assert said(launch(plugin, **env)) == ""
    assert "needs Python 3.11" in said(launch(plugin, "session_start", **env))


def test_the_switch_turns_every_hook_off(plugin: Path, tmp_path: Path) -> None:
    """CHEAPROUTE_DISABLE=1 ends the launcher before Python starts."""
    bake(tmp_path, sys.executable)
    off = {"CHEAPROUTE_HOME": str(tmp_path), "CHEAPROUTE_DISABLE": "1"}
    assert said(launch(plugin, **off)) == ""


def test_bytecode_of_a_read_only_plugin_goes_to_the_data_directory(
    plugin: Path, tmp_path: Path
) -> None:
    """Where sources cannot be written beside, the cache is kept where it can."""
    shutil.rmtree(plugin.parent / "cheaproute")
    bake(tmp_path, sys.executable)
    done = launch(plugin, CHEAPROUTE_HOME=str(tmp_path), PATH="/nowhere")
    assert said(done) == f"{sys.executable} 1 1 {tmp_path}/bytecode word"


SWITCH = '{"env": {"CHEAPROUTE_DISABLE": "1"}}'
SETTINGS = [
    SWITCH,
    '{\n  "permissions": {},\n  "env": {\n    "CHEAPROUTE_DISABLE": "1"}}',
    '{"env": {"CHEAPROUTE\\u005fDISABLE": "1"}}',
    "\ufeff" + SWITCH,
]


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
@pytest.mark.parametrize("text", SETTINGS)
def test_a_repository_cannot_turn_the_hooks_off(
    plugin: Path, tmp_path: Path, text: str, name: str
) -> None:
    """Where a project's settings may have set the switch, Python is started to decide."""
    home, project = tmp_path / "home", tmp_path / "repo" / "below"
    bake(home / ".local" / "share" / "cheaproute", sys.executable)
    (project / ".claude").mkdir(parents=True)
    off = {"HOME": str(home), "CLAUDE_PROJECT_DIR": str(project), "CHEAPROUTE_DISABLE": "1"}
    assert said(launch(plugin, **off)) == ""
    (project.parent / ".claude").mkdir()
    (project.parent / ".claude" / name).write_text(text)
    assert said(launch(plugin, **off)).startswith(sys.executable)


def test_a_repository_cannot_choose_the_interpreter(plugin: Path, tmp_path: Path) -> None:
    """A data directory named by a project is not where the launcher looks for Python."""
    evil = tmp_path / "repo" / "evil"
    bake(evil, "/bin/echo")
    bake(tmp_path / "home" / ".local" / "share" / "cheaproute", sys.executable)
    env = {
        "HOME": str(tmp_path / "home"),
        "CLAUDE_PROJECT_DIR": str(tmp_path / "repo"),
        "CHEAPROUTE_HOME": str(evil),
    }
    assert "-I -S" in said(launch(plugin, **env))  # the user's own word is believed
    (tmp_path / "repo" / ".claude").mkdir()
    (tmp_path / "repo" / ".claude" / "settings.json").write_text(
        '{"env": {"CHEAPROUTE_HOME": "' + str(evil) + '"}}'
    )
    assert said(launch(plugin, **env)).startswith(sys.executable)


@pytest.mark.parametrize("name", ["HOME", "XDG_DATA_HOME"])
@pytest.mark.parametrize("opened", ["repo", "repo/a/b"])
@pytest.mark.parametrize("named", ["", "evil"])
def test_a_repository_cannot_choose_the_home(
    plugin: Path, tmp_path: Path, name: str, opened: str, named: str
) -> None:
    """An older client hands on its HOME and XDG_DATA_HOME: no Python that it names is run."""
    repo = tmp_path / "repo"
    (repo / opened.removeprefix("repo/")).mkdir(parents=True)
    (repo / ".git").mkdir()
    place = repo / named
    (repo / "python").parent.mkdir(exist_ok=True)
    (repo / "python").write_text("#!/bin/sh\necho mine\n")
    (repo / "python").chmod(0o755)
    bake(place / ".local" / "share" / "cheaproute", str(repo / "python"))
    bake(place / "cheaproute", str(repo / "python"))
    home = tmp_path / "home"
    bake(home / ".local" / "share" / "cheaproute", sys.executable)
    env = {"HOME": str(home), "CLAUDE_PROJECT_DIR": str(tmp_path / opened), name: str(place)}
    env["PATH"] = f"{os.path.dirname(os.path.realpath(sys.executable))}:/usr/bin:/bin"
    done = said(launch(plugin, **env))
    assert "mine" not in done
    assert done.endswith("word")


@pytest.mark.parametrize("name", ["HOME", "CLAUDE_CONFIG_DIR"])
@pytest.mark.parametrize("ours", ["CHEAPROUTE_DISABLE", "CHEAPROUTE_HOME"])
def test_a_repository_s_settings_are_not_the_user_s(
    plugin: Path, tmp_path: Path, name: str, ours: str
) -> None:
    """Nor by naming its own directory as the one of the user's settings."""
    repo, home = tmp_path / "repo", tmp_path / "home"
    (repo / ".claude").mkdir(parents=True)
    (repo / ".claude" / "settings.json").write_text("{}")
    (repo / "python").write_text("#!/bin/sh\necho mine\n")
    (repo / "python").chmod(0o755)
    bake(repo, str(repo / "python"))
    bake(home / ".local" / "share" / "cheaproute", sys.executable)
    value = {"HOME": str(repo), "CLAUDE_CONFIG_DIR": str(repo / ".claude")}[name]
    env = {"HOME": str(home), "CLAUDE_PROJECT_DIR": str(repo), name: value}
    env["PATH"] = f"{os.path.dirname(os.path.realpath(sys.executable))}:/usr/bin:/bin"
    done = said(launch(plugin, **env, **{ours: "1" if ours.endswith("E") else str(repo)}))
    assert "mine" not in done
    assert done.endswith("word")


def test_a_home_that_is_the_project_is_one(plugin: Path, tmp_path: Path) -> None:
    """Who works in the home directory itself has the Python that is set there."""
    inside = tmp_path / ".claude" / "plugins" / "cheaproute" / "hooks"
    shutil.copytree(plugin.parent, inside.parent)
    (tmp_path / ".git").mkdir()
    bake(tmp_path / ".local" / "share" / "cheaproute", sys.executable)
    env = {"HOME": str(tmp_path), "CLAUDE_PROJECT_DIR": str(tmp_path), "PATH": "/nonexistent"}
    assert said(launch(inside, **env)).startswith(sys.executable)
    # Where the plugin lies elsewhere, what the client was started with is looked at.
    command = [str(plugin / "run"), "probe"]
    inner = f"import subprocess; subprocess.run({command!r}, input=b'word')"
    done = subprocess.run(
        [sys.executable, "-I", "-c", inner], env=env, cwd=tmp_path, capture_output=True, check=True
    )
    assert done.stdout.decode().startswith(sys.executable)


def test_the_users_own_settings_may_turn_the_hooks_off(plugin: Path, tmp_path: Path) -> None:
    """~/.claude/settings.json lies above every project of the user's, and is the user's word."""
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").write_text(SWITCH)
    bake(tmp_path / ".local" / "share" / "cheaproute", sys.executable)
    off = {"HOME": str(tmp_path), "CLAUDE_PROJECT_DIR": str(tmp_path / "repo")}
    assert said(launch(plugin, CHEAPROUTE_DISABLE="1", **off)) == ""


def test_a_worktree_is_told_by_its_main_checkout(plugin: Path, tmp_path: Path) -> None:
    """The main checkout's local settings reach a linked worktree, so they are looked at."""
    main, tree = tmp_path / "main", tmp_path / "tree"
    (main / ".claude").mkdir(parents=True)
    tree.mkdir()
    (tree / ".git").write_text(f"gitdir: {main}/.git/worktrees/tree\n")
    bake(tmp_path / ".local" / "share" / "cheaproute", sys.executable)
    off = {"HOME": str(tmp_path), "CLAUDE_PROJECT_DIR": str(tree), "CHEAPROUTE_DISABLE": "1"}
    assert said(launch(plugin, **off)).startswith(sys.executable)


def test_no_file_of_a_project_is_read(plugin: Path, tmp_path: Path) -> None:
    """However large a project's settings are, or whatever they are, the launcher is as quick."""
    home, project = tmp_path / "home", tmp_path / "repo"
    bake(home / ".local" / "share" / "cheaproute", sys.executable)
    (project / ".claude").mkdir(parents=True)
    (project / ".git").write_bytes(b"gitdir: " + b"x" * 25_000_000)
    (project / ".claude" / "settings.json").write_bytes(b"{\n" + b" " * 25_000_000 + b"}")
    env = {"HOME": str(home), "CLAUDE_PROJECT_DIR": str(project)}
    begun = time.monotonic()
    for variable in ({"CHEAPROUTE_HOME": str(tmp_path / "x")}, {"CHEAPROUTE_DISABLE": "1"}):
        assert said(launch(plugin, **env, **variable)).startswith(sys.executable)
    assert time.monotonic() - begun < 4


@pytest.mark.parametrize("where", ["tools", "a b/tools", "../repo/tools"])
def test_a_repository_s_python_is_not_run(plugin: Path, tmp_path: Path, where: str) -> None:
    """Nothing baked yet, and a project's settings may have set PATH: its programs are none."""
    project = tmp_path / "repo"
    tools = project / where
    tools.mkdir(parents=True, exist_ok=True)
    (tools / "python3.14").write_text("#!/bin/sh\necho mine; exit 0\n")
    (tools / "python3.14").chmod(0o755)
    env = {"HOME": str(tmp_path / "home"), "CLAUDE_PROJECT_DIR": str(project)}
    env["PATH"] = f"{tools}:{os.path.dirname(os.path.realpath(sys.executable))}:/usr/bin:/bin"
    done = said(launch(plugin, **env))
    assert "mine" not in done
    assert done.endswith("word")


def test_an_interpreter_that_lost_sqlite_is_replaced(plugin: Path, tmp_path: Path) -> None:
    """What is baked is asked at each session's start; what a whole one can do it must do."""
    without_sqlite(tmp_path / "python3.13")
    bake(tmp_path / "data", str(tmp_path / "python3.13"))
    env = {"CHEAPROUTE_HOME": str(tmp_path / "data"), "PATH": str(tmp_path)}
    done = said(launch(plugin, "session_start", **env))
    assert "[cheaproute] is off" in json.loads(done)["systemMessage"]
    assert "python3.13 was built without SQLite" in done
    (tmp_path / "python3.12").symlink_to(sys.executable)
    assert said(launch(plugin, "session_start", **env)).startswith(f"{tmp_path}/python3.12 1 1")


def test_nothing_is_made_in_the_working_directory(plugin: Path) -> None:
    """A read-only plugin, no HOME or one that cannot be written: no bytecode in the project."""
    launcher = plugin / "run"
    launcher.write_text(launcher.read_text().replace('-w "$root/cheaproute"', "-w /nowhere"))
    tools = os.path.dirname(os.path.realpath(sys.executable))
    (plugin / "hook.py").write_text("import sys, runpy; print(sys.dont_write_bytecode)")
    before = sorted(os.listdir(plugin))
    for home in ({}, {"HOME": "/proc"}, {"HOME": "/nowhere"}, {"HOME": "rel"}, {"HOME": "~"}):
        assert said(launch(plugin, PATH=f"{tools}:/usr/bin:/bin", **home)) == "True"
        assert sorted(os.listdir(plugin)) == before


def test_a_pass_is_good_for_one_start(plugin: Path, tmp_path: Path) -> None:
    """The module's word that this hook would say nothing ends it before Python, once."""
    bake(tmp_path / "data", sys.executable)
    left = tmp_path / "data" / "passes" / str(os.getpid())
    left.parent.mkdir()
    env = {"CHEAPROUTE_HOME": str(tmp_path / "data"), "PATH": "/nowhere"}
    left.write_text("stop")
    assert "word" in said(launch(plugin, "post_tool_batch", **env)), "another hook's"
    assert said(launch(plugin, "stop", **env)) == ""
    assert left.read_text() == ""
    assert "word" in said(launch(plugin, "stop", **env)), "taken"
    (left.parent / str(os.getpid() + 1)).write_text("stop")
    assert "word" in said(launch(plugin, "stop", **env)), "another client's"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_pass_that_cannot_be_taken_is_none(plugin: Path, tmp_path: Path) -> None:
    """One that would be good for ever is good for nothing."""
    bake(tmp_path / "data", sys.executable)
    left = tmp_path / "data" / "passes" / str(os.getpid())
    left.parent.mkdir()
    left.write_text("stop")
    left.chmod(0o400)
    done = launch(plugin, "stop", CHEAPROUTE_HOME=str(tmp_path / "data"), PATH="/nowhere")
    assert done.returncode == 0
    assert "word" in done.stdout
