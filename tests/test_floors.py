"""The house keeps its shape: imports go down, modules stay small, rooms say what they hold."""

from __future__ import annotations

import ast
import os
import re
import shutil
import statistics
import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

PACKAGE = os.path.join(ROOT, "cheaproute")

# The stairwell: what every room may use, and what of it uses what.
STAIRS = {"atomic", "days", "errors", "escape", "fastjson", "globs", "kinds", "money"}
STAIRS_USE = {"atomic": {"errors"}, "kinds": {"errors"}, "days": {"errors"}, "money": {"errors"}}
# What each room may import of the others besides the stairwell: a room ("config") or, where only
# one part of it is meant, that part ("config.paths").
ALLOWED: dict[str, set[str]] = {
    "usage": set(),
    "config": set(),
    "log": {"config.paths"},
    "routing": {"usage.models"},
    "client": {"usage", "config.paths", "config.changes", "config.json_edit"},
    "ledger": {"usage", "client.transcript", "client.tools", "client.agent_result"},
    "cap": {"ledger", "usage"},
    "context": {"cap", "ledger", "client", "usage", "config", "log"},
    "report": {"cap", "ledger", "usage", "config.paths", "client.transcript.peek"},
    "machines": {"context", "cap", "ledger", "usage", "config", "log"},
    "delegate": {"context", "cap", "ledger", "client", "usage", "config", "log"},
    "plan": {"context", "cap", "ledger", "client", "usage", "config", "log", "routing"},
    "guide": {"context", "cap", "ledger", "routing", "usage", "config"},
    "hook": {
        "context", "cap", "ledger", "client", "usage", "config", "log", "routing",
        "report.terminal", "report.statusline", "report.seen", "plan.reminder", "machines.rounds",
        "delegate",
    },
    "cli": {
        "context", "cap", "ledger", "client", "usage", "config", "log", "routing", "report",
        "machines", "delegate", "plan", "hook",
    },
}  # fmt: skip
# Rooms within rooms, lowest first: each may use those before it, and the room's own files may use
# those that stand before "".
INNER = {
    "cap": ("shared", "fallback", "needs", "", "answers", "typed", "alerts"),
    "client": ("", "trust", "plugins", "transcript", "agents"),
    "ledger": ("", "module", "calls", "client_totals", "ingest", "query", "upkeep"),
    "routing": ("text", "prompts", ""),
    "config": ("", "venv"),
    "delegate": ("secrets", "backends", ""),
    "plan": ("evidence", "replay", "steps", ""),
    "report": ("", "terminal", "page"),
    "hook": ("", "console", "pauses", "turn_end", "events", "mod", "standby"),
    "machines": ("lines", "", "team"),
    "cli": ("", "doctor", "demo"),
}
LONGEST = 250
TYPICAL = 85  # lines of code in the median module
CROWD = 13  # a dozen modules, and the room's own sentence


def modules() -> Iterator[tuple[str, str]]:
    """(dotted name without `cheaproute.`, path) of every module."""
    for folder, _, files in os.walk(PACKAGE):
        for file in sorted(files):
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                name = os.path.relpath(path, PACKAGE).removesuffix(".py").replace(os.sep, ".")
                yield name.removesuffix(".__init__"), path


NAMES = {name for name, _ in modules()}


def imported(path: str) -> Iterator[str]:
    """The modules of ours that a module imports, wherever in it the import stands."""
    with open(path, encoding="utf-8") as file:
        tree = ast.parse(file.read(), path)
    for node in ast.walk(tree):
        found: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module:
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        for name in found:
            if name.startswith("cheaproute."):
                own = name.removeprefix("cheaproute.")
                yield own if own in NAMES else own.rpartition(".")[0]


def room_of(name: str) -> str:
    """The room, or the single file of the ground floor, that a module belongs to."""
    return name.split(".", maxsplit=1)[0]


def inner_of(name: str) -> str:
    """The inner room, "" for the room's own files."""
    parts = name.split(".")
    return parts[1] if len(parts) > 2 or (len(parts) == 2 and is_room(name)) else ""


def is_room(name: str) -> bool:
    """Whether `name` is a folder."""
    return os.path.isdir(os.path.join(PACKAGE, *name.split(".")))


def may(room: str, target: str) -> bool:
    """Whether a module of `room` may import `target`."""
    if room_of(target) in STAIRS or room_of(target) == room:
        return True
    return any(target == way or target.startswith(way + ".") for way in ALLOWED[room])


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_imports_only_go_down(room: str) -> None:
    """No room uses what is not named for it, not even inside a function."""
    for name, path in modules():
        if room_of(name) == room:
            wrong = {target for target in imported(path) if not may(room, target)}
            assert not wrong, f"{name} reaches for {wrong}"


def test_the_stairwell_knows_no_room() -> None:
    """What everybody uses stands on nothing of ours."""
    for name, path in modules():
        if name in STAIRS:
            assert set(imported(path)) <= STAIRS_USE.get(name, set()), name


