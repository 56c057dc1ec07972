"""Ways beside the gates: other providers, what a project switches on, what a gateway answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.api import Reply, Request, Tool
from tests.conftest import ROOT
from tests.e2e import scripts
from tests.e2e.session import Machine
from tests.e2e.ways import MARK, USAGE, Answers, Script, bash, calls, loop, settings
from tests.e2e.ways_scripts import TEXT, answered, started

SUMMARY = "Your task is to create a detailed summary"


# A server of the project with prompts of its own and a tool whose result is long.
PROMPTER = """
import json, sys
def say(**m): sys.stdout.write(json.dumps({"jsonrpc": "2.0", **m}) + "\\n"); sys.stdout.flush()
for line in sys.stdin:
    m = json.loads(line)
    n = m.get("method")
    if n == "initialize":
        say(id=m["id"], result={"protocolVersion": m["params"]["protocolVersion"],
            "capabilities": {"tools": {}, "prompts": {}},
            "serverInfo": {"name": "s", "version": "1"}})
    elif n == "tools/list":
        say(id=m["id"], result={"tools": [{"name": "long", "description": "long",
            "inputSchema": {"type": "object", "properties": {}}}]})
    elif n == "prompts/list":
        say(id=m["id"], result={"prompts": [{"name": "p", "description": "d"}]})
    elif n == "prompts/get":
        say(id=m["id"], result={"messages": [{"role": "user", "content":
            {"type": "text", "text": "GO-MAIN by a server"}}]})
    elif n == "tools/call":
        say(id=m["id"], result={"content": [{"type": "text", "text": "some words " * 9000}]})
    elif "id" in m:
        say(id=m["id"], result={})
"""


def doubled(**more: object) -> Script:
    """The project has each hook of ours, word for word, but for `more`."""

    def prepare(machine: Machine) -> None:
        table = json.loads(Path(ROOT, "hooks", "hooks.json").read_text())["hooks"]
        ours = json.loads(json.dumps(table).replace("${CLAUDE_PLUGIN_ROOT}", ROOT))
        for entries in ours.values():
            for hook in (hook for entry in entries for hook in entry["hooks"]):
                hook.update(more)
        settings(machine, {"hooks": ours})

    return loop(prepare)


def set_by_project(**content: object) -> Script:
    """A tool loop in a project with these settings."""
    return loop(lambda machine: settings(machine, content))


def too_long(_machine: Machine) -> Answers:
    """The API finds every other request of the main loop too long; a summary it makes."""
    seen: list[int] = []

    def script(request: Request) -> Reply:
        if SUMMARY in request.text:
            return TEXT
        seen.append(1)
        if len(seen) % 2 == 0:
            words = "prompt is too long: 1200000 tokens > 1000000 maximum"
            return Reply(status=400, error=words, headers={"x-should-retry": "false"})
        return Reply("", [scripts.bash(f"echo {len(seen)}")], USAGE)

    return script


def summed(script: Answers) -> Answers:
    """`script`, but for a compaction, which gets its summary."""
    return lambda request: TEXT if SUMMARY in request.text else script(request)


def compacting(machine: Machine) -> Answers:
    """A project whose settings compact at 1 % of the window."""
    env = {"CLAUDE_AUTOCOMPACT_PCT_OVERRIDE": "1", "CLAUDE_CODE_AUTO_COMPACT_WINDOW": "100000"}
    settings(machine, {"env": env})
    return summed(scripts.endless(USAGE))


def no_counting(script: Script) -> Script:
    """`script` behind a gateway that counts no tokens."""

    def prepare(machine: Machine) -> Answers:
        machine.api.counts = False
        return script(machine)

    return prepare


def one_id(machine: Machine) -> Answers:
    """A relay that gives all answers one message id and one request id."""
    machine.api.only_id = "msg_01relay"
    return scripts.endless(USAGE)


def unstreamed(_machine: Machine) -> Answers:
    """A gateway that knows no streams."""
    endless = scripts.endless(USAGE)
    return lambda request: (
        Reply(status=404, error="not found") if request.body.get("stream") else endless(request)
    )


def reads(machine: Machine) -> Answers:
    """Reads of files near the client's limit, which it counts before it shows them."""
    path = Path(machine.project) / "long.txt"
    path.write_text("some words of a file\n" * 4000)
    return no_counting(calls(Tool("Read", {"file_path": str(path)})))(machine)


