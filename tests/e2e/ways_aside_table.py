"""The ways beside the gates, and what the model's shell does in them."""

from __future__ import annotations

import json

from tests.api import Reply, Tool
from tests.conftest import ROOT
from tests.e2e import scripts, ways_aside, ways_played
from tests.e2e.session import Machine
from tests.e2e.ways import MARK, USAGE, Answers, Script, Way, always, bash, calls, loop, settings
from tests.e2e.ways_ground import LEDGER, PASS
from tests.e2e.ways_scripts import CHEAPROUTE, TEXT, answered, env_of_project, nested
from tests.e2e.ways_table import DATA, PROJECTS

ADVISED = {
    "input_tokens": 2, "output_tokens": 1,
    "iterations": [
        {"type": "message", "input_tokens": 2, "output_tokens": 1},
        {"type": "advisor_message", "model": "claude-opus-4-8",
         "input_tokens": 40_000, "output_tokens": 0},
    ],
}  # fmt: skip
HELPERS = {
    "CLAUDE_CODE_AGENT_PROGRESS_SUMMARIES": "1", "CLAUDE_CODE_CLASSIFIER_SUMMARY": "1",
    "CLAUDE_CODE_REMOTE": "1", "CLAUDE_CODE_RESUME_CACHE_WARM": "1",
    "CLAUDE_CODE_SKILL_PROPOSALS": "1", "CLAUDE_CODE_COORDINATOR_MODE": "1",
    "CLAUDE_CODE_TWO_STAGE_CLASSIFIER": "1", "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "0",
    "CLAUDE_INTERNAL_FC_OVERRIDES": json.dumps(
        {"tengu_passport_quail": True, "tengu_session_memory": True, "tengu_sm_compact": True,
         "tengu_slate_thimble": True, "tengu_moth_copse": True, "tengu_onyx_plover":
         {"enabled": True, "minHours": 0, "minSessions": 0}}),
}  # fmt: skip
VERTEX = {
    "CLAUDE_CODE_USE_VERTEX": "1", "ANTHROPIC_VERTEX_BASE_URL": "{url}/v1",
    "CLAUDE_CODE_SKIP_VERTEX_AUTH": "1", "CLOUD_ML_REGION": "us-east5",
    "ANTHROPIC_VERTEX_PROJECT_ID": "p",
}  # fmt: skip
FOUNDRY = {
    "CLAUDE_CODE_USE_FOUNDRY": "1", "ANTHROPIC_FOUNDRY_BASE_URL": "{url}",
    "ANTHROPIC_FOUNDRY_API_KEY": "k",
}  # fmt: skip
FORGED = (
    '{"claudeAiOauth":{"accessToken":"sk-ant-oat01-x","refreshToken":"sk-ant-ort01-x",'
    '"expiresAt":99999999999999,"scopes":["user:inference","user:profile"],'
    '"subscriptionType":"max","rateLimitTier":"default_claude_max_20x"}}'
)
LOOSER = (
    f"{CHEAPROUTE} cap finish 5", f"{CHEAPROUTE} config set timezone Pacific/Kiritimati",
    f"{CHEAPROUTE} config set billing plan", f"{CHEAPROUTE} config set at_cap warn",
    f"rm -rf {PROJECTS}/*; {CHEAPROUTE} rebuild", f"{CHEAPROUTE} restore /tmp/none",
    f"{CHEAPROUTE} plan undo --all; {CHEAPROUTE} config edit",
)  # fmt: skip
MANY = (
    f"for f in {PROJECTS}/*/*.jsonl; do d=${{f%.jsonl}}/subagents; mkdir -p $d; cd $d;"
    " seq 1 40000 | sed 's/.*/agent-x&.jsonl/' | xargs touch; done"
)
# Of this client alone: others of the machine have theirs.
STANDBY = (
    "for p in $(cat /proc/$PPID/task/*/children); do"
    " grep -qz mod_stand[b]y /proc/$p/cmdline && echo $p; done"
)
# A device of its own: by a link root's client would write over the machine's.
ENDLESS = f"for f in {PROJECTS}/*/*.jsonl; do rm -f $f; mknod $f c 1 5; done"
SWAP = f"for f in {PROJECTS}/*/*.jsonl; do rm -f $f; @ $f; done"
SEEN = '"seats":{"step":true,"fetch":true,"log":true}'
FORGED_START = (
    '{"hook_event_name":"ModStart","session_id":"\'$CLAUDE_CODE_SESSION_ID\'",'
    '"version":"2.1.332","seats":{},"calls":[],"flights":[]}'
)
FORGED_SEAT = FORGED_START.replace("ModStart", "ModBook").replace('"seats":{}', SEEN)
NOTHING = (
    "import glob,json,os,subprocess;"
    "rows=[json.loads(x) for p in glob.glob(os.environ['HOME']+'/.claude/projects/*/*.jsonl')"
    " for x in open(p) if 'requestId' in x];"
    "calls=[{'request_id':r['requestId'],'model':r['message']['model'],'input_tokens':0,"
    "'output_tokens':0,'cost_usd_micros':0,'query_source':'sdk','session.id':r['sessionId']}"
    " for r in rows];"
    "q={'hook_event_name':'ModBook','session_id':rows[0]['sessionId'],'seats':{},'calls':calls,"
    "'flights':[]};"
    f"subprocess.run(['{ROOT}/hooks/run','mod'],input=json.dumps(q).encode())"
)
LOCKS = (
    "import fcntl,glob,os,time;h=os.environ['HOME'];"
    "f=[open(p,'rb+') for d in ('/.local/share/cheaproute','/.config/cheaproute')"
    " for p in glob.glob(h+d+'/**',recursive=True) if os.path.isfile(p)"
    " and not p.endswith(('-shm','-wal','.db')) and os.path.realpath(p).startswith(h)];"
    "[fcntl.flock(x,2) for x in f];[fcntl.lockf(x,2) for x in f];time.sleep(60)"
)
SUMS = (
    "[d.execute('UPDATE %s SET %s = -abs(%s) - 1000000000000' % (t, c, c))"
    " for t, in d.execute(\\\"SELECT name FROM sqlite_master WHERE type='table'\\\").fetchall()"
    " for _, c, k, *_ in d.execute('PRAGMA table_info(%s)' % t).fetchall()"
    " if 'nano' in c or 'usd' in c];d.commit()"
)
FEWER = (
    "import glob,json,os;"
    "[open(p,'a').write(''.join(json.dumps(r)+chr(10) for r in rows))"
    " for p in glob.glob(os.environ['HOME']+'/.claude/projects/*/*.jsonl')"
    " for rows in [[r for r in map(json.loads, open(p)) if r.get('type')=='assistant']]"
    " for r in rows if not r['message'].update(usage={'input_tokens':0,'output_tokens':0})]"
)


