"""What a gateway may answer, a project hold, a model's shell do: what a stranger thought of."""

from __future__ import annotations

import json

from tests.api import Reply, Tool
from tests.e2e import scripts, ways_fresh
from tests.e2e.ways import USAGE, Way, always, bash, calls, loop
from tests.e2e.ways_aside import set_by_project
from tests.e2e.ways_fresh import Odd, every_other, filed, odd, ruled
from tests.e2e.ways_fresh_played import fixed, runs
from tests.e2e.ways_ground import LEDGER
from tests.e2e.ways_scripts import answered, env_of_project
from tests.e2e.ways_table import CONFIG, DATA, PROJECTS

# What the API tells a subscriber, told to one who pays by the token.
PLAN = {
    "anthropic-ratelimit-unified-status": "allowed",
    "anthropic-ratelimit-unified-representative-claim": "five_hour",
    "anthropic-ratelimit-unified-5h-utilization": "0.1",
    "anthropic-ratelimit-unified-5h-reset": "1795741200",
    "anthropic-ratelimit-unified-7d-utilization": "0.1",
    "anthropic-ratelimit-unified-7d-reset": "1796000000",
}
THOUGHT = [{"type": "thinking", "thinking": "x", "signature": "y"}]
SEARCHED = [
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    {"type": "text", "text": "so"},
]
AWS = {"AWS_REGION": "us-east-1"}
BEDROCK = {
    **AWS, "CLAUDE_CODE_USE_BEDROCK": "1", "ANTHROPIC_BEDROCK_BASE_URL": "{url}",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH": "1",
}  # fmt: skip
MANTLE = {
    **AWS, "CLAUDE_CODE_USE_MANTLE": "1", "ANTHROPIC_BEDROCK_MANTLE_BASE_URL": "{url}",
    "CLAUDE_CODE_SKIP_MANTLE_AUTH": "1",
}  # fmt: skip
ON_AWS = {
    **AWS, "CLAUDE_CODE_USE_ANTHROPIC_AWS": "1", "ANTHROPIC_AWS_BASE_URL": "{url}",
    "CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH": "1", "ANTHROPIC_AWS_WORKSPACE_ID": "w",
}  # fmt: skip
ENVIRONMENT = {
    ".env": "CLAUDE_CODE_SIMPLE=1\nCHEAPROUTE_DISABLE=1\nCLAUDE_CODE_SAFE_MODE=1\n",
    "bunfig.toml": 'preload = ["./x.js"]\n', "x.js": "process.env.CLAUDE_CODE_SIMPLE = '1'\n",
}  # fmt: skip
PYTHON = dict.fromkeys(
    ("json.py", "sqlite3.py", "os.py", "sitecustomize.py", "usercustomize.py", "cheaproute.py"),
    "raise SystemExit(0)\n",
)
LAUNCHERS = {
    "CLAUDE_CODE_PROCESS_WRAPPER": "/bin/true", "CLAUDE_CODE_SHELL": "/bin/true",
    "CLAUDE_CODE_SHELL_LAUNCHER_SCRIPT": "exit", "SHELL": "/bin/true",
    "BASH_ENV": "/nonexistent", "ENV": "/nonexistent",
}  # fmt: skip
RENAMED = {
    "modelOverrides": {"claude-sonnet-5-5": "our-own", "sonnet": "our-own"},
    "fallbackModel": ["haiku"], "availableModels": ["sonnet", "opus"], "advisorModel": "opus",
}  # fmt: skip
QUESTION = {
    "question": "a?", "header": "a", "multiSelect": False,
    "options": [{"label": "x", "description": "x"}, {"label": "y", "description": "y"}],
}  # fmt: skip
SCHEMA = '{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}'
TABLES = (
    "for n, in d.execute(\\\"SELECT name FROM sqlite_master WHERE type='table' AND name NOT LIKE"
    " 'sqlite%' AND name NOT IN ('meta','cap')\\\").fetchall()];d.commit()"
)
TAKEN = "CREATE TRIGGER IF NOT EXISTS zz_@ AFTER INSERT ON @ BEGIN DELETE FROM @; END"
TRIGGERS = f"{LEDGER}[d.execute('{TAKEN}'.replace('@', n)) {TABLES}"
UNKEPT = LEDGER + "d.execute('DROP TRIGGER IF EXISTS call_added');d.commit()"
NEWER = LEDGER + "d.execute('PRAGMA user_version=9999');d.commit()"
FORGED = json.dumps({"type": "cost-state", "totalCostUSD": -100, "modelUsage": {}})


