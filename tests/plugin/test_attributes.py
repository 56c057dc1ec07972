"""A clone by a git that turns line ends (WSL, shared dotfiles) still starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_a_clone_under_autocrlf_starts(tmp_path: Path) -> None:
    """hooks/run, bin/cheaproute and install.sh: no carriage return, each starts."""
    seed = tmp_path / "seed"
    names = ("hooks", "bin", "install.sh", ".gitattributes", "cheaproute", ".claude-plugin")
    seed.mkdir()
    for name in names:
        path = os.path.join(ROOT, name)
        if os.path.isdir(path):
            shutil.copytree(path, seed / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, seed)
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*words: str, cwd: Path = seed) -> None:
        subprocess.run(["git", *words], cwd=cwd, env=env, check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x")
    git("-c", "core.autocrlf=true", "clone", "-q", str(seed), "copy", cwd=tmp_path)
    copy = tmp_path / "copy"
    (tmp_path / "tools").mkdir()
    os.symlink(os.path.realpath(sys.executable), tmp_path / "tools" / "python3.11")
    env["PATH"] = f"{tmp_path}/tools:/usr/bin:/bin"
    for words in (
        ["bin/cheaproute", "--version"],
        ["install.sh", "--help"],
        ["hooks/run", "user_prompt_submit"],
    ):
        done = subprocess.run(
            [str(copy / words[0]), *words[1:]],
            env=env,
            cwd=copy,
            input='{"prompt": "cheaproute cap", "session_id": "s"}',
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, ""), words
        assert done.stdout, words
    for name in ("hooks/run", "hooks/common", "bin/cheaproute", "cheaproute/config/paths.py"):
        assert b"\r" not in (copy / name).read_bytes(), name