@pytest.mark.parametrize("room", sorted(INNER))
def test_inner_rooms_have_one_direction(room: str) -> None:
    """Between a room and the rooms within it imports go one way, too."""
    order = INNER[room]
    for name, path in modules():
        if room_of(name) != room or name == room:
            continue
        here = order.index(inner_of(name))
        for target in imported(path):
            if room_of(target) == room and target != room:
                assert order.index(inner_of(target)) <= here, f"{name} reaches for {target}"


def test_nothing_is_read_from_disk_while_the_ledger_is_locked() -> None:
    """Prices, settings and who pays are at hand before the lock: others wait for it."""
    read = {"prices", "settings", "section", "subscription", "plan_pays", "at_cap"}
    for name, path in modules():
        with open(path, encoding="utf-8") as file:
            tree = ast.parse(file.read(), path)
        for block in ast.walk(tree):
            if isinstance(block, ast.With) and "Immediate(" in ast.unparse(block.items[0]):
                found = {
                    ast.unparse(node)
                    for node in ast.walk(block)
                    if isinstance(node, ast.Attribute)
                    and ast.unparse(node.value).endswith("context")
                    and node.attr in read
                }
                assert not found, f"{name} reads {found} within a lock"


def test_only_the_cli_may_use_the_hooks_and_nobody_the_cli() -> None:
    """`demo`, `doctor` and the status line drive the hooks; nothing else knows them."""
    for name, path in modules():
        if room_of(name) not in ("hook", "cli", "__main__"):
            assert not {"hook", "cli"} & {room_of(target) for target in imported(path)}, name


def test_every_room_is_on_the_plan() -> None:
    """A new folder needs a floor, and a sentence in its `__init__` that says what lives there."""
    known = set(ALLOWED) | STAIRS | {"", "__init__", "__main__"}
    for name, path in modules():
        assert room_of(name) in known, name
        if is_room(name):
            with open(path, encoding="utf-8") as file:
                assert ast.get_docstring(ast.parse(file.read())), name
            parts = name.split(".")
            assert len(parts) == 1 or parts[1] in INNER[parts[0]], name


def docstrings(
    node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef,
) -> Iterator[range]:
    """The lines of the docstrings in a module, class or function."""
    if ast.get_docstring(node, clean=False) is not None:
        yield range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    for inner in node.body:
        if isinstance(inner, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from docstrings(inner)


def code_lines(source: str) -> int:
    """How many lines are neither blank nor a comment, nor a docstring's."""
    said = {at for lines in docstrings(ast.parse(source)) for at in lines}
    lines = enumerate(source.splitlines(), 1)
    return sum(at not in said and line.strip()[:1] not in ("", "#") for at, line in lines)


def test_modules_fit_on_a_few_screens() -> None:
    """No module is longer than a newcomer reads at once, and most are much shorter."""
    hooks = os.path.join(ROOT, "hooks")
    scripts = [(name, os.path.join(hooks, name)) for name in os.listdir(hooks)]
    lengths = []
    for name, path in [*modules(), *(one for one in scripts if one[0].endswith(".py"))]:
        with open(path, encoding="utf-8") as file:
            source = file.read()
        assert source.count("\n") <= LONGEST, f"{name} has too many lines"
        if not path.endswith("__init__.py"):
            lengths.append(code_lines(source))
    assert statistics.median(lengths) <= TYPICAL


def test_no_room_is_crowded() -> None:
    """A room has a dozen modules at most; the command line has one for each command."""
    for folder, _, files in os.walk(PACKAGE):
        here = os.path.relpath(folder, PACKAGE)
        if here != "cli":
            count = sum(file.endswith(".py") for file in files)
            assert count <= CROWD, f"{here} has {count} modules"


def test_the_page_on_the_house_is_true() -> None:
    """The picture has every room, inner room and stair; every file that is named is there."""
    with open(os.path.join(ROOT, "docs", "architecture.md"), encoding="utf-8") as file:
        page = file.read()
    words = set(re.findall(r"\w+", page.split("```")[1]))
    inner = {name for rooms in INNER.values() for name in rooms if name}
    assert (set(ALLOWED) | inner | STAIRS) - words == set()
    for named in re.findall(r"`([\w./]+/[\w./]*)`", page.replace("NAME", "context")):
        bases = (os.path.join(base, named) for base in (ROOT, PACKAGE))
        assert any(os.path.exists(base + end) for base in bases for end in ("", ".py")), named


def test_what_the_plugin_consists_of_is_in_git() -> None:
    """A file that lies only in the worktree passes every test here, and is missing in a clone."""
    if not os.path.exists(os.path.join(ROOT, ".git")) or not shutil.which("git"):
        pytest.skip("no checkout")
    listed = ["git", "ls-files", "--others", "--exclude-standard", "--"]
    parts = ["cheaproute", "hooks", "bin", "agents", "skills", "install.sh", "tests"]
    done = subprocess.run(
        [*listed, *parts], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.split() == [], "git add them"
