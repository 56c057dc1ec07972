"""The module inside the real client: copies of the plugin, and a stand-in for its brain."""

from __future__ import annotations

import inspect
import json
import os
import shutil
import stat
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

# What a plugin is made of; the terminal's client writes into the directory it is loaded from.
_PARTS = (".claude-plugin", "agents", "bin", "cheaproute", "hooks", "skills")

_RUN = """#!{python}
from __future__ import annotations
import json, os, sys
here = os.path.dirname(os.path.abspath(__file__))
if sys.argv[1] != "mod":
    sys.exit(0)
question = json.loads(sys.stdin.read())
with open(os.path.join(here, "questions.jsonl"), "a", encoding="utf-8") as file:
    file.write(json.dumps(question) + "\\n")
{source}
said = {name}(question)
if said is not None:
    print(said if isinstance(said, str) else json.dumps(said))
"""


def copy(place: str) -> str:
    """A copy of the plugin at `place`; that path."""
    for part in _PARTS:
        shutil.copytree(
            os.path.join(ROOT, part),
            os.path.join(place, part),
            ignore=shutil.ignore_patterns("__pycache__", "types", "tsconfig.json"),
        )
    shutil.copy2(os.path.join(ROOT, "requirements.lock"), place)  # by it the environment is known
    return place


def plugin_beside(place: Path, source: str) -> str:
    """Another plugin, whose module is `source`; its path."""
    for name, text in (
        (".claude-plugin/plugin.json", '{"name": "o", "version": "0.0.1", "description": "o"}'),
        ("hooks/hooks.json", '{"modules": ["./mod.js"], "hooks": {}}'),
        ("hooks/mod.js", source),
    ):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(place)


def started(place: Path) -> Path:
    """Where a copy of the plugin at `place` notes each Python that it starts."""
    copy(str(place))
    log, script = place / "started", place / "hooks" / "hook.py"
    count = f"import sys\nopen({str(log)!r}, 'a').write(sys.argv[1] + '\\n')\n"
    script.write_text(count + script.read_text())
    return log


class Stand:
    """A plugin that is the module alone, whose brain is the Python function `brain`.

    The function gets each question and answers a table, a text printed as it is, or None for
    silence; it is run in a process of its own, so it imports what it needs itself.
    """

    def __init__(self, place: str, brain: Callable[[dict[str, Any]], Any]) -> None:
        self.place = place
        os.makedirs(os.path.join(place, ".claude-plugin"))
        self._write(
            ".claude-plugin/plugin.json",
            json.dumps({"name": "cheaproute", "version": "0.0.1", "description": "a hand"}),
        )
        os.makedirs(os.path.join(place, "hooks"))
        shutil.copy(os.path.join(ROOT, "hooks", "mod.js"), os.path.join(place, "hooks"))
        shutil.copytree(os.path.join(ROOT, "hooks", "mod"), os.path.join(place, "hooks", "mod"))
        self._write("hooks/hooks.json", json.dumps({"modules": ["./mod.js"], "hooks": {}}))
        source = textwrap.dedent(inspect.getsource(brain))
        run = _RUN.format(python=sys.executable, source=source, name=brain.__name__)
        os.chmod(self._write("hooks/run", run), stat.S_IRWXU)

    @property
    def questions(self) -> list[dict[str, Any]]:
        """What the brain was asked, in order."""
        try:
            with open(
                os.path.join(self.place, "hooks", "questions.jsonl"), encoding="utf-8"
            ) as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []

    def asked(self, name: str) -> list[dict[str, Any]]:
        """The questions of one name."""
        return [one for one in self.questions if one["hook_event_name"] == name]

    def _write(self, path: str, text: str) -> str:
        full = os.path.join(self.place, path)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
        return full
