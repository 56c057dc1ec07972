"""What a hook loads comes out of one file, and whatever became of that file it answers."""

from __future__ import annotations

import compileall
import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import cache_from_source
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
    if event == "compile" and "/cheaproute/" in str(args[1]):
        sys.stderr.write(f"{args[1]} compiled\\n")

sys.addaudithook(note)
sys.argv = sys.argv[1:]
exec(compile(open(sys.argv[0]).read(), sys.argv[0], "exec"), {"__file__": sys.argv[0]})
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the plugin with CPython's bytecode of it."""
    copy = tmp_path_factory.mktemp("compiled") / "plugin"
    copied(copy)
    for part in ("client", "cap", "config", "hook", "ledger", "routing", "usage", ""):
        compileall.compile_dir(copy / "cheaproute" / part, maxlevels=3 if part else 0, quiet=1)
    compileall.compile_dir(copy / "hooks", maxlevels=0, quiet=1)
    return copy


def copied(place: Path) -> None:
    """Have a copy of the plugin without bytecode at `place`."""
    without = shutil.ignore_patterns("__pycache__")
    for part in ("hooks", "cheaproute"):
        shutil.copytree(os.path.join(ROOT, part), place / part, ignore=without)


@pytest.fixture
def plugin(compiled: Path, tmp_path: Path) -> Path:
    """A plugin of the test's own, in which no hook has run yet."""
    copy = tmp_path / "plugin"
    shutil.copytree(compiled, copy)
    return copy


def kept(plugin: Path) -> list[Path]:
    """The files that this is about: what each hook of the event loads, and what any has loaded."""
    folder, tag = plugin / "cheaproute" / "__pycache__", sys.implementation.cache_tag
    return [folder / f"hooks.pre_tool_use.{tag}.bin", folder / f"hooks.{tag}.bin"]


def folder(plugin: Path) -> Path:
    """Where they lie."""
    return kept(plugin)[0].parent


def begin(plugin: Path, place: Path) -> None:
    """A session starts in a home below `place`; back when all of the package is compiled."""
    hook = [sys.executable, "-I", "-S", str(plugin / "hooks" / "hook.py"), "session_start"]
    env = {"HOME": str(place / "begun"), "CHEAPROUTE_HOME": str(place / "begun" / "data")}
    subprocess.run(hook, input=b'{"session_id": "s"}', capture_output=True, env=env, check=True)
    lacking = {one for one in (plugin / "cheaproute").rglob("*.py") if one.stat().st_size}
    deadline = time.monotonic() + 60
    while lacking := {one for one in lacking if not os.path.exists(cache_from_source(str(one)))}:
        assert time.monotonic() < deadline, lacking
        time.sleep(0.05)


def ask(plugin: Path, place: Path, *options: str, **fields: str) -> tuple[str, list[str]]:
    """(answer, files of bytecode opened) of one PreToolUse, in a home of its own below `place`."""
    home = place / f"home-{len(list(place.iterdir()))}"
    transcript = transcripts.write(
        home / f"{SESSION}.jsonl", transcripts.assistant(model="claude-opus-5-5", session=SESSION)
    )
    event = {"tool_name": "Agent", "tool_use_id": "toolu_1", "tool_input": TASK, "cwd": str(home)}
    event.update(fields)
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


def test_the_first_of_all_hooks_writes_what_the_second_reads(tmp_path: Path) -> None:
    """Where nothing is compiled yet: two files, and no `.pyc` for each module."""
    plugin = tmp_path / "plugin"
    copied(plugin)
    first, _ = ask(plugin, tmp_path)
    left = {one.name for one in (plugin / "cheaproute").rglob("__pycache__/*")}
    assert left == {"prices.json", *(one.name for one in kept(plugin))}
    second, few = ask(plugin, tmp_path)
    assert first == second
    assert [os.path.basename(one).split(".")[0] for one in few] == ["start", "hooks"]


@pytest.mark.long
def test_what_a_session_needs_is_compiled_while_the_user_types(tmp_path: Path) -> None:
    """By its start, whatever that loaded itself: the first gate compiles nothing."""
    plugin = tmp_path / "plugin"
    copied(plugin)
    assert any("compiled" in one for one in ask(plugin, tmp_path)[1])
    for one in kept(plugin):
        one.unlink()
    begin(plugin, tmp_path)
    said, opened = ask(plugin, tmp_path)
    assert '"haiku"' in said
    assert not [one for one in opened if "compiled" in one]


def test_what_was_kept_is_the_users_alone_and_whole(plugin: Path, tmp_path: Path) -> None:
    """Nothing is left beside it, and a hook that loads nothing new leaves it as it is."""
    ask(plugin, tmp_path)
    before = [os.stat(one).st_ino for one in kept(plugin)]
    ask(plugin, tmp_path)
    assert [os.stat(one).st_ino for one in kept(plugin)] == before
    assert {one.name for one in folder(plugin).glob("hooks*")} == {one.name for one in kept(plugin)}


def test_only_what_every_hook_of_the_event_loads_is_read_at_once(
    plugin: Path, tmp_path: Path
) -> None:
    """A hook that needs less leaves less to the next; one that needs more opens a second file."""
    _, whole = ask(plugin, tmp_path), kept(plugin)[0].stat().st_size
    ask(plugin, tmp_path, tool_name="Workflow")
    assert kept(plugin)[0].stat().st_size < whole * 0.8
    said, opened = ask(plugin, tmp_path)
    assert '"haiku"' in said
    assert [os.path.basename(one).split(".")[0] for one in opened] == ["start", "hooks", "hooks"]
    less = kept(plugin)[0].stat().st_ino
    ask(plugin, tmp_path, tool_name="Workflow")
    assert kept(plugin)[0].stat().st_ino == less


