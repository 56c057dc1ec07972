"""Native Windows: what can be tried without it. Nothing is counted there, and it is said."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from cheaproute.config import platform
from tests.conftest import ROOT

PATHS = {
    "C:\\Users\\ada\\.claude\\plugins\\cheaproute": True,
    "d:/plugins/cheaproute": True,
    "\\\\server\\share\\cheaproute": True,
    "/home/ada/.claude/plugins/cheaproute": False,
    "/mnt/c/Users/ada/.claude/plugins/cheaproute": False,
    "/c:/odd": False,
    "": False,
}


def test_the_module_knows_where_it_is() -> None:
    """By the plugin's own directory: a drive or a share; WSL's paths are Linux's."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node")
    module = os.path.join(ROOT, "hooks", "mod", "hand.js")
    code = f"import {{ isNative }} from {json.dumps(module)}; "
    code += f"console.log(JSON.stringify({json.dumps(list(PATHS))}.map(isNative)))"
    done = subprocess.run(
        [node, "--no-warnings", "--input-type=module", "-e", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == list(PATHS.values())


def test_the_module_says_it_once() -> None:
    """At the session's start, where the launcher could not be started."""
    with open(os.path.join(ROOT, "hooks", "mod.js"), encoding="utf-8") as file:
        source = file.read()
    assert "Nothing is counted here and no cap holds: native Windows" in source
    assert source.count("isNative($.plugin.root)) $.ui.log(NATIVE)") == 1


@pytest.mark.parametrize("path", ["README.md", "docs/machines.md", "hooks/mod.js", "doctor"])
def test_each_place_says_that_nothing_is_counted_there(path: str) -> None:
    """In one line, with the way that works."""
    if path == "doctor":
        said = f"{platform.NO_HOOKS}; {platform.USE_WSL}"
    else:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            said = file.read()
    words = [line.lower() for line in said.replace("\n", " ").split(". ")]
    told = [line for line in words if "native windows" in line and "nothing is counted" in line]
    assert told
    assert "WSL" in said


def test_what_a_hook_loads_needs_no_unix() -> None:
    """No `fcntl`, `pwd` or `resource` at import, and `umask` is there on every system."""
    code = (
        f"import sys; sys.path.insert(0, {ROOT!r})\n"
        "for name in ('fcntl', 'pwd', 'grp', 'resource', 'termios'): sys.modules[name] = None\n"
        "import cheaproute.hook.main, cheaproute.cli.main, cheaproute.machines.sync\n"
        "import cheaproute.config.venv.build, cheaproute.ledger.store\n"
        "import cheaproute.cap.answers.gate\n"
        "from cheaproute.cli import commands\n"
        "from importlib import import_module\n"
        "from cheaproute.cli import parser\n"
        "for name in ('costs', 'import', 'route', 'doctor', 'cap', 'config', 'sync', 'restore'):\n"
        "    import_module(parser.command(name)[0])\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
