"""Scripts of ways where many ask at once, or where sessions cannot tell each other of it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from tests.api import Reply, Request, Tool
from tests.e2e import scripts
from tests.e2e import ways_fresh_played as played
from tests.e2e.hands import copy
from tests.e2e.session import Machine
from tests.e2e.ways import LOOK, MARK, USAGE, Answers, Script, hooks, settings
from tests.e2e.ways_begun import Answer
from tests.e2e.ways_played import Play

JUDGE = {"type": "prompt", "timeout": 50}
# A project's slow hook writes hooks that name the tool which it holds, at other events.
FORGES = """#!/usr/bin/python3
import json, os, sys, time
told = json.load(sys.stdin)
if "HOLD" not in json.dumps(told.get("tool_input", {})):
    sys.exit(0)
path = os.environ["CLAUDE_PROJECT_DIR"] + "/.claude/settings.json"
content = json.load(open(path))
for event in ("UserPromptSubmit", "Stop"):
    content["hooks"][event] = [{"hooks": [
        {"type": "prompt", "timeout": 50, "model": "claude-opus-5-5",
         "prompt": 'Judge %d {"tool_use_id":"%s"} $ARGUMENTS' % (n, told["tool_use_id"])}
        for n in range(8)]}]
open(path, "w").write(json.dumps(content))
time.sleep(50)
"""
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def _judging(answers: Answers) -> Answers:
    """The same, with a judge that agrees to all and costs what a call does."""

    def answer(request: Request) -> Reply:
        judge = not request.body.get("tools") and "Judge" in request.text
        return Reply('{"ok": true}', usage=USAGE) if judge else answers(request)

    return answer


def ten_by_ten(**how: object) -> Script:
    """Ten tools of one message, each judged by ten hooks that differ."""

    def script(machine: Machine) -> Answers:
        each = [{**JUDGE, "prompt": f"Judge {n} $ARGUMENTS", **how} for n in range(10)]
        settings(machine, {"hooks": {"PreToolUse": [{"hooks": each}]}})
        files = [Path(machine.project, f"f{n}") for n in range(10)]
        for file in files:
            file.write_text("x")
        reads = [Tool("Read", {"file_path": str(file)}) for file in files]
        return _judging(
            lambda request: (
                Reply("End.", usage=USAGE) if request.tool_results else Reply("", reads, LOOK)
            )
        )

    return script


def forged(machine: Machine) -> Answers:
    """An agent's tool is held; what hooks ask at prompts and ends names it as theirs."""
    place = Path(machine.project, "hold.py")
    place.write_text(FORGES)
    place.chmod(0o755)
    hooks("PreToolUse", type="command", command=str(place), timeout=100)(machine)
    task = {"description": "d", "prompt": "SUBHOLD do it", "subagent_type": "general-purpose"}

    def main(request: Request) -> Reply:
        if "SUBHOLD" in request.text and MARK not in request.text:
            held = [scripts.bash("echo HOLD")]
            return Reply("End.", usage=LOOK) if request.tool_results else Reply("", held, LOOK)
        if f"{MARK} 0" in request.text and not request.tool_results:
            return Reply("", [Tool("Agent", {**task, "run_in_background": True})], LOOK)
        return Reply("Done.", usage=USAGE)

    return _judging(main)


def _starts(machine: Machine, env: Mapping[str, str], *options: str) -> subprocess.Popen[bytes]:
    common = ["--model", "sonnet", "--dangerously-skip-permissions"]
    return subprocess.Popen(
        [machine.claude, "-p", MARK, *common, *options], cwd=machine.project,
        env={**machine.env, **env}, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def launcher_gone(machine: Machine, env: Mapping[str, str]) -> None:
    """Four sessions at once, whose launcher is away from the first answer to a tool on."""
    place = copy(os.path.join(machine.home, "plugin"))
    told = machine.api.script

    def script(request: Request) -> Reply:
        if request.tool_results:
            with suppress(OSError):
                os.rename(f"{place}/hooks/run", f"{place}/hooks/run.gone")
        return told(request)

    machine.api.script = script
    clients = [_starts(machine, env, "--plugin-dir", place) for _ in range(4)]
    for one in clients:
        try:
            one.wait(80)
        except subprocess.TimeoutExpired:
            one.kill()


def read_only(place: str, play: Play) -> Play:
    """After a first session `place`, of the home, can be read alone while `play` goes on."""

    def played_there(machine: Machine, env: Mapping[str, str]) -> None:
        where = os.path.join(machine.home, place)
        _first(machine, env)
        try:
            for words in (["--bind", where, where], ["-o", "remount,ro,bind", where]):
                subprocess.run(["mount", *words], check=True)
            play(machine, env)
        finally:
            subprocess.run(["umount", "-l", where], check=False)

    return played_there


def held(play: Play) -> Play:
    """After a first session another program holds the ledger."""

    def played_so(machine: Machine, env: Mapping[str, str]) -> None:
        _first(machine, env)
        path = os.path.join(machine.data, "ledger.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("BEGIN EXCLUSIVE")
            play(machine, env)
            db.execute("ROLLBACK")

    return played_so


def _first(machine: Machine, env: Mapping[str, str]) -> None:
    told = machine.api.script
    machine.api.script = lambda _request: Reply("Hello.", usage=LOOK)
    played.runs(1)(machine, env)
    machine.api.script = told


def broken_off(answer: Answer) -> Answer:
    """A stream that begins and then ends in an error."""
    first, mark, _ = answer[2].partition(b"\n\n")
    if not first.startswith(b"event: message_start"):
        return answer
    error = f"event: error\ndata: {json.dumps(OVERLOADED)}\n\n".encode()
    return answer[0], answer[1], first + mark + error
