"""One life on every machine: install, session, gate, costs, doctor, uninstall (`make test-long`).

In every cell the cap holds, or the session says in one line that it does not and why, and no
traceback reaches anybody. The environment is a tiny one: its libraries are tested elsewhere.
"""

from __future__ import annotations

import glob
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.config.venv.tiny import MODULE, tiny
from tests.faults import sqlites
from tests.faults.box import PLUGIN, open_to_all

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

NAMES = ("cheaproute", "hooks", "bin", "install.sh", ".claude-plugin", ".gitattributes")
NOBODY = 54_321  # a user id that no database knows


def pythons() -> list[str]:
    """This Python's base, and each other from 3.11 on that is found here."""
    found = {os.path.realpath(getattr(sys, "_base_executable", sys.executable))}
    found |= {os.path.realpath(path) for path in glob.glob("/usr/bin/python3.1[1-9]")}
    versions = os.path.expanduser("~/.pyenv/versions/3.1[1-9]*/bin/python3")
    found |= {os.path.realpath(path) for path in glob.glob(versions)}
    return sorted(found)


@dataclass
class Cell:
    """One machine: where things are, as whom and with what the commands run."""

    place: Path
    plugin: Path
    python: str
    wheels: Path
    home: str = ""
    env: dict[str, str] = field(default_factory=dict)
    user: int | None = None
    umask: str = "022"
    compiled: bool = False
    before: list[str] = field(default_factory=list)  # what starts each program, as root
    said: list[str] = field(default_factory=list)

    def run(self, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program of the plugin's in this machine's surroundings."""
        tools = self.place / "tools"
        if not tools.exists():
            tools.mkdir(mode=0o755)
            (tools / f"python3.{self.version}").symlink_to(self.python)
        env = {
            "PATH": f"{tools}:/usr/bin:/bin",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            **({"HOME": self.home} if self.home and not self.before else {}),
            **self.env,
        }
        line = f'umask {self.umask}; exec "$@"'
        done = subprocess.run(
            [*self.before, "/bin/sh", "-c", line, "sh", str(self.plugin / words[0]), *words[1:]],
            env=env,
            cwd=self.project,
            input=given.encode(),
            capture_output=True,
            user=None if self.before else self.user,
            group=None if self.before else self.user,
            timeout=120,
            check=False,
        )
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        self.said.append(f"$ {' '.join(words)}: {done.returncode}\n{out}{err}")
        assert "Traceback" not in out + err, self.story
        assert sorted(os.listdir(self.project)) == [], self.story
        return subprocess.CompletedProcess(words, done.returncode, out, err)

    @property
    def version(self) -> int:
        """The minor version of its Python."""
        code = "import sys; print(sys.version_info.minor)"
        return int(subprocess.check_output([self.python, "-c", code]))

    @property
    def project(self) -> Path:
        """Where the user works: nothing of ours may ever be here."""
        return self.place / "project"

    @property
    def data(self) -> Path:
        """The usual data directory."""
        return Path(self.home, ".local", "share", "cheaproute")

    @property
    def story(self) -> str:
        """All that was said."""
        return "\n".join(self.said)

    def hook(self, event: str, name: str, transcript: Path, **more: object) -> dict[str, object]:
        """A hook's answer."""
        common = {
            "hook_event_name": name,
            "session_id": "11111111-2222-4333-8444-555555555555",
            "transcript_path": str(transcript),
            "cwd": str(self.project),
        }
        given = json.dumps({**common, **more}, ensure_ascii=False)
        done = self.run("hooks/run", event, given=given)
        assert done.returncode == 0
        answer: dict[str, object] = json.loads(done.stdout) if done.stdout else {}
        return answer


def plain(_cell: Cell) -> None:
    """Nothing odd."""


def c_locale(cell: Cell) -> None:
    """LC_ALL=C, and letters beyond ASCII in the home's name."""
    cell.env["LC_ALL"] = "C"
    cell.home = str(cell.place / "josé")


def legacy_locale(cell: Cell) -> None:
    """A locale that is not UTF-8."""
    locales = cell.place / "locales"
    locales.mkdir()
    made = subprocess.run(
        ["localedef", "-i", "en_US", "-f", "ISO-8859-1", str(locales / "en_US.ISO-8859-1")],
        capture_output=True,
        check=False,
    )
    if not (locales / "en_US.ISO-8859-1").exists():
        pytest.skip(f"no such locale can be made: {made.stderr.decode()[:100]}")
    cell.env |= {"LC_ALL": "en_US.ISO-8859-1", "LOCPATH": str(locales)}
    cell.home = str(cell.place / "josé")


def other_user(cell: Cell) -> None:
    """An arbitrary user id with a home of its own."""
    if os.getuid():
        pytest.skip("only root can be another user")
    cell.user = NOBODY
    if not os.path.exists("/usr/bin/python3.11"):
        pytest.skip("no Python that others may start")
    cell.python = "/usr/bin/python3.11"


def no_home(cell: Cell) -> None:
    """No HOME, a user id that nobody knows, and CHEAPROUTE_HOME on a volume."""
    other_user(cell)
    cell.env["CHEAPROUTE_HOME"] = cell.home
    cell.home = ""


def no_home_at_all(cell: Cell) -> None:
    """No HOME, and nobody who knows one."""
    other_user(cell)
    cell.home = ""


def home_at_the_root(cell: Cell) -> None:
    """HOME=/, which this user cannot write to."""
    other_user(cell)
    cell.home = "/"


def read_only(cell: Cell) -> None:
    """A home that nobody can write to, root neither."""
    cell.home = "/proc"


def noexec(cell: Cell) -> None:
    """A home that is mounted noexec: no library can be loaded from there."""
    if not cell.compiled:
        pytest.skip("no C compiler, so no library that is loaded")
    home = cell.place / "noexec"
    home.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "noexec,size=400m", "tmpfs", str(home)],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("nothing may be mounted here")
    cell.home = str(home)