def test_an_odd_hook_is_not_the_measure_for_ever(plugin: Path, tmp_path: Path) -> None:
    """An hour later one that misses many modules has all of its own kept together again."""
    _, whole = ask(plugin, tmp_path), kept(plugin)[0].stat().st_size
    ask(plugin, tmp_path, tool_name="Workflow")
    ask(plugin, tmp_path)
    assert kept(plugin)[0].stat().st_size < whole
    long_ago = kept(plugin)[0].stat().st_mtime - 4000
    os.utime(kept(plugin)[0], (long_ago, long_ago))
    ask(plugin, tmp_path)
    assert kept(plugin)[0].stat().st_size == whole
    assert [os.path.basename(one).split(".")[0] for one in ask(plugin, tmp_path)[1]] == [
        "start",
        "hooks",
    ]


@pytest.mark.parametrize("same", ["time", "size"])
def test_a_changed_source_is_what_runs(plugin: Path, tmp_path: Path, same: str) -> None:
    """Its time or its size tells, as it does CPython."""
    ask(plugin, tmp_path)
    source = plugin / "cheaproute" / "hook" / "events" / "pre_tool_use.py"
    was, text = os.stat(source), source.read_text()
    shut = "def handle(event, context):\n    return None\n"
    source.write_text(
        shut + "#" * (len(text.encode()) - len(shut) - 1) + "\n" if same == "size" else shut
    )
    when = was.st_mtime_ns if same == "time" else was.st_mtime_ns + 2_000_000_000
    os.utime(source, ns=(when, when))
    for _ in range(2):
        assert ask(plugin, tmp_path)[0] == ""


def test_a_module_that_has_gone_is_forgotten(plugin: Path, tmp_path: Path) -> None:
    """An update in place that takes one away: what the hook loads now is kept all the same."""
    gone = plugin / "cheaproute" / "hook" / "gone.py"
    gone.write_text("")
    entry = plugin / "cheaproute" / "hook" / "events" / "pre_tool_use.py"
    text = entry.read_text()
    first = "from __future__ import annotations\n"
    assert first in text
    entry.write_text(text.replace(first, f"{first}import cheaproute.hook.gone\n", 1))
    ask(plugin, tmp_path)
    gone.unlink()
    entry.write_text(text)
    ask(plugin, tmp_path)
    said, opened = ask(plugin, tmp_path)
    assert '"haiku"' in said
    assert [os.path.basename(one).split(".")[0] for one in opened] == ["start", "hooks"]


@pytest.mark.parametrize("share", [0, 0.001, 0.01, 0.9])
@pytest.mark.parametrize("torn", ["usual", "both"])
def test_a_torn_file_harms_nothing(plugin: Path, tmp_path: Path, share: float, torn: str) -> None:
    """The hook answers, and mends it."""
    said, _ = ask(plugin, tmp_path)
    files = kept(plugin)[: 1 if torn == "usual" else 2]
    whole = [one.read_bytes() for one in files]
    for one, content in zip(files, whole, strict=True):
        one.write_bytes(content[: int(len(content) * share)])
    assert ask(plugin, tmp_path)[0] == said
    assert [len(one.read_bytes()) for one in files] == [len(content) for content in whole]
    assert len(ask(plugin, tmp_path)[1]) == 2


@pytest.mark.parametrize("content", [b"x" * 5000, b"\0" * 5000, None])
def test_what_is_no_such_file_is_replaced(
    plugin: Path, tmp_path: Path, content: bytes | None
) -> None:
    """Garbage, or (None) the codes under the magic number of another Python."""
    said, _ = ask(plugin, tmp_path)
    whole = [one.read_bytes() for one in kept(plugin)]
    for one in kept(plugin):
        one.write_bytes(content or b"\1\2\r\n" + one.read_bytes()[4:])
    assert ask(plugin, tmp_path)[0] == said
    assert [one.read_bytes()[:4] for one in kept(plugin)] == [one[:4] for one in whole]


def test_a_place_that_takes_no_file_is_left_alone(plugin: Path, tmp_path: Path) -> None:
    """A directory in its place, or -B, as where the plugin lies read-only: it goes as ever."""
    said, _ = ask(plugin, tmp_path, "-B")
    assert not any(one.exists() for one in kept(plugin))
    for one in kept(plugin):
        one.mkdir()
    for _ in range(2):
        assert ask(plugin, tmp_path)[0] == said
    assert {one.name for one in folder(plugin).glob("hooks*")} == {one.name for one in kept(plugin)}


def test_it_lies_where_bytecode_lies(plugin: Path, tmp_path: Path) -> None:
    """Below `pycache_prefix`, where the launcher sets one."""
    prefix = tmp_path / "bytecode"
    ask(plugin, tmp_path, "-X", f"pycache_prefix={prefix}")
    assert not any(one.exists() for one in kept(plugin))
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
    opened = [os.path.basename(one).split(".")[0] for one in ask(plugin, tmp_path)[1]]
    assert opened == ["start", "hooks", "hooks"]
