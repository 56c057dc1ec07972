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

from cheaproute.cli import beside
from tests.conftest import ROOT
from tests.faults.box import open_to_all
from tests.plugin.test_command import without_sqlite

PROBE = """import sys
flags = sys.flags
print(sys.executable, flags.isolated, flags.no_site, sys.pycache_prefix, sys.stdin.read())
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A copy of the launcher beside a script that tells how it was started."""
    return laid_out(tmp_path)


def laid_out(place: Path) -> Path:
    """What `plugin` is, at `place`."""
    hooks = place / "plug in" / "hooks"
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
    assert json.loads(said(launch(plugin, "mod", **off)))["enabled"] is False


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


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc shows a start")
@pytest.mark.parametrize("started", [False, True])
def test_a_client_that_was_not_started_with_it_has_it_from_settings(
    plugin: Path, tmp_path: Path, *, started: bool
) -> None:
    """Whether the file that said it is seen from here or not: Python is started to decide."""
    home = tmp_path / "home"
    bake(tmp_path / "elsewhere", "/bin/echo")
    bake(home / ".local" / "share" / "cheaproute", sys.executable)
    ours = {"CHEAPROUTE_HOME": str(tmp_path / "elsewhere")}
    client = (
        "import json, os, subprocess, sys\n"
        "env = {**os.environ, **json.loads(sys.argv[1])}\n"
        "done = subprocess.run(sys.argv[2:], env=env, input=b'{}', capture_output=True)\n"
        "sys.stdout.buffer.write(done.stdout)"
    )
    stand_in = tmp_path / "claude"
    stand_in.symlink_to(sys.executable)
    words = [str(stand_in), "-I", "-c", client, json.dumps(ours), str(plugin / "run"), "probe"]
    done = subprocess.run(
        words,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin", **(ours if started else {})},
        cwd=tmp_path,
        capture_output=True,
        check=True,
    )
    assert (b"-I -S" in done.stdout) is started


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


@pytest.mark.parametrize("form", ["TZ=:{}/pipe", "TZ={}/pipe", "TZDIR={} TZ=pipe", "TZDIR={} TZ=",
    "TZDIR={} TZ=EST5EDT", "TZ=..{}/pipe", "LOCPATH={} LC_ALL=xx_YY.UTF-8",
    "GCONV_PATH={}"])  # fmt: skip
def test_no_file_of_a_repository_is_waited_for(plugin: Path, tmp_path: Path, form: str) -> None:
    """What the C library opens as an interpreter starts is no pipe that a project's `env` names."""
    repo = tmp_path / "repo"
    (repo / "xx_YY.UTF-8").mkdir(parents=True)
    for name in ("pipe", "Universal", "UTC", "posixrules", "EST5EDT", "xx_YY.UTF-8/LC_CTYPE",
                 "gconv-modules"):  # fmt: skip
        os.mkfifo(repo / name)
    bake(tmp_path / "data", sys.executable)
    up = "/.." * 20 if "TZ=.." in form else ""
    env = dict(word.split("=") for word in form.format(f"{up}{repo}").split(" "))
    done = launch(plugin, CHEAPROUTE_HOME=str(tmp_path / "data"), LANG="C.UTF-8", **env)
    assert said(done).endswith("word")


