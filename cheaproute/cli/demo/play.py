"""The recorded session, event by event, through the hooks as the client starts them."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import time
from collections.abc import Iterator
from typing import Any

from cheaproute.cli.demo import build_log
from cheaproute.cli.demo.sandbox import Stage
from cheaproute.config import paths
from cheaproute.errors import CheaprouteError

RUN = os.path.join(paths.ROOT, "hooks", "run")
_RECORDING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "session.jsonl")
_HOOK_S = 60


class Played:
    """One hook call: the event's fields, the answer ({} for silence), and the time it took."""

    def __init__(self, hook: str, event: dict[str, Any], answer: dict[str, Any], ms: float) -> None:
        self.hook = hook
        self.event = event
        self.answer = answer
        self.ms = ms


def session(stage: Stage) -> Iterator[Played]:
    """Every call of the session, each after the transcript rows that came before it.

    Raises:
        CheaprouteError: a hook is missing, failed, or said what is no answer.
    """
    texts = {name: make() for name, make in build_log.TEXTS.items()} | stage.places
    with open(_RECORDING, encoding="utf-8") as file:
        calls = [_fill(json.loads(line), texts) for line in file]
    for call in calls:
        for path, rows in call["rows"].items():
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "a", encoding="utf-8") as file:
                file.writelines(json.dumps(_dated(row)) + "\n" for row in rows)
        yield ask(stage, call["hook"], call["event"])


def ask(stage: Stage, hook: str, event: dict[str, Any]) -> Played:
    """One hook call.

    Raises:
        CheaprouteError: as for `session`.
    """
    if not os.path.exists(RUN):
        raise CheaprouteError(
            "the demo plays with the plugin's hooks, and a wheel has none of them"
        )
    begun = time.monotonic()
    done = subprocess.run(
        [RUN, hook],
        input=json.dumps(event).encode(),
        capture_output=True,
        env=stage.env,
        cwd=stage.places["project"],
        timeout=_HOOK_S,
        check=False,
    )
    ms = (time.monotonic() - begun) * 1000
    try:
        answer = json.loads(done.stdout) if done.stdout else {}
    except ValueError:
        answer = None
    if done.returncode or done.stderr or not isinstance(answer, dict):
        said = (done.stderr or done.stdout)[:200].decode(errors="replace")
        raise CheaprouteError(f"hook {hook} ended with {done.returncode}: {said}")
    return Played(hook, event, answer, ms)


def _fill(value: Any, texts: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON, and the same back
    """`value` with the placeholders in all its texts, keys too, replaced."""
    if isinstance(value, str):
        for name, text in texts.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, list):
        return [_fill(item, texts) for item in value]
    if isinstance(value, dict):
        return {_fill(key, texts): _fill(item, texts) for key, item in value.items()}
    return value


def _dated(row: dict[str, Any]) -> dict[str, Any]:
    """`row` as if it were written now."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    return row | {"timestamp": now.replace("+00:00", "Z")} if "timestamp" in row else row
