"""The situations of public reports that need an installation, another library or another user.

As `test_situations.py`: from outside alone, so `CHEAPROUTE_TEST_PLUGIN=DIR` looks at an older one.
"""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.config.venv.tiny import MODULE
from tests.delegate.backends.test_http import Hello, certificate, serving
from tests.faults import sqlites
from tests.faults.box import mounted
from tests.faults.test_matrix import NOBODY, Cell, autocrlf, live, other_user
from tests.faults.test_matrix import cell as cell  # noqa: PLC0414
from tests.faults.test_odd import Machine
from tests.faults.test_situations import command
from tests.faults.test_situations import machine as machine  # noqa: PLC0414
from tests.transcripts import SESSION, assistant, cost_state, lines, usage

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

INSTALL = ("install.sh", "--yes", "--no-plugin", "--cap", "1")


def test_02_an_sqlite_older_than_promised(cell: Cell) -> None:
    """Named by its version, by the installer, the session's start and the command line."""
    cell.env["LD_LIBRARY_PATH"] = sqlites.place("3.31.1", cell.python)
    os.makedirs(cell.home)
    transcript = cell.place / f"{SESSION}.jsonl"
    installed = cell.run(*INSTALL)
    assert installed.returncode == 1, cell.story
    assert "has SQLite 3.31.1, not 3.35" in installed.stderr, cell.story
    start = cell.hook("session_start", "SessionStart", transcript, source="startup")
    assert "has SQLite 3.31.1, not 3.35" in str(start.get("systemMessage")), cell.story
    for words in (["costs"], ["doctor"]):
        done = cell.run("bin/cheaproute", *words)
        assert "has SQLite 3.31.1, not 3.35" in done.stderr, cell.story
        assert "rebuild" not in done.stdout + done.stderr, cell.story


@contextmanager
def gateway(machine: Machine, place: Path) -> Iterator[tuple[str, list[str]]]:
    """A gateway that the machine's calls go to: its company's CA, and what came to it."""
    pem, key = certificate(place)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(pem, key)
    seen: list[str] = []

    class Gateway(Hello):
        def do_POST(self) -> None:  # noqa: N802 - the server's word
            seen.append(self.path)
            self.send_response(403)
            self.send_header("content-length", "0")
            self.end_headers()

    with serving(Gateway, context) as port:
        base = f"https://127.0.0.1:{port}"
        machine.env |= {"ANTHROPIC_API_KEY": "sk-ant-x", "ANTHROPIC_BASE_URL": base}
        yield pem, seen


def test_05_a_company_s_ca_as_the_client_s_documentation_names_it(
    machine: Machine, tmp_path: Path
) -> None:
    """`ping` gets through to the gateway: what fails is not the certificate."""
    machine.settle()
    with gateway(machine, tmp_path) as (pem, seen):
        machine.env["NODE_EXTRA_CA_CERTS"] = pem
        done = command(machine, "ping")
    assert seen, done.stderr
    assert "CERTIFICATE" not in done.stderr, done.stderr


def test_06_a_clone_that_turned_line_ends(cell: Cell) -> None:
    """Installer, hooks and command line start from it."""
    autocrlf(cell)
    live(cell)


@pytest.mark.parametrize(
    "said",
    [
        {"PIP_CONFIG_FILE": "[install]\ntarget = {place}/target\n"},
        {"PIP_CONFIG_FILE": "[install]\nprefix = {place}/target\n"},
        {"PIP_CONFIG_FILE": "[install]\nroot = {place}/target\n"},
        {"PIP_CONFIG_FILE": "[install]\ndry-run = true\n"},
        {"PIP_TARGET": "{place}/target"},
        {"PIP_PREFIX": "{place}/target"},
    ],
    ids=lambda said: " ".join(said.values()).replace("\n", " "),
)
def test_08_pip_sends_installations_elsewhere(cell: Cell, said: dict[str, str]) -> None:
    """What the installer calls ready has the libraries in it; nothing lands elsewhere."""
    for name, content in said.items():
        value = content.replace("{place}", str(cell.place))
        if name == "PIP_CONFIG_FILE":
            (cell.place / "pip.conf").write_text(value)
            value = str(cell.place / "pip.conf")
        cell.env[name] = value
    os.makedirs(cell.home)
    assert cell.run(*INSTALL).returncode == 0, cell.story
    libraries_are_there(cell)
    assert not (cell.place / "target").exists()