def umask_open(cell: Cell) -> None:
    """Whatever is made would be everybody's."""
    cell.umask = "000"


def umask_closed(cell: Cell) -> None:
    """Whatever is made is the user's alone."""
    cell.umask = "077"


def tilde(cell: Cell) -> None:
    """Variables with a tilde that nobody expanded."""
    cell.env |= {"XDG_DATA_HOME": "~/.local/share", "XDG_CONFIG_HOME": "~/.config"}


def relative(cell: Cell) -> None:
    """Variables that are no absolute path."""
    cell.env |= {"XDG_DATA_HOME": "share", "CHEAPROUTE_HOME": "./own"}


def autocrlf(cell: Cell) -> None:
    """A clone by a git that turns line ends."""
    env = {"HOME": str(cell.place), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"],
        ["-c", "core.autocrlf=true", "clone", "-q", ".", str(cell.place / "clone")],
    ):
        subprocess.run(["git", *words], cwd=cell.plugin, env=env, check=True, capture_output=True)
    cell.plugin = cell.place / "clone"


def oldest_sqlite(cell: Cell) -> None:
    """The oldest SQLite that is promised, under this Python."""
    cell.env["LD_LIBRARY_PATH"] = sqlites.place("3.35.2", cell.python)


# Where nothing can be kept: the session has to say so.
NOWHERE = (no_home_at_all, home_at_the_root, read_only)
CELLS: list[Callable[[Cell], None]] = [
    c_locale, legacy_locale, no_home, no_home_at_all, home_at_the_root, read_only, noexec,
    other_user, umask_open, umask_closed, tilde, relative, autocrlf, oldest_sqlite,
]  # fmt: skip


@pytest.fixture
def cell() -> Iterator[Cell]:
    """A machine with a copy of the plugin."""
    with open_to_all() as place:
        made = built(place)
        yield made
        if made.home.endswith("noexec"):
            subprocess.run(["umount", "-l", made.home], capture_output=True, check=False)


