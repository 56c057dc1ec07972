"""The ways: what a client, a repository, a gateway or a model may do to go on past the cap."""

from __future__ import annotations

import json

from tests.api import Reply, Tool
from tests.e2e import scripts
from tests.e2e.ways import MARK, USAGE, Way, always, bash, calls, hooks, loop, settings
from tests.e2e.ways_scripts import (
    BLOCK,
    CHEAPROUTE,
    NONE,
    SAME,
    SKIP,
    TEXT,
    agents,
    answered,
    background,
    env_of_project,
    forked_skill,
    goal,
    judged,
    nested,
    overflow,
    padded,
    storm,
    surroundings,
    verifier,
    woken,
    workflow,
)

DATA, CONFIG = "$HOME/.local/share/cheaproute", "$HOME/.config/cheaproute"
OTHER = (
    "import os,sqlite3;d=sqlite3.connect(os.environ['HOME']+'/.local/share/cheaproute/ledger.db');"
    "d.execute('CREATE TABLE spent(x)');d.execute('PRAGMA user_version=4');d.commit()"
)
HOLD = (
    "import sqlite3,time;d=sqlite3.connect(r'%s/ledger.db',isolation_level=None);"
    "d.execute('%s');d.execute('BEGIN IMMEDIATE');time.sleep(60)"
)


def hold(how: str) -> str:
    """A command that holds the ledger's lock for a minute."""
    code = HOLD % ("'+__import__('os').environ['HOME']+r'/.local/share/cheaproute", how)
    return f'setsid nohup python3 -c "{code}" >/dev/null 2>&1 &'