def served(name: str) -> Script:
    """A tool loop with a server of the project that has prompts and long results."""

    def script(machine: Machine) -> Answers:
        path = Path(machine.project) / "prompter.py"
        path.write_text(PROMPTER)
        server = {"command": sys.executable, "args": [str(path)]}
        Path(machine.project, ".mcp.json").write_text(json.dumps({"mcpServers": {"s": server}}))
        settings(machine, {"enableAllProjectMcpServers": True})
        machine.api.counts = False
        return calls(Tool(name, {}))(machine)

    return script


def fronted(machine: Machine) -> Answers:
    """An agent of the project whose own text has hooks that ask a model."""
    hook = "    - hooks:\n        - type: {}\n          prompt: 'Verify. $ARGUMENTS'\n"
    place = Path(machine.project) / ".claude" / "agents"
    place.mkdir(parents=True)
    words = "".join(
        f"  {event}:\n" + hook.format("agent") + hook.format("prompt") * 3
        for event in ("PreToolUse", "PostToolUse", "Stop")
    )
    place.joinpath("deep.md").write_text(
        f"---\nname: deep\ndescription: thinks\ntools: Bash\nhooks:\n{words}---\nThink.\n"
    )
    main = calls(scripts.agent("Think", "Think hard.", subagent_type="deep"))(machine)
    return scripts.conversations(main, scripts.endless(USAGE), MARK)


def blocked(machine: Machine) -> Answers:
    """The project's hooks block whatever ends or goes on, so that it is tried again."""
    command = """echo '{"decision": "block", "reason": "keep going"}'"""
    events = ("SubagentStop", "PostToolBatch", "PostToolUse", "TeammateIdle", "TaskCompleted")
    hook = {"type": "command", "command": command}
    settings(machine, {"hooks": {event: [{"hooks": [hook]}] for event in events}})
    main = calls(scripts.agent("Find x", "Look."), scripts.bash("echo 1"))(machine)
    return scripts.conversations(main, lambda _request: TEXT, MARK)


def burst(tool: Tool, times: int) -> Script:
    """The main loop uses `tool` `times` times in one message, again and again."""

    def main(request: Request) -> Reply:
        if request.tool_results >= scripts.ENOUGH:
            return TEXT
        return Reply("", [tool] * times, USAGE)

    return lambda _machine: scripts.conversations(
        main, lambda _request: Reply("Found.", usage=USAGE), MARK
    )


def repository(script: Script) -> Script:
    """`script` in a project that is a repository of git."""

    def prepare(machine: Machine) -> Answers:
        env = {**machine.env, "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b"}
        env |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        for words in ("init -q", "commit -q --allow-empty -m x"):
            subprocess.run(["git", *words.split()], cwd=machine.project, env=env, check=True)
        return script(machine)

    return prepare


def stopper(machine: Machine) -> Answers:
    """A command in the background stops each hook of this client as soon as it is seen."""
    command = (
        "C=$PPID; setsid nohup sh -c 'for i in $(seq 2000); do"
        " for p in $(cat /proc/'$C'/task/*/children); do"
        " grep -q hook.py /proc/$p/cmdline 2>/dev/null && kill -STOP $p; done; sleep 0.02; done'"
        " >/dev/null 2>&1 &"
    )
    return bash(command, "echo 1", "echo 2")(machine)


def orphaned(env: str) -> Script:
    """The model's shell starts clients that have no client among their parents."""
    return started(
        lambda words: f"({env} setsid timeout 20 {words} < /dev/null > /dev/null 2>&1 &); sleep 12"
    )


def given_up(machine: Machine) -> Answers:
    """A project whose settings have the client give up on a stream that pauses for a second."""
    settings(machine, {"env": WATCHED})
    return answered(pause_s=4)(machine)


def slow_tools(_machine: Machine) -> Answers:
    """Each answer uses a tool that takes long."""
    return lambda _request: Reply("", [scripts.bash("sleep 30")], USAGE)


WATCHED = {
    "CLAUDE_ENABLE_STREAM_WATCHDOG": "1", "CLAUDE_ENABLE_BYTE_WATCHDOG": "1",
    "CLAUDE_STREAM_IDLE_TIMEOUT_MS": "1000", "CLAUDE_BYTE_STREAM_IDLE_TIMEOUT_MS": "1000",
    "CLAUDE_STREAM_FIRST_BYTE_TIMEOUT_MS": "60000",
}  # fmt: skip
