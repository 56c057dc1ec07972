"""Nobody is locked out: what a full cap names works where it is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cheaproute.cli.main import main
from cheaproute.config import paths
from tests.hook.test_gate import Machine

TERMINALS = ["cli", "claude-vscode", "claude-desktop"]
ALONE = ["sdk-cli", "sdk-ts", "claude-code-github-action", "remote"]


def blocked(machine: Machine) -> str:
    """What a prompt past the cap is answered with; "" where it goes on."""
    return json.dumps(machine.hook("user_prompt_submit", prompt="go on"), ensure_ascii=False)


@pytest.mark.parametrize("surface", [*TERMINALS, *ALONE])
def test_what_is_named_lets_the_session_go_on(
    tmp_path: Path, surface: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command by its path at a terminal; where nobody may have one, the line in config.toml."""
    machine = Machine(tmp_path)
    machine.env["CLAUDE_CODE_ENTRYPOINT"] = surface
    machine.call(1.2)
    said = blocked(machine)
    command = re.search(
        r"of your own: (/\S+/bin/cheaproute) cap raise (\S+?)(?: \(or [^)]+\))?\\n", said
    )
    assert command is not None, said
    line = re.search(r'in CI: `(month_usd = \S+)` under \[cap\] in ([^\s`"]+?)(?:\\n|")', said)
    assert (line is not None) == (surface in ALONE)
    if line is not None:
        assert line[2] == paths.config_file(machine.env)
        Path(line[2]).write_text(f"[cap]\n{line[1]}\n")
    else:  # typed by a person
        monkeypatch.setattr("cheaproute.client.ancestry.whose_word", lambda *_a, **_k: "")
        for name, value in machine.env.items():
            monkeypatch.setenv(name, value)
        assert main(["cap", "raise", command[2]]) == 0
    assert "reached" not in blocked(machine)
