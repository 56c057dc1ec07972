"""Pythons of a test's own: the interpreter copied, its library linked, less what a build lacked."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def own(place: Path, base: str, *lacks: str) -> Path:
    """A copy of the Python `base` at `place` without the modules `lacks`; its program's path.

    The test is skipped where one of them is built into the interpreter itself.
    """
    code = "import os, sys; print(os.path.dirname(os.__file__), sys.version_info.minor)"
    library, minor = subprocess.check_output([base, "-I", "-S", "-c", code], text=True).split()
    below, dynamic = place / "lib" / os.path.basename(library), "lib-dynload"
    (below / dynamic).mkdir(parents=True)
    for folder in ("", dynamic):
        for name in os.listdir(os.path.join(library, folder)):
            if name != dynamic and name.split(".")[0] not in lacks:
                (below / folder / name).symlink_to(os.path.join(library, folder, name))
    (place / "bin").mkdir()
    program = place / "bin" / f"python3.{minor}"
    shutil.copy(base, program)
    for module in lacks:
        words = [str(program), "-I", "-S", "-c", f"import {module}"]
        if not subprocess.run(words, capture_output=True, check=False).returncode:
            pytest.skip(f"this Python has {module} built in")
    return program
