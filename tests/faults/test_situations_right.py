"""The situations of public reports that came out right, and stay so: machines and programs.

As `test_situations.py`, from outside alone; the numbers go on from there. 21, the Pythons of today,
is `test_matrix.py:test_on_each_python`; what is of transcripts and ledgers stands in
`test_situations_books.py`.
"""

from __future__ import annotations

import calendar
import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import terminal
from tests.faults import pythons
from tests.faults.test_matrix import Cell, live
from tests.faults.test_matrix import cell as cell  # noqa: PLC0414
from tests.faults.test_matrix import pythons as found_here
from tests.faults.test_odd import BASE, Machine
from tests.faults.test_situations import command, dollars, words_of
from tests.faults.test_situations import machine as machine  # noqa: PLC0414
from tests.faults.test_situations_built import INSTALL, gateway, libraries_are_there
from tests.transcripts import SESSION

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]


def test_20_the_interpreter_goes_and_shims_choose_another(cell: Cell) -> None:
    """The session goes on, commands answer, and the next session's start knows the other one."""
    own = pythons.own(cell.place / "own", BASE)
    (other,) = [path for path in found_here() if path != BASE][-1:] or [BASE]
    chosen = cell.place / "version"
    chosen.write_text(f"{own}\n")
    shim = cell.place / "shim"
    shim.write_text(f'#!/bin/sh\nIFS= read -r chosen <"{chosen}"\nexec "$chosen" "$@"\n')
    shim.chmod(0o755)
    cell.python = str(shim)

    def look(cell: Cell) -> None:
        transcript = Path(cell.home, "p", f"{SESSION}.jsonl")
        transcript.parent.mkdir()
        cell.hook("session_start", "SessionStart", transcript, source="startup")
        baked = cell.data / "interpreter"
        assert os.path.realpath(baked.read_text().splitlines()[0]) == os.path.realpath(own)
        shutil.rmtree(cell.place / "own")
        chosen.write_text(f"{other}\n")
        cell.hook("user_prompt_submit", "UserPromptSubmit", transcript, prompt="go on")
        assert cell.run("bin/cheaproute", "costs").returncode == 0, cell.story
        cell.hook("session_start", "SessionStart", transcript, source="startup")
        assert baked.read_text().splitlines()[0].startswith(os.path.dirname(other)), cell.story
        assert cell.run("bin/cheaproute", "setup").returncode == 0, cell.story
        libraries_are_there(cell)

    live(cell, look=look)


PIP = """
[global]
require-virtualenv = true
quiet = 3
log = /nowhere/pip.log
[install]
user = true
constraint = {place}/constraints.txt
"""


def test_22_a_pip_that_is_told_otherwise(cell: Cell) -> None:
    """The installer's environment has its libraries."""
    (cell.place / "constraints.txt").write_text("tomli-w==1.0.0\n")
    (cell.place / "pip.conf").write_text(PIP.replace("{place}", str(cell.place)))
    cell.env["PIP_CONFIG_FILE"] = str(cell.place / "pip.conf")
    os.makedirs(cell.home)
    assert cell.run(*INSTALL).returncode == 0, cell.story
    libraries_are_there(cell)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"UV_SYSTEM_PYTHON": "1"}, ""),
        ({"UV_PYTHON_PREFERENCE": "only-managed"}, 'python-preference = "only-managed"\n'),
        ({}, "[pip]\nsystem = true\n"),
    ],
)
def test_22_a_uv_that_is_told_otherwise(cell: Cell, env: dict[str, str], said: str) -> None:
    """It fills the installer's environment all the same."""
    uv = shutil.which("uv")
    if not uv:
        pytest.skip("no uv on PATH")
    (cell.place / "bin").mkdir()
    (cell.place / "bin" / "uv").symlink_to(uv)
    config = Path(cell.home, ".config", "uv")
    config.mkdir(parents=True)
    (config / "uv.toml").write_text(said)
    find = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(cell.wheels)}
    cell.env |= {**find, **env, "PATH": f"{cell.place}/tools:{cell.place}/bin:/usr/bin:/bin"}
    assert cell.run(*INSTALL).returncode == 0, cell.story
    assert "libraries with uv" in cell.story
    libraries_are_there(cell)


