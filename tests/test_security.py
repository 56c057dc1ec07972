"""Each claim of SECURITY.md that no other file tests."""

from __future__ import annotations

import ast
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cheaproute import log
from cheaproute.cli.main import main
from tests.conftest import ROOT
from tests.e2e.hands import copy
from tests.faults.box import HOOKS, Box
from tests.faults.conftest import box as box  # noqa: PLC0414
from tests.transcripts import append, assistant

EVIL = "import os\nopen(os.environ.get('PROOF', '/dev/null'), 'w').write('ran')\n"
ESCAPE = "\x1b]0;owned\x07\x1b[2J"


def sources() -> Iterator[str]:
    """Every Python file that is shipped or run by make."""
    for room in ("cheaproute", "hooks", "tools", "bench"):
        for folder, _, files in os.walk(os.path.join(ROOT, room)):
            yield from (os.path.join(folder, file) for file in files if file.endswith(".py"))


def names(tree: ast.AST) -> Iterator[str]:
    """Every name that is called, dotted, and every module that is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func) + "()"
            for keyword in node.keywords:
                if keyword.arg == "shell" and ast.unparse(node.func) != "shtab.complete":
                    yield "shell="
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_no_code_is_made_from_data() -> None:
    """No eval, exec, compile, pickle, marshal, shell, yaml, and no shell in a subprocess."""
    calls = {"eval()", "exec()", "compile()", "os.system()", "os.popen()", "shell=", "input()"}
    modules = {"pickle", "marshal", "shelve", "yaml", "dill", "commands", "pty", "ctypes"}
    # CPython's own bytecode, from the directory where CPython keeps it; our own sources.
    theirs = {
        os.path.join("hooks", "start.py"): {"exec()", "marshal"},
        os.path.join("hooks", "bytecode.py"): {"compile()", "marshal"},
        os.path.join("hooks", "rescue.py"): {"exec()", "marshal"},
    }
    for path in sources():
        with open(path, encoding="utf-8") as file:
            found = set(names(ast.parse(file.read(), path)))
        found -= theirs.get(os.path.relpath(path, ROOT), set())
        assert not found & (calls | modules), f"{path}: {found & (calls | modules)}"


def test_every_child_has_an_environment_of_its_own() -> None:
    """No process inherits what stands in ours: each has an `env` that was chosen, and a place.

    What a version manager stands for (`claude`, uv, pip) is what files of a project say. What is
    given no variable at all is the system's own.
    """
    starts = {"subprocess.run()", "subprocess.Popen()", "subprocess.check_output()", "os.execve()"}
    inherits = {"os.execv()", "os.execvp()", "os.spawnv()", "os.posix_spawn()", "os.startfile()"}
    for room in ("cheaproute", "hooks"):
        for path in sources():
            if not os.path.relpath(path, ROOT).startswith(room):
                continue
            with open(path, encoding="utf-8") as file:
                tree = ast.parse(file.read(), path)
            for node in ast.walk(tree):
                called = ast.unparse(node.func) + "()" if isinstance(node, ast.Call) else ""
                assert called not in inherits, f"{path}: {called}"
                if called in starts and isinstance(node, ast.Call):
                    given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                    assert "env" in given or called == "os.execve()", f"{path}:{node.lineno}"
                    placed = "cwd" in given or given.get("env", "{}") == "{}"
                    assert placed, f"{path}:{node.lineno}"


def test_every_row_of_the_table_names_tests_that_are_there() -> None:
    """Each row of SECURITY.md says what shows it, and that is in the repository."""
    with open(os.path.join(ROOT, "SECURITY.md"), encoding="utf-8") as file:
        rows = [line.split("|")[1:-1] for line in file if line.startswith("|")][2:]
    assert len(rows) > 15
    for row in rows:
        assert len(row) == 5, row
        shown = re.findall(r"`([^`]+)`", row[3])
        assert shown, row
        folder = "tests"
        for name in shown:
            if name.startswith("python -m "):  # a measurement
                module = name.split()[2].replace(".", "/") + ".py"
                assert os.path.exists(os.path.join(ROOT, module)), name
                continue
            whole = name if name.startswith("tests") else f"{folder}/{name}"
            folder = os.path.dirname(whole)
            path = os.path.join(ROOT, whole)
            assert os.path.exists(path), whole
            found = [path] if os.path.isfile(path) else [str(p) for p in Path(path).rglob("*.py")]
            assert any("\ndef test_" in Path(one).read_text("utf-8") for one in found), whole


def test_hooks_reach_no_network() -> None:
    """The rooms that hooks load have no socket but the one of this machine, for its own client."""
    local = os.path.join("hook", "standby") + os.sep
    for path in sources():
        inner = os.path.relpath(path, os.path.join(ROOT, "cheaproute"))
        if inner.split(os.sep)[0] in ("hook", "ledger", "usage", "routing"):
            text = Path(path).read_text("utf-8")
            found = set(names(ast.parse(text, path)))
            assert not found & {"ssl", "http.client", "urllib.request", "anthropic"}, path
            assert inner.startswith(local) or "socket" not in found, path
            made = text.count("socket.socket(socket.AF_UNIX)")
            assert text.count("socket.socket(") == made, path
            assert not found & {"create_connection", "create_server", "fromfd"}, path


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_is_pinned_by_hash(name: str) -> None:
    """A package that was changed after it was locked is not installed."""
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        text = re.sub(r"\s*#.*", "", file.read()).replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line.strip()]
    assert len(pins) > 5
    assert all(re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", pin) for pin in pins)


def plant(place: Path) -> None:
    """Modules and programs that leave a proof when they are run."""
    place.mkdir(exist_ok=True)
    for module in ("json", "os", "sqlite3", "_sqlite3", "sitecustomize", "usercustomize", "time"):
        (place / f"{module}.py").write_text(EVIL)
    (place / "cheaproute").mkdir()
    (place / "cheaproute" / "__init__.py").write_text(EVIL)
    for program in ("python3", "python3.11", "python3.14", "uv", "git", "env", "sh"):
        (place / program).write_text('#!/bin/sh\necho ran >"$PROOF"\n')
        (place / program).chmod(0o755)


def test_nothing_of_the_project_is_run(box: Box, tmp_path: Path) -> None:
    """Not its modules, not its programs, whatever the environment says about Python and PATH."""
    proof = tmp_path / "proof"
    plant(box.project)
    (box.project / ".claude" / "agents").mkdir(parents=True)
    (box.project / ".claude" / "agents" / "Explore.md").write_text("---\nmodel: $(id)\n---\n")
    here = str(box.project)
    box.env |= {
        "PROOF": str(proof),
        "PATH": f".:{here}:/usr/bin:/bin",
        "PYTHONPATH": here,
        "PYTHONHOME": here,
        "PYTHONSTARTUP": f"{here}/json.py",
        "PYTHONINSPECT": "1",
        "PYTHONUSERBASE": here,
        "PYTHONPLATLIBDIR": here,
        "GIT_DIR": here,
        "GIT_EXEC_PATH": here,
        "BASH_ENV": f"{here}/sh",
        "ENV": f"{here}/sh",
        "SHELL": f"{here}/sh",
    }
    box.call_api()
    for hook in HOOKS:
        box.hook(hook)
    assert not proof.exists()
    assert box.exact()
    # Not even where no interpreter is set, and "." is where to look for one.
    (box.data / "interpreter").unlink()
    box.env["PATH"] = ".:/nonexistent"
    assert box.hook("stop") is None
    assert not proof.exists()


def test_files_are_the_users_alone(tmp_path: Path) -> None:
    """Whatever hooks and commands make, nobody else may read or write, under any umask."""
    box = Box(tmp_path)
    for path in (box.data, box.data / "interpreter", box.data / "environment.failed"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    config = box.home / ".config" / "cheaproute"
    before = os.umask(0)
    try:
        box.call_api()
        box.bake("/gone")
        box.env["PATH"] = os.path.dirname(os.path.realpath(sys.executable)) + ":/usr/bin:/bin"
        (box.data / "interpreter").chmod(0o600)
        for hook in HOOKS:
            box.hook(hook)
        for words in (
            ["config", "set", "digest.enabled", "false"],
            ["config", "set", "debug", "true"],
            ["cap", "set", "5"],
            ["costs"],
            ["import"],
        ):
            subprocess.run(
                [sys.executable, "-m", "cheaproute", *words],
                cwd=ROOT,
                env=box.env,
                check=True,
                capture_output=True,
            )
        box.hook("stop")
    finally:
        os.umask(before)
    made = [path for place in (box.data, config) for path in (place, *place.rglob("*"))]
    assert {path.name for path in made} >= {"ledger.db", "config.toml", "snapshot.json"}
    for path in made:
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o077, path


@pytest.mark.parametrize("words", [("hooks/run", "stop"), ("bin/cheaproute", "--version")])
def test_what_is_kept_of_the_code_is_the_users_alone(
    tmp_path: Path, words: tuple[str, str]
) -> None:
    """Bytecode beside the sources is run like them: no umask lets another account write it."""
    plugin = Path(copy(str(tmp_path / "plugin")))
    box = Box(tmp_path, plugin=str(plugin))
    before = {*plugin.rglob("*")}
    os.umask(0)
    command = [str(plugin / words[0]), words[1]]
    subprocess.run(command, input=box.event("stop"), env=box.env, check=True, capture_output=True)
    made = {*plugin.rglob("*")} - before
    assert any(path.suffix in (".pyc", ".bin") for path in made)
    for path in made:
        assert path.suffix == ".pyc" or not stat.S_IMODE(path.lstat().st_mode) & 0o077, path
        assert not stat.S_IMODE(path.lstat().st_mode) & 0o022, path


def test_a_command_begins_with_a_umask(capsys: pytest.CaptureFixture[str]) -> None:
    """What its libraries and children make is the user's alone, however Python was started."""
    os.umask(0)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out
    assert os.umask(0o022) == 0o077


