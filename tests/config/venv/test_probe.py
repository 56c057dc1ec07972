"""Seen to work, not written down as ready: real environments, bent in the ways people reported."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from pathlib import Path

import pytest

from cheaproute.config import paths
from cheaproute.config.venv import build, probe, status, usable
from cheaproute.errors import CheaprouteError
from tests.config.venv.tiny import tiny
from tests.conftest import ROOT


def quiet(_line: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny wheel named like one of our libraries, and a lock file with its hash beside it."""
    return tiny(tmp_path_factory.mktemp("wheels"))


@pytest.fixture
def env(home: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """A home where the one library can be had from, without a network."""
    monkeypatch.setattr(paths, "LOCK_FILE", str(wheel / "requirements.lock"))
    return {
        "HOME": str(home),
        "PATH": "/usr/bin:/bin",
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheel),
        "CHEAPROUTE_HOME": str(tmp_path / "data"),
    }


BENT = """
[global]
root = {x}
require-virtualenv = true
target = {x}
[install]
prefix = {x}
dry-run = true
user = true
no-binary = :all:
constraint = /nowhere
"""


@pytest.mark.slow
def test_a_pip_conf_that_sends_installations_elsewhere(
    env: dict[str, str], home: Path, tmp_path: Path
) -> None:
    """The library is in the environment all the same, and nowhere else; the files are private."""
    conf = home / ".config" / "pip" / "pip.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text(BENT.format(x=tmp_path / "elsewhere"))
    before = os.umask(0)
    try:
        build.build(env | {"PIP_TARGET": str(tmp_path / "elsewhere")}, quiet)
    finally:
        os.umask(before)
    assert status.ready(env)
    assert probe.wrong(status.python(env), env) == ""
    assert not (tmp_path / "elsewhere").exists()
    for folder, _, files in os.walk(status.place(env)):
        for name in ("", *files):
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                closed = 0o022 if name else 0o077  # pip gives scripts rights of its own
                assert not stat.S_IMODE(os.stat(path).st_mode) & closed, path


@pytest.mark.slow
def test_a_build_ends_with_the_probe(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed but not to be imported is the build's failure, with its reason, and said so."""
    monkeypatch.setitem(probe.LIBRARIES, "tomli-w", "tomli_w.missing")
    with pytest.raises(CheaprouteError, match=r"No module named 'tomli_w\.missing'"):
        build.build(env, quiet)
    assert not status.ready(env)
    assert "tomli_w.missing" in Path(paths.failure_file(env)).read_text()
    assert status.start_in_background(env) == "failed"


@pytest.mark.slow
def test_setup_mends_what_stopped_working(env: dict[str, str]) -> None:
    """Ready by its file, but a library is gone or another machine's: asked, it is built anew."""
    build.build(env, quiet)
    library = next(Path(status.place(env)).glob("lib/python3*/site-packages/tomli_w/__init__.py"))
    library.write_text("import _of_another_machine\n")
    build.build(env, quiet)
    assert "_of_another_machine" in probe.wrong(status.python(env), env)
    build.build(env, quiet, asked=True)
    assert probe.wrong(status.python(env), env) == ""


def test_a_python_that_ends_is_told(tmp_path: Path, env: dict[str, str]) -> None:
    """One that lost a library of the system with an upgrade, or that is no program at all."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho libpython3.so: no such file >&2\nexit 127\n")
    python.chmod(0o755)
    said = probe.wrong(str(python), env)
    assert said == "its Python ends with 127: libpython3.so: no such file"
    python.unlink()
    assert "does not start" in probe.wrong(str(python), env)


def test_every_library_is_probed() -> None:
    """What pyproject.toml names is what is imported."""
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        project = tomllib.load(file)["project"]
    wanted = {
        word.split(">")[0].split("[")[0]
        for word in (
            project["dependencies"]
            + [one for extra in project["optional-dependencies"].values() for one in extra]
        )
    }
    assert set(probe.LIBRARIES) == wanted


def test_this_python_is_usable() -> None:
    """And the tests' environment works."""
    assert usable.lacks() == ""  # type: ignore[no-untyped-call]
    assert probe.wrong(sys.executable, os.environ, os.path.join(ROOT, "requirements.lock")) == ""


@pytest.mark.parametrize(
    ("version", "said"),
    [("3.26.0", "has SQLite 3.26.0"), ("3.8.2", "has SQLite 3.8.2"), ("3.46.1", "")],
)
def test_an_old_sqlite_is_named(monkeypatch: pytest.MonkeyPatch, version: str, said: str) -> None:
    """Below the promised version the lack is said with both numbers."""
    import _sqlite3

    monkeypatch.setattr(_sqlite3, "sqlite_version", version)
    monkeypatch.setattr(usable, "SQLITE", (3, 35))
    assert usable.lacks().startswith(said)  # type: ignore[no-untyped-call]
    assert bool(usable.lacks()) == bool(said)  # type: ignore[no-untyped-call]


def test_a_disk_that_is_nearly_full_is_not_filled(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is fetched; the reason is kept for doctor."""
    monkeypatch.setattr(build, "_LEAST_BYTES", 1 << 60)
    with pytest.raises(CheaprouteError, match="make room"):
        build.build(env, quiet)
    assert "make room" in Path(paths.failure_file(env)).read_text()
