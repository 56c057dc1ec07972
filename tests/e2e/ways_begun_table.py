"""Ways of one who looked for what comes before our first line, and after an answer's last."""

from __future__ import annotations

from pathlib import Path

from tests.api import Reply
from tests.e2e import ways_begun as begun
from tests.e2e.session import Machine
from tests.e2e.ways import Way, loop, settings
from tests.e2e.ways_begun import env_in, relayed
from tests.e2e.ways_scripts import TEXT, agents, answered, env_of_project, judged, storm

PLAIN = loop()
PYTHON = dict.fromkeys(
    ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONPLATLIBDIR", "PYTHONPYCACHEPREFIX",
     "PYTHONUSERBASE", "PYTHONEXECUTABLE"),
    "{here}/nothing",
) | {"PYTHONMALLOC": "none", "PYTHONHASHSEED": "x", "PYTHONIOENCODING": "none", "PYTHON_GIL": "x",
     "PYTHONINSPECT": "1", "PYTHONDEVMODE": "1", "PYTHONCASEOK": "1"}  # fmt: skip
CLOCK = {"CLAUDE_CODE_OVERRIDE_DATE": "2031-05-05", "FAKETIME": "+5y", "SOURCE_DATE_EPOCH": "1"}
HELPERS = dict.fromkeys(
    ("CLAUDE_CODE_EXPERIMENTAL_OBSERVER_AGENTS", "CLAUDE_CODE_PROACTIVE",
     "CLAUDE_CODE_ENABLE_WRAP_UP", "CLAUDE_CODE_SILENT_TURN_REMINDER",
     "CLAUDE_CODE_LOOP_PERSISTENT", "CLAUDE_CODE_TURN_UPDATES", "CLAUDE_CODE_WEB_FETCH_AGENT",
     "CLAUDE_CODE_FORCE_EVALUATE_MEMORY",
     "CLAUDE_CODE_FIRST_CALL_THINKING_TITLES", "CLAUDE_CODE_ENABLE_EXPERIMENTAL_ADVISOR_TOOL"),
    "1",
)  # fmt: skip
COLD = {
    "CLAUDE_CODE_COLD_COMPACT": "1", "CLAUDE_CODE_COLD_COMPACT2": "1",
    "CLAUDE_CODE_IDLE_COMPACT_MIN_TOKENS": "1", "CLAUDE_CODE_BLOCKING_LIMIT_OVERRIDE": "1",
}  # fmt: skip
WATCHED = {
    "CLAUDE_CODE_RETRY_WATCHDOG": "1", "CLAUDE_CODE_OVERLOADED_RETRY_BASE_DELAY_MS": "1",
    "CLAUDE_CODE_OVERLOADED_RETRY_MAX_DELAY_MS": "10",
}  # fmt: skip
THREADS = {"CLAUDE_CODE_HOOKS_SAME_THREAD": "1", "CLAUDE_CODE_HOOK_HEARTBEAT_INTERVAL_MS": "1"}
KINDS = {
    "CLAUDE_CODE_SESSION_KIND": "bg", "CLAUDE_CODE_SESSION_ATTENDED": "0",
    "CLAUDE_CODE_OFF_PERSONS_MACHINE": "1", "CLAUDE_CODE_CHILD_SESSION": "1",
    "CLAUDE_HELPER_CONTEXT": "1", "CLAUDE_CODE_DONT_INHERIT_ENV": "1",
}  # fmt: skip
TRACED = {
    "CLAUDE_CODE_ENABLE_TELEMETRY": "1", "OTEL_LOGS_EXPORTER": "none", "OTEL_SDK_DISABLED": "true",
    "CLAUDE_CODE_WITHHOLD_PRODUCT_EVENTS": "1", "DO_NOT_TRACK": "1",
}  # fmt: skip
HTML = begun.with_headers(content_type="text/html")
UNNAMED = begun.replaced((b"event: message", b": x"))
SAME_ID = ("--session-id", "11111111-1111-4111-8111-111111111111")
MOD = """export const register = on => {
  on("process.run", async ($, e, next) => ({ exitCode: 0, stdout: "{}", stderr: "" }))
  on("http.fetch", ($, e, next) => next(e))
}
"""
FLAGS = ("--max-budget-usd", "100", "--effort", "max", "--include-hook-events", "--verbose",
         "--output-format", "stream-json", "--include-partial-messages")  # fmt: skip
QUIET = ("--disable-slash-commands", "--exclude-dynamic-system-prompt-sections", "--brief",
         "--strict-mcp-config", "--no-chrome")  # fmt: skip


def _mods(machine: Machine) -> None:
    place = Path(machine.project, "mods", "other")
    (place / "hooks").mkdir(parents=True)
    (place / ".claude-plugin").mkdir()
    (place / ".claude-plugin" / "plugin.json").write_text('{"name": "other", "version": "1.0.0"}')
    (place / "hooks" / "hooks.json").write_text('{"modules": ["./mod.js"], "hooks": {}}')
    (place / "hooks" / "mod.js").write_text(MOD)
    settings(machine, {"env": {
        "CLAUDE_DEV_MODS_DIR": f"{machine.project}/mods",
        "CLAUDE_CODE_PLUGIN_DIRS": f"{place}",
    }})  # fmt: skip


