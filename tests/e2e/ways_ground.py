"""Ways that take away what a session stands on: its folder, our files, its limits, its hooks."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from tests.api import Reply, Request
from tests.e2e import scripts
from tests.e2e.session import Machine
from tests.e2e.ways import (
    MARK,
    USAGE,
    Answers,
    Script,
    Way,
    bash,
    calls,
    hooks,
    loop,
    settings,
)
from tests.e2e.ways_scripts import answered, env_of_project, judged
from tests.e2e.ways_table import CONFIG, DATA, PROJECTS

# Of the events that a project's hook may judge those that no other way has.
EVENTS = (
    "SessionStart", "SessionEnd", "Setup", "Notification", "PermissionRequest", "SubagentStart",
    "PostToolUseFailure", "TaskCreated", "TaskCompleted", "FileChanged", "CwdChanged",
    "ConfigChange", "InstructionsLoaded", "UserPromptExpansion", "StopFailure", "PostCompact",
)  # fmt: skip
LEDGER = (
    "import os,sqlite3;"
    "d=sqlite3.connect(os.environ['HOME']+'/.local/share/cheaproute/ledger.db',timeout=5);"
)
EMPTY = (
    "[d.execute('DELETE FROM '+n) for n, in d.execute(\\\"SELECT name FROM sqlite_master WHERE"
    " type='table' AND name NOT IN ('meta','cap') AND name NOT LIKE 'sqlite%'\\\").fetchall()];"
    "d.commit()"
)
# A server that says something into the session again and again.
PUSHER = """
import json, sys, threading, time
def say(**m): sys.stdout.write(json.dumps({"jsonrpc": "2.0", **m}) + "\\n"); sys.stdout.flush()
def push():
    for n in range(20):
        time.sleep(1)
        say(method="notifications/claude/channel", params={"content": "GO-MAIN %d" % n})
for line in sys.stdin:
    m = json.loads(line)
    if m.get("method") == "initialize":
        say(id=m["id"], result={"protocolVersion": m["params"]["protocolVersion"],
            "capabilities": {"experimental": {"claude/channel": {}}, "tools": {}},
            "serverInfo": {"name": "s", "version": "1"}})
        threading.Thread(target=push, daemon=True).start()
    elif "id" in m:
        say(id=m["id"], result={"tools": []} if m.get("method") == "tools/list" else {})
"""


def judged_everywhere(machine: Machine) -> Answers:
    """The project has two hooks that ask a model at each of EVENTS."""
    hook = {"type": "prompt", "prompt": "Is it well? $ARGUMENTS"}
    script = judged("SessionStart", 1)(machine)
    settings(machine, {"hooks": {event: [{"hooks": [hook] * 2}] for event in EVENTS}})
    return script


def agreeing(machine: Machine) -> Answers:
    """The project's hooks say of everything that it is allowed and goes on."""
    words: dict[str, dict[str, str] | None] = {
        "PreToolUse": {"hookEventName": "PreToolUse", "permissionDecision": "allow"},
        "PostToolBatch": {"hookEventName": "PostToolBatch", "additionalContext": "go on"},
        "UserPromptSubmit": {"hookEventName": "UserPromptSubmit", "additionalContext": "go on"},
        "Stop": None,
        "SubagentStop": None,
    }
    table = {}
    for event, more in words.items():
        said: dict[str, object] = {"continue": True, "decision": "approve"}
        if more:
            said["hookSpecificOutput"] = more
        hook = {"type": "command", "command": f"echo '{json.dumps(said)}'"}
        table[event] = [{"hooks": [hook]}]
    settings(machine, {"hooks": table})
    return calls(scripts.agent("Find x", "Look."), scripts.bash("echo 1"))(machine)


def prompted(machine: Machine) -> Answers:
    """A hook at the start says the first prompt itself, in each of several runs."""
    said = {"hookEventName": "SessionStart", "initialUserMessage": f"{MARK} 2"}
    command = f"echo '{json.dumps({'hookSpecificOutput': said})}'"
    hooks("SessionStart", type="command", command=command)(machine)
    return scripts.endless(USAGE)


def pushed(machine: Machine) -> Answers:
    """A server of the project pushes prompts into the session."""
    path = Path(machine.project) / "pusher.py"
    path.write_text(PUSHER)
    server = {"command": sys.executable, "args": [str(path)]}
    Path(machine.project, ".mcp.json").write_text(json.dumps({"mcpServers": {"s": server}}))
    settings(machine, {"enableAllProjectMcpServers": True})
    return calls(scripts.bash("sleep 3"))(machine)


def heavy(_machine: Machine) -> Answers:
    """Batches of forty commands of 200 kB each."""
    tools = [scripts.bash(f"echo {n} # {'x' * 200_000}") for n in range(40)]
    return lambda request: (
        Reply("", tools, USAGE) if request.tool_results < 400 else Reply("End.", usage=USAGE)
    )


def doubled(_machine: Machine) -> Answers:
    """Answers of a gateway that are cut every other time, after their usage."""
    seen: list[int] = []

    def script(request: Request) -> Reply:
        seen.append(1)
        return replace(scripts.endless(USAGE)(request), cut=len(seen) % 2 == 0)

    return script


