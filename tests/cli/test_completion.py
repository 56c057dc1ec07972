"""The shell knows every command and its options."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from cheaproute.cli import commands
from cheaproute.cli.completion import SHELLS
from cheaproute.cli.main import main
from tests import ledgers
from tests.ledgers import TODAY


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
        (["config", "set", "routing.en"], "routing.enabled"),
        (["costs", "--since", "yes"], "yesterday"),
    ):
        line = " ".join(["cheaproute", *words])
        ask = (
            f"{script}\nCOMP_WORDS=({line}); COMP_CWORD={len(words)}; COMP_LINE='{line}'; "
            f'COMP_POINT={len(line)}; _shtab_cheaproute; echo "${{COMPREPLY[@]}}"'
        )
        done = subprocess.run([bash, "-c", ask], capture_output=True, text=True, check=False)
        assert wanted in done.stdout.split(), done.stderr


def test_projects_are_the_users_own(
    ledger: sqlite3.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--project sh<TAB>` asks for the names that the ledger knows, not those a shell splits."""
    for n, name in enumerate(("shop", "web", "two words", "$(x)")):
        ledgers.add_call(ledger, f"a{n}", TODAY, project=f"/u/{name}")
    assert main(["completion", "projects"]) == 0
    names = capsys.readouterr().out
    assert names == "shop\nweb\n"
    main(["completion", "bash"])
    script = capsys.readouterr().out
    there = tmp_path / "cheaproute"
    there.write_text(f"#!/bin/sh\nprintf '{names}'\n")
    there.chmod(0o755)
    ask = (
        f"{script}\nPATH={tmp_path}:$PATH; COMP_WORDS=(cheaproute costs --project sh); "
        'COMP_CWORD=3; _shtab_cheaproute; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=False)
    assert done.stdout == "shop\n", done.stderr
