"""The environment: noticed when missing or stale, built once, and harmless when it cannot be."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cheaproute.config import paths
from cheaproute.config.venv import build, links, patience, probe, spawn, status
from cheaproute.config.venv import install as installers
from cheaproute.config.version import of_manifest
from cheaproute.errors import CheaprouteError
from tests.conftest import ROOT


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with a data directory that does not exist yet."""
    return {"CHEAPROUTE_HOME": str(tmp_path / "data"), "PATH": "/usr/bin:/bin"}


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The places that were installed to, by a stand-in that links this Python."""
    places: list[str] = []

    def install(base: str, place: str, *_rest: object) -> None:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        os.makedirs(os.path.join(place, "lib", version, "site-packages"))
        os.makedirs(os.path.join(place, "bin"))
        os.symlink(base, os.path.join(place, "bin", "python"))
        places.append(place)

    monkeypatch.setattr(installers, "install", install)
    monkeypatch.setattr(probe, "wrong", lambda python, *_: "" if os.path.exists(python) else "gone")
    return places


def quiet(_line: str) -> None:
    """Say nothing."""


def data(env: dict[str, str]) -> Path:
    """The data directory."""
    return Path(env["CHEAPROUTE_HOME"])


def test_the_base_interpreter_is_baked(env: dict[str, str]) -> None:
    """hooks/run is given the Python below any environment: it starts faster and lives longer."""
    assert status.bake(env)
    line, *parts = (data(env) / "interpreter").read_text().splitlines()
    assert subprocess.check_output([line, "-c", "import sys; print(sys.prefix)"], text=True) == (
        sys.base_prefix + "\n"
    )
    assert os.__file__ in parts
    assert all(os.path.exists(part) for part in parts)
    # What stands there is kept while it is whole, and written anew where a library has gone.
    kept = data(env) / "interpreter"
    for content, stays in ((f"{line}\n{os.__file__}\n", True), (f"{line}\n/gone.so\n", False)):
        kept.write_text(content)
        assert status.bake(env)
        assert (kept.read_text() == content) == stays


@pytest.mark.usefixtures("installed")
def test_a_build_makes_it_ready(env: dict[str, str]) -> None:
    """After a build the environment is ready, and its Python knows where the plugin is."""
    assert not status.ready(env)
    build.build(env, quiet)
    assert status.ready(env)
    (pth,) = data(env).glob("venv/lib/python3*/site-packages/cheaproute.pth")
    assert pth.read_text() == ROOT + "\n"
    assert os.readlink(paths.link(env)) == ROOT


def test_a_second_build_does_nothing(env: dict[str, str], installed: list[str]) -> None:
    """Building is idempotent."""
    build.build(env, quiet)
    build.build(env, quiet)
    assert len(installed) == 1


def manifest(place: Path, version: str) -> str:
    """A copy of the plugin at `place`, as far as a version goes."""
    (place / ".claude-plugin").mkdir(parents=True)
    text = f'{{"name": "cheaproute", "version": "{version}"}}'
    (place / ".claude-plugin" / "plugin.json").write_text(text)
    (place / "cheaproute").mkdir()
    return str(place)


@pytest.mark.parametrize(
    ("versions", "leader"), [(("0.2.0", "0.10.0"), 1), (("0.2.0", "0.2.0"), 0), (("0.3", "0.2"), 0)]
)
def test_two_copies_of_the_plugin_share_it(
    env: dict[str, str],
    installed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    versions: tuple[str, str],
    leader: int,
) -> None:
    """Sessions of two copies take turns: nothing is rebuilt, and the links follow the newest."""
    roots = [manifest(tmp_path / f"copy{n}", version) for n, version in enumerate(versions)]
    locks = [shutil.copy(paths.LOCK_FILE, root) for root in roots]
    build.build(env, quiet)
    monkeypatch.setattr(spawn, "start", lambda *_: pytest.fail("spawned"))
    shutil.rmtree(data(env) / "plugin", ignore_errors=True)
    os.unlink(paths.link(env))
    for turn in (0, 1, 0, 1, 0):
        monkeypatch.setattr(paths, "ROOT", roots[turn])
        monkeypatch.setattr(paths, "LOCK_FILE", locks[turn])
        monkeypatch.setattr(links, "of_manifest", lambda root=roots[turn]: of_manifest(root))
        assert status.start_in_background(env) == "ready"
    assert len(installed) == 1
    assert os.readlink(paths.link(env)) == roots[leader]
    (pth,) = data(env).glob("venv/lib/python3*/site-packages/cheaproute.pth")
    assert pth.read_text() == roots[leader] + "\n"
    # One that is gone leads no longer.
    shutil.rmtree(roots[leader])
    monkeypatch.setattr(paths, "ROOT", roots[1 - leader])
    monkeypatch.setattr(paths, "LOCK_FILE", locks[1 - leader])
    assert status.start_in_background(env) == "ready"
    assert os.readlink(paths.link(env)) == roots[1 - leader]


def test_who_runs_setup_has_the_command_line(
    env: dict[str, str], installed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The copy whose `setup` the user ran is the one that `cheaproute` is, whatever its version."""
    build.build(env, quiet)
    old = manifest(tmp_path / "old", "0.0.1")
    monkeypatch.setattr(paths, "ROOT", old)
    build.build(env, quiet)
    assert os.readlink(paths.link(env)) == ROOT
    build.build(env, quiet, asked=True)
    assert os.readlink(paths.link(env)) == old
    assert len(installed) == 1