@pytest.mark.parametrize("name", ["cheaproute.log", "snapshot.json"])
def test_a_link_in_place_of_a_file_is_not_followed(box: Box, name: str) -> None:
    """Nothing of ours is written through it."""
    target = box.home / "target"
    target.write_text("untouched")
    (box.data / name).unlink(missing_ok=True)
    (box.data / name).symlink_to(target)
    config = box.home / ".config" / "cheaproute" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("debug = true\n")
    box.hook("stop")
    assert target.read_text() == "untouched"


@pytest.mark.timeout(20)
def test_a_pipe_in_place_of_the_log_holds_nobody_up(box: Box) -> None:
    """Nobody reads it: nothing is written, nothing is waited for."""
    (box.data / "cheaproute.log").unlink(missing_ok=True)
    os.mkfifo(box.data / "cheaproute.log")
    assert log.write(box.env, "test", ValueError("x")) == ""


def test_names_from_a_transcript_do_not_reach_the_terminal_as_commands(tmp_path: Path) -> None:
    """A model, a project and an agent with escape sequences in them are shown without."""
    box = Box(tmp_path)
    append(
        box.transcript,
        assistant("msg_1", session=box.session, model=f"claude{ESCAPE}", cwd=f"/src/{ESCAPE}"),
        assistant("msg_2", session=box.session, cwd=f"/src/{ESCAPE}"),
    )
    task = {"description": "x", "prompt": "y", "subagent_type": f"agent{ESCAPE}"}
    box.hook("pre_tool_use", tool_input=task, tool_use_id=f"toolu{ESCAPE}")
    answers = [box.hook("user_prompt_submit", prompt=f"/costs{view}") for view in ("", " projects")]
    texts = [str(answer["reason"]) for answer in answers if answer]
    for words in (["costs"], ["costs", "--by", "project"], ["costs", "--by", "model"], ["why"]):
        done = subprocess.run(
            [sys.executable, "-m", "cheaproute", *words],
            cwd=ROOT,
            env=box.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode in (0, 1, 2), done.stderr
        texts.append(done.stdout)
    assert any("claude" in text for text in texts)
    for text in texts:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]", text), repr(text)


def test_sql_in_names_is_only_text(box: Box) -> None:
    """Quotes and semicolons in ids, models and paths change nothing but themselves."""
    evil = "'; DROP TABLE call; --"
    box.rows += 1
    row = assistant(f"msg{evil}", session=box.session, cwd=f"/{evil}", agentId=evil)
    append(box.transcript, row)
    for hook in HOOKS:
        box.hook(hook, agent_id=evil, tool_use_id=evil, prompt=evil)
    assert box.exact()
    assert box.log() == ""