@contextmanager
def other_disk(cell: Cell) -> Iterator[Path]:
    """A directory on another file system than the machine's."""
    place = Path(tempfile.mkdtemp(prefix="cheaproute-", dir="/dev/shm"))
    try:
        if place.stat().st_dev == cell.place.stat().st_dev:
            pytest.skip("one file system for all")
        yield place
    finally:
        shutil.rmtree(place)


@pytest.mark.parametrize("linked", [".local/share/cheaproute", "."])
def test_30_a_data_directory_that_links_to_another_disk(cell: Cell, linked: str) -> None:
    """Installed, counted, stopped and taken away through the link, which stays."""
    with other_disk(cell) as elsewhere:
        link = Path(cell.home, linked)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(elsewhere)
        live(cell)
        assert link.is_symlink()


def test_31_a_company_s_ca_that_only_the_system_knows(machine: Machine, tmp_path: Path) -> None:
    """`ping` gets through to the gateway by the system's own store."""
    store = ssl.get_default_verify_paths().cafile
    if not store:
        pytest.skip("this Python's OpenSSL has no file of authorities")
    machine.settle()
    with gateway(machine, tmp_path) as (pem, seen):
        line = f'mount --bind "{pem}" "{store}" && exec "$@"'
        own = ["unshare", "-m", "/bin/sh", "-c", line, "sh"]
        if subprocess.run([*own, "true"], capture_output=True, check=False).returncode:
            pytest.skip("nothing may be mounted here")
        assert "CERTIFICATE" in command(machine, "ping").stderr
        assert not seen
        done = command(machine, "ping", before=own)
    assert seen, done.stderr
    assert "CERTIFICATE" not in done.stderr, done.stderr


@pytest.mark.parametrize("size", [(0, 0), (24, 1), (24, 10)])
def test_32_a_terminal_without_room(machine: Machine, size: tuple[int, int]) -> None:
    """Every screen is drawn, however narrow."""
    machine.settle()
    dollars(Path(machine.home, ".claude", "projects", "-p"), "11111111")
    for words in (
        ["import"], ["costs"], ["costs", "--by", "model"], ["costs", "--by", "day"], ["doctor"],
        ["cap"], ["tune"], ["route", "find all callers"], ["--help"],
    ):  # fmt: skip
        code, said = terminal.run(
            words_of(machine, *words), {**machine.env, "TERM": "xterm"}, size=size
        )
        assert code in (0, 1), said
        assert "Traceback" not in said
        assert ": bug: " not in said


def at_utc_s(now_s: float, months: int) -> int:
    """When the UTC month began that lies so many months on."""
    month = time.gmtime(now_s)
    return calendar.timegm((month.tm_year, month.tm_mon + months, 1, 0, 0, 0))


def by_date(zone: str, at_s: int) -> str:
    """That time on the clock of `zone`, as the system's `date` has it."""
    env = {"TZ": zone, "LC_ALL": "C", "PATH": "/usr/bin:/bin"}
    command = ["date", "-d", f"@{at_s}", "+%a %-d %b %H:%M"]
    return subprocess.check_output(command, env=env, text=True).strip()


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Lisbon",
        "Africa/Casablanca",
        "Asia/Kathmandu",
        "Pacific/Kiritimati",
        "America/St_Johns",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "<-03>+03:30:30<+14>-14,J1,J365",
        "Europe/Nowhere",
        "",
    ],
)
def test_33_a_zone_with_odd_rules(machine: Machine, zone: str) -> None:
    """The cap's month is UTC's, whatever the zone; its end is said on the user's own clock."""
    machine.env["TZ"] = zone
    machine.settle()
    begun = at_utc_s(machine.now, 0)
    projects = Path(machine.home, ".claude", "projects", "-p")
    dollars(projects, "11111111", now=begun)
    dollars(projects, "22222222", now=begun - 1)
    assert command(machine, "import").returncode == 0
    said = command(machine, "cap").stdout
    assert "$4.00 this month" in said, said
    assert f"resets {by_date(zone, at_utc_s(machine.now, 1))}" in said, said
