"""One rule for where things live, in sh and in Python: the same cases through all of them."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cheaproute.cli import main
from cheaproute.config import directories, paths
from cheaproute.errors import NoHome
from tests.conftest import ROOT

PASSWD = pwd.getpwuid(os.getuid()).pw_dir
# What is set -> where the data is, where config.toml is ("{h}": the home of the test).
DEFAULT = ("{h}/.local/share/cheaproute", "{h}/.config/cheaproute")
CASES: list[tuple[dict[str, str], tuple[str, str]]] = [
    ({}, DEFAULT),
    ({"XDG_DATA_HOME": "{h}/d"}, ("{h}/d/cheaproute", DEFAULT[1])),
    ({"XDG_CONFIG_HOME": "{h}/c d"}, (DEFAULT[0], "{h}/c d/cheaproute")),
    ({"XDG_DATA_HOME": "~/.local/share", "XDG_CONFIG_HOME": "~/.config"}, DEFAULT),
    ({"XDG_DATA_HOME": "~/x/"}, ("{h}/x/cheaproute", DEFAULT[1])),
    ({"XDG_DATA_HOME": "~"}, ("{h}/cheaproute", DEFAULT[1])),
    ({"XDG_DATA_HOME": "~nobody/x"}, DEFAULT),
    ({"XDG_DATA_HOME": "$HOME/.local/share"}, DEFAULT),
    ({"XDG_DATA_HOME": "relative"}, DEFAULT),
    ({"XDG_DATA_HOME": "./x", "XDG_CONFIG_HOME": "../y"}, DEFAULT),
    ({"XDG_DATA_HOME": " "}, DEFAULT),
    ({"XDG_DATA_HOME": ""}, DEFAULT),
    ({"CHEAPROUTE_HOME": "{h}/own"}, ("{h}/own", "{h}/own")),
    ({"CHEAPROUTE_HOME": "~/own"}, ("{h}/own", "{h}/own")),
    ({"CHEAPROUTE_HOME": "~"}, ("{h}", "{h}")),
    ({"CHEAPROUTE_HOME": "own"}, DEFAULT),
    ({"CHEAPROUTE_HOME": "~own"}, DEFAULT),
    ({"CHEAPROUTE_HOME": "", "XDG_DATA_HOME": "{h}/d"}, ("{h}/d/cheaproute", DEFAULT[1])),
    ({"HOME": "", "CHEAPROUTE_HOME": "{h}/own"}, ("{h}/own", "{h}/own")),
    ({"HOME": "rel", "CHEAPROUTE_HOME": "{h}/own"}, ("{h}/own", "{h}/own")),
    ({"pointer": "{h}/else"}, ("{h}/else", "{h}/else")),
    ({"pointer": "~/else"}, ("{h}/else", "{h}/else")),
    ({"pointer": "else"}, DEFAULT),
    ({"pointer": ""}, DEFAULT),
    ({"pointer": "{h}/else", "CHEAPROUTE_HOME": "{h}/own"}, ("{h}/own", "{h}/own")),
]


@pytest.fixture(params=CASES, ids=lambda case: ",".join(f"{k}={v}" for k, v in case[0].items()))
def case(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[dict[str, str], str, str]:
    """An environment, and where data and config.toml are then."""
    said, wanted = request.param
    home = str(tmp_path / "h")
    os.makedirs(home)
    said = {name: value.replace("{h}", home) for name, value in said.items()}
    if "pointer" in said:
        place = Path(DEFAULT[0].replace("{h}", home))
        place.mkdir(parents=True)
        (place / "home").write_text(said.pop("pointer") + "\n")
    env = {"HOME": home, "PATH": "/usr/bin:/bin", **said}
    data, config = (place.replace("{h}", home) for place in wanted)
    return env, data, config


def test_python(case: tuple[dict[str, str], str, str]) -> None:
    """config/paths.py."""
    env, data, config = case
    assert (paths.data_dir(env), paths.config_dir(env)) == (data, config)


def test_platformdirs(
    case: tuple[dict[str, str], str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What commands and the build use: the same, and the environment stays as it was."""
    env, data, config = case
    before = dict(os.environ)
    monkeypatch.setattr(paths, "library", directories.place)
    assert (paths.data_dir(env), paths.config_dir(env)) == (data, config)
    for platform in ("darwin", "linux"):
        asked = paths.data_dir(env, platform), paths.config_dir(env, platform)
        monkeypatch.setattr(paths, "library", None)
        assert (paths.data_dir(env, platform), paths.config_dir(env, platform)) == asked
        monkeypatch.setattr(paths, "library", directories.place)
    assert dict(os.environ) == before


