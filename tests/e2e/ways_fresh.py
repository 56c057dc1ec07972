"""Scripts of ways that a stranger thought of: odd answers, files of a project, tools in a loop."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.api import Reply, Request, Tool
from tests.e2e import scripts
from tests.e2e.session import Machine
from tests.e2e.ways import MARK, USAGE, Answers, Script, calls, hooks, loop, settings
from tests.e2e.ways_scripts import TEXT, env_of_project
from tests.e2e.ways_table import DATA

DOT = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
# A server of the project whose tool answers with a picture, a link or a failure by turns.
PICTURES = """
import json, sys
def say(**m): sys.stdout.write(json.dumps({"jsonrpc": "2.0", **m}) + "\\n"); sys.stdout.flush()
parts = [{"type": "image", "data": "@", "mimeType": "image/png"},
         {"type": "resource_link", "uri": "file:///x", "name": "x"}, {"type": "text", "text": "no"}]
n = 0
for line in sys.stdin:
    m = json.loads(line)
    if m.get("method") == "initialize":
        say(id=m["id"], result={"protocolVersion": m["params"]["protocolVersion"],
            "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "s", "version": "1"}})
    elif m.get("method") == "tools/list":
        say(id=m["id"], result={"tools": [{"name": "look", "description": "looks",
            "inputSchema": {"type": "object", "properties": {}}}]})
    elif m.get("method") == "tools/call":
        n += 1
        say(method="notifications/tools/list_changed")
        say(id=m["id"], result={"content": [parts[n % 3]], "isError": n % 3 == 2})
    elif "id" in m:
        say(id=m["id"], result={})
""".replace("@", DOT)


@dataclass(frozen=True)
class Odd(Reply):
    """A reply whose message is changed by `patch` at last, its tools' inputs to `half`."""

    patch: Mapping[str, Any] = field(default_factory=dict)
    half: str = ""

    def message(self, model: str, message_id: str) -> dict[str, Any]:
        """The message with `patch`; "@" in a text of it is the number of the message."""
        number = message_id[-4:]
        told = super().message(model, message_id)
        for name, value in self.patch.items():
            told[name] = value.replace("@", number) if isinstance(value, str) else value
        for block in told["content"] if self.half else ():
            if "input" in block:
                block["input"] = self.half
        return told


def odd(half: str = "", **patch: object) -> Script:
    """A tool loop whose messages are changed by `patch`."""

    def script(_machine: Machine) -> Answers:
        endless = scripts.endless(USAGE)

        def answer(request: Request) -> Reply:
            plain = endless(request)
            return Odd(plain.text, plain.tools, plain.usage, patch=patch, half=half)

        return answer

    return script


def replayed(_machine: Machine) -> Answers:
    """A gateway's cache: the first answer of each session has the ids of the very first."""
    endless = scripts.endless(USAGE)

    def answer(request: Request) -> Reply:
        plain, number = endless(request), f"{request.tool_results:04d}"
        head = {"request-id": f"req_011CQagain{number}abcdefgh"}
        patch = {"id": f"msg_01again{number}"}
        return Odd(plain.text, plain.tools, plain.usage, headers=head, patch=patch)

    return answer


def every_other(reply: Reply | None = None) -> Script:
    """Each second answer is `reply`; with none a stream that an error ends, after its usage."""

    def prepare(_machine: Machine) -> Answers:
        seen: list[int] = []
        endless = scripts.endless(USAGE)

        def script(request: Request) -> Reply:
            seen.append(1)
            plain = endless(request)
            broken = reply or replace(plain, cut=True, error="Overloaded")
            return plain if len(seen) % 2 else broken

        return script

    return prepare


def filed(files: Mapping[str, str], script: Script | None = None) -> Script:
    """`script` (a tool loop) in a project with these files."""

    def prepare(machine: Machine) -> Answers:
        for name, text in files.items():
            path = Path(machine.project, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return (script or loop())(machine)

    return prepare


def much(machine: Machine) -> Answers:
    """Two settings files, each as long as the client reads one: more than a program is handed."""
    for place in ("settings.json", "settings.local.json"):
        env = {f"{place[9].upper()}{n}": "x" * 104_830 for n in range(10)}
        settings(machine, {"env": env}, place)
    return scripts.endless(USAGE)


def shims(machine: Machine) -> Answers:
    """PATH begins with shims that fail where a project names a version that is not there."""
    for name in ("python3", "python", "python3.11", "python3.12", "python3.13"):
        path = machine.write(f"shims/{name}", "#!/bin/sh\nexit 127\n")
        os.chmod(path, stat.S_IRWXU)
    machine.extra = {"PATH": f"{machine.home}/shims:/usr/bin:/bin"}
    return calls(scripts.bash(f"rm -f {DATA}/interpreter"))(machine)


def ruled(**how: str) -> Script:
    """The project's own hook says that of each use of a tool."""
    said = {"hookSpecificOutput": {"hookEventName": "PreToolUse", **how}}
    return loop(hooks("PreToolUse", type="command", command=f"echo '{json.dumps(said)}'"))


def deep(machine: Machine) -> Answers:
    """Inputs of tools that are nested some hundred levels deep."""
    nest: Any = 1
    for _ in range(700):
        nest = [nest]
    return calls(Tool("Bash", {"command": "echo 1", "description": "x", "more": nest}))(machine)


def pictured(machine: Machine) -> Answers:
    """Tools of a server whose results are pictures, links, failures."""
    path = Path(machine.project) / "pictures.py"
    path.write_text(PICTURES)
    server = {"command": sys.executable, "args": [str(path)]}
    Path(machine.project, ".mcp.json").write_text(json.dumps({"mcpServers": {"s": server}}))
    settings(machine, {"enableAllProjectMcpServers": True})
    return calls(Tool("mcp__s__look", {}))(machine)


def helper_starts(machine: Machine) -> Answers:
    """The project's apiKeyHelper starts another client, once for each."""
    words = [machine.claude, "-p", "NESTED", *machine.options(plugin=True, model="sonnet")]
    client = f"N=1 timeout 40 {' '.join(words)} < /dev/null > /dev/null 2>&1"
    key = "sk-ant-api03-" + "y" * 20
    path = machine.write("helper.sh", f'#!/bin/sh\n[ -n "$N" ] || {client}\necho {key}\n')
    os.chmod(path, stat.S_IRWXU)
    settings(machine, {"apiKeyHelper": path})
    return scripts.endless(USAGE)


def in_an_agent(command: str) -> Script:
    """One agent whose shell does that again and again."""

    def script(machine: Machine) -> Answers:
        inner = calls(scripts.bash(command))(machine)
        main = calls(scripts.agent("Find x", "Look."))(machine)
        return lambda request: main(request) if MARK in request.text else inner(request)

    return script


def cheap_first(command: str) -> Script:
    """A call of two cents (counted here as any other), then a shell that does that at each step."""

    def script(machine: Machine) -> Answers:
        dear = calls(scripts.bash(command))(machine)
        cheap = Reply("", [scripts.bash("echo 1")], {"input_tokens": 10_000, "output_tokens": 0})
        return lambda request: dear(request) if request.tool_results else cheap

    return script


def nested_agents(machine: Machine) -> Answers:
    """Agents that start agents."""
    main = calls(scripts.agent("Find x", "Look."))(machine)
    inner = calls(scripts.agent("Find y", "Look."))(machine)
    return lambda request: main(request) if MARK in request.text else inner(request)


def own_skill(machine: Machine) -> Answers:
    """A skill of the project whose own text has hooks that ask a model."""
    hook = "    - hooks:\n" + "        - type: prompt\n          prompt: 'Well? $ARGUMENTS'\n" * 3
    events = f"  PostToolUse:\n{hook}  PreToolUse:\n{hook}"
    text = f"---\nname: look\ndescription: looks\nhooks:\n{events}---\nLook.\n"
    used = calls(Tool("Skill", {"skill": "look"}), *[scripts.bash("echo 1")] * 29)(machine)

    def script(request: Request) -> Reply:
        judge = scripts.is_goal_check(request)
        return Reply('{"ok": true}', usage=USAGE) if judge else used(request)

    return filed({".claude/skills/look/SKILL.md": text}, lambda _machine: script)(machine)


def managed(machine: Machine) -> Answers:
    """The project's env names an organization's settings, which switch hooks off."""
    path = machine.write("managed.json", '{"disableAllHooks": true, "allowManagedHooksOnly": true}')
    names = ("CLAUDE_CODE_MANAGED_SETTINGS_PATH", "CLAUDE_CODE_REMOTE_SETTINGS_PATH")
    return env_of_project(**dict.fromkeys(names, path))(machine)


def text(_machine: Machine) -> Answers:
    """One plain answer to all."""
    return lambda _request: TEXT