@pytest.mark.parametrize("what", ["lock", "machine", "libc", "base"])
def test_an_environment_is_named_by_what_it_depends_on(
    env: dict[str, str],
    installed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    what: str,
) -> None:
    """Other packages, another machine, C library or Python: another one beside it, none touched."""
    build.build(env, quiet)
    if what == "lock":
        (tmp_path / "lock").write_text("# other\n")
        monkeypatch.setattr(paths, "LOCK_FILE", str(tmp_path / "lock"))
    elif what == "machine":
        machine = os.uname()
        fields = [*machine[:4], "sparc64"]
        monkeypatch.setattr(os, "uname", lambda: os.uname_result(fields))
    elif what == "libc":
        monkeypatch.setattr(sys.implementation, "_multiarch", "x86_64-linux-other")
    else:
        (tmp_path / "python3").symlink_to(os.path.realpath(status.base()))
        shutil.copy(os.path.realpath(status.base()), tmp_path / "python3.99")
        monkeypatch.setattr(sys, "_base_executable", str(tmp_path / "python3.99"))
    assert not status.ready(env)
    build.build(env, quiet)
    assert status.ready(env)
    assert len(set(installed)) == 2
    assert all(os.path.exists(place) for place in installed)


def test_what_nobody_used_for_a_month_goes(
    env: dict[str, str], installed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An environment that sessions start on stays; one that none did for long is removed."""
    for number in range(3):
        lock = tmp_path / f"{number}.lock"
        lock.write_text(f"# {number}\n")
        monkeypatch.setattr(paths, "LOCK_FILE", str(lock))
        build.build(env, quiet)
        if number == 0:
            long_ago = time.time() - links.KEPT_S - 1
            os.utime(installed[0], (long_ago, long_ago))
    assert [os.path.exists(place) for place in installed] == [False, True, True]


def test_a_doubted_environment_is_looked_at_and_kept(
    env: dict[str, str], installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a library failed once, the next build tries it: fine, or made anew."""
    build.build(env, quiet)
    status.doubt(env)
    assert not status.ready(env)
    build.build(env, quiet)
    assert status.ready(env)
    assert len(installed) == 1
    status.doubt(env)
    monkeypatch.setattr(probe, "wrong", lambda *_: "ImportError")
    with contextlib.suppress(CheaprouteError):  # the stand-in finds the old one there
        build.build(env, quiet)
    assert not status.ready(env)


def test_a_failed_build_is_remembered_and_then_tried_again(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is kept; sessions leave it alone for a while, then try again."""
    started: list[object] = []

    def spawn(env: object) -> bool:
        started.append(env)
        return True

    monkeypatch.setattr(status, "_spawn", spawn)

    def fail(*_words: object) -> None:
        raise CheaprouteError("no network")

    monkeypatch.setattr(installers, "install", fail)
    with pytest.raises(CheaprouteError, match=r"^the environment could not be built: no network$"):
        build.build(env, quiet)
    failure = Path(paths.failure_file(env))
    assert failure.read_text() == "no network\n"
    assert status.start_in_background(env) == "failed"
    before = time.time() - status.RETRY_S - 1
    os.utime(failure, (before, before))
    assert status.start_in_background(env) == "started"
    assert len(started) == 1


def test_two_builds_do_not_meet(env: dict[str, str], installed: list[str]) -> None:
    """In the background a build gives way to the one that is running."""
    data(env).mkdir()
    with open(data(env) / "environment.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(build.Busy):
            build.build(env, quiet, wait=False)
    assert installed == []


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("what", [build.build, build.wait])
def test_a_build_is_not_silent(
    what: Callable[..., object], env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it waits for another one, too, it says for how long, each time once."""
    monkeypatch.setattr(patience, "WORD_S", 0.02)
    assert not build.wait(env, quiet)  # there is nothing to wait for
    data(env).mkdir()
    lock = open(data(env) / "environment.lock", "w", encoding="utf-8")  # noqa: SIM115
    fcntl.flock(lock, fcntl.LOCK_EX)
    said: list[str] = []

    def heard(line: str) -> None:
        said.append(line)
        if len(said) == 3:
            lock.close()

    what(env, heard)
    assert said[0] == build.ELSEWHERE
    assert [line.partition(" (")[0] for line in said[1:3]] == ["still at it"] * 2
    assert status.ready(env) == (what is build.build)


@pytest.mark.usefixtures("installed")
def test_a_session_with_everything_in_place_starts_nothing(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once ready, the start of a session spawns no process."""
    build.build(env, quiet)
    monkeypatch.setattr(spawn, "start", lambda *_: pytest.fail("spawned"))
    assert status.start_in_background(env) == "ready"


def test_a_data_directory_that_cannot_be_is_no_error(tmp_path: Path) -> None:
    """Where nothing can be written, nothing is started and nothing raised."""
    (tmp_path / "file").write_text("")
    assert status.start_in_background({"CHEAPROUTE_HOME": str(tmp_path / "file")}) == "stuck"


@pytest.mark.slow
def test_a_real_environment_is_built_in_the_background(env: dict[str, str], tmp_path: Path) -> None:
    """The process a session starts builds with the real venv and pip, and outlives its starter."""
    plugin = tmp_path / "plugin"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(os.path.join(ROOT, "cheaproute"), plugin / "cheaproute", ignore=ignored)
    (plugin / "requirements.lock").write_text("")
    code = "import os; from cheaproute.config.venv import status; "
    code += "print(status.start_in_background(os.environ))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=plugin,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("started\n", "")
    end = time.monotonic() + 60
    while not (data(env) / "venv" / "ready.json").exists():
        assert time.monotonic() < end, list(data(env).iterdir())
        time.sleep(0.2)
    python = data(env) / "venv" / "bin" / "python"
    where = "import cheaproute; print(cheaproute.__file__)"
    found = subprocess.check_output([python, "-I", "-c", where], text=True)
    assert found == f"{plugin}/cheaproute/__init__.py\n"


@pytest.mark.slow
def test_without_a_network_that_is_the_reason(env: dict[str, str], tmp_path: Path) -> None:
    """Each way is tried, the log has all of it, nothing half-built stays behind."""
    lock = tmp_path / "requirements.lock"
    lock.write_text(f"left-over==1.0 --hash=sha256:{'0' * 64}\n")
    offline = env | {"PIP_INDEX_URL": "http://127.0.0.1:1/", "PIP_CONFIG_FILE": os.devnull}
    data(env).mkdir()
    place = data(env) / "venv-x"
    with pytest.raises(CheaprouteError, match=r"index of packages cannot be reached: .*left-over"):
        installers.install(sys.executable, str(place), str(lock), offline, quiet)
    assert not place.exists()
    assert (data(env) / "environment.log").read_text().count("$ ") == 4


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (
            (
                "WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError('Cannot "
                "connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden'))': "
                "/simple/x/\n"
                "ERROR: No matching distribution found for annotated-types==0.8.0"
            ),
            "Tunnel connection failed: 403 Forbidden",
        ),
        (
            "error: Failed to fetch: `https://pypi.org/simple/rich/`\n  Caused by: dns error",
            "https://pypi.org/simple/rich/",
        ),
    ],
)
def test_a_network_that_is_not_there_is_named(said: str, cause: str) -> None:
    """Not the package that pip then does not find."""
    line = installers._telling(said.splitlines())
    assert line.startswith("the index of packages cannot be reached: ")
    assert cause in line
    assert "No matching" not in line


def test_who_is_asked_ends_by_itself(env: dict[str, str], tmp_path: Path) -> None:
    """Whoever asked and no longer waits leaves it to finish what it began."""
    done = tmp_path / "done"
    assert spawn.ask(env, ["/bin/cat"], 30, b"said") == b"said"
    with pytest.raises(subprocess.TimeoutExpired):
        spawn.ask(env, ["/bin/sh", "-c", f"sleep 0.5; echo late; touch {done}"], 0.05, b"")
    until = time.monotonic() + 20
    while not done.exists() and time.monotonic() < until:
        time.sleep(0.02)
    assert done.exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_who_gives_up_leaves_no_pipe_open(
    error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever ends the wait; what was not given yet is no second error."""
    left: list[subprocess.Popen[bytes]] = []

    def gives_up(child: subprocess.Popen[bytes], given: bytes, _timeout_s: float) -> None:
        left.append(child)
        assert child.stdin is not None
        child.stdin.write(given)
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        raise error

    monkeypatch.setattr(subprocess.Popen, "communicate", gives_up)
    with pytest.raises(error):
        spawn.ask({}, ["/bin/cat"], 30, b"x" * 100)
    (child,) = left
    assert child.returncode == 0
    assert [pipe and pipe.closed for pipe in (child.stdin, child.stdout)] == [True, True]
    os.waitpid(child.pid, 0)