def built(place: Path) -> Cell:
    """A machine at `place`."""
    plugin = place / "plug in"
    plugin.mkdir()
    for name in NAMES:
        path = os.path.join(PLUGIN, name)
        if os.path.isdir(path):
            shutil.copytree(path, plugin / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif os.path.exists(path):
            shutil.copy(path, plugin)
    wheels = place / "wheels"
    wheels.mkdir()
    tiny(wheels, compiled=True)
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        compiled = any(name.endswith(MODULE) for name in archive.namelist())
    shutil.copy(wheels / "requirements.lock", plugin)
    (place / "project").mkdir()
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    return Cell(place, plugin, base, wheels, home=str(place / "home"), compiled=compiled)


def live(
    cell: Cell, *, nowhere: bool = False, look: Callable[[Cell], None] = lambda _cell: None
) -> None:
    """Install, `look`, a session that passes its cap, costs, doctor, uninstall."""
    own = cell.env.get("CHEAPROUTE_HOME", "")
    for directory in {cell.home, own if own.startswith("/") else ""} - {"", "/", "/proc"}:
        os.makedirs(directory, exist_ok=True)
    if cell.user is not None:
        for folder, _, files in os.walk(cell.place):
            for name in ("", *files):
                os.chown(os.path.join(folder, name), cell.user, cell.user, follow_symlinks=False)
    install = ("install.sh", "--yes", "--no-plugin", "--cap", "1")
    installed = cell.run(*install)
    if cell.home.endswith("noexec"):
        elsewhere(cell, installed)
        installed = cell.run(*install)
    assert (installed.returncode == 0) != nowhere, cell.story
    look(cell)
    kept = cell.place if nowhere or not cell.home else Path(cell.home)
    transcript = kept / "p" / "11111111-2222-4333-8444-555555555555.jsonl"
    transcript.parent.mkdir(exist_ok=True)
    said = cell.hook("session_start", "SessionStart", transcript, source="startup")
    usage = {"input_tokens": 1_000_000, "output_tokens": 1}
    row = {
        "type": "assistant",
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "message": {"id": "m", "model": "claude-opus-4-5", "usage": usage, "stop_reason": "x"},
        "sessionId": "11111111-2222-4333-8444-555555555555",
        "cwd": str(cell.project),
    }
    transcript.write_text(json.dumps(row) + "\n", encoding="utf-8")
    if cell.user is not None:
        os.chown(transcript, cell.user, cell.user)
    stopped = cell.hook("post_tool_batch", "PostToolBatch", transcript, tool_calls=[])
    if nowhere:
        assert "nothing is counted" in str(said.get("systemMessage")), cell.story
        assert len(str(said["systemMessage"]).splitlines()) == 1
        costs = cell.run("bin/cheaproute", "costs")
        assert costs.returncode == 1, cell.story
        assert len(costs.stderr.splitlines()) == 1, cell.story
    else:
        assert stopped.get("continue") is False, cell.story
        costs = json.loads(cell.run("bin/cheaproute", "costs", "--json").stdout)
        assert costs["total_usd"] > 4
    if cell.umask == "000":
        private(cell.data)
    doctor = cell.run("bin/cheaproute", "doctor")
    assert ("FAULT" in doctor.stdout) or not nowhere, cell.story
    assert "not an absolute" not in doctor.stdout
    for words in (["setup"], ["install.sh", "--uninstall", "--yes"]):
        program = words if words[0] == "install.sh" else ["bin/cheaproute", *words]
        done = cell.run(*program)
        assert done.returncode in (0, 1), cell.story
        assert not done.returncode or nowhere, cell.story


def elsewhere(cell: Cell, installed: subprocess.CompletedProcess[str]) -> None:
    """No library can be loaded: the installer says so in one line with its cure, which is one."""
    assert installed.returncode == 1, cell.story
    why = installed.stderr.splitlines()[-1]
    assert "is mounted noexec" in why, cell.story
    assert "`cheaproute config set home DIR`" in why, cell.story
    assert "noexec" in cell.run("bin/cheaproute", "doctor").stdout, cell.story
    cure = cell.run("bin/cheaproute", "config", "set", "home", str(cell.place / "elsewhere"))
    assert cure.returncode == 0, cell.story


def ran(cell: Cell) -> dict[str, str]:
    """The versions of its Python and SQLite."""
    code = "import platform, sqlite3; print(platform.python_version(), sqlite3.sqlite_version)"
    words = [cell.python, "-I", "-c", code]
    env = {name: cell.env[name] for name in ("LD_LIBRARY_PATH",) if name in cell.env}
    return dict(
        zip(
            ("Python", "SQLite"),
            subprocess.check_output(words, env=env, text=True).split(),
            strict=True,
        )
    )


def private(data: Path) -> None:
    """Nobody else may write to anything in the data directory, or read the ledger."""
    assert not (data / "ledger.db").stat().st_mode & 0o077
    for path in data.rglob("*"):
        assert path.is_symlink() or not path.stat().st_mode & 0o022, path


@pytest.mark.parametrize("python", pythons())
def test_on_each_python(
    cell: Cell, python: str, record_property: Callable[[str, object], None]
) -> None:
    """Every Python from 3.11 on that is found here; the run's last line names them."""
    cell.python = python
    live(cell)
    for name, version in ran(cell).items():
        record_property(name, version)


@pytest.mark.parametrize("odd", CELLS, ids=lambda odd: odd.__name__)
def test_on_an_odd_machine(
    cell: Cell, odd: Callable[[Cell], None], record_property: Callable[[str, object], None]
) -> None:
    """Where it can count, it does, and stops; where it cannot, it says so, with the cure."""
    odd(cell)
    live(cell, nowhere=odd in NOWHERE)
    for name, version in ran(cell).items():
        record_property(name, version)