def killer(machine: Machine) -> Answers:
    """A command in the background ends each hook of this client as soon as it is seen."""
    command = (
        "C=$PPID; setsid nohup sh -c 'for i in $(seq 900); do"
        " for p in $(cat /proc/'$C'/task/*/children); do"
        " grep -q hook.py /proc/$p/cmdline 2>/dev/null && kill -9 $p; done; sleep 0.02; done'"
        " >/dev/null 2>&1 &"
    )
    return bash(command, "echo 1", "echo 2")(machine)


def every(*places: str, how: str) -> Script:
    """The model's shell does that to each of our files at each step."""
    return bash("; ".join(how.replace("@", place) for place in places))


def configured(machine: Machine) -> Answers:
    """The cap stands in config.toml alone, and the ledger is taken away at each step."""
    machine.cheaproute("config", "set", "cap.month_usd", "0.50")
    return bash(f"rm -f {DATA}/ledger.db* {CONFIG}/caps.json")(machine)


READ = (
    f"{CONFIG}/config.toml", f"{CONFIG}/caps.json",
    f"{DATA}/leaves_ended", f"{DATA}/settings.json", f"{DATA}/elsewhere.json", f"{DATA}/lease.json",
)  # fmt: skip
FILES = (f"{DATA}/interpreter", f"{DATA}/home", *READ)
SUMMARIES = {
    "CLAUDE_CODE_EMIT_TOOL_USE_SUMMARIES": "1",
    "CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION": "1",
    "CLAUDE_CODE_ENABLE_AWAY_SUMMARY": "1",
}
COMMANDS = ("/insights", "/recap", "/btw what", "/rename", "/init", "/loop 1s GO-MAIN", "/review")
PASS = f"mkdir -p {DATA}/passes; echo post_tool_batch > {DATA}/passes/$PPID"
LOGS = f"rm -f {DATA}/ledger.db-*; mkdir {DATA}/ledger.db-wal {DATA}/ledger.db-shm"
CHEAPER = f'sed -i \'s/"input_tokens":100000/"input_tokens":0/g\' {PROJECTS}/*/*.jsonl'
NO_CAP = LEDGER + "d.execute('DELETE FROM cap');d.commit()"  # noqa: S608
OFF = "echo '{\"disableAllHooks\":true}' >"
GROUND = [
    Way("shell: project removed", bash('P=$PWD; cd /; rm -rf "$P"')),
    Way("shell: project renamed", bash('P=$PWD; cd /; mv "$P" "$P.$RANDOM"')),
    Way("shell: project a file", bash('P=$PWD; cd /; rm -rf "$P"; : > "$P"')),
    Way("shell: a pass forged", bash(PASS)),
    Way("shell: ours pipes", every(*FILES, how="rm -rf @; mkfifo @")),
    Way("shell: ours endless", every(*FILES, how="rm -rf @; ln -s /dev/zero @")),
    Way("shell: ours huge", every(*READ, how="rm -rf @; truncate -s 20G @")),
    Way("shell: ours folders", every(*FILES, how="rm -rf @; mkdir @")),
    Way("shell: another home", bash(f"mkdir -p $HOME/e; echo $HOME/e > {DATA}/home")),
    Way("shell: logs folders", bash(LOGS)),
    Way("shell: usage rewritten", bash(CHEAPER)),
    Way("shell: rows deleted", bash(f'python3 -c "{LEDGER}{EMPTY}"')),
    Way("shell: caps deleted", bash(f'python3 -c "{NO_CAP}"')),
    Way("shell: no file may grow", bash("prlimit --pid $PPID --fsize=0:0")),
    Way("shell: few files", bash("prlimit --pid $PPID --nofile=64:64")),
    Way("shell: hooks ended", killer),
    Way("shell: a cap of config.toml", configured),
    Way("shell: hooks off, project", bash(f"mkdir -p .claude; {OFF} .claude/settings.json")),
    Way("shell: hooks off, user", bash(f"{OFF} $HOME/.claude/settings.json")),
    Way("env: shell prefix", env_of_project(CLAUDE_CODE_SHELL_PREFIX="/bin/true")),
    Way("env: script caps", env_of_project(CLAUDE_CODE_SCRIPT_CAPS='{"run":1,"hooks/run":1}')),
    Way("env: scrubbed", env_of_project(CLAUDE_CODE_SUBPROCESS_ENV_SCRUB="1")),
    Way("env: no modules", env_of_project(CLAUDE_CODE_ENABLE_FUNCTION_HOOKS="0")),
    Way("env: summaries", env_of_project(**SUMMARIES)),
    Way("env: gives up early", env_of_project(API_TIMEOUT_MS="300")),
    Way("env: REPL", env_of_project(CLAUDE_CODE_REPL="1", CLAUDE_REPL_MODE="1")),
    Way("an hour's cache alone", answered(usage={
        "input_tokens": 0, "output_tokens": 0, "cache_creation_input_tokens": 50_000,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 50_000}})),
    Way("prompt hooks elsewhere", judged_everywhere),
    Way("hooks that agree", agreeing),
    Way("initialUserMessage", prompted, runs=3),
    Way("commands", loop(), prompts=[MARK, *COMMANDS]),
    Way("auto mode", loop(), ("--permission-mode", "auto")),
    Way("channel", pushed, ("--dangerously-load-development-channels", "server:s")),
    Way("batches of 8 MB", heavy),
    Way("every other stream cut", doubled),
]  # fmt: skip
