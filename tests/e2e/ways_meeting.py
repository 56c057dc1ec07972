"""Ways where two things meet: limits that move, a second session, work on the books beside a cap.

And prices that are not those of a plain call: other models of helpers, fast answers, searches.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.api import Reply, Tool
from tests.e2e import scripts, ways_aside
from tests.e2e.session import Machine
from tests.e2e.ways import MARK, USAGE, Answers, Way, always, bash, calls, hooks, loop, settings
from tests.e2e.ways_played import STREAM, Play
from tests.e2e.ways_scripts import CHEAPROUTE, TEXT, answered, env_of_project, verifier
from tests.e2e.ways_table import CONFIG, DATA

OPUS = "claude-opus-5-5"
ODD_AMOUNTS = ("nan", "inf", "-1", "true", "[]", '""', "1e999", '"none"', "{}", "0x10")
STATUS = json.dumps({
    "session_id": "x", "model": {"id": "m"}, "cost": {"total_cost_usd": -100},
    "rate_limits": {"five_hour": {"used_percentage": 1, "resets_at": 99999999999}},
})  # fmt: skip
OTHER_WORDS = (
    f"{CHEAPROUTE} uninstall --yes", f"{CHEAPROUTE} team leave", f"{CHEAPROUTE} sync --share off",
    f"{CHEAPROUTE} config set prices.overrides.claude-sonnet-5-5.input 0",
    f"{CHEAPROUTE} config set mod.enabled false; {CHEAPROUTE} config set ledger.claude_dirs []",
    f"{CHEAPROUTE} setup --no; {CHEAPROUTE} plan apply all; {CHEAPROUTE} plan undo --all",
    f"{CHEAPROUTE} ledger repair; {CHEAPROUTE} ledger forget; {CHEAPROUTE} cap suggest --apply",
    f"{CHEAPROUTE} cap set 0.5 day 9; {CHEAPROUTE} cap set --month 9 --day 0.1",
)  # fmt: skip


def plainly(machine: Machine, env: Mapping[str, str], *options: str) -> None:
    """One run of the script's prompt."""
    common = machine.options(plugin=True, model="sonnet")
    machine.client("-p", MARK, *common, *options, **env)


def beside(*commands: Sequence[str], pause_s: float = 0.3) -> Play:
    """A session, while somebody gives `commands` by turns beside it."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        over = threading.Event()

        def person() -> None:
            number = 0
            while not over.is_set():
                machine.cheaproute(*commands[number % len(commands)])
                number += 1
                time.sleep(pause_s)

        thread = threading.Thread(target=person)
        thread.start()
        try:
            plainly(machine, env)
        finally:
            over.set()
            thread.join()

    return play


def side_by_side(count: int) -> Play:
    """So many clients, started at once."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        threads = [threading.Thread(target=plainly, args=(machine, env)) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return play


def capped(**limits: str) -> Play:
    """A run under several caps, each set by its own word, in another order than their sizes."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        for name, usd in limits.items():
            machine.person("cap", "set", f"--{name}", usd)
        plainly(machine, env)

    return play


def by_config(text: str) -> Play:
    """A run on a machine whose config.toml says `text` beside a wide cap that a command set."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        machine.person("cap", "set", "9")
        machine.write(".config/cheaproute/config.toml", text)
        plainly(machine, env)

    return play


def hooked_by_a_program(machine: Machine, env: Mapping[str, str]) -> None:
    """A program leads the client, and its own Stop hook blocks each end."""
    rows = [
        {"type": "control_request", "request_id": "i1", "request": {
            "subtype": "initialize",
            "hooks": {"Stop": [{"hookCallbackIds": ["h1"]}]}}},
        {"type": "user", "message": {"role": "user", "content": MARK}},
    ]  # fmt: skip
    command = [machine.claude, "-p", *STREAM, *machine.options(plugin=True, model="sonnet")]
    with subprocess.Popen(
        command, cwd=machine.project, env={**machine.env, **env}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as client:  # fmt: skip
        assert client.stdin is not None
        assert client.stdout is not None
        ends = threading.Timer(40, client.kill)
        ends.start()
        for row in rows:
            client.stdin.write(json.dumps(row) + "\n")
            client.stdin.flush()
        for line in client.stdout:
            said = json.loads(line)
            if said.get("type") == "result":
                client.stdin.close()
            if said.get("type") != "control_request":
                continue
            inner = {"decision": "block", "reason": "keep going"}
            answer = {"subtype": "success", "request_id": said["request_id"], "response": inner}
            client.stdin.write(json.dumps({"type": "control_response", "response": answer}) + "\n")
            client.stdin.flush()
        ends.cancel()


def ahead(machine: Machine, env: Mapping[str, str]) -> None:
    """Prompts that are put before all others while a turn is under way."""
    rows = [
        {"type": "user", "priority": "now", "message": {"role": "user", "content": f"{MARK} {n}"}}
        for n in range(10)
    ]
    subprocess.run(
        [machine.claude, "-p", *STREAM, *machine.options(plugin=True, model="sonnet")],
        input="".join(json.dumps(row) + "\n" for row in rows), text=True, cwd=machine.project,
        env={**machine.env, **env}, capture_output=True, timeout=90, check=False,
    )  # fmt: skip


def in_worktrees(machine: Machine) -> Answers:
    """Agents in worktrees of their own, whose settings switch hooks off."""
    ways_aside.repository(always(TEXT))(machine)
    settings(machine, {"disableAllHooks": False})
    words = '{"disableAllHooks": true, "enabledPlugins": {"cheaproute@inline": false}}'
    agent = scripts.agent("Find x", "Look.", isolation="worktree")
    main = calls(agent)(machine)
    write = scripts.bash(f"mkdir -p .claude; echo '{words}' > .claude/settings.local.json; pwd")
    step = calls(write, scripts.bash("echo 1"))(machine)
    return lambda request: main(request) if MARK in request.text else step(request)


def asked_of(kind: str, event: str, **more: object) -> Callable[[Machine], Answers]:
    """Hooks of the project that ask a model which they name themselves."""

    def script(machine: Machine) -> Answers:
        hooks(event, times=1, type=kind, prompt="Verify. $ARGUMENTS", **more)(machine)
        endless, verdict = scripts.endless(USAGE), Reply('{"ok": true}', usage=USAGE)
        return lambda request: (
            verdict if "Verify." in request.text.partition(MARK)[0] else endless(request)
        )

    return script


def named(model: str, script: Callable[[Machine], Answers]) -> Callable[[Machine], Answers]:
    """`script` in a project whose settings give the small model another name."""

    def prepare(machine: Machine) -> Answers:
        answers = script(machine)
        path = Path(machine.project, ".claude", "settings.json")
        content = json.loads(path.read_text()) if path.exists() else {}
        names = ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "ANTHROPIC_SMALL_FAST_MODEL")
        settings(machine, {**content, "env": dict.fromkeys(names, model)})
        return answers

    return prepare