BEGUN = [
    Way("env: the loader tells of itself", env_of_project(LD_SHOW_AUXV="1")),
    Way("env: the loader's debug", env_in(LD_DEBUG="all", LD_BIND_NOW="1", LD_WARN="1")),
    Way("env: the loader's debug, a file", env_in(LD_DEBUG="all", LD_DEBUG_OUTPUT="{here}/no/x")),
    Way("env: a NUL in a value", env_of_project(FOO="a\0b")),
    Way("env: a NUL in a name", env_of_project(**{"FOO\0": "x"})),
    Way("env: a C library of noise", begun.noise("libc.so.6", "libm.so.6", "libpthread.so.0")),
    Way("env: a library ends programs", begun.ends),
    Way("env: libraries of nobody", env_in(LD_PRELOAD="{here}/no.so", LD_AUDIT="{here}/no.so")),
    Way(
        "env: tunables",
        env_in(
            GLIBC_TUNABLES="glibc.malloc.check=3:glibc.rtld.nns=1:glibc.malloc.perturb=7",
            MALLOC_CHECK_="3",
            MALLOC_PERTURB_="9",
            MALLOC_TRACE="{here}/no/x",
        ),
    ),
    Way("env: all of Python's", env_in(**PYTHON)),
    Way("env: what shells obey", begun.shell_files),
    Way("env: other dates", env_of_project(**CLOCK)),
    Way("env: threads of hooks", env_of_project(**THREADS)),
    Way(
        "env: personal hooks off",
        env_of_project(CLAUDE_CODE_PERSONAL_HOOKS_OFF="1", CLAUDE_CODE_DISABLE_OTEL_EVENT_SKIP="1"),
    ),
    Way("env: records nowhere", env_of_project(**TRACED)),
    Way("env: kinds of sessions", env_of_project(**KINDS)),
    Way("env: more helpers", env_of_project(**HELPERS)),
    Way("env: cold compactions", env_of_project(**COLD)),
    Way("env: a watchdog's retries", storm, env=WATCHED),
    Way("env: agents that are forks", agents, env={"CLAUDE_CODE_FORK_SUBAGENT": "1"}),
    Way("env: agents dearer", agents, env={"CLAUDE_CODE_SUBAGENT_MODEL": "opus"}),
    Way(
        "env: refusals elsewhere",
        answered(stop_reason="refusal"),
        env={"CLAUDE_CODE_REFUSAL_FALLBACK_CATCH_ALL": "1"},
    ),
    Way("env: mods of the project", loop(_mods)),
    Way("gateway: a question mark", PLAIN, play=relayed(base="/a?b=")),
    Way("gateway: a fragment", PLAIN, play=relayed(base="/a#b")),
    Way("gateway: counts in its path", PLAIN, play=relayed(base="/count_tokens?x=")),
    Way("gateway: requests zipped", PLAIN, play=relayed(CLAUDE_CODE_GZIP_REQUEST_BODIES="1")),
    Way("gateway: answers zipped", PLAIN, play=relayed(begun.zipped)),
    Way("gateway: status 203", PLAIN, play=relayed(begun.with_status(203))),
    Way("gateway: a page of HTML", PLAIN, play=relayed(HTML)),
    Way(
        "gateway: streams called JSON",
        PLAIN,
        play=relayed(begun.with_headers(content_type="application/json; charset=utf-8")),
    ),
    Way(
        "gateway: asks for a retry",
        PLAIN,
        play=relayed(begun.with_headers(x_should_retry="true", retry_after="0")),
    ),
    Way("gateway: begun twice", PLAIN, play=relayed(begun.twice_begun)),
    Way("gateway: ends cheaper", PLAIN, play=relayed(begun.cheaper_end)),
    Way("gateway: lines of DOS", PLAIN, play=relayed(begun.replaced((b"\n", b"\r\n")))),
    Way(
        "gateway: no counts, dollars",
        PLAIN,
        play=relayed(begun.replaced((b'"usage"', b'"cost_usd"'))),
    ),
    Way("gateway: events unnamed", PLAIN, play=relayed(UNNAMED)),
    Way("gateway: a request id of two", PLAIN, play=relayed(begun.with_headers(request_id="a, b"))),
    Way("flags: a budget of its own", PLAIN, FLAGS),
    Way("flags: quiet ones", PLAIN, QUIET),
    Way(
        "one session id, two runs",
        answered(),
        ("--session-id", "11111111-1111-4111-8111-111111111111"),
        runs=3,
    ),
    Way("3 prompt hooks as a tool fails", judged("PostToolUseFailure", 3)),
    Way(
        "an answer's end late",
        lambda _machine: lambda _request: Reply(TEXT.text, usage=TEXT.usage, pause_s=3),
        prompts=["one", "two", "three", "four", "five"],
    ),
]
