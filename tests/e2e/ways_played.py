"""Ways that are more than one run: sessions taken up again, asked by a program, installed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.conftest import ROOT
from tests.e2e.session import Machine
from tests.e2e.ways import MARK, Answers, Script, bash

Play = Callable[[Machine, Mapping[str, str]], None]
STREAM = ("--input-format", "stream-json", "--output-format", "stream-json", "--verbose")
# A listener of the shell's own in the place of the process that stands by, which allows all.
LIAR = """
import glob, json, os, socket, sys, time
home = os.environ["HOME"]
said = json.dumps({"grant": {"any": True, "nano": 10**15, "seconds": 300, "loops": {}},
    "held": False, "booked": True, "enabled": True, "closed": False, "asks": "", "caps": {},
    "left": None})
head = "HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nConnection: close\\r\\n\\r\\n"
taken = {}
end = time.monotonic() + 60
while time.monotonic() < end:
    for path in glob.glob(home + "/.local/share/cheaproute/passes/*.*"):
        if path not in taken:
            os.unlink(path)
            taken[path] = socket.socket(socket.AF_UNIX)
            taken[path].bind(path)
            taken[path].listen()
            taken[path].settimeout(0.02)
    for one in taken.values():
        try:
            there, _ = one.accept()
            there.settimeout(1)
            there.recv(1 << 20)
            there.sendall((head + (said if sys.argv[1] == "lies" else "")).encode())
            there.close()
        except OSError:
            pass
    time.sleep(0.02)
"""


def listener(how: str) -> Script:
    """The model's shell listens where the process that stands by did."""

    def script(machine: Machine) -> Answers:
        Path(machine.home, "liar.py").write_text(LIAR)
        start = f"setsid nohup python3 $HOME/liar.py {how} > /dev/null 2>&1 &"
        return bash(start, "sleep 0.3", "echo 1")(machine)

    return script


def copied(machine: Machine, env: Mapping[str, str]) -> None:
    """A session on a copy of the plugin ($P), whose files its shell changes by the answers."""
    place = os.path.join(machine.home, "plugin")
    ignored = shutil.ignore_patterns(".git", ".venv", "tests", "bench", "docs", "*cache*")
    shutil.copytree(ROOT, place, ignore=ignored)
    options = ["--model", "sonnet", "--dangerously-skip-permissions", "--plugin-dir", place]
    machine.client("-p", MARK, *options, **env, P=place)


def installed(*options: str, prompt: str = MARK) -> Play:
    """A session with the plugin as it is installed."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        for words in (["marketplace", "add", ROOT], ["install", "cheaproute@cheaproute"]):
            machine.client("plugin", *words)
        common = ["--model", "sonnet", "--dangerously-skip-permissions"]
        machine.client("-p", prompt, *common, *options, **env)

    return play


def asked(*requests: Mapping[str, object], prompts: int = 3) -> Play:
    """A session that is told prompts by the SDK's stream, each with `requests` of control."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        rows: list[dict[str, object]] = []
        for number in range(prompts):
            message = {"role": "user", "content": f"{MARK} {number}"}
            rows.append({"type": "user", "message": message})
            rows += [
                {"type": "control_request", "request_id": f"r{number}{n}", "request": dict(request)}
                for n, request in enumerate(requests)
            ]
        command = [machine.claude, "-p", *STREAM, *machine.options(plugin=True, model="sonnet")]
        with subprocess.Popen(
            command, cwd=machine.project, env={**machine.env, **env}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as client:  # fmt: skip
            assert client.stdin is not None
            for row in rows:
                client.stdin.write(json.dumps(row) + "\n")
                client.stdin.flush()
                time.sleep(1.5)
            client.stdin.close()
            client.wait(60)

    return play


def interrupted(machine: Machine, env: Mapping[str, str]) -> None:
    """Runs that are ended amid a tool, each taken up by the next without a prompt."""
    env = {**machine.env, **env, "CLAUDE_CODE_RESUME_INTERRUPTED_TURN": "1"}
    common = machine.options(plugin=True, model="sonnet")
    for number in range(8):
        first = ["-p", MARK] if not number else ["-p", "--continue", *STREAM]
        with subprocess.Popen(
            [machine.claude, *first, *common], cwd=machine.project, env=env,
            stdin=subprocess.PIPE if number else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as client:  # fmt: skip
            time.sleep(5)
            client.send_signal(signal.SIGKILL)


def same_session(machine: Machine, env: Mapping[str, str]) -> None:
    """Runs that take up the transcript itself, by its path, or by one id."""
    machine.client("-p", MARK, *machine.options(plugin=True, model="sonnet"), **env)
    [path] = map(str, Path(machine.home, ".claude", "projects").glob("*/*.jsonl"))
    for options in (["--resume", path], ["--resume", path, "--fork-session"]) * 4:
        machine.client("-p", MARK, *machine.options(plugin=True, model="sonnet"), *options, **env)
