"""The house keeps its shape: imports go down, modules stay small, rooms say what they hold."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

PACKAGE = os.path.join(ROOT, "cheaproute")

# What each room may import of the others. `errors`, `lean` and `log` are the stairwell.
STAIRS = {"errors", "lean", "log"}
ALLOWED = {
    "routing": set(),
    "usage": set(),
    "config": set(),
    "ledger": {"usage"},
    "tune": {"routing", "usage", "ledger", "config"},
    "report": {"usage", "ledger", "config", "tune"},
    "delegate": {"usage", "ledger", "config"},
    "hook": {"routing", "usage", "ledger", "config", "report", "delegate", "tune"},
    "cli": {"routing", "usage", "ledger", "config", "report", "delegate", "tune", "hook"},
}
LONGEST = 250


def modules() -> Iterator[tuple[str, str]]:
    """(room, path) of every module; the room of a top-level module is ""."""
    for folder, _, files in os.walk(PACKAGE):
        for file in sorted(files):
            if file.endswith(".py"):
                room = os.path.relpath(folder, PACKAGE)
                yield ("" if room == "." else room.split(os.sep)[0]), os.path.join(folder, file)


def imported(path: str) -> Iterator[str]:
    """The rooms of cheaproute that a module imports, wherever in it the import stands."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = (
                [f"cheaproute.{alias.name}" for alias in node.names]
                if node.module == "cheaproute"
                else [node.module]
            )
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "cheaproute" and len(parts) > 1:
                yield parts[1]


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_imports_only_go_down(room: str) -> None:
    """No room uses what lies above it, not even inside a function."""
    for found, path in modules():
        if found == room:
            above = set(imported(path)) - ALLOWED[room] - STAIRS - {room}
            assert not above, f"{os.path.relpath(path, ROOT)} reaches up to {above}"


def test_only_the_cli_may_use_the_hooks_and_nobody_the_cli() -> None:
    """`demo` and `doctor` drive the hooks; nothing else knows them."""
    for room, path in modules():
        if room not in ("hook", "cli", ""):
            assert not {"hook", "cli"} & set(imported(path)), path


def test_every_room_is_on_the_plan() -> None:
    """A new folder needs a floor, and a sentence in its `__init__` that says what lives there."""
    rooms = {room for room, _ in modules() if room}
    assert rooms == set(ALLOWED)
    for room in rooms:
        with open(os.path.join(PACKAGE, room, "__init__.py"), encoding="utf-8") as file:
            assert ast.get_docstring(ast.parse(file.read()))


def test_modules_fit_on_a_few_screens() -> None:
    """No module is longer than a newcomer reads at once."""
    for _, path in modules():
        with open(path, encoding="utf-8") as file:
            length = len(file.readlines())
        assert length <= LONGEST, f"{os.path.relpath(path, ROOT)} has {length} lines"
