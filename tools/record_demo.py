"""Record the session of `cheaproute demo` from the real client: `python -m tools.record_demo`.

The client talks to the loopback stand-in for the API. A plugin of its own notes each hook event
with the transcripts' new rows, and hands it on to the real hooks. Writes cli/demo/session.jsonl.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from typing import Any

from cheaproute.cli.demo import build_log
from tests.api import Api, Reply, Request, Tool
from tests.conftest import ROOT
from tests.e2e import client
from tests.e2e.session import Machine

TARGET = os.path.join(ROOT, "cheaproute", "cli", "demo", "session.jsonl")
PROMPT = "Checkout hangs since Friday. Find the cause, and tell me what the build says."

_RECORDER = """\
import glob, json, os, subprocess, sys
name, place, root = sys.argv[1:4]
raw = sys.stdin.buffer.read()
event = json.loads(raw)
main = event["transcript_path"]
files = {}
for path in [main, *glob.glob(main[:-6] + "/**/*.json*", recursive=True)]:
    if os.path.exists(path):
        with open(path) as file:
            files[path] = file.read()
number = len(os.listdir(place))
with open(f"{place}/{number:03d}.json", "w") as file:
    json.dump({"hook": name, "event": event, "files": files}, file)
done = subprocess.run([root + "/hooks/run", name], input=raw, stdout=subprocess.PIPE)
sys.stdout.buffer.write(done.stdout)
"""

# What the calls of the session "used": the shape of a real one, a long context read from the cache.
_MAIN = {
    "input_tokens": 6,
    "output_tokens": 900,
    "cache_read_input_tokens": 84_000,
    "cache_creation": {"ephemeral_1h_input_tokens": 3_200, "ephemeral_5m_input_tokens": 0},
    "cache_creation_input_tokens": 3_200,
}
_AGENT = {
    "input_tokens": 4,
    "output_tokens": 700,
    "cache_read_input_tokens": 21_000,
    "cache_creation": {"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 9_000},
    "cache_creation_input_tokens": 9_000,
}


def _agent(description: str, prompt: str, kind: str) -> Tool:
    return Tool(
        "Agent",
        {
            "description": description,
            "prompt": prompt,
            "subagent_type": kind,
            "run_in_background": False,
        },
    )


PLAN = [
    _agent(
        "Find callers of reserve_stock",
        "List every file that calls reserve_stock or release_stock. Report the paths only.",
        "Explore",
    ),
    _agent(
        "Root-cause the checkout hang",
        "Root-cause the intermittent deadlock between the checkout workers and the stock cache: "
        "which lock is taken in which order, and why only under load?",
        "general-purpose",
    ),
    _agent(
        "Summarise the changelog",
        "Read CHANGELOG.md and summarise in five lines what changed since Friday. "
        "Return the five lines with version numbers.",
        "Explore",
    ),
]


def script(request: Request) -> Reply:
    """The main loop sends three subagents out and reads a log; a subagent looks twice, answers."""
    first = json.dumps(request.body["messages"][0])
    for tool in PLAN:
        if str(tool.input["prompt"])[:40] in first:
            if request.tool_results < 2:
                return Reply("", tools=[Tool("Read", {"file_path": "CHANGELOG.md"})], usage=_AGENT)
            return Reply("Three files: api/cart.py, api/pay.py, jobs/expire.py.", usage=_AGENT)
    if PROMPT[:30] not in first:
        return Reply("ok", usage={"input_tokens": 10, "output_tokens": 1})
    step = request.tool_results
    if step < len(PLAN):
        return Reply("", tools=[PLAN[step]], usage=_MAIN)
    if step == len(PLAN):
        return Reply("", tools=[Tool("Read", {"file_path": "build.log"})], usage=_MAIN)
    return Reply(
        "The expiry job takes the locks in the other order; the build shows it.", usage=_MAIN
    )


def record() -> list[dict[str, Any]]:
    """The hook calls of one session in order, each with the rows that were new by then."""
    with tempfile.TemporaryDirectory() as place, Api(script) as api:
        machine = Machine(f"{place}/home", f"{place}/shop", client.find(), api)
        # A build that has just failed is not tried again: the recording needs no environment.
        machine.write(".local/share/cheaproute/environment.failed", "recording")
        with open(f"{machine.project}/build.log", "w", encoding="utf-8") as file:
            file.write(build_log.text())
        with open(f"{machine.project}/CHANGELOG.md", "w", encoding="utf-8") as file:
            file.write("# Changelog\n")
        notes = f"{place}/notes"
        os.mkdir(notes)
        plugin = _recorder(place, notes)
        machine.run(PROMPT, "--plugin-dir", plugin, plugin=False, model="opus", PYTHONPATH="")
        calls = []
        for name in sorted(os.listdir(notes)):
            with open(f"{notes}/{name}", encoding="utf-8") as file:
                calls.append(json.load(file))
        return _trimmed(calls, place)


def _recorder(place: str, notes: str) -> str:
    """A plugin with our hooks.json that notes each call and hands it on."""
    plugin = f"{place}/recorder"
    os.makedirs(f"{plugin}/.claude-plugin")
    os.mkdir(f"{plugin}/hooks")
    with open(f"{plugin}/.claude-plugin/plugin.json", "w", encoding="utf-8") as file:
        json.dump({"name": "recorder", "version": "1.0.0"}, file)
    with open(f"{plugin}/record.py", "w", encoding="utf-8") as file:
        file.write(_RECORDER)
    with open(os.path.join(ROOT, "hooks", "hooks.json"), encoding="utf-8") as file:
        hooks = json.load(file)
    for groups in hooks["hooks"].values():
        for group in groups:
            for hook in group["hooks"]:
                hook["args"] = [f"{plugin}/record.py", *hook["args"], notes, ROOT]
                hook["command"] = sys.executable
    with open(f"{plugin}/hooks/hooks.json", "w", encoding="utf-8") as file:
        json.dump(hooks, file)
    return plugin


def _trimmed(calls: list[dict[str, Any]], place: str) -> list[dict[str, Any]]:
    """The calls with only the new rows of each file, what counts of a row, and no paths of ours."""
    seen: dict[str, int] = {}
    for call in calls:
        new = {}
        for path, content in call.pop("files").items():
            lines = content.splitlines()
            rows = [json.loads(line) for line in lines[seen.get(path, 0) :]]
            if path.endswith(".jsonl"):
                rows = [_row(row) for row in rows]
            seen[path] = len(lines)
            if any(rows):
                new[path] = [row for row in rows if row]
        call["rows"] = new
    text = json.dumps(calls, ensure_ascii=False)
    for name, filled in build_log.TEXTS.items():
        text = text.replace(json.dumps(filled(), ensure_ascii=False)[1:-1], "{" + name + "}")
    text = text.replace(f"{place}/home", "{home}")
    slug = re.sub(r"[^a-zA-Z0-9]", "-", place)
    text = text.replace(f"{place}/shop", "{project}").replace(slug, "-demo")
    found: list[dict[str, Any]] = json.loads(text)
    return found


def _row(row: dict[str, Any]) -> dict[str, Any] | None:
    """What the meter reads of a transcript row; None for rows it does not."""
    said = row.get("message", {}).get("content")
    kept = row.get("type") in ("assistant", "cost-state")
    return row if kept or (row.get("type") == "user" and isinstance(said, str)) else None


if __name__ == "__main__":
    session = record()
    with open(TARGET, "w", encoding="utf-8") as target:
        target.writelines(json.dumps(call, ensure_ascii=False) + "\n" for call in session)
    print(f"{len(session)} hook calls, {os.path.getsize(TARGET):,} bytes: {TARGET}")