PROJECTS = "$HOME/.claude/projects"
RAISES = (
    f"{CHEAPROUTE} cap raise 100",
    f"env -u CLAUDECODE -u CLAUDE_CODE_ENTRYPOINT {CHEAPROUTE} cap raise 100",
    f"{CHEAPROUTE} cap unset month; {CHEAPROUTE} cap off",
    f"{CHEAPROUTE} config set cap.at_cap warn",
    f"{CHEAPROUTE} config set cap.month_usd 100",
    f"script -qec '{CHEAPROUTE} cap raise 100' /dev/null",
    f"setsid script -qec '{CHEAPROUTE} cap raise 100' /dev/null",
)
# What a stream tells at its start, and what at its end.
WAYS = [
    Way("tools", loop()),
    Way("subagent", agents),
    Way(
        "SendMessage",
        calls(
            scripts.agent("Find x", "Look."),
            *[Tool("SendMessage", {"to": "Find x", "message": "again", "summary": "again"})] * 29,
        ),
    ),
    Way("agents one by one", calls(scripts.agent("Find x", "Look."))),
    Way("workflow of 20 agents", workflow),
    Way("forked skill", forked_skill),
    Way("WebSearch", calls(Tool("WebSearch", {"query": "cats"}))),
    Way("Stop hook that blocks", always(TEXT, hooks("Stop", type="command", command=BLOCK))),
    Way("/goal", goal, prompt="/goal the moon is reached"),
    Way("Stop hook of type agent", verifier),
    Way("5 prompt hooks a tool", judged("PostToolUse", 5)),
    Way("5 prompt hooks before a tool", judged("PreToolUse", 5)),
    Way("5 prompt hooks a prompt", judged("UserPromptSubmit", 5)),
    Way("asyncRewake", woken),
    Way("background commands", background),
    Way("max_tokens", always(Reply("A", stop_reason="max_tokens", usage=USAGE))),
    Way("pause_turn", always(Reply("A", stop_reason="pause_turn", usage=USAGE))),
    Way("refusal", always(Reply("A", stop_reason="refusal", usage=USAGE))),
    Way(
        "window exceeded",
        always(Reply("A", stop_reason="model_context_window_exceeded", usage=USAGE)),
    ),
    Way("empty answers", always(Reply("", usage=USAGE))),
    Way(
        "schema never met",
        always(TEXT),
        (
            "--json-schema",
            json.dumps(
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
            ),
        ),
    ),
    Way("unknown tool", calls(Tool("Nope", {}))),
    Way("invalid input", calls(Tool("Bash", {"nothing": 1}))),
    Way("ten prompts at once", always(TEXT), prompts=[f"{MARK} {n}" for n in range(10)]),
    Way("ten compactions", always(TEXT), prompts=[MARK, *["/compact"] * 10]),
    Way("five runs", always(TEXT), ("--continue",), runs=5),
    Way("fallback model", storm, ("--fallback-model", "haiku")),
    Way("529 storm", storm),
    Way("400 every other", overflow),
    Way("stream cut", answered(cut=True)),
    Way("no transcript", loop(), (SKIP,)),
    Way("no history", env_of_project(CLAUDE_CODE_SKIP_PROMPT_HISTORY="1")),
    Way("cleanupPeriodDays 0", loop(lambda m: settings(m, {"cleanupPeriodDays": 0}))),
    Way("SIMPLE", env_of_project(CLAUDE_CODE_SIMPLE="1")),
    Way("project's env", surroundings),
    Way("12 MB of settings", padded),
    Way("another config dir", env_of_project(CLAUDE_CONFIG_DIR="/tmp/other-config")),  # noqa: S108
    Way("no request ids", answered(headers=NONE)),
    Way("one request id", answered(headers=SAME)),
    Way("no ids, no transcript", answered(headers=NONE), (SKIP,)),
    Way("one id, no transcript", answered(headers=SAME), (SKIP,)),
    Way("no usage at the start", answered(start={})),
    Way("usage at the start alone", answered(start=USAGE, usage={})),
    Way("usage at the start, then 0", answered(start=USAGE, usage={"output_tokens": 0})),
    Way("counts as words", answered(usage={"input_tokens": "100000", "output_tokens": "0"})),
    Way("negative output", answered(usage={**USAGE, "output_tokens": -10_000_000})),
    Way("absurd counts", answered(usage={**USAGE, "cache_read_input_tokens": 2**64 - 1000})),
    Way(
        "nested cache counts",
        answered(
            usage={
                "input_tokens": 0,
                "output_tokens": 0,
                "cache_creation": {
                    "ephemeral_5m_input_tokens": 80_000,
                    "ephemeral_1h_input_tokens": 0,
                },
            }
        ),
    ),
    Way(
        "iterations alone",
        answered(
            usage={
                "input_tokens": 0,
                "output_tokens": 0,
                "iterations": [{"type": "message", **USAGE}],
            }
        ),
    ),
    Way("output alone", answered(usage={"input_tokens": 0, "output_tokens": 20_000})),
    Way(
        "searches alone",
        answered(
            usage={
                "input_tokens": 0,
                "output_tokens": 0,
                "server_tool_use": {"web_search_requests": 20},
            }
        ),
    ),
    Way("unknown model answers", answered(model="our-gateways-own")),
    Way("another model answers", answered(model="claude-haiku-5-5")),
    Way("no model answers", answered(model="\u200b")),
    Way("unknown model asked", loop(), ("--model", "our-gateways-own")),
    Way("gateway with a path", loop(), env={"ANTHROPIC_BASE_URL": "{url}/gw/anthropic"}),
    Way("shell: raise", bash(*RAISES)),
    Way("shell: ledger removed", bash(f"rm -f {DATA}/ledger.db*")),
    Way("shell: ledger renamed", bash(f"mv {DATA}/ledger.db {DATA}/l.$RANDOM")),
    Way("shell: log removed", bash(f"rm -f {DATA}/ledger.db-wal {DATA}/ledger.db-shm")),
    Way("shell: data removed", bash(f"rm -rf {DATA}")),
    Way("shell: ledger truncated", bash(f": > {DATA}/ledger.db")),
    Way("shell: ledger a directory", bash(f"rm -rf {DATA}/ledger.db*; mkdir {DATA}/ledger.db")),
    Way(
        "shell: ledger a link",
        bash(f"mv {DATA}/ledger.db {DATA}/x; ln -s /dev/null {DATA}/ledger.db"),
    ),
    Way("shell: ledger a pipe", bash(f"rm -f {DATA}/ledger.db*; mkfifo {DATA}/ledger.db")),
    Way("shell: ledger another's", bash(f'rm -f {DATA}/ledger.db*; python3 -c "{OTHER}"')),
    Way("shell: ledger of noise", bash(f"head -c 100000 /dev/urandom > {DATA}/ledger.db")),
    Way("shell: data a file", bash(f"rm -rf {DATA}; : > {DATA}")),
    Way("shell: caps.json removed", bash(f"rm -f {CONFIG}/caps.json {DATA}/ledger.db*")),
    Way(
        "shell: caps.json rewritten",
        bash(f"echo '{{\"month\":999000000000}}' > {CONFIG}/caps.json; rm -f {DATA}/ledger.db*"),
    ),
    Way("shell: all of ours removed", bash(f"rm -rf {DATA} {CONFIG}")),
    Way("shell: a client without us", nested("CHEAPROUTE_DISABLE=1")),
    Way(
        "shell: a client elsewhere",
        nested("HOME=$HOME/x XDG_CONFIG_HOME=$HOME/y CHEAPROUTE_HOME=$HOME/z"),
    ),
    Way("shell: a client --bare", nested("", "--bare")),
    Way("shell: uninstall", bash(f"{CHEAPROUTE} uninstall --purge --yes; {CHEAPROUTE} restore -")),
    Way("shell: lock held", bash(hold("SELECT 1"), "echo 1", "echo 2")),
    Way("shell: exclusive lock", bash(hold("PRAGMA locking_mode=EXCLUSIVE"), "echo 1", "echo 2")),
    Way("shell: transcripts removed", bash(f"rm -rf {PROJECTS}/*/*.jsonl")),
    Way("shell: transcript truncated", bash(f"for f in {PROJECTS}/*/*.jsonl; do : > $f; done")),
    Way(
        "shell: a pipe among agents",
        bash(
            f"for f in {PROJECTS}/*/*.jsonl; do d=${{f%.jsonl}}/subagents; mkdir -p $d; "
            "mkfifo $d/agent-x$RANDOM.jsonl; done"
        ),
    ),
    Way("shell: no interpreter", bash(f"echo /nonexistent > {DATA}/interpreter")),
    Way("shell: clock in the file", bash(f"touch -d 2099-01-01 {DATA}/* {PROJECTS}/*/*.jsonl")),
]
