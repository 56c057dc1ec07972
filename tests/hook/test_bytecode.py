"""What hooks load comes out of one file, and whatever became of that file a hook answers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import transcripts
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

TASK = {
    "description": "Find mentions",
    "prompt": "List every file that mentions the ledger, with line numbers.",
    "subagent_type": "Explore",
}
SESSION = "11111111-2222-3333-4444-555555555555"
# The hook as hooks/run starts it, with every file of bytecode that it opens on stderr.
PROBE = """
import sys

def note(event, args):
    if event == "open" and (str(args[0]).endswith(".pyc") or "/hooks." in str(args[0])):
        sys.stderr.write(f"{args[0]}\\n")

sys.addaudithook(note)
sys.argv = sys.argv[1:]
exec(compile(open(sys.argv[0]).read(), sys.argv[0], "exec"), {"__file__": sys.argv[0]})
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A plugin of the test's own, with no bytecode yet."""
    copy = tmp_path / "plugin"
    without = shutil.ignore_patterns("__pycache__")
    for part in ("hooks", "cheaproute"):
        shutil.copytree(os.path.join(ROOT, part), copy / part, ignore=without)
    return copy


def kept(plugin: Path) -> Path:
    """The file that this is about."""
    return plugin / "cheaproute" / "__pycache__" / f"hooks.{sys.implementation.cache_tag}.bin"


def ask(plugin: Path, place: Path, *options: str) -> tuple[str, list[str]]:
    """(answer, files of bytecode opened) of one PreToolUse, in a home of its own below `place`."""
    home = place / f"home-{len(list(place.iterdir()))}"
    transcript = transcripts.write(
        home / f"{SESSION}.jsonl", transcripts.assistant(model="claude-opus-5-5", session=SESSION)
    )
    event = {"tool_name": "Agent", "tool_use_id": "toolu_1", "tool_input": TASK, "cwd": str(home)}
    hook = str(plugin / "hooks" / "hook.py")
    done = subprocess.run(
        [sys.executable, "-I", "-S", *options, "-c", PROBE, hook, "pre_tool_use"],
        input=json.dumps({**event, "session_id": SESSION, "transcript_path": transcript}),
        capture_output=True,
        text=True,
        env={"HOME": str(home), "CHEAPROUTE_HOME": str(home / "data")},
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if str(plugin) in line]


def test_the_second_hook_opens_one_file(plugin: Path, tmp_path: Path) -> None:
    """Beside the one that reads it: the file that holds all the others."""
    first, many = ask(plugin, tmp_path)
    second, few = ask(plugin, tmp_path)
    assert first == second
    assert '"haiku"' in first
    assert len(many) > 60
    assert [os.path.basename(one).split(".")[0] for one in few] == ["start", "hooks"]


def test_what_was_kept_is_the_users_alone_and_whole(plugin: Path, tmp_path: Path) -> None:
    """Nothing is left beside it, and a hook that loads nothing new leaves it as it is."""
    ask(plugin, tmp_path)
    before = os.stat(kept(plugin))
    ask(plugin, tmp_path)
    assert os.stat(kept(plugin)).st_ino == before.st_ino
    assert [one.name for one in kept(plugin).parent.glob("hooks*")] == [kept(plugin).name]


@pytest.mark.parametrize("same", ["time", "size"])
def test_a_changed_source_is_what_runs(plugin: Path, tmp_path: Path, same: str) -> None:
    """Its time or its size tells, as it does CPython."""
    ask(plugin, tmp_path)
    source = plugin / "cheaproute" / "hook" / "events" / "pre_tool_use.py"
    was, text = os.stat(source), source.read_text()
    shut = "def handle(event, context):\n    return None\n"
    source.write_text(shut + "#" * (len(text.encode()) - len(shut)) if same == "size" else shut)
    when = was.st_mtime_ns if same == "time" else was.st_mtime_ns + 2_000_000_000
    os.utime(source, ns=(when, when))
    for _ in range(2):
        assert ask(plugin, tmp_path)[0] == ""


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.9])
def test_a_torn_file_harms_nothing(plugin: Path, tmp_path: Path, share: float) -> None:
    """The hook answers, and mends it."""
    said, _ = ask(plugin, tmp_path)
    content = kept(plugin).read_bytes()
    kept(plugin).write_bytes(content[: int(len(content) * share)])
    assert ask(plugin, tmp_path)[0] == said
    assert len(kept(plugin).read_bytes()) == len(content)
    assert len(ask(plugin, tmp_path)[1]) == 2


@pytest.mark.parametrize("content", [b"x" * 5000, b"\0" * 5000, None])
def test_what_is_no_such_file_is_replaced(
    plugin: Path, tmp_path: Path, content: bytes | None
) -> None:
    """Garbage, or (None) the codes under the magic number of another Python."""
    said, _ = ask(plugin, tmp_path)
    whole = kept(plugin).read_bytes()
    kept(plugin).write_bytes(content or b"\1\2\r\n" + whole[4:])
    assert ask(plugin, tmp_path)[0] == said
    assert kept(plugin).read_bytes()[:4] == whole[:4]


def test_a_place_that_takes_no_file_is_left_alone(plugin: Path, tmp_path: Path) -> None:
    """A directory in its place, or -B, as where the plugin lies read-only: it goes as ever."""
    said, _ = ask(plugin, tmp_path, "-B")
    assert not kept(plugin).parent.exists()
    kept(plugin).mkdir(parents=True)
    for _ in range(2):
        assert ask(plugin, tmp_path)[0] == said
    assert [one.name for one in kept(plugin).parent.glob("hooks*")] == [kept(plugin).name]


def test_it_lies_where_bytecode_lies(plugin: Path, tmp_path: Path) -> None:
    """Below `pycache_prefix`, where the launcher sets one."""
    prefix = tmp_path / "bytecode"
    ask(plugin, tmp_path, "-X", f"pycache_prefix={prefix}")
    assert not kept(plugin).exists()
    assert list(prefix.rglob("hooks.*.bin"))
    assert len(ask(plugin, tmp_path, "-X", f"pycache_prefix={prefix}")[1]) <= 2


def test_hooks_that_begin_together_leave_a_whole_file(plugin: Path, tmp_path: Path) -> None:
    """Each writes beside it and takes its place; whichever was last is complete."""
    event = json.dumps({"session_id": "s", "cwd": str(tmp_path)}).encode()
    command = [sys.executable, "-I", "-S", str(plugin / "hooks" / "hook.py")]
    env = {"HOME": str(tmp_path), "CHEAPROUTE_HOME": str(tmp_path / "data")}
    running = [
        subprocess.Popen(
            [*command, name], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=env
        )
        for name in ("stop", "pre_tool_use", "post_tool_batch", "user_prompt_submit") * 2
    ]
    for one in running:
        one.communicate(event)
        assert one.returncode == 0
    said, _ = ask(plugin, tmp_path)
    assert '"haiku"' in said
    assert len(ask(plugin, tmp_path)[1]) == 2
