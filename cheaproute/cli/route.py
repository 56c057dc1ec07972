"""`cheaproute route`: what a task would get, and why; nothing is sent, nothing is written."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Iterable, Mapping

from cheaproute import fastjson
from cheaproute.cli.context import Context
from cheaproute.cli.second_voice import SecondVoice
from cheaproute.config import reader
from cheaproute.errors import CheaprouteError, UsageError
from cheaproute.routing import explain, turns
from cheaproute.routing.decide import decide
from cheaproute.routing.decision import OPEN

_STRONGEST = 8
_FILE = re.compile(r"[\w.-]+\.[a-z]{1,5}")  # as people name files: `tasks.jsonl`


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's words."""
    parser.add_argument(
        "text", nargs="*", help="the task, as it would be given to a subagent; - is standard input"
    )
    parser.add_argument("--description", default="", help="the task's title")
    parser.add_argument("--type", dest="subagent_type", help="the subagent's type")
    parser.add_argument(
        "--jsonl", metavar="FILE", help="tasks from a file (-: standard input), one JSON a line"
    )
    parser.add_argument(
        "--turns",
        action="store_true",
        help="with --jsonl: prompts to the main loop; each line has `text` and `before`",
    )
    parser.add_argument(
        "--ask", action="store_true", help="ask Haiku about what the text leaves open (costs money)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(args: argparse.Namespace, context: Context) -> int:
    """Print the decision for a text, or a line of JSON for each line of a file."""
    text = " ".join(args.text)
    if text == "-":
        text = context.stdin.read().strip()
    if bool(text) == (args.jsonl is not None):
        raise UsageError(
            'say either a task ("TEXT") or --jsonl FILE: see `cheaproute route --help`'
        )
    if args.turns and args.jsonl is None:
        raise UsageError("--turns needs --jsonl FILE")
    voice = SecondVoice(context) if args.ask and not args.turns else None
    if args.jsonl is not None:
        for row in _rows(args.jsonl, context):
            said = _turn(row) if args.turns else _decided(row, context.settings, voice)
            context.out.line(json.dumps(said, ensure_ascii=False))
        return 0
    if doubt := _named_file(text):
        context.say(doubt)
    row = {
        "description": args.description,
        "prompt": text,
        "subagent_type": args.subagent_type,
    }
    found = _decided(row, context.settings, voice)
    proof = explain.evidence(args.description, text, args.subagent_type)[:_STRONGEST]
    if args.json:
        found["evidence"] = [
            {"what": push.what, "beyond_haiku": push.haiku, "beyond_sonnet": push.sonnet}
            for push in proof
        ]
        context.out.json(found)
        return 0
    model = found["model"] or "left where it is"
    context.out.line(f"{found['tier']} ({model}), confidence {found['confidence']:.2f}")
    context.out.line(str(found["reason"]))
    context.out.line()
    context.out.table(
        ["evidence", ">beyond Haiku", ">beyond Sonnet"],
        [(push.what, f"{push.haiku:+.2f}", f"{push.sonnet:+.2f}") for push in proof],
    )
    return 0


def _named_file(text: str) -> str:
    """That a text is no more than a file's name, there or not; "" where it is more."""
    name = os.path.expanduser(text)
    if not text or len(text.split()) > 1:
        return ""
    if os.path.isfile(name):
        return f"{text} is a file: its name was judged; `cheaproute route - < {text}` reads it"
    if "/" in text or _FILE.fullmatch(text):
        return f"there is no file {text}: its name was judged as a task's text"
    return ""


def _decided(
    row: Mapping[str, object], settings: Mapping[str, object], voice: SecondVoice | None
) -> dict[str, object]:
    """The decision for one row, as the classifier sees it before any pin, rule or cap."""
    description, prompt = str(row.get("description") or ""), str(row.get("prompt") or "")
    kind = str(row.get("subagent_type") or "") or None
    bound = reader.number(settings, "routing.max_unsafe")
    found = decide(description, prompt, kind, max_unsafe=bound)
    if voice is not None:
        found = voice.hear(found, description, prompt, kind)
    return {
        "tier": found.tier,
        "model": None if found.tier == OPEN else reader.text(settings, f"models.{found.tier}"),
        "category": found.category,
        "confidence": round(found.confidence, 4),
        "reason": found.reason,
    }


def _turn(row: Mapping[str, object]) -> dict[str, object]:
    """The decision for one prompt to the main loop."""
    found = turns.decide_turn(str(row.get("text") or ""), str(row.get("before") or ""))
    return {
        "tier": found.tier,
        "struggle": found.struggle,
        "newtask": found.newtask,
        "confidence": round(found.confidence, 4),
    }


def _rows(path: str, context: Context) -> Iterable[Mapping[str, object]]:
    if path == "-":
        yield from _parsed(context.stdin, "standard input")
        return
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            yield from _parsed(file, path)
    except OSError as error:
        raise CheaprouteError(f"{path}: {error.strerror}") from error


def _parsed(lines: Iterable[str], name: str) -> Iterable[Mapping[str, object]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = fastjson.loads(line)
        except ValueError as error:
            raise CheaprouteError(f"{name}, line {number}: not JSON: {error}") from error
        if not isinstance(row, dict):
            raise CheaprouteError(f"{name}, line {number}: not a JSON object")
        yield row
