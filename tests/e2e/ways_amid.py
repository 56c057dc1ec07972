"""Scripts of ways where things change amid a session, or cost what no count of theirs says."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tests.api import Reply, Request, Tool
from tests.e2e import scripts
from tests.e2e import ways_fresh_played as played
from tests.e2e.session import KEY, Machine
from tests.e2e.ways import MARK, USAGE, Answers, Script, bash, calls, hooks
from tests.e2e.ways_begun import Answer, Made
from tests.e2e.ways_played import Play
from tests.e2e.ways_scripts import workflow_of

# Another module asks the API itself, in as many ways as a module may.
ASKS = """
on("turn.complete", async ($, e, next) => {
  const told = await next(e)
  const body = JSON.stringify({model: "claude-sonnet-5-5", max_tokens: 9,
    messages: [{role: "user", content: "x"}]})
  const headers = {"content-type": "application/json", "x-api-key": "KEY"}
  for (let n = 0; n < 5; n++) await $.http.fetch("URL/v1/messages", {method: "POST", headers, body})
  return told
})"""


def advised(*shares: tuple[int, int]) -> Script:
    """A tool loop with an advisor in each answer: its tokens and the advisor's, by turns."""
    usages = itertools.cycle([
        {
            "input_tokens": own, "output_tokens": 1,
            "iterations": [
                {"type": "message", "input_tokens": own, "output_tokens": 1},
                {"type": "advisor_message", "model": "claude-opus-4-8",
                 "input_tokens": other, "output_tokens": 0},
            ],
        }
        for own, other in shares
    ])  # fmt: skip
    endless = scripts.endless(USAGE)
    return lambda _machine: lambda request: replace(endless(request), usage=next(usages))


def set_amid(**env: str) -> Script:
    """The model's shell gives the project another env, in both of its files."""
    text = json.dumps({"env": env})
    return bash(
        f"mkdir -p .claude; echo '{text}' > .claude/settings.json;"
        " cp .claude/settings.json .claude/settings.local.json; sleep 1",
        "echo 1",
        "sleep 1",
    )


def workflows(_machine: Machine) -> Answers:
    """A workflow whose agents run workflows of their own."""
    script = """export const meta = { name: "w", description: "d", phases: [{title: "Work"}] }
    for (let i = 0; i < 9; i++) await agent("AGENT task " + i, {label: "a" + i, phase: "Work"})
    return "done"
    """
    outer = workflow_of(script)

    def answer(request: Request) -> Reply:
        if MARK in request.text or request.tool_results:
            return outer(request)
        return Reply("", [Tool("Workflow", {"script": script})], USAGE)

    return answer


def bulk(machine: Machine) -> Answers:
    """A log of 300 kB read at each step, for which ours may ask Haiku."""
    for number in range(30):
        lines = (f"2026-11-20 10:00:{n % 60:02d} INFO step {n} of {number}" for n in range(6000))
        Path(machine.project, f"run{number}.log").write_text("\n".join(lines))
    reads = [Tool("Read", {"file_path": f"{machine.project}/run{n}.log"}) for n in range(30)]
    return calls(*reads)(machine)


def judged_by(event: str, times: int, **how: object) -> Script:
    """A tool loop where so many hooks of type `prompt` stand at one event."""

    def script(machine: Machine) -> Answers:
        hooks(event, times=times, type="prompt", prompt="Well? $ARGUMENTS", **how)(machine)
        endless = scripts.endless(USAGE)

        def answer(request: Request) -> Reply:
            judge = scripts.is_goal_check(request)
            return Reply('{"ok": true}', usage=USAGE) if judge else endless(request)

        return answer

    return script


def without(kind: str) -> Made:
    """The same stream without its events of that kind."""

    def made(answer: Answer) -> Answer:
        mark = f"event: {kind}\n".encode()
        kept = [one for one in answer[2].split(b"\n\n") if not one.startswith(mark)]
        return answer[0], answer[1], b"\n\n".join(kept)

    return made


def where(mark: str, made: Made) -> Made:
    """What `made` makes of an answer that says `mark`; all others as they are."""
    return lambda answer: made(answer) if mark.encode() in answer[2] else answer


def one_agent(_machine: Machine) -> Answers:
    """One agent, which says a word of its own."""
    main = scripts.dispatch([scripts.agent("Find x", "Look.")])
    return scripts.conversations(
        lambda request: replace(main(request), usage=USAGE),
        lambda _request: Reply("It is here.", usage=USAGE),
        MARK,
    )


def again(kind: str, times: int) -> Made:
    """The same stream, its events of that kind said so many times."""

    def made(answer: Answer) -> Answer:
        mark = f"event: {kind}\n".encode()
        told = answer[2].split(b"\n\n")
        many = [one for one in told for _ in range(times if one.startswith(mark) else 1)]
        return answer[0], answer[1], b"\n\n".join(many)

    return made


def twice(answer: Answer) -> Answer:
    """The whole stream two times."""
    return answer[0], answer[1], answer[2] * 2


def module_asks(machine: Machine, env: Mapping[str, str]) -> None:
    """Five runs beside a module that asks the API by the client's own fetch."""
    code = ASKS.replace("URL", machine.api.url).replace("KEY", KEY)
    for _ in range(3):
        played.moded(code)(machine, env)


def mounted(machine: Machine, env: Mapping[str, str]) -> None:
    """A run, and what its shell mounted in the home is gone again."""
    try:
        played.runs(1)(machine, env)
    finally:
        for line in reversed(Path("/proc/mounts").read_text().splitlines()):
            place = line.split()[1]
            if place.startswith(machine.home):
                subprocess.run(["umount", "-l", place], check=False, capture_output=True)


def purged(count: int) -> Play:
    """So many runs, after each of which the client forgets the project."""
    one = played.then(
        played.runs(1), lambda machine, env: _client(machine, env, "purge", "--all", "--yes")
    )
    return played.then(*[one] * count)


def _client(machine: Machine, env: Mapping[str, str], *words: str) -> None:
    machine.client(*words, **env)