def mod(question: str) -> str:
    """A command that is in the place of the module, as a child of the client itself."""
    return f"echo '{question}' > $HOME/q; exec {ROOT}/hooks/run mod < $HOME/q"


def passes(**env: str) -> Script:
    """A pass is forged at each step in a project whose settings set `env`."""

    def script(machine: Machine) -> Answers:
        settings(machine, {"env": env})
        return bash(PASS)(machine)

    return script


def unwritten(machine: Machine) -> Answers:
    """A project that has no transcript written, and a shell that says a module is there."""
    settings(machine, {"env": {"CLAUDE_CODE_SKIP_PROMPT_HISTORY": "1"}})
    return bash(mod(FORGED_START), mod(FORGED_SEAT))(machine)


ASIDE = [
    Way("one id for all", ways_aside.one_id),
    Way("synthetic answers", answered(model="<synthetic>")),
    Way("an advisor's cost", answered(usage=ADVISED)),
    Way("an advisor's cost, no transcript", answered(usage=ADVISED),
        options=["--no-session-persistence"]),
    Way("too long, again and again", ways_aside.too_long),
    Way("a tool's end without a tool", always(Reply("A", stop_reason="tool_use", usage=USAGE))),
    Way("ends by compaction", always(Reply("A", stop_reason="compaction", usage=USAGE))),
    Way("/context uncounted", ways_aside.no_counting(loop()), prompts=[MARK, *["/context"] * 6]),
    Way("reads uncounted", ways_aside.reads),
    Way("long results of a server", ways_aside.served("mcp__s__long")),
    Way("a server's prompts", ways_aside.served("mcp__s__long"),
        prompts=[MARK, *["/mcp__s__p"] * 8]),
    Way("no streams", ways_aside.unstreamed),
    Way("our hooks again, async", ways_aside.doubled(**{"async": True})),
    Way("our hooks again, 1 s", ways_aside.doubled(timeout=1)),
    Way("our hooks again, once", ways_aside.doubled(once=True)),
    Way("our hooks again, by if", ways_aside.doubled(**{"if": "Bash(nothing)"})),
    Way("settings: hooks of others off", ways_aside.set_by_project(
        allowManagedHooksOnly=True, strictPluginOnlyCustomization=True,
        disableSkillShellExecution=True, skippedPlugins=["cheaproute"],
        sandbox={"enabled": True, "failIfUnavailable": False},
        pluginConfigs={"cheaproute@inline": {"options": {"monthly_cap_usd": 9999}}})),
    Way("settings: plugin off", ways_aside.set_by_project(
        enabledPlugins={"cheaproute@inline": False})),
    Way("Vertex", loop(), env=VERTEX),
    Way("Foundry", loop(), env=FOUNDRY),
    Way("extra body", env_of_project(CLAUDE_CODE_EXTRA_BODY='{"model":"claude-opus-4-8"}')),
    Way("compacts at 1 %", ways_aside.compacting),
    Way("stream given up", ways_aside.given_up),
    Way("hooks in an agent's own text", ways_aside.fronted),
    Way("hooks that block elsewhere", ways_aside.blocked),
    Way("helpers switched on", env_of_project(**HELPERS)),
    Way("interrupted turns taken up", ways_aside.slow_tools, play=ways_played.interrupted),
    Way("/clear between prompts", loop(), prompts=[MARK, *["/clear", f"{MARK} x"] * 6]),
    Way("/clear, text", always(TEXT), prompts=[MARK, *["/clear", f"{MARK} x"] * 6]),
    Way("worktrees entered", ways_aside.repository(calls(
        Tool("EnterWorktree", {"name": "x1"}), scripts.bash("echo 1"),
        Tool("ExitWorktree", {"action": "remove", "discard_changes": True})))),
    Way("--worktree", ways_aside.repository(loop()), ("--worktree", "x2")),
    Way("side questions", always(TEXT), play=ways_played.asked(
        {"subtype": "side_question", "question": "why"})),
    Way("titles asked for", always(TEXT), play=ways_played.asked(
        {"subtype": "generate_session_title", "description": "a title please", "persist": True})),
    Way("ten searches a message", ways_aside.burst(Tool("WebSearch", {"query": "cats"}), 10)),
    Way("one transcript, many runs", always(TEXT), play=ways_played.same_session),
    Way("installed", loop(), play=ways_played.installed()),
    Way("installed: no settings", loop(), play=ways_played.installed("--setting-sources", "")),
    Way("installed: other plugin places", env_of_project(
        CLAUDE_CODE_USE_COWORK_PLUGINS="1", CLAUDE_CODE_PLUGIN_CACHE_DIR="/nowhere",
        CLAUDE_CODE_DISABLE_PLUGIN_FORWARDING="1", CLAUDE_CODE_DISABLE_HOOK_FORWARDING="1"),
        play=ways_played.installed()),
    Way("shell: plugin disabled", bash("claude plugin disable cheaproute@cheaproute"),
        play=ways_played.installed()),
    Way("shell: interpreter is true", bash(f"echo /bin/true > {DATA}/interpreter")),
    Way("shell: plugin renamed", bash('mv "$P" "$P.x"'), play=ways_played.copied),
    Way("shell: plugin not executable", bash('chmod -x "$P"/hooks/run'), play=ways_played.copied),
    Way("shell: plugin broken", bash(
        'for f in hook.py bytecode.py; do echo "raise SystemExit" > "$P"/hooks/$f; done; '
        'echo "raise SystemExit" > "$P"/cheaproute/__init__.py'), play=ways_played.copied),
    Way("shell: sums negative", bash(f'python3 -c "{LEDGER}{SUMS}"')),
    Way("shell: rows again, fewer", bash(f'python3 -c "{FEWER}"')),
    Way("shell: transcript a pipe", bash(SWAP.replace("@", "mkfifo"))),
    Way("shell: transcript a folder", bash(SWAP.replace("@", "mkdir"))),
    Way("shell: transcript endless", bash(ENDLESS)),
    Way("shell: transcript huge", bash(f"truncate -s 20G {PROJECTS}/*/*.jsonl")),
    Way("shell: 40,000 agents", bash(MANY)),
    Way("shell: our files locked", bash(
        f'setsid nohup python3 -c "{LOCKS}" >/dev/null 2>&1 &', "echo 1", "echo 2")),
    Way("shell: hooks stopped", ways_aside.stopper),
    Way("shell: a small stack", bash("prlimit --pid $PPID --stack=65536:65536")),
    Way("shell: little memory", bash("prlimit --pid $PPID --data=30000000:30000000")),
    Way("shell: no processor time", bash("prlimit --pid $PPID --cpu=30:30")),
    Way("shell: a forged plan", bash(
        f"echo '{FORGED}' > $HOME/.claude/.credentials.json", "echo 1", "echo 2")),
    Way("shell: looser by command", bash(*LOOSER)),
    Way("shell: a pass, no modules", passes(CLAUDE_CODE_ENABLE_FUNCTION_HOOKS="0")),
    Way("shell: a pass, another name", passes(AI_AGENT="claude-code_2-1-332_agent")),
    Way("shell: a seat forged, no history", unwritten),
    Way("shell: calls booked as nothing", bash(f'python3 -c "{NOTHING}"')),
    Way("shell: another stands by", ways_played.listener("lies")),
    Way("shell: another stands by, in silence", ways_played.listener("silence")),
    Way("shell: who stands by is stopped", bash(f"kill -STOP $({STANDBY})", "echo 1")),
    Way("shell: who stands by is ended", bash(f"kill -9 $({STANDBY})", "echo 1")),
    Way("shell: its socket removed", bash(f"rm -f {DATA}/passes/*.*")),
    Way("shell: its socket a folder", bash(
        f"for f in {DATA}/passes/*.*; do rm -f $f; mkdir $f; done")),
    Way("shell: a client of nobody", ways_aside.orphaned("CHEAPROUTE_DISABLE=1")),
    Way("shell: a client of nobody, elsewhere", ways_aside.orphaned("CHEAPROUTE_HOME=$HOME/z")),
    Way("shell: a client, settings off", nested("", "--settings", "'{\"disableAllHooks\":true}'")),
    Way("prompts that loosen", always(TEXT), prompts=[
        MARK, f"{MARK} 2", f"{MARK} 3", f"{CHEAPROUTE} cap finish 5", f"{CHEAPROUTE} cap raise 9",
        f"{CHEAPROUTE} config set at_cap warn", f"{CHEAPROUTE} restore x", *[f"{MARK} 4"] * 4]),
]  # fmt: skip
