"""Taken away: what needs the environment comes before it goes, and what stays is named."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cheaproute.config import changes, toml_edit
from cheaproute.config.venv import status
from tests.conftest import ROOT
from tests.hook.readings import link_environment

INSTALLER = os.path.join(ROOT, "install.sh")
COMMAND = os.path.join(ROOT, "bin", "cheaproute")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A home whose environment is built; the Python below it has no libraries."""
    data = tmp_path / ".local" / "share" / "cheaproute"
    data.mkdir(parents=True, mode=0o700)
    link_environment(str(data))
    (data / "venv").symlink_to(status.name())
    (data / "interpreter").write_text(os.path.realpath(status.base()) + "\n")
    (tmp_path / ".config" / "cheaproute").mkdir(parents=True)
    (tmp_path / ".claude").mkdir()
    return {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}


def places(env: dict[str, str]) -> tuple[Path, Path]:
    """The data directory and that of the settings."""
    home = Path(env["HOME"])
    return home / ".local" / "share" / "cheaproute", home / ".config" / "cheaproute"


def run(env: dict[str, str], *words: str) -> tuple[int, str]:
    """Run a program of the plugin's where nobody can be asked; (code, all it said)."""
    done = subprocess.run(
        words,
        env=env,
        cwd=env["HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout


def apply_a_plan(env: dict[str, str]) -> Path:
    """Two steps of a plan in force in config.toml, which was edited after each; its path."""
    config = places(env)[1] / "config.toml"
    for at_ms, name, value in ((1, "cold_return", "always"), (2, "keep_warm", 3)):
        before = config.read_text() if config.exists() else "# mine\n"
        config.write_text(before)
        after = toml_edit.edited(str(config), {f"plan.{name}": value})[1]
        changes.make(env, "plan", str(config), after.encode(), at_ms)
        config.write_text(after + f"# edited {at_ms}\n")
    plan = "".join(f"[[applied]]\nat_ms = {at_ms}\n" for at_ms in (1, 2, 3))
    (config.parent / "plan.toml").write_text(plan)
    return config


@pytest.mark.parametrize(
    "words", [(COMMAND, "uninstall", "--yes"), (INSTALLER, "--uninstall", "--yes")]
)
def test_a_plan_is_taken_out_of_settings_that_were_edited_since(
    env: dict[str, str], words: tuple[str, ...]
) -> None:
    """That needs a library, so it comes before the environment goes, however it is started."""
    config = apply_a_plan(env)
    settings = Path(env["HOME"]) / ".claude" / "settings.json"
    changes.make(env, "plan", str(settings), b'{"autoCompactWindow": 150000}', 3)
    code, said = run(env, *words)
    assert code == 0, said
    assert not settings.exists()
    left = config.read_text()
    assert "cold_return" not in left
    assert "keep_warm" not in left
    assert {"# mine", "# edited 1", "# edited 2"} <= set(left.splitlines())
    assert f"kept: {config}" in said
    assert not (config.parent / "plan.toml").exists()
    assert not list(places(env)[0].glob("venv*"))


def test_what_the_client_keeps_in_its_own_folders_is_named(env: dict[str, str]) -> None:
    """Its copy of the plugin and the keys it wrote stay there; where there is nothing, no word."""
    code, said = run(env, INSTALLER, "--uninstall", "--yes")
    assert code == 0, said
    assert "Claude Code's own" not in said
    theirs = Path(env["HOME"]) / ".claude"
    kept = [
        theirs / "plugins" / name for name in ("cache/cheaproute", "data/cheaproute-cheaproute")
    ]
    for place in kept:
        place.mkdir(parents=True)
    (theirs / "settings.json").write_text('{"enabledPlugins": {}, "extraKnownMarketplaces": {}}')
    code, said = run(env, INSTALLER, "--uninstall", "--yes")
    assert code == 0, said
    for place in kept:
        assert f"left in Claude Code's own folder, unused: {place}\n" in said
    assert f"left in {theirs}/settings.json: empty keys that Claude Code wrote" in said


def test_without_an_environment_the_rest_is_removed_and_what_stays_is_named(
    env: dict[str, str],
) -> None:
    """A library that is gone holds up nothing; what needed it is named."""
    config = apply_a_plan(env)
    settings = Path(env["HOME"]) / ".claude" / "settings.json"
    changes.make(env, "plan", str(settings), b'{"autoCompactWindow": 150000}', 3)
    data = places(env)[0]
    os.unlink(data / status.name() / "ready.json")
    code, said = run(env, COMMAND, "uninstall", "--yes")
    assert code == 0, said
    assert not settings.exists()
    assert f"left as it is: {config} (" in said
    assert not list(data.glob("venv*"))


PLACES = ("data_dir", "config_dir", "data", "directory", "config_file", "interpreter_file")
# What is below another directory of that name.
NONE = {".git"}


def names() -> Iterator[str]:
    """The name of each file that the code has in the data directory or beside the settings."""
    trees = {}
    for folder, _, files in os.walk(os.path.join(ROOT, "cheaproute")):
        for file in files:
            if file.endswith(".py"):
                text = (Path(folder) / file).read_text(encoding="utf-8")
                trees[os.path.join(folder, file)] = ast.parse(text)
    constants = {path: dict(_constants(tree)) for path, tree in trees.items()}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "os.path.join"):
                continue
            place, *rest = map(ast.unparse, node.args)
            if len(rest) == 1 and re.search(rf"\b({'|'.join(PLACES)})\b", place):
                yield _text(rest[0], path, constants)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """The module's texts: `A = "a"` and `A, B = "a", "b"`."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            many = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            left = target.elts if many else [target]  # type: ignore[attr-defined]
            right = node.value.elts if many else [node.value]  # type: ignore[attr-defined]
            for name, value in zip(left, right, strict=True):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield ast.unparse(name), value.value


def _text(said: str, path: str, constants: dict[str, dict[str, str]]) -> str:
    """What an argument is: a text, or a name of this module or of another; "" if it is neither."""
    if said[0] in "'\"":
        return str(ast.literal_eval(said))
    module, _, name = said.rpartition(".")
    for other, known in constants.items():
        if name in known and (other.endswith(f"{os.sep}{module}.py") if module else other == path):
            return known[name]
    return ""


def everything(env: dict[str, str]) -> set[Path]:
    """Have all of ours in a home that the code may write there; what that is."""
    data, config = places(env)
    found = {name for name in names() if name and name not in NONE}
    assert {"ledger.db", "caps.json", "team.pass", "machines.db", "plan.toml", "told"} <= found
    for name in found - {"venv", "plugin", "changes", "home", "ledger.db", "passes"}:
        place = config if name.endswith((".toml", "caps.json")) else data
        (place / name).write_text("cheaproute")
    (data / "changes").mkdir()
    (data / "changes" / "tune-000000000001.json").write_text("{}")
    (data / "plugin").symlink_to(ROOT)
    for name in (
        "ledger.db-wal",
        "machines.db-wal",
        "ledger.db.aside-2026",
        "told.7",
        "team.pass.9",
    ):
        (data / name).write_text("x")
    for name in (
        "bytecode",
        "bytecode.77",
        "passes/1",
        "leaves_ended",
    ):  # by hooks and by the module
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_text("x")
    return {one for place in (data, config) for one in place.iterdir()}


@pytest.mark.long
def test_purged_nothing_is_left_of_all_that_the_code_writes(env: dict[str, str]) -> None:
    """In a home of its own neither directory stays, and no cap of before holds afterwards."""
    everything(env)
    theirs = Path(env["HOME"]) / ".claude" / "plugins" / "data" / "cheaproute-cheaproute"
    theirs.mkdir(parents=True)
    (theirs / "caps.json").write_text('{"month": 600000000000}')  # an open session's, put back
    code, said = run(env, INSTALLER, "--uninstall", "--purge", "--yes")
    assert code == 0, said
    assert [place for place in (*places(env), theirs) if place.exists()] == [], said


def test_what_stays_is_named(env: dict[str, str]) -> None:
    """Without --purge each file that stays is in the last lines; the rest is gone."""
    made = everything(env)
    code, said = run(env, INSTALLER, "--uninstall", "--yes")
    assert code == 0, said
    for one in made:
        assert os.path.lexists(one) == (f"kept: {one}\n" in said), one
    assert f"kept: {places(env)[1] / 'caps.json'}\n" in said


def test_what_is_none_of_ours_stays_in_a_directory_of_the_user_s(
    env: dict[str, str], tmp_path: Path
) -> None:
    """Purged from a place that the user chose, and from the default place that led there."""
    chosen, (data, config) = tmp_path / "chosen", places(env)
    data.rename(chosen)
    data.mkdir()
    (data / "home").write_text(f"{chosen}\n")
    for place in (chosen, config):
        (place / "caps.json").write_text('{"month": 600000000000}')
    mine = {"report.html": "my own", "venvs": "mine", "notes": "mine"}
    for name, text in mine.items():
        (chosen / name).write_text(text)
    code, said = run(env, INSTALLER, "--uninstall", "--purge", "--yes")
    assert code == 0, said
    assert {one.name for one in chosen.iterdir()} == set(mine)
    assert f"left: {chosen}," in said
    assert not data.exists()
    assert not config.exists()


def test_another_copy_s_place_is_left_alone(env: dict[str, str], tmp_path: Path) -> None:
    """What CHEAPROUTE_HOME names is taken away; the default place has a ledger of its own."""
    chosen, data = tmp_path / "chosen", places(env)[0]
    chosen.mkdir(mode=0o700)
    (data / "ledger.db").write_text("")
    before = sorted(os.listdir(data))
    env["CHEAPROUTE_HOME"] = str(chosen)
    code, said = run(env, INSTALLER, "--uninstall", "--purge", "--yes")
    assert code == 0, said
    assert sorted(os.listdir(data)) == before
