"""The debug log: what a hook call was like, and nothing that anybody wrote."""

from __future__ import annotations

import stat
from pathlib import Path

from cheaproute.cli.context import Context
from cheaproute.cli.doctor import ledger
from tests.faults.box import HOOKS, Box

SECRET = "the-launch-codes"


def talk(box: Box) -> None:
    """Every hook once, with a secret wherever a text goes."""
    for hook, (_, own) in HOOKS.items():
        texts = {key: SECRET for key, value in own.items() if isinstance(value, str)}
        texts.pop("tool_name", None)
        box.hook(hook, **{**texts, "cwd": f"/{SECRET}", "session_id": SECRET})


def test_a_line_for_each_call_without_a_text(tmp_path: Path) -> None:
    """Sizes, times, kinds; no prompt, path, reply, task or id; the file is the user's alone."""
    box = Box(tmp_path)
    config = box.home / ".config" / "cheaproute" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("debug = true\n")
    talk(box)
    lines = box.log().splitlines()
    assert [line.split()[1] for line in lines] == [f"{hook}:" for hook in HOOKS]
    assert all(": debug: " in line and " ms (" in line for line in lines)
    assert box.hook("user_prompt_submit", prompt="/costs") is not None
    assert "answer decision+reason+hookSpecificOutput+" in box.log()
    assert SECRET not in box.log()
    assert stat.S_IMODE((box.data / "cheaproute.log").stat().st_mode) == 0o600
    # They are no errors to doctor.
    assert [finding.level for finding in ledger.log(Context(box.env))] == ["ok"]


def test_off_by_default(tmp_path: Path) -> None:
    """Without the setting there is no log at all."""
    box = Box(tmp_path)
    talk(box)
    assert box.log() == ""


def test_a_log_that_cannot_be_written_changes_no_answer(tmp_path: Path) -> None:
    """The answer is the same where the debug line fails."""
    box = Box(tmp_path)
    config = box.home / ".config" / "cheaproute" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("debug = true\n")
    (box.data / "cheaproute.log").mkdir()
    assert box.hook("user_prompt_submit", prompt="/costs") is not None
