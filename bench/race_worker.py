"""One of the processes of the race: a delegating command, or a session with its hooks.

`python -m bench.race_worker KIND HOME NUMBER ARGUMENT` waits for its stdin to close, so that all
start at once, then spends until the cap stops it, and prints what it spent as JSON.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from contextlib import closing

from cheaproute.cap import reservations
from cheaproute.config import paths
from cheaproute.errors import CapReached, LedgerBusy
from cheaproute.hook.main import respond
from cheaproute.ledger import store
from cheaproute.usage import prices
from cheaproute.usage.call import Call

# What a delegated call may cost and does cost, and what a session's call costs: nano-dollars.
WORST, REAL, STEP = 400_000, 150_000, 3_000_000


def delegate(env: dict[str, str], number: int, port: str) -> dict[str, object]:
    """Reserve, call, settle, until a call no longer fits. Every tenth dies in its first call."""
    table = prices.load()
    calls = 0
    waits: list[float] = []
    with closing(store.connect(paths.ledger_file(env))) as db:
        while True:
            begun = time.perf_counter()
            try:
                held = reservations.reserve(db, WORST, "race", _now())
            except CapReached:
                return {"calls": calls, "waits": waits}
            except LedgerBusy:  # a call that cannot be reserved is not made
                continue
            waits.append(time.perf_counter() - begun)
            if number % 10 == 0:
                os._exit(9)  # with its reservation held: nobody will settle it
            call = _post(int(port))
            reservations.settle(db, held, call, prices=table)
            calls += 1


def session(env: dict[str, str], number: int, _argument: str) -> dict[str, object]:
    """Make a call of $0.003, let the hook look, and go on while it says nothing."""
    uuid = f"{number:08d}-1111-4222-8333-444444444444"
    transcript = os.path.join(env["HOME"], "projects", "p", f"{uuid}.jsonl")
    stdin = {
        "session_id": uuid,
        "transcript_path": transcript,
        "cwd": env["HOME"],
        "hook_event_name": "PostToolBatch",
        "tool_calls": [],
    }
    calls = 0
    waits: list[float] = []
    while True:
        calls += 1
        _append(transcript, uuid, calls)
        begun = time.perf_counter()
        answer = respond("post_tool_batch", json.dumps(stdin).encode(), env)
        waits.append(time.perf_counter() - begun)
        said = json.loads(answer) if answer else {}
        if said.get("continue") is False:  # or a word that the ledger was busy
            return {"calls": calls, "waits": waits, "stopped": True}


def _post(port: int) -> Call:
    """One call of the stand-in API."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        body = json.dumps({"model": "claude-haiku-5-5", "messages": []})
        connection.request("POST", "/v1/messages", body, {"content-type": "application/json"})
        said = json.loads(connection.getresponse().read())
    usage = said["usage"]
    sent, made = usage["input_tokens"], usage["output_tokens"]
    return Call(said["id"], _now(), "claude-haiku-5-5", input=sent, output=made)


def _append(transcript: str, uuid: str, number: int) -> None:
    """The row of one finished call: 1,000 tokens in and 100 out of Sonnet 5.5."""
    usage = {"input_tokens": 1000, "output_tokens": 100}
    row = {
        "type": "assistant",
        "sessionId": uuid,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "requestId": f"req_{uuid}_{number}",
        "message": {
            "id": f"msg_{uuid}_{number}",
            "role": "assistant",
            "model": "claude-sonnet-5-5",
            "stop_reason": "tool_use",
            "content": [],
            "usage": usage,
        },
    }
    with open(transcript, "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def _now() -> int:
    return int(time.time() * 1000)


def main() -> None:
    """Wait for the start, race, tell."""
    kind, home, number, argument = sys.argv[1:]
    env = {
        "HOME": home,
        "CHEAPROUTE_HOME": os.path.join(home, "data"),
        "ANTHROPIC_API_KEY": "sk-ant-race",
    }
    sys.stdin.read()
    run = {"delegate": delegate, "session": session}[kind]
    print(json.dumps(run(env, int(number), argument)))


if __name__ == "__main__":
    main()
