"""A hook's `os` is lighter, and does what everybody's does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = f"""
import sys
sys.path.append({os.path.join(ROOT, "hooks")!r})
{{before}}
import start
import os
light = "_collections_abc" not in sys.modules
import collections.abc, json, pathlib, subprocess
class Path:
    def __fspath__(self):
        return "there"
child = [sys.executable, "-I", "-S", "-X", "utf8", "-c",
         "import os; os.write(1, os.environb[b'LEFT'])"]
print(json.dumps([
    light,
    dict(os.environ), os.getenv("LEFT"), os.environ.get("NONE", 1),
    isinstance(os.environ, collections.abc.Mapping),
    [isinstance(one, os.PathLike) for one in (pathlib.PurePath("x"), Path(), "x")],
    os.fspath(Path()),
    os.fsdecode(subprocess.run(child, capture_output=True, env=os.environ).stdout),
    os.fsdecode(subprocess.run(child, capture_output=True).stdout),
]))
"""
ENV = {"LEFT": "für\udcff", "EMPTY": "", "EQUAL": "a=b"}


def told(*options: str, before: str = "") -> list[Any]:
    """What a process that begins as a hook does says of its `os`, after whether it is light."""
    code = BEGIN.format(before=before)
    command = [sys.executable, "-I", "-S", "-X", "utf8", *options, "-c", code]
    done = subprocess.run(command, env=ENV, capture_output=True, check=True)
    answer: list[Any] = json.loads(done.stdout)
    return answer


def test_it_is_lighter_and_the_same() -> None:
    """The environment, also for children; what is a path is asked of the true classes."""
    light, *said = told()
    assert light
    environment, *rest = said
    assert {name: environment[name] for name in ENV} == ENV
    assert rest[:5] == [ENV["LEFT"], 1, True, [True, True, False], "there"]
    assert rest[5] == rest[6] == ENV["LEFT"]


def test_where_it_wants_more_it_is_everybodys(tmp_path: Path) -> None:
    """A later Python's may use other container classes."""
    more = f"from _collections_abc import Set\nexec(open({os.__file__!r}).read())\n"
    (tmp_path / "os.py").write_text(more)
    before = f"sys.path.insert(0, {str(tmp_path)!r})"
    light, *said = told("-X", "frozen_modules=off", before=before)
    assert not light
    assert said == told()[1:]
