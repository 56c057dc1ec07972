"""The terminal's client writes into the plugin that it loads: it is never given the repository."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from tests.api import Api
from tests.conftest import ROOT
from tests.e2e.session import Machine

HERE = os.path.join(ROOT, "tests", "e2e")
FILES = sorted(name for name in os.listdir(HERE) if name.endswith(".py"))


def starts(tree: ast.AST) -> list[ast.Call]:
    """The calls that begin a terminal's client."""
    names = ("tui", "begun", "Tui")
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in names
    ]


@pytest.mark.parametrize("name", FILES)
def test_no_test_names_the_repository_to_a_terminal(name: str) -> None:
    """Neither in the call itself, nor in the function around it, beside `--plugin-dir`."""
    tree = ast.parse(Path(HERE, name).read_text())
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or not starts(function):
            continue
        words = {node.value for node in ast.walk(function) if isinstance(node, ast.Constant)}
        named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
        if "--plugin-dir" in words:
            assert "ROOT" not in named, f"{name}: {function.name}"
        for call in ast.walk(function):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "options":
                told = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert told.get("plugin") == "False", f"{name}: {function.name}"
        for call in starts(function):
            inner = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
            assert "ROOT" not in inner, f"{name}: {function.name}"


def test_the_tests_are_seen_to_start_terminals() -> None:
    """What the test above looks for is there, in many of them."""
    found = sum(len(starts(ast.parse(Path(HERE, name).read_text()))) for name in FILES)
    assert found > 20


def test_a_machine_s_terminal_has_a_copy(tmp_path: Path) -> None:
    """With the plugin, whichever terminal: one copy of the machine's own."""
    with Api() as api:
        machine = Machine(str(tmp_path / "home"), str(tmp_path / "p"), "claude", api)
    for _ in range(2):
        command = machine.words("--verbose", plugin=True, model="opus")
        place = command[command.index("--plugin-dir") + 1]
        assert os.path.samefile(place, f"{machine.home}.plugin")
        assert not os.path.samefile(place, ROOT)
        assert command.count("--plugin-dir") == 1
        assert "--verbose" in command
    assert "--plugin-dir" not in machine.words(plugin=False, model="opus")
