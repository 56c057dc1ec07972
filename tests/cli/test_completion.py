"""The shell knows every command and its options."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from cheaproute.cli import commands
from cheaproute.cli.completion import SHELLS
from cheaproute.cli.main import main


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_completed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each shell's script names them all."""
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(name in script for name in commands.COMMANDS)


def test_bash_completes(capsys: pytest.CaptureFixture[str]) -> None:
    """In a real bash, `cheaproute exp<TAB>` and `cheaproute costs --js<TAB>` are completed."""
    bash = shutil.which("bash")
    assert bash
    main(["completion", "bash"])
    script = capsys.readouterr().out
    for words, wanted in (
        (["exp"], "export"),
        (["costs", "--js"], "--json"),
        (["costs", "yest"], "yesterday"),
        (["costs", "week", "sess"], "sessions"),
        (["export", "mon"], "month"),
        (["report", "al"], "all"),
        (["plan", "un"], "undo"),
    ):
        line = " ".join(["cheaproute", *words])
        ask = (
            f"{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words)}; COMP_LINE='{line}'; "
            f'COMP_POINT={len(line)}; _shtab_cheaproute; echo "${{COMPREPLY[@]}}"'
        )
        done = subprocess.run([bash, "-c", ask], capture_output=True, text=True, check=False)
        assert wanted in done.stdout.split(), done.stderr
