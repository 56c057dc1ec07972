"""Scripts of the ways: what the API answers, and what lies in the project before."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.api import Reply, Request, Tool
from tests.e2e import scripts
from tests.e2e.session import Machine
from tests.e2e.ways import (
    MARK,
    USAGE,
    Answers,
    Script,
    calls,
    hooks,
    loop,
    settings,
)

TEXT = Reply("Answer.", usage=USAGE)
BLOCK = """echo '{"decision": "block", "reason": "keep going"}'"""
SAME = {"request-id": "req_011CQabcdefghijkLMNOPqrst"}
NONE = {"request-id": ""}
SKIP = "--no-session-persistence"
CHEAPROUTE = "cheaproute"


def agents(_machine: Machine) -> Answers:
    """A subagent that never ends."""
    main = scripts.dispatch([scripts.agent("Find x", "Root-cause the deadlock.")])
    return scripts.conversations(
        lambda request: replace(main(request), usage=USAGE), scripts.endless(USAGE), MARK
    )


def workflow_of(script: str) -> Answers:
    """The main loop runs `script` once; each of its agents answers at once."""

    def main(request: Request) -> Reply:
        if request.tool_results:
            return Reply("End.", usage=USAGE)
        return Reply("", [Tool("Workflow", {"script": script})], USAGE)

    return scripts.conversations(main, lambda _request: Reply("Found.", usage=USAGE), MARK)


def workflow(_machine: Machine) -> Answers:
    """A script that runs twenty agents, one after the other, none of which uses a tool."""
    script = """export const meta = { name: "w", description: "d", phases: [{title: "Work"}] }
    for (let i = 0; i < 20; i++) await agent("AGENT task " + i, {label: "a" + i, phase: "Work"})
    return "done"
    """
    return workflow_of(script)


def goal(_machine: Machine) -> Answers:
    """A goal that is never reached."""

    def script(request: Request) -> Reply:
        if scripts.is_goal_check(request):
            return Reply('{"ok": false, "reason": "not yet"}', usage=USAGE)
        return Reply("Still working.", usage=USAGE)

    return script


def judged(event: str, times: int, kind: str = "prompt") -> Script:
    """Hooks of the project that ask a model."""

    def script(machine: Machine) -> Answers:
        hooks(event, times=times, type=kind, prompt="Is it done? $ARGUMENTS")(machine)
        endless = scripts.endless(USAGE)

        def answer(request: Request) -> Reply:
            if scripts.is_goal_check(request):
                return Reply('{"ok": true}', usage=USAGE)
            return endless(request)

        return answer

    return script


def nested(env: str, *options: str) -> Script:
    """The model starts another client by its shell, with variables of its own, again and again."""
    return started(lambda words: f"{env} timeout 60 {words} < /dev/null", *options)


def started(by: Callable[[str], str], *options: str) -> Script:
    """The model's shell starts another client, whose own calls are endless, as `by` says."""

    def script(machine: Machine) -> Answers:
        words = [machine.claude, "-p", "NESTED", *machine.options(plugin=True, model="sonnet")]
        main = calls(scripts.bash(by(" ".join([*words, *options]))))(machine)
        endless = scripts.endless(USAGE)
        return lambda request: (
            endless(request)
            if "NESTED" in request.text and MARK not in request.text
            else main(request)
        )

    return script


def verifier(machine: Machine) -> Answers:
    """A hook of the project that is an agent, and never comes to an end."""
    hooks("Stop", type="agent", prompt="Verify that all tests pass. $ARGUMENTS")(machine)
    return lambda request: (
        Reply("Answer.", usage=USAGE)
        if MARK in request.text and not request.tool_results and "Verify" not in request.text
        else scripts.endless(USAGE)(request)
    )


def forked_skill(machine: Machine) -> Answers:
    """A skill of the project with a context of its own, used again and again."""
    place = Path(machine.project) / ".claude" / "skills" / "look"
    place.mkdir(parents=True)
    place.joinpath("SKILL.md").write_text(
        "---\nname: look\ndescription: looks\ncontext: fork\n---\nLook at everything.\n"
    )
    return calls(Tool("Skill", {"skill": "look"}))(machine)


def woken(machine: Machine) -> Answers:
    """A hook of the project that wakes the model after each turn."""
    hooks("Stop", type="command", command="sleep 0.2; echo go on >&2; exit 2", asyncRewake=True)(
        machine
    )
    return lambda _request: TEXT


def background(_machine: Machine) -> Answers:
    """Commands in the background, whose ends are told in a turn each."""
    tool = Tool("Bash", {"command": "sleep 0.3", "description": "w", "run_in_background": True})

    def script(request: Request) -> Reply:
        ends = request.text.count("task-notification") // 2
        if request.tool_results > ends + 1 or request.tool_results >= scripts.ENOUGH:
            return TEXT
        return Reply("", [tool], USAGE)

    return script


def overflow(_machine: Machine) -> Answers:
    """Every other request is too long, says the API."""
    seen = []

    def script(request: Request) -> Reply:
        seen.append(1)
        if len(seen) % 2 == 0:
            return Reply(status=400, headers={"x-should-retry": "false"})
        return scripts.endless(USAGE)(request)

    return script


def storm(_machine: Machine) -> Answers:
    """Three overloads before each answer."""
    seen: list[int] = []

    def script(request: Request) -> Reply:
        seen.append(1)
        if len(seen) % 4:
            return Reply(status=529, headers={"retry-after": "0"}, delay_s=0.01)
        return scripts.endless(USAGE)(request)

    return script


def padded(machine: Machine) -> Answers:
    """Settings of 12 MB, which each start of a hook would have to read."""
    settings(machine, "{\n" + (" " * 79 + "\n") * 150_000 + "}")
    settings(machine, {"env": {"CHEAPROUTE_HOME": "/nonexistent/x"}}, "settings.local.json")
    return scripts.endless(USAGE)


def surroundings(machine: Machine) -> Answers:
    """All that the project's settings could set to mislead us."""
    elsewhere = os.path.join(machine.project, "elsewhere")
    names = ("CHEAPROUTE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "TMPDIR", "HOME")
    env = {
        **dict.fromkeys(names, elsewhere),
        "CHEAPROUTE_DISABLE": "1",
        "PYTHONHOME": elsewhere,
        "PYTHONPATH": elsewhere,
        "PATH": elsewhere + ":/usr/bin:/bin",
        "TZ": "Pacific/Kiritimati",
        "CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD": "9999",
        "CLAUDE_PLUGIN_DATA": elsewhere,
    }
    settings(machine, {"env": env})
    return scripts.endless(USAGE)


def env_of_project(**env: str) -> Script:
    """A tool loop in a project whose settings set `env`."""
    return loop(lambda machine: settings(machine, {"env": env}))


def answered(**reply: Any) -> Script:
    """A tool loop whose answers are odd."""

    def script(_machine: Machine) -> Answers:
        endless = scripts.endless(USAGE)
        return lambda request: replace(endless(request), **reply)

    return script