def finished_twice(machine: Machine, env: Mapping[str, str]) -> None:
    """A turn that a person let past the cap, then a second session at the same cap."""
    plainly(machine, env)
    machine.person("cap", "finish", "0.3")
    plainly(machine, env)  # another session: nothing was allowed to it
    plainly(machine, env, "--continue")


SEARCHES = calls(Tool("WebSearch", {"query": "cats"}))
TEN = ways_aside.burst(Tool("WebSearch", {"query": "cats"}), 10)
PAGES = calls(Tool("WebFetch", {"url": "http://127.0.0.1:1/x", "prompt": "read"}))
MEETING = [
    Way("Opus: searches", SEARCHES, ("--model", OPUS)),
    Way("Opus: ten searches a message", TEN, ("--model", OPUS)),
    Way("small model is Opus: searches", named(OPUS, SEARCHES)),
    Way("small model is Opus: verifier", named(OPUS, verifier)),
    Way("agent hook names Opus", asked_of("agent", "PostToolUse", model=OPUS)),
    Way("prompt hook names Opus", asked_of("prompt", "PostToolUse", model=OPUS)),
    Way("prompt hook names Opus, before", asked_of("prompt", "PreToolUse", model=OPUS)),
    Way("fast answers", answered(usage={**USAGE, "speed": "fast"})),
    Way("batch answers", answered(usage={**USAGE, "service_tier": "batch"})),
    Way("priority answers, far away", answered(
        usage={**USAGE, "service_tier": "priority", "inference_geo": "us"})),
    Way("1M window", answered(usage={"input_tokens": 100_000}), ("--model", "sonnet[1m]")),
    Way("a program's Stop hook", always(TEXT), play=hooked_by_a_program),
    Way("prompts put ahead", loop(), play=ahead),
    Way("agents in worktrees", in_worktrees),
    Way("config half-written", bash(f"mkdir -p {CONFIG}; echo '[cap' > {CONFIG}/config.toml")),
    Way("config of odd amounts", bash(*[
        f"mkdir -p {CONFIG}; printf '[cap]\\nmonth_usd = {odd}\\n' > {CONFIG}/config.toml"
        for odd in ODD_AMOUNTS])),
    Way("caps.json half-written, no ledger", bash(
        f"echo '{{\"month\": 5' > {CONFIG}/caps.json; rm -f {DATA}/ledger.db*")),
    Way("status line forged", bash(
        f"echo '{STATUS}' | sh $P/hooks/run statusline; echo '{STATUS}' | {CHEAPROUTE} statusline"
    ), env={"P": os.getcwd()}),
    Way("other commands", bash(*OTHER_WORDS)),
    Way("rebuilt beside", loop(), play=beside(["rebuild"])),
    Way("imported beside", loop(), play=beside(["import"])),
    Way("tightened beside", loop(), play=beside(
        *(["cap", "set", f"0.{cents}"] for cents in range(49, 40, -1)))),
    Way("backed up and repaired beside", loop(), play=beside(
        ["backup", "b.db", "--force"], ["ledger", "check"])),
    Way("five at once", loop(), play=side_by_side(5)),
    Way("three caps", loop(), play=capped(month="9", session="0.5", day="5")),
    Way("a day's cap by config", loop(), play=by_config("[cap]\nday_usd = 0.5\n")),
    Way("a month's cap by config", loop(), play=by_config("[cap]\nmonth_usd = 0.5\n")),
    Way("finish for another session", loop(), play=finished_twice),
    Way("a project's plan token", env_of_project(
        CLAUDE_CODE_OAUTH_TOKEN="sk-ant-oat01-x", ANTHROPIC_AUTH_TOKEN="")),
    Way("pages of nowhere", PAGES),
]  # fmt: skip
