"""Files of a repository, endless, nested or none at all: no hook waits for them, no gate falls."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.box import HOOKS, Box
from tests.faults.contents import filled
from tests.faults.test_gates import held, past_the_cap
from tests.marks import in_long
from tests.transcripts import append, assistant

_MB_50 = 50_000_000


CONTENTS: dict[str, Callable[[Path], None]] = {
    "50 MB of blanks": filled(b"{", (b" ", _MB_50), b"}"),
    "50 MB in lines": filled(b"---\nname: Explore\n", (b"x: y\n", _MB_50 // 5)),
    "a deep nest": filled((b'{"env":', 2_000_000)),
    "a nest of lists": filled((b"[", 5_000_000)),
    "zeros": filled((b"\0", 1_000_000)),
    "a number of 5 million digits": filled(b'{"env": {"PATH": ', (b"9", 5_000_000), b"}}"),
    "a pipe": os.mkfifo,
    "a device without end": lambda path: path.symlink_to("/dev/zero"),
    "a terminal's device": lambda path: path.symlink_to("/dev/tty"),
    "a directory": lambda path: path.mkdir(),
    "a link to itself": lambda path: path.symlink_to(path.name),
}
# These say nothing, to the client neither, so that such variables could only be the user's.
NO_FILES = frozenset(list(CONTENTS)[-5:])
PLACES = (
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".claude/agents/Explore.md",
    ".claude/agents/deep/er/x.md",
    ".claude/skills/x/SKILL.md",
    ".claude/commands/costs.md",
    ".git",
    ".mcp.json",
    "CLAUDE.md",
    "config.toml",
)


@pytest.mark.parametrize(
    "content", [in_long(name) if name == "50 MB of blanks" else name for name in CONTENTS]
)
def test_no_file_of_a_repository_stops_a_hook(tmp_path: Path, content: str) -> None:
    """Every hook ends by itself, counts the call and holds the cap, though all files are so."""
    box = Box(tmp_path)
    past_the_cap(box)
    for place in PLACES:
        path = box.project / place
        path.parent.mkdir(parents=True, exist_ok=True)
        CONTENTS[content](path)
    # The repository's word for another ledger, which makes each hook look at its settings.
    box.env |= {"CHEAPROUTE_HOME": str(box.project), "CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD": "999"}
    if content in NO_FILES:
        del box.env["CHEAPROUTE_HOME"], box.env["CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD"]
    for hook in HOOKS:
        box.hook(hook)
    held(box)
    assert box.exact()
    assert "TooSlow" not in box.log()
    assert "Late" not in box.log()


def test_a_rule_of_a_repository_costs_no_time(tmp_path: Path) -> None:
    """Rules that backtrack, 100,000 of them, and one of a megabyte: the read stays as it is."""
    box = Box(tmp_path)
    rules = ["Read(" + "**/" * 30 + "zzz)", "Read(" + "*a" * 500_000 + ")"]
    rules += [f"Read(**/{'*' * 50}{n})" for n in range(20_000)]
    settings = box.project / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(f'{{"permissions": {{"deny": {rules!r}}}}}'.replace("'", '"'))
    deep = box.project.joinpath(*"abcdefghijklmnopqrst")
    deep.mkdir(parents=True)
    (deep / "x.log").write_text("line\n" * 20_000)
    append(box.transcript, assistant("msg_1", session=box.session))
    answer = box.hook(
        "post_tool_use",
        tool_name="Read",
        tool_input={"file_path": str(deep / "x.log")},
        tool_response={"type": "text"},
    )
    assert answer is None