_WHERE = ("LANGUAGE", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LC_TIME", "LC_TELEPHONE")


@pytest.mark.parametrize("name", _WHERE)
def test_a_language_is_no_place_and_stays_otherwise(
    plugin: Path, tmp_path: Path, name: str
) -> None:
    """What is started by a hook has no locale that a project brings along, and the user's."""
    (plugin / "hook.py").write_text(f"import os; print(os.environ.get('{name}'), end='')")
    bake(tmp_path, sys.executable)
    for value in ("/proc/self/cwd/loc", "../../proc/self/cwd/loc", ".."):
        assert said(launch(plugin, CHEAPROUTE_HOME=str(tmp_path), **{name: value})) != value
    assert said(launch(plugin, CHEAPROUTE_HOME=str(tmp_path), **{name: "C.UTF-8"})) == "C.UTF-8"


def test_no_locale_of_a_project_is_waited_for_by_readlink(tmp_path: Path) -> None:
    """The command stands on PATH as a link, which is looked at before anything else."""
    (tmp_path / "xx_YY").mkdir()
    os.mkfifo(tmp_path / "xx_YY" / "LC_IDENTIFICATION")
    link = tmp_path / "cheaproute"
    link.symlink_to(os.path.join(ROOT, "bin", "cheaproute"))
    python = os.path.dirname(os.path.realpath(sys.executable))
    env = {"HOME": str(tmp_path), "PATH": f"{python}:/usr/bin:/bin"}
    env |= {"LOCPATH": str(tmp_path), "LC_ALL": "xx_YY", "CLAUDECODE": "1"}
    done = subprocess.run([link, "cap"], env=env, capture_output=True, timeout=20, check=False)
    assert b"No cap" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__"])
def test_what_our_python_starts_is_that_python(plugin: Path, tmp_path: Path, name: str) -> None:
    """It calls itself by no name that a project's `env` gives it, and so starts nothing of that."""
    evil = program(tmp_path / "repo" / "python3", "echo mine")
    (plugin / "hook.py").write_text("import sys; print(sys.executable, end='')")
    bake(tmp_path, sys.executable)
    done = said(launch(plugin, CHEAPROUTE_HOME=str(tmp_path), **{name: str(evil)}))
    assert os.path.realpath(done) == os.path.realpath(sys.executable)


def test_no_readlink_of_a_project_is_run(tmp_path: Path) -> None:
    """The command stands on PATH as a link, and a project's `env` may have set PATH."""
    program(tmp_path / "repo" / "readlink", f"echo mine >>'{tmp_path}/ran'")
    link = tmp_path / "cheaproute"
    link.symlink_to(os.path.join(ROOT, "bin", "cheaproute"))
    python = os.path.dirname(os.path.realpath(sys.executable))
    env = {"HOME": str(tmp_path), "PATH": f"{tmp_path}/repo:{python}:/usr/bin:/bin"}
    done = subprocess.run([link, "cap"], env=env, capture_output=True, timeout=20, check=False)
    assert b"No cap" in done.stdout + done.stderr
    assert not (tmp_path / "ran").exists()


def test_a_time_zone_of_the_users_stays(plugin: Path, tmp_path: Path) -> None:
    """By name, by rule, or a file of the system's: days are still those of where one is."""
    (plugin / "hook.py").write_text("import os; print(os.environ.get('TZ'), end='')")
    bake(tmp_path, sys.executable)
    for zone in ("Europe/Berlin", ":Asia/Tokyo", "CET-1CEST,M3.5.0,M10.5.0/3", ":/etc/localtime"):
        assert said(launch(plugin, CHEAPROUTE_HOME=str(tmp_path), TZ=zone)) == zone


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
@pytest.mark.parametrize(
    "name", ["[", "test", "umask", "read", "printf", "cd", "pwd", "command", "echo"]
)
def test_no_function_of_the_environment_is_run(plugin: Path, tmp_path: Path, name: str) -> None:
    """Where sh is bash, the environment can hold functions: none stands in for a word of ours."""
    bake(tmp_path / "gone", "/gone/python")
    env = {f"BASH_FUNC_{name}%%": f"() {{ echo mine >>'{tmp_path}/ran'; }}", "HOME": str(tmp_path)}
    env |= {"CHEAPROUTE_HOME": str(tmp_path / "gone"), "PATH": "/usr/bin:/bin"}
    shell = tmp_path / "sh"  # so bash takes functions in before it is strict
    shell.symlink_to(str(shutil.which("bash")))
    command = [str(shell), str(plugin / "run"), "probe"]
    done = subprocess.run(command, env=env, cwd=plugin, input=b"word", timeout=20, check=False)
    assert done.returncode == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_no_bound_on_functions_ends_the_launcher(plugin: Path, tmp_path: Path) -> None:
    """Where sh is bash, a variable says how deep functions may call each other: not ours."""
    bake(tmp_path / "data", sys.executable)
    env = {"FUNCNEST": "1", "CHEAPROUTE_HOME": str(tmp_path / "data")}
    (tmp_path / "sh").symlink_to(str(shutil.which("bash")))
    done = subprocess.run(
        [str(tmp_path / "sh"), str(plugin / "run"), "probe"],
        env=env, cwd=plugin, input="word", capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert said(done).endswith("word")


# As version managers do: the Python that a variable, or a file of the working directory, names.
SHIM = """found=$ASDF_PYTHON_VERSION
[ -f .tool-versions ] && read -r _ found <.tool-versions
case $found in path:*) exec "${{found#path:}}/bin/python3" "$@" ;; esac
exec "{0}" "$@"
"""


@pytest.mark.parametrize("way", ["file", "variable"])
@pytest.mark.parametrize("start", ["hook", "command"])
def test_a_version_manager_is_asked_outside_of_the_project(
    plugin: Path, tmp_path: Path, way: str, start: str
) -> None:
    """Nothing baked, and its shim on PATH: what a project says of versions is not looked at."""
    repo = tmp_path / "repo"
    program(repo / "evil" / "bin" / "python3", f"echo mine >{tmp_path}/ran")
    program(tmp_path / "shims" / "python3", SHIM.format(os.path.realpath(sys.executable)))
    env = {"HOME": str(tmp_path / "home"), "PATH": f"{tmp_path}/shims"}
    if way == "file":
        (repo / ".tool-versions").write_text(f"python path:{repo}/evil\n")
    else:
        env["ASDF_PYTHON_VERSION"] = f"path:{repo}/evil"
    if start == "hook":
        command = [str(plugin / "run"), "probe"]
        env["CLAUDE_PROJECT_DIR"] = str(repo)
    else:
        command = [os.path.join(ROOT, "bin", "cheaproute"), "--version"]
    done = subprocess.run(command, env=env, cwd=repo, capture_output=True, text=True, check=True)
    assert not (tmp_path / "ran").exists()
    # Behind the shim is what is started.
    assert done.stdout.startswith((os.path.realpath(sys.executable), "cheaproute 0.")), done


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


def program(path: Path, body: str = "echo mine") -> str:
    """A program that says so when it is started; its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


# What the stand-in for uv below does as uv does: what it comes upon it runs.
UV = """/bin/pwd >"{0}/cwd"; /usr/bin/env >"{0}/env"; echo "$*" >"{0}/words"
for one in "$VIRTUAL_ENV" "$CONDA_PREFIX" "$UV_PROJECT_ENVIRONMENT" "$PWD/.venv"; do
  [ -x "$one/bin/python" ] && "$one/bin/python"
done
echo "{1}"
"""


@pytest.mark.parametrize(
    "name",
    ["", "VIRTUAL_ENV", "CONDA_PREFIX", "UV_PYTHON_INSTALL_DIR", "UV_PROJECT_ENVIRONMENT"],
)
@pytest.mark.parametrize("start", ["hook", "command"])
def test_uv_is_asked_outside_of_the_project(
    plugin: Path, tmp_path: Path, name: str, start: str
) -> None:
    """Nothing baked, and uv the only one that knows a Python: it is shown nothing of a project's.

    Its working directory is the root, its variables are the home and the PATH without the project.
    """
    repo, bin_, home = tmp_path / "repo", tmp_path / "bin", tmp_path / "home"
    said = tmp_path / "said"
    said.mkdir()
    mine = program(repo / ".venv" / "bin" / "python", f"echo mine >{said}/mine")
    program(repo / "tools" / "uv", f"echo mine >{said}/mine")
    program(repo / "tools" / "env", f"echo mine >{said}/mine")
    program(bin_ / "uv", UV.format(said, os.path.realpath(sys.executable)))
    for tool in ("env", "readlink", "ls"):
        (bin_ / tool).symlink_to(shutil.which(tool) or tool)
    env = {"HOME": str(home), "PATH": f"{repo}/tools:tools:{bin_}"}
    env |= {name: os.path.dirname(os.path.dirname(mine))} if name else {}
    if start == "hook":
        command = [str(plugin / "run"), "probe"]
        env["CLAUDE_PROJECT_DIR"] = str(repo)
    else:
        command = [os.path.join(ROOT, "bin", "cheaproute"), "--version"]
        env["CLAUDECODE"] = "1"
    done = subprocess.run(command, env=env, cwd=repo, capture_output=True, text=True, check=True)
    assert done.stdout.startswith((os.path.realpath(sys.executable), "cheaproute 0.")), done
    assert not (said / "mine").exists()
    assert (said / "cwd").read_text() == "/\n"
    names = dict(line.split("=", 1) for line in (said / "env").read_text().splitlines())
    assert {one: names[one] for one in names if one not in ("PWD", "SHLVL", "_", "OLDPWD")} == {
        "HOME": str(home),
        "PATH": str(bin_),
    }
    words = (said / "words").read_text().split()
    assert {"--system", "--no-project", "--no-config", "--no-python-downloads"} <= set(words)


def test_an_old_uv_finds_nothing(plugin: Path, tmp_path: Path) -> None:
    """One that refuses the options is not asked again without them."""
    program(
        tmp_path / "bin" / "uv", f'case $* in *--system*) exit 2 ;; esac; echo "{sys.executable}"'
    )
    (tmp_path / "bin" / "env").symlink_to("/usr/bin/env")
    env = {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin")}
    assert said(launch(plugin, **env)) == ""


SPELLINGS = [
    "/proc/self/cwd/{named}",
    "{top}/home/../repo/{named}",
    "{top}//repo/{named}",
    "{top}/./repo/{named}",
    "{top}/alias/repo/{named}",
    "{top}/alias/repo/out/../{named}",
    "{top}/direct/{named}",
    "{top}/within",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("name", "opened"), [("HOME", "repo"), ("XDG_DATA_HOME", "alias/repo"), ("HOME", "repo/a")]
)
def test_no_spelling_of_a_repository_is_the_home(
    plugin: Path, tmp_path: Path, name: str, spelling: str, opened: str
) -> None:
    """An older client hands on HOME: by dots, links and /proc a project is not another place."""
    repo, home = tmp_path / "repo", tmp_path / "home"
    (repo / "a").mkdir(parents=True)
    (repo / ".git").mkdir()
    home.mkdir(exist_ok=True)
    (tmp_path / "alias").symlink_to(tmp_path)
    (tmp_path / "direct").symlink_to(repo)
    (tmp_path / "within").symlink_to(repo / "h")
    (repo / "out").symlink_to(home)
    for base in (repo, repo / "a"):
        for below in (".local/share/cheaproute", "cheaproute"):
            bake(base / "h" / below, program(repo / "python"))
    env = {"HOME": str(home), "PATH": f"{os.path.dirname(os.path.realpath(sys.executable))}"}
    env |= {
        "CLAUDE_PROJECT_DIR": str(tmp_path / opened),
        name: spelling.format(top=tmp_path, named="h"),
    }
    done = subprocess.run(
        [str(plugin / "run"), "probe"],
        env=env,
        cwd=tmp_path / opened,
        input="word",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "mine" not in said(done)
    assert done.stdout.rstrip().endswith("word")


def test_a_home_behind_a_link_is_one(plugin: Path, tmp_path: Path) -> None:
    """Where /home is a link, the user's own home is as good as any, with a PATH of nothing."""
    (tmp_path / "var" / "home" / "u" / "repo").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "var" / "home")
    home = tmp_path / "link" / "u"
    bake(home / ".local" / "share" / "cheaproute", sys.executable)
    (home / "repo" / ".git").mkdir()
    for place in (home / "repo", tmp_path / "var" / "home" / "u" / "repo"):
        env = {"HOME": str(home), "CLAUDE_PROJECT_DIR": str(place), "PATH": "/nowhere"}
        assert said(launch(plugin, **env)).startswith(sys.executable)
    env["XDG_DATA_HOME"] = str(home / ".not" / "there")
    assert said(launch(plugin, **env, CHEAPROUTE_HOME="~/.local/share/cheaproute")).startswith(
        sys.executable
    )


@pytest.mark.parametrize("where", ["alias/repo/tools", "direct/tools", "within"])
def test_a_repository_s_python_is_not_run_by_another_name(
    plugin: Path, tmp_path: Path, where: str
) -> None:
    """A link of the user's that leads to the project makes its programs no one else's."""
    repo = tmp_path / "repo"
    program(repo / "tools" / "python3.14", "echo mine; exit 0")
    (tmp_path / "alias").symlink_to(tmp_path)
    (tmp_path / "direct").symlink_to(repo)
    (tmp_path / "within").symlink_to(repo / "tools")
    env = {"HOME": str(tmp_path / "home"), "CLAUDE_PROJECT_DIR": str(repo)}
    env["PATH"] = f"{tmp_path / where}:{os.path.dirname(os.path.realpath(sys.executable))}"
    done = said(launch(plugin, **env))
    assert "mine" not in done
    assert done.endswith("word")


def test_a_home_without_links_needs_no_fork(plugin: Path, tmp_path: Path) -> None:
    """What every hook passes before Python is of the shell alone, wherever the project lies."""
    trace = shutil.which("strace")
    if trace is None:
        pytest.skip("no strace here")
    bake(tmp_path / "home" / ".local" / "share" / "cheaproute", sys.executable)
    (tmp_path / "home" / "repo" / ".git").mkdir(parents=True)
    done = subprocess.run(
        [trace, "-f", "-e", "trace=process", str(plugin / "run"), "probe"],
        env={"HOME": str(tmp_path / "home"), "CLAUDE_PROJECT_DIR": str(tmp_path / "home" / "repo")},
        cwd=tmp_path / "home" / "repo",
        input="word",
        capture_output=True,
        text=True,
        check=False,
    )
    if "ptrace" in done.stderr:
        pytest.skip("nothing may be traced here")
    assert "execve" in done.stderr
    assert not [
        line for line in done.stderr.splitlines() if line.startswith(("fork", "clone", "vfork"))
    ]


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
    env["AI_AGENT"] = "claude-code_2-1-286_harness"
    left.write_text("stop")
    assert "word" in said(launch(plugin, "post_tool_batch", **env)), "another hook's"
    assert said(launch(plugin, "stop", **env)) == ""
    assert left.read_text() == ""
    assert "word" in said(launch(plugin, "stop", **env)), "taken"
    (left.parent / str(os.getpid() + 1)).write_text("stop")
    assert "word" in said(launch(plugin, "stop", **env)), "another client's"


@pytest.mark.parametrize("client", ["claude-code_2-1-270_harness", "claude-code_1-0-9_x", "", "my"])
def test_a_client_without_modules_leaves_no_pass(plugin: Path, tmp_path: Path, client: str) -> None:
    """What lies there is the word of whoever wrote it: a model's shell, say."""
    bake(tmp_path / "data", sys.executable)
    left = tmp_path / "data" / "passes" / str(os.getpid())
    left.parent.mkdir()
    left.write_text("stop")
    env = {"CHEAPROUTE_HOME": str(tmp_path / "data"), "PATH": "/nowhere", "AI_AGENT": client}
    assert "word" in said(launch(plugin, "stop", **env))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_pass_that_cannot_be_taken_is_none(plugin: Path, tmp_path: Path) -> None:
    """One that would be good for ever is good for nothing."""
    bake(tmp_path / "data", sys.executable)
    left = tmp_path / "data" / "passes" / str(os.getpid())
    left.parent.mkdir()
    left.write_text("stop")
    left.chmod(0o400)
    env = {"CHEAPROUTE_HOME": str(tmp_path / "data"), "PATH": "/nowhere"}
    done = launch(plugin, "stop", AI_AGENT="claude-code_2-1-286_harness", **env)
    assert done.returncode == 0
    assert "word" in done.stdout


@pytest.mark.parametrize("shell", ["dash", "busybox sh"])
def test_where_no_process_can_be_started(shell: str) -> None:
    """A shell that cannot fork ends in 2, which blocks: the launcher in 0, and a start says why."""
    words = [*shell.split(), "hooks/run"]
    if not shutil.which(words[0]) or not shutil.which("prlimit") or not shutil.which("setpriv"):
        pytest.skip(f"no {words[0]}, prlimit or setpriv")
    if os.geteuid() == 0:  # whom no such limit holds
        who = ["setpriv", "--reuid", "54321", "--regid", "54321", "--clear-groups"]
    else:
        who = []
    with open_to_all() as place:
        (place / "bin").mkdir()
        (place / "bin" / "python3.11").symlink_to("/usr/bin/true")
        for event in ("session_start", "pre_tool_use", "stop"):
            done = subprocess.run(
                [*who, "prlimit", "--nproc=1:1", *words, event],
                env={"HOME": str(place), "PATH": f"{place}/bin:/usr/bin:/bin"},
                cwd=laid_out(place / event).parent,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0
            assert "fork" in done.stderr
            assert ("Raise the limit on processes" in done.stdout) == (event == "session_start")
            assert not done.stdout or json.loads(done.stdout)


def test_an_open_session_goes_on_without_what_was_uninstalled(tmp_path: Path) -> None:
    """By the word left for its process, as long as the client's list has us no more."""
    hooks = laid_out(tmp_path)
    listing = tmp_path / "list of plugins.json"
    bake(tmp_path, sys.executable)
    env = {"CHEAPROUTE_HOME": str(tmp_path), "HOME": str(tmp_path)}
    mark = hooks.parent / ".uninstalled"
    word = f"{os.getpid()} {beside._begun(os.getpid())} {listing}\n"
    gone, here = '{"version": 2,\n"plugins": {}}', '{\n"cheaproute@cheaproute": []}'
    mark.write_text(word)
    assert launch(hooks, **env).stdout, "no list tells"
    listing.write_text(gone)
    for other in (f"1{word}", f"{os.getpid()} 1 {listing}\n"):
        mark.write_text(other)
        assert launch(hooks, **env).stdout, "another session's"
    mark.write_text(other + word)
    assert launch(hooks, **env).stdout == ""
    assert launch(hooks, "user_prompt_submit", **env).stdout == "", "nor is it called damaged"
    assert json.loads(launch(hooks, "mod", **env).stdout)["enabled"] is False
    listing.write_text(here)
    assert launch(hooks, **env).stdout, "it is installed again"
    listing.write_text(gone)
    assert launch(hooks, **env).stdout, "the word was for that one time"


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc shows a start")
@pytest.mark.parametrize("name", ["claude", "2.1.332", "another"])
@pytest.mark.parametrize("folder", ["CHEAPROUTE_DISABLE=1", "xCHEAPROUTE_DISABLE=1", ""])
def test_a_folders_name_is_no_variable_of_the_clients_start(
    plugin: Path, tmp_path: Path, name: str, folder: str
) -> None:
    """PWD, with which it was started, holds what a project's settings say of a variable of ours."""
    client = tmp_path / name
    shutil.copy("/bin/bash", client)
    bake(tmp_path / "home" / ".local" / "share" / "cheaproute", sys.executable)
    root = "CLAUDE_PLUGIN_ROOT=/p" if name == "another" else ""
    hook = f"env CHEAPROUTE_DISABLE=1 {root} '{plugin / 'run'}' probe; true"
    start = {"PWD": str(tmp_path / folder), "ZERO": "0"} if folder else {"CHEAPROUTE_DISABLE": "1"}
    done = subprocess.run(
        [client, "-c", hook],
        env={"HOME": str(tmp_path / "home"), "PATH": "/usr/bin:/bin", **start},
        cwd=plugin,
        input="word",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("word\n") == bool(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="only /proc shows a start")
@pytest.mark.parametrize("script", ["#!/bin/sh", "#!/usr/bin/env python3"])
@pytest.mark.parametrize("root", ["", "CLAUDE_PLUGIN_ROOT=/p"])
def test_a_script_of_the_users_for_a_status_line_is_not_the_client(
    plugin: Path, tmp_path: Path, script: str, root: str
) -> None:
    """It has what a project's settings said, which nothing in the folder may say any more."""
    client = tmp_path / "claude"
    shutil.copy("/bin/bash", client)
    bake(tmp_path / "home" / ".local" / "share" / "cheaproute", sys.executable)
    bake(tmp_path / "evil", "/bin/true")
    line = tmp_path / "line"
    call = f"import subprocess; subprocess.run(['{plugin / 'run'}', 'statusline'])"
    line.write_text(f"{script}\n{call if 'python' in script else _as_shell(plugin)}\n")
    line.chmod(0o755)
    said = f"env CHEAPROUTE_HOME={tmp_path / 'evil'} {root} /bin/sh -c '{line}; true'; true"
    done = subprocess.run(
        [client, "-c", said],
        env={"HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]},
        cwd=tmp_path / "home",
        input="word",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("word\n")


def _as_shell(plugin: Path) -> str:
    return f"'{plugin / 'run'}' statusline; true"