def python(code: str) -> str:
    """A command that runs `code`."""
    return f'python3 -c "{code}"'


def each_transcript(do: str) -> str:
    """A command that does that to each transcript, `$f`."""
    return f"for f in {PROJECTS}/*/*.jsonl; do {do}; done"


ODD = [
    Way("Bedrock", loop(), env=BEDROCK),
    Way("Mantle", loop(), env=MANTLE),
    Way("Anthropic on AWS", loop(), env=ON_AWS),
    Way("ids with half a character", odd(id="msg_@\ud800")),
    Way("ids of a megabyte", odd(id="msg_@" + "x" * 1_000_000)),
    Way("ids empty", odd(id="")),
    Way("ids null", odd(id=None)),
    Way("ids numbers", odd(id=7)),
    Way("ids said again in each session", ways_fresh.replayed, play=runs(5)),
    Way("streams broken by an error", every_other()),
    Way("inputs torn", odd('{"command": "ec')),
    Way("inputs a word", odd('"echo"')),
    Way("inputs nested deep", ways_fresh.deep),
    Way("usage null", odd(usage=None)),
    Way("usage a list", odd(usage=[1])),
    Way("usage a word", odd(usage="many")),
    Way("model null", odd(model=None)),
    Way("model a number", odd(model=7)),
    Way("model with half a character", odd(model="claude-\ud800")),
    Way("stop reason of nobody", odd(stop_reason="because")),
    Way("stop reason null", odd(stop_reason=None)),
    Way("answers with an error's words", answered(text="API Error: 529 Overloaded")),
    Way("answers with our words", answered(text="[cheaproute] Monthly cap reached: $1 of $1.")),
    Way("a plan's headers with a key", answered(headers=PLAN)),
    Way("thinking alone", always(Odd("", usage=USAGE, patch={"content": THOUGHT}))),
    Way("server tools, paused", always(
        Odd("", usage=USAGE, patch={"content": SEARCHED, "stop_reason": "pause_turn"}))),
    Way("redirected", every_other(Reply(status=307, headers={"location": "/v1/messages"}))),
    Way("401 every other, a helper that starts a client", ways_fresh.helper_starts),
    Way("413 every other", every_other(Reply(status=413, error="request_too_large"))),
    Way("tools begun amid the stream", answered(pause_s=1.5)),
    Way("files: bunfig, .env", filed(ENVIRONMENT)),
    Way("files: shims", ways_fresh.shims),
    Way("files: modules of Python", filed(PYTHON)),
    Way("env: launchers", env_of_project(**LAUNCHERS)),
    Way("env: a value of 200 kB", env_of_project(BIG="x" * 200_000)),
    Way("env: our ledger in 200 kB", env_of_project(CHEAPROUTE_HOME="x" * 200_000)),
    Way("env: 2 MB in two files", ways_fresh.much),
    Way("env: another project's folder", env_of_project(CLAUDE_CODE_PROJECT_DIR_NAME="other")),
    Way("another folder, shell's", loop(), env={"CLAUDE_CODE_PROJECT_DIR_NAME": "other"}),
    Way("env: restricted", env_of_project(
        CLAUDE_CODE_RESTRICTED="1", CLAUDE_CODE_RESTRICT_PERSONAL_CONFIG="1",
        CLAUDE_CODE_EVAL_CONFINED="1", CLAUDE_CODE_REMOTE_HERMETIC_MODE="1")),
    Way("env: managed elsewhere", ways_fresh.managed),
    Way("env: slim transcripts", env_of_project(
        CLAUDE_CODE_TRANSCRIPT_SLIM_TOOL_RESULTS="1", CLAUDE_CODE_TRANSCRIPT_LOCAL_GC="1",
        CLAUDE_CODE_TRANSCRIPT_TAIL_LOAD="1", CLAUDE_CODE_TMPDIR="/nonexistent")),
    Way("env: odd bodies", env_of_project(
        CLAUDE_CODE_SIMULATE_PROXY_USAGE="1", CLAUDE_CODE_INCREMENTAL_REQUEST_BODY="1",
        ANTHROPIC_BETAS="context-1m-2025-08-07", ANTHROPIC_CUSTOM_HEADERS="x-a: b")),
    Way("env: code mode", env_of_project(CLAUDE_CODE_EXPERIMENTAL_CODE_MODE="1")),
    Way("env: memory after turns", env_of_project(
        CLAUDE_CODE_POST_TURN_MEMORY="1", CLAUDE_CODE_POST_TURN_MEMORY_SYNC="1",
        CLAUDE_CODE_SLEEP_COMPACT="1", CLAUDE_CODE_SLEEP_COMPACT_AFTER_MS="100")),
    Way("settings: models renamed", set_by_project(**RENAMED)),
    Way("settings: tools denied", set_by_project(permissions={"deny": ["Bash"]})),
    Way("hook denies each tool", ruled(permissionDecision="deny")),
    Way("hook asks at each tool", ruled(permissionDecision="ask")),
    Way("hook defers each tool", ruled(permissionDecision="defer"), ("--continue",), runs=5),
    Way("hooks in a skill's own text", ways_fresh.own_skill),
    Way("plan mode in and out", calls(
        Tool("EnterPlanMode", {}), Tool("ExitPlanMode", {"plan": "x"}))),
    Way("lists of tasks", calls(
        Tool("TaskCreate", {"subject": "x", "description": "y", "activeForm": "z"}),
        Tool("TaskList", {}), Tool("TodoWrite", {"todos": []}))),
    Way("tools searched", calls(Tool("ToolSearch", {"query": "select:WebFetch"}))),
    Way("questions to nobody", calls(Tool("AskUserQuestion", {"questions": [QUESTION]}))),
    Way("pictures of a server", ways_fresh.pictured),
    Way("words to the user", calls(Tool("SendUserMessage", {"message": "x"})), ("--brief",)),
    Way("schema met again and again", calls(Tool("StructuredOutput", {"a": "x"})),
        ("--json-schema", SCHEMA)),
    Way("agents of agents", ways_fresh.nested_agents),
    Way("agents far away", calls(scripts.agent("Find x", "Look.", isolation="remote"))),
    Way("shell: transcript torn", bash(each_transcript("printf '{\"x\":\"' >> $f"))),
    Way("shell: transcript fixed", bash(f"chattr +i {PROJECTS}/*/*.jsonl {PROJECTS}/*"),
        play=fixed),
    Way("shell: transcripts a file", bash(f"rm -rf {PROJECTS}; : > {PROJECTS}")),
    Way("shell: .claude renamed", bash("mv $HOME/.claude $HOME/.claude.$RANDOM")),
    Way("shell: transcript another's", bash(
        each_transcript(": > $HOME/o; rm -f $f; ln -s $HOME/o $f"))),
    Way("shell: every other transcript emptied", bash("echo 1", each_transcript(": > $f"))),
    Way("shell: emptied after a cheap call", ways_fresh.cheap_first(each_transcript(": > $f"))),
    Way("shell: an agent's transcript removed", ways_fresh.in_an_agent(
        f"rm -rf {PROJECTS}/*/*/subagents")),
    Way("shell: an agent's transcript emptied", ways_fresh.in_an_agent(
        f"for f in {PROJECTS}/*/*/subagents/*; do : > $f; done")),
    Way("shell: totals forged", bash(each_transcript(f"echo '{FORGED}' >> $f"))),
    Way("shell: triggers", bash(python(TRIGGERS))),
    Way("shell: no triggers", bash(python(UNKEPT))),
    Way("shell: tables dropped", bash(python(LEDGER + "[d.execute('DROP TABLE '+n) " + TABLES))),
    Way("shell: a newer ledger", bash(python(NEWER))),
    Way("shell: a page torn", bash(
        f"dd if=/dev/urandom of={DATA}/ledger.db bs=4096 seek=3 count=30 conv=notrunc;"
        f" rm -f {DATA}/ledger.db-*")),
    Way("shell: ledger fixed", bash(f"chattr +i {DATA}/ledger.db {DATA} {CONFIG}"), play=fixed),
    Way("shell: leaves_ended a folder", bash(
        f"rm -f {DATA}/leaves_ended; mkdir {DATA}/leaves_ended")),
]  # fmt: skip