def test_commands_and_the_build_ask_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the libraries platformdirs says where things are; without, the copy of its rules."""
    monkeypatch.setattr(paths, "library", None)
    assert main.main(["config", "path"]) == 0
    assert paths.library is directories.place
    monkeypatch.setattr(paths, "library", None)
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    assert not directories.use()
    assert paths.library is None


def test_sh(case: tuple[dict[str, str], str, str]) -> None:
    """hooks/common, which run, bin/cheaproute and install.sh source."""
    env, data, config = case
    script = f'. {ROOT}/hooks/common; places "$CHEAPROUTE_HOME"; printf "%s|%s" "$data" "$config"'
    said = subprocess.run(
        ["/bin/sh", "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert said.stdout.split("|") == [data, config]


def test_the_launcher(case: tuple[dict[str, str], str, str], tmp_path: Path) -> None:
    """hooks/run starts the interpreter that is baked there, and makes no directory."""
    env, data, _ = case
    hooks = tmp_path / "plugin" / "hooks"
    hooks.mkdir(parents=True)
    for name in ("run", "common"):
        shutil.copy(os.path.join(ROOT, "hooks", name), hooks)
    (hooks / "hook.py").write_text("import sys; print(sys.executable, sys.flags.utf8_mode)")
    before = set(tmp_path.rglob("*"))
    made = [] if os.path.isdir(data) else [data]
    os.makedirs(data, exist_ok=True)
    Path(data, "interpreter").write_text(sys.executable + "\n")
    project = tmp_path / "project"
    project.mkdir()
    done = subprocess.run(
        [str(hooks / "run"), "stop"],
        env=env | {"PATH": "/nowhere"},
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (f"{sys.executable} 1\n", "")
    assert list(project.iterdir()) == []
    assert made or before


def test_the_command_line(case: tuple[dict[str, str], str, str], tmp_path: Path) -> None:
    """bin/cheaproute says the same, and makes nothing in the working directory."""
    env, _, config = case
    os.makedirs(paths.data_dir(env), exist_ok=True)
    Path(paths.interpreter_file(env)).write_text(f"{sys.base_prefix}/bin/python3\n")
    project = tmp_path / "project"
    project.mkdir()
    done = subprocess.run(
        [os.path.join(ROOT, "bin", "cheaproute"), "config", "path"],
        env=env,
        cwd=project,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (f"{config}/config.toml\n", "")
    assert list(project.iterdir()) == []


def test_without_home_the_password_database_knows() -> None:
    """No HOME, or one that is not absolute: what the database has, as the client does."""
    for env in ({}, {"HOME": ""}, {"HOME": "rel"}, {"HOME": "~"}):
        assert paths.data_dir(env, "linux") == f"{PASSWD}/.local/share/cheaproute"


def test_home_at_the_root() -> None:
    """HOME=/ is a home like another."""
    assert paths.data_dir({"HOME": "/"}, "linux") == "/.local/share/cheaproute"
    assert paths.data_dir({"HOME": "/", "CHEAPROUTE_HOME": "~/x"}) == "/x"
    assert paths.data_dir({"HOME": "/", "CHEAPROUTE_HOME": "~"}) == "/"


def test_no_home_at_all_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user id that the database does not know, and no HOME: refused, not guessed."""

    def unknown(_uid: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    assert paths.home({}) == ""
    with pytest.raises(NoHome, match="set HOME, or CHEAPROUTE_HOME"):
        paths.data_dir({}, "linux")
    assert paths.data_dir({"CHEAPROUTE_HOME": "/x"}, "linux") == "/x"
    with pytest.raises(NoHome):
        paths.data_dir({"CHEAPROUTE_HOME": "~/x"}, "linux")