def libraries_are_there(cell: Cell) -> None:
    """The environment that the installer made has what the lock file names, and it loads."""
    python = cell.data / "venv" / "bin" / "python"
    done = subprocess.run([python, "-I", "-c", "import tomli_w"], capture_output=True, check=False)
    assert done.returncode == 0, cell.story + done.stderr.decode()


def test_09_a_home_that_is_mounted_noexec(cell: Cell) -> None:
    """`setup` is not content with what cannot be loaded: one line names the mount and the cure."""
    if not cell.compiled:
        pytest.skip("no C compiler, so no library that is loaded")
    with mounted(cell.place / "hearth", "noexec,size=400m"):
        cell.home = str(cell.place / "hearth")
        for program in ("install.sh", "bin/cheaproute"):
            done = cell.run(program, *(INSTALL[1:] if program == "install.sh" else ["setup"]))
            assert done.returncode == 1, cell.story
            assert "noexec" in done.stderr.splitlines()[-1], cell.story
        assert "noexec" in cell.run("bin/cheaproute", "doctor").stdout, cell.story


def test_14_a_session_that_went_on_on_two_machines(machine: Machine) -> None:
    """Two calls in common, two here, one there: five, in every order of the two files."""
    projects = Path(machine.home, ".claude", "projects", "-p")
    projects.mkdir(parents=True)
    machine.settle()
    used = usage(input_tokens=80_000, cache_read_input_tokens=0, output_tokens=0)
    used |= {"cache_creation_input_tokens": 0, "cache_creation": None}

    def told(names: str) -> str:
        rows = [
            assistant(f"msg_{name}", model="claude-opus-4-5", used=used, ts=stamp(at), uuid=name)
            for at, name in enumerate(names)
        ]
        total = cost_state({"claude-opus-4-5": (80_000 * len(names), 0, 0.4 * len(names))})
        return lines(*rows, total).decode()

    def stamp(at: int) -> str:
        return f"2026-11-22T09:53:{at:02}.000Z"

    here, there = projects / f"{SESSION}.jsonl", projects / f"{SESSION}.sync-conflict-1.jsonl"
    for first, second in ((here, there), (there, here)):
        shutil.rmtree(Path(machine.home, ".local"), ignore_errors=True)
        machine.settle()
        for path in (here, there):
            path.unlink(missing_ok=True)
        for path in (first, second):
            path.write_text(told("abcd" if path is here else "abx"))
            assert command(machine, "import").returncode == 0
        done = command(machine, "costs", "--json", "--month", "2026-11")
        assert json.loads(done.stdout)["total_usd"] == pytest.approx(2.0), done.stdout


def test_15_a_home_that_only_the_password_database_knows(cell: Cell) -> None:
    """Without HOME all is where it is with HOME, and nothing in the project (`Cell.run` looks)."""
    other_user(cell)
    os.makedirs(cell.home)
    known = cell.place / "passwd"
    known.write_text(
        Path("/etc/passwd").read_text() + f"odd:x:{NOBODY}:{NOBODY}::{cell.home}:/bin/sh\n"
    )
    shutil.copytree(cell.plugin, cell.place / "read only")
    cell.plugin = cell.place / "read only"
    done = subprocess.run(
        ["unshare", "-m", "mount", "--bind", str(known), "/etc/passwd"],
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"nothing may be mounted here: {done.stderr.decode()}")
    become = f'exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups "$@"'
    line = f'mount --bind "{known}" /etc/passwd; {become}'
    cell.before = ["unshare", "-m", "/bin/sh", "-c", line, "sh"]
    live(cell, look=libraries_are_there)


def test_19_libraries_of_another_machine(cell: Cell) -> None:
    """The environment bears another machine's libraries: doctor says so, and `setup` mends it."""
    if not cell.compiled:
        pytest.skip("no C compiler, so no library that is loaded")
    live(cell, look=another_machine)


def another_machine(cell: Cell) -> None:
    """Rename the library in C as ARM's would be called; look, mend, look again."""
    (library,) = cell.data.glob(f"venv-*/lib/*/site-packages/tomli_w/{MODULE}")
    library.rename(library.with_name("_tiny.cpython-311-aarch64-linux-gnu.so"))
    doctor = cell.run("bin/cheaproute", "doctor").stdout
    assert "FAULT  the environment does not work" in doctor, cell.story
    assert "-> run `cheaproute setup`" in doctor, cell.story
    assert cell.run("bin/cheaproute", "setup").returncode == 0
    libraries_are_there(cell)
    assert "FAULT" not in cell.run("bin/cheaproute", "doctor").stdout, cell.story
