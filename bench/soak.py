"""Many sessions for a long while: thousands of hook calls, and an exact ledger at the end."""

from __future__ import annotations

import os
import random
import sqlite3
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from bench.stage import Stage

# What one row of `Stage.append` costs, nano-dollars: 10 in, 1000 written for an hour, 40,000 read,
# 100 out, on Opus 5.5.
ONE = 10 * 4_000 + 1000 * 8_000 + 40_000 * 200 + 100 * 20_000
_TASK = {"description": "Find it", "prompt": "List every file that names it."}
_HOOKS: dict[str, tuple[str, dict[str, object]]] = {
    "user_prompt_submit": ("UserPromptSubmit", {"prompt": "go on"}),
    "pre_tool_use": ("PreToolUse", {"tool_name": "Agent", "tool_input": _TASK}),
    "post_tool_batch": ("PostToolBatch", {"tool_calls": []}),
    "stop": ("Stop", {"last_assistant_message": "Done."}),
    "session_end": ("SessionEnd", {"reason": "other"}),
}


def run(*, quick: bool) -> None:
    """2,000 calls over 50 sessions, eight at a time."""
    calls, sessions = (200, 10) if quick else (2000, 50)
    with tempfile.TemporaryDirectory(prefix="cheaproute-soak-") as place:
        begin = time.monotonic()
        made = soak(place, calls, sessions)
        took = time.monotonic() - begin
        print(f"{calls:,} hook calls, {sessions} sessions, 8 at a time: {took:.0f} s")
        print(f"API calls made {made:,}, in the ledger {counted(place)}: exact")


def soak(place: str, calls: int, sessions: int, at_once: int = 8) -> int:
    """Run `calls` hooks over `sessions` on one ledger below `place`; the API calls that were made.

    Raises:
        RuntimeError: a hook failed, something was logged, or the ledger is not exact.
    """
    stages = [Stage(place, number=number) for number in range(sessions)]
    with open(os.path.join(stages[0].data, "environment.failed"), "w", encoding="utf-8"):
        pass  # no session builds an environment here
    share = calls // sessions
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda stage: _session(stage, share), stages))
    made = sum(stage.rows for stage in stages)
    if os.path.exists(os.path.join(stages[0].data, "cheaproute.log")):
        raise RuntimeError(f"something was logged in {stages[0].data}")
    if counted(place) != (made, made * ONE):
        raise RuntimeError(f"{made} calls were made, the ledger has {counted(place)}")
    return made


def counted(place: str) -> tuple[int, int]:
    """(calls, nano-dollars) that the ledger's kept totals say."""
    path = os.path.join(place, "home", ".local", "share", "cheaproute", "ledger.db")
    with closing(sqlite3.connect(path)) as db:
        [[calls, cost]] = db.execute("SELECT sum(calls), sum(cost_nano) FROM daily")
        [[spent]] = db.execute("SELECT sum(cost_nano) FROM spent WHERE period LIKE 'month:%'")
    if spent != cost:
        raise RuntimeError(f"spent {spent}, daily {cost}")
    return int(calls), int(cost)


def _session(stage: Stage, calls: int) -> None:
    """One session's life: calls to the API, and a hook after each, the last one its end."""
    made = random.Random(stage.session)
    for number in range(calls):
        hook = "session_end" if number == calls - 1 else made.choice(list(_HOOKS)[:-1])
        name, own = _HOOKS[hook]
        stage.append(made.randrange(3))
        tool_use = f"toolu_{stage.session}_{number}"
        stage.timed(
            [os.path.join(stage.plugin, "hooks", "run"), hook],
            stage.event(name, **{**own, "tool_use_id": tool_use}),
        )
