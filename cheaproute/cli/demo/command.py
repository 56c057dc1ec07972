"""`cheaproute demo`: see every decision of a recorded session, and the /costs it leads to."""

from __future__ import annotations

import argparse
import sqlite3
import statistics
from contextlib import closing

from cheaproute.cli import libraries
from cheaproute.cli.context import Context
from cheaproute.cli.demo import play, sandbox
from cheaproute.cli.demo.play import Played
from cheaproute.cli.output import Output
from cheaproute.config import paths
from cheaproute.ledger import store
from cheaproute.ledger.query import agent_runs
from cheaproute.report.terminal import decisions

_INDENT = " " * 9


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No words: there is one demo."""
    parser.epilog = "It needs no key, no client and no network, and leaves nothing behind."


def run(_args: argparse.Namespace, context: Context) -> int:
    """Play the session on a scratch machine and print what happens."""
    out = context.out
    out.line("Made-up figures, none of them yours: a recorded session of Claude Code goes through")
    out.line("the plugin's real hooks, with a scratch ledger and a stand-in for the API.\n")
    times = []
    with sandbox.build(context.env) as scene, closing(_ledger(scene)) as db:
        why = libraries.being_built(context) or "that needs the environment, run `cheaproute setup`"
        lacks = "" if scene.delegates else f": {why}"
        for played in play.session(scene):
            times.append(played.ms)
            _tell(played, db, out, lacks=lacks)
        event = {**played.event, "hook_event_name": "UserPromptSubmit", "prompt": "/costs"}
        out.line("\nyou      /costs            (of the made-up session)\n")
        shown = play.ask(scene, "user_prompt_submit", event)
        out.line(str(shown.answer["reason"]))
    out.line(f"\n{len(times)} hook calls, {statistics.median(times):.0f} ms each in the median.")
    return 0


def _ledger(scene: sandbox.Stage) -> sqlite3.Connection:
    return store.connect(paths.ledger_file(scene.env))


def _tell(played: Played, db: sqlite3.Connection, out: Output, *, lacks: str) -> None:
    """What the user would see or want to know of one call; most say nothing, and neither do we."""
    event, answer = played.event, played.answer
    tool_input = event.get("tool_input", {})
    if played.hook == "user_prompt_submit":
        out.line(f"you      {event['prompt']}")
    elif played.hook == "pre_tool_use":
        out.line(f"\nAgent    {tool_input['description']} ({tool_input['subagent_type']})")
        [row] = agent_runs.matching(db, event["tool_use_id"])
        out.line(f"{_INDENT}{decisions.verdict(row)}")
        out.line(f"{_INDENT}because {row.reason} ({min(row.confidence, 0.99) * 100:.0f} % sure)")
    elif played.hook == "post_tool_use_read":
        size = len(event["tool_response"]["file"]["content"])
        out.line(f"\nRead     build.log, {size:,} characters")
        _tell_digest(answer, out, lacks=lacks)
    elif "systemMessage" in answer:
        out.line(f"\n{_INDENT}{answer['systemMessage']}")


def _tell_digest(answer: dict[str, object], out: Output, *, lacks: str) -> None:
    special = answer.get("hookSpecificOutput")
    output = special.get("updatedToolOutput") if isinstance(special, dict) else None
    if not isinstance(output, dict):
        failed = str(answer.get("systemMessage") or "").removeprefix("[cheaproute]").strip()
        why = f": {failed}" if failed else ""
        out.line(f"{_INDENT}read as it is, no digest{lacks or why}")
        return
    text = str(output["file"]["content"])
    out.line(f"{_INDENT}the main model gets a digest by Haiku, {len(text):,} characters:")
    for line in text.splitlines():
        if line.strip() and not line.startswith(("[cheaproute]", "It is", "Exact")):
            out.line(f"{_INDENT}| {line}")
