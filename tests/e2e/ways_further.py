"""Further ways: what a project, a flag or a helper of the client starts, wakes or goes on with."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.api import Reply, Request, Tool
from tests.conftest import ROOT
from tests.e2e import scripts
from tests.e2e.session import Machine
from tests.e2e.ways import MARK, USAGE, Answers, Script, Way, always, calls, hooks, loop, settings
from tests.e2e.ways_scripts import TEXT, judged, workflow_of

# A server of tools that asks the client's model for an answer of its own (MCP sampling).
SAMPLER = """
import json, sys
def say(**m): sys.stdout.write(json.dumps({"jsonrpc": "2.0", **m}) + "\\n"); sys.stdout.flush()
for line in sys.stdin:
    m = json.loads(line)
    if m.get("method") == "initialize":
        say(id=m["id"], result={"protocolVersion": m["params"]["protocolVersion"],
            "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}})
    elif m.get("method") == "tools/list":
        say(id=m["id"], result={"tools": [{"name": "ask", "description": "asks",
            "inputSchema": {"type": "object", "properties": {}}}]})
    elif m.get("method") == "tools/call":
        text = {"role": "user", "content": {"type": "text", "text": "SAMPLE"}}
        for n in range(5):
            say(id="s%d" % n, method="sampling/createMessage",
                params={"messages": [text], "maxTokens": 100})
        say(id=m["id"], result={"content": [{"type": "text", "text": "ok"}]})
"""
# Speaks with `claude mcp serve`, and has it start an agent again and again.
SERVED = """
import json, subprocess, sys
p = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def say(**m): p.stdin.write(json.dumps({"jsonrpc": "2.0", **m}) + "\\n"); p.stdin.flush()
say(id=0, method="initialize", params={"protocolVersion": "2025-06-18", "capabilities": {},
    "clientInfo": {"name": "x", "version": "1"}})
p.stdout.readline()
say(method="notifications/initialized")
for n in range(1, 9):
    say(id=n, method="tools/call", params={"name": "Agent", "arguments": {"description": "d",
        "prompt": "SERVED", "subagent_type": "general-purpose", "run_in_background": False}})
    print(p.stdout.readline()[:300])
"""


def client_from_hook(event: str) -> Script:
    """A hook of the project starts another client, which has the same hook."""

    def script(machine: Machine) -> Answers:
        words = [machine.claude, "-p", MARK, *machine.options(plugin=True, model="sonnet")]
        command = f"timeout 60 {' '.join(words)} < /dev/null"
        hooks(event, type="command", command=command)(machine)
        return lambda _request: TEXT

    return script


def agent_hook(event: str) -> Script:
    """A hook of the project that is an agent, and never comes to an end."""

    def script(machine: Machine) -> Answers:
        hooks(event, type="agent", prompt="Verify everything. $ARGUMENTS")(machine)
        return scripts.endless(USAGE)

    return script


def skills(*bodies: str) -> Script:
    """Skills of the project with contexts of their own, each of which may use the next."""

    def script(machine: Machine) -> Answers:
        for number, body in enumerate(bodies):
            place = Path(machine.project) / ".claude" / "skills" / f"look{number}"
            place.mkdir(parents=True)
            head = f"---\nname: look{number}\ndescription: looks\n"
            place.joinpath("SKILL.md").write_text(head + body)

        def nested(request: Request) -> Reply:
            level = next((n for n in range(len(bodies)) if f"LEVEL{n}" in request.text), 0)
            return calls(Tool("Skill", {"skill": f"look{(level + 1) % len(bodies)}"}))(machine)(
                request
            )

        main = calls(Tool("Skill", {"skill": "look0"}))(machine)
        return scripts.conversations(main, nested, MARK)

    return script


def background_agents(_machine: Machine) -> Answers:
    """Subagents in the background, whose ends wake the main loop, which sends out the next."""
    tool = scripts.agent("Find x", "Look.", run_in_background=True)

    def main(request: Request) -> Reply:
        ends = request.text.count("task-notification") // 2
        if request.tool_results > ends + 1 or request.tool_results >= scripts.ENOUGH:
            return TEXT
        return Reply("", [tool], USAGE)

    return scripts.conversations(main, lambda _request: Reply("Found.", usage=USAGE), MARK)


def parallel(_machine: Machine) -> Answers:
    """A script that runs twenty agents at once, each with a schema it never meets."""
    script = """export const meta = { name: "w", description: "d", phases: [{title: "Work"}] }
    const schema = {type: "object", properties: {a: {type: "string"}}, required: ["a"]}
    await parallel(Array.from({length: 20}, (_, i) => () => agent("AGENT " + i, {schema})))
    return "done"
    """
    return workflow_of(script)


def styled(machine: Machine) -> None:
    """An output style of the project."""
    place = Path(machine.project) / ".claude" / "output-styles"
    place.mkdir(parents=True)
    place.joinpath("loud.md").write_text("---\nname: loud\ndescription: loud\n---\nBe loud.\n")
    settings(machine, {"outputStyle": "loud"})


def sampling(machine: Machine) -> Answers:
    """A tool server of the project that has the client's model answer."""
    path = Path(machine.project) / "sampler.py"
    path.write_text(SAMPLER)
    server = {"command": sys.executable, "args": [str(path)]}
    Path(machine.project, ".mcp.json").write_text(json.dumps({"mcpServers": {"s": server}}))
    settings(machine, {"enableAllProjectMcpServers": True})
    return calls(Tool("mcp__s__ask", {}))(machine)


def served(machine: Machine) -> Answers:
    """The model's shell has the client serve its tools, and starts agents by them."""
    path = Path(machine.project) / "served.py"
    path.write_text(SERVED)
    words = [sys.executable, str(path), machine.claude, "--plugin-dir", ROOT, "mcp", "serve"]
    main = calls(scripts.bash(f"timeout 40 {' '.join(words)}"))(machine)
    return scripts.conversations(main, lambda _request: Reply("Found.", usage=USAGE), MARK)


def skill_that_starts(machine: Machine) -> Answers:
    """A skill whose text is what another client says."""
    words = [machine.claude, "-p", "NESTED", *machine.options(plugin=True, model="sonnet")]
    place = Path(machine.project) / ".claude" / "skills" / "look"
    place.mkdir(parents=True)
    place.joinpath("SKILL.md").write_text(
        f"---\nname: look\ndescription: looks\n---\n!`timeout 60 {' '.join(words)} < /dev/null`\n"
    )
    return calls(Tool("Skill", {"skill": "look"}))(machine)


def watched(_machine: Machine) -> Answers:
    """A command whose lines each wake the model."""
    lines = "for i in $(seq 20); do echo line $i; sleep 0.7; done"
    tool = Tool("Monitor", {"description": "w", "command": lines, "timeout_ms": 60000})
    return lambda request: Reply("", [tool], USAGE) if not request.tool_results else TEXT


def team(_machine: Machine) -> Answers:
    """Teammates who write to each other for ever."""
    mates = [scripts.agent(f"mate {n}", f"MATE{n}", name=f"mate{n}", team_name="t") for n in (0, 1)]
    start = [[Tool("TeamCreate", {"team_name": "t", "description": "d"})], mates]

    def main(request: Request) -> Reply:
        done = request.tool_results
        return Reply("", start[0] if not done else start[1], USAGE) if done < 2 else TEXT

    def mate(request: Request) -> Reply:
        other = "mate1" if "MATE0" in request.text else "mate0"
        return calls(Tool("SendMessage", {"to": other, "message": "go on", "summary": "on"}))(
            _machine
        )(request)

    return scripts.conversations(main, mate, MARK)


def forked(machine: Machine) -> Answers:
    """Skills and agents of the project that name a model of their own."""
    place = Path(machine.project) / ".claude" / "agents"
    place.mkdir(parents=True)
    place.joinpath("deep.md").write_text(
        "---\nname: deep\ndescription: thinks\nmodel: opus\ntools: Bash\n---\nThink.\n"
    )
    main = calls(scripts.agent("Think", "Think hard.", subagent_type="deep"))(machine)
    return scripts.conversations(main, scripts.endless(USAGE), MARK)


def then(script: Script, **reply: object) -> Script:
    """The same answers, changed."""
    return lambda machine: _changed(script(machine), reply)


def _changed(answers: Answers, reply: dict[str, object]) -> Callable[[Request], Reply]:
    return lambda request: replace(answers(request), **reply)  # type: ignore[arg-type]


AGENT = json.dumps({"deep": {"description": "d", "prompt": "Go on for ever.", "model": "sonnet"}})
CRON = Tool("CronCreate", {"cron": "* * * * *", "prompt": MARK, "recurring": True})
WAKE = Tool("ScheduleWakeup", {"delaySeconds": 1, "reason": "r", "prompt": MARK})
FURTHER = [
    Way("a client from a Stop hook", client_from_hook("Stop")),
    Way("a client from a SessionStart hook", client_from_hook("SessionStart")),
    Way("a client from a SessionEnd hook", client_from_hook("SessionEnd")),
    Way("a client from a skill's text", skill_that_starts),
    Way("--agent of --agents", loop(), ("--agents", AGENT, "--agent", "deep")),
    Way("agents of the project on Opus", forked),
    Way("output style", loop(styled)),
    Way("plan mode", loop(), ("--permission-mode", "plan")),
    Way("plan mode's agent", calls(scripts.agent("Plan", "Plan.", subagent_type="Plan"))),
    Way("/compact with words", always(TEXT), prompts=[MARK, *["/compact keep the names"] * 9]),
    Way("prompts and compactions by turns", loop(), prompts=[MARK, "/compact", f"{MARK} 2"]),
    Way("forks of a session", always(TEXT), ("--continue", "--fork-session"), runs=5),
    Way("agent hook before a tool", agent_hook("PreToolUse")),
    Way("agent hook after a batch", agent_hook("PostToolBatch")),
    Way("agent hook at a prompt", agent_hook("UserPromptSubmit")),
    Way("agent hook at a subagent's end", agent_hook("SubagentStop")),
    Way("5 prompt hooks at Stop", judged("Stop", 5)),
    Way("5 prompt hooks after a batch", judged("PostToolBatch", 5)),
    Way("forked skills that use each other", skills(
        "context: fork\n---\nLEVEL0 look.\n", "context: fork\n---\nLEVEL1 look.\n")),
    Way("skill with a model", skills("model: opus\n---\nLEVEL0 look.\n")),
    Way("background agents", background_agents),
    Way("workflow, 20 at once, a schema", parallel),
    Way("a command's lines wake", watched),
    Way("ScheduleWakeup", calls(WAKE)),
    Way("CronCreate", calls(CRON)),
    Way("teammates", team),
    Way("MCP sampling", sampling),
    Way("mcp serve", served),
    Way("long answers in a loop", then(loop(), stop_reason="max_tokens")),
    Way("ten prompts, a tool loop each", loop(), prompts=[f"{MARK} {n}" for n in range(10)]),
]  # fmt: skip
