"""Ways that are more than one run: programs, modules of others, places, several clients at once."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.conftest import ROOT
from tests.e2e import client
from tests.e2e.session import Machine
from tests.e2e.ways import MARK
from tests.e2e.ways_played import STREAM, Play

RULES = {"autoMode": {"allow": ["ls"], "soft_deny": ["rm"], "environment": ["x"]}}


def moded(code: str, *, above: bool = False) -> Play:
    """A session with another plugin beside ours, whose module is `code`: beneath ours, or above."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        other = os.path.join(machine.home, "other")
        about = {"name": "other", "version": "1.0.0", "description": "other"}
        machine.write("other/.claude-plugin/plugin.json", json.dumps(about))
        machine.write("other/hooks/hooks.json", '{"hooks": {}, "modules": ["./m.js"]}')
        machine.write("other/hooks/m.js", "export function register(on) {\n" + code + "\n}\n")
        common = ["--model", "sonnet", "--dangerously-skip-permissions"]
        dirs = [other, ROOT] if above else [ROOT, other]
        places = [word for one in dirs for word in ("--plugin-dir", one)]
        machine.client("-p", MARK, *common, *places, **env)

    return play


def told(*rows: Mapping[str, object], pause_s: float = 1.5) -> Play:
    """A program tells the client `rows`, one after the other."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        command = [machine.claude, "-p", *STREAM, *machine.options(plugin=True, model="sonnet")]
        with subprocess.Popen(
            command, cwd=machine.project, env={**machine.env, **env}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            timer = threading.Timer(60, process.kill)
            timer.start()
            assert process.stdin is not None
            with suppress(OSError):
                for row in rows:
                    process.stdin.write(json.dumps(row) + "\n")
                    process.stdin.flush()
                    time.sleep(pause_s)
                process.stdin.close()
            process.wait()
            timer.cancel()

    return play


def prompt(content: object = MARK, **more: object) -> dict[str, object]:
    """A prompt as a program tells it."""
    return {"type": "user", "message": {"role": "user", "content": content}, **more}


def control(subtype: str, **more: object) -> dict[str, object]:
    """A request of control as a program makes it."""
    request = {"subtype": subtype, **more}
    return {"type": "control_request", "request_id": uuid.uuid4().hex, "request": request}


def each(count: int, *requests: Mapping[str, object]) -> list[dict[str, object]]:
    """So many prompts, each with `requests` behind it."""
    return [row for n in range(count) for row in (prompt(f"{MARK} {n}"), *map(dict, requests))]


def runs(count: int, *options: str, at: bytes | str = "") -> Play:
    """So many runs, one after the other, in the folder `at` of the home ("": in the project)."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        place = os.path.join(os.fsencode(machine.home), os.fsencode(at))
        place = place if at else os.fsencode(machine.project)
        os.makedirs(place, exist_ok=True)
        common = machine.options(plugin=True, model="sonnet")
        for _ in range(count):
            subprocess.run(
                [machine.claude, "-p", MARK, *common, *options], cwd=place,
                env={**machine.env, **env}, stdin=subprocess.DEVNULL, capture_output=True,
                timeout=90, check=False,
            )  # fmt: skip

    return play


def together(*plays: Play) -> Play:
    """All of them at once."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        threads = [threading.Thread(target=one, args=(machine, env)) for one in plays]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return play


def then(*plays: Play) -> Play:
    """One after the other."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        for one in plays:
            one(machine, env)

    return play


def command(*words: str) -> Play:
    """A command of the client that may ask a model, in a project with rules and evaluations."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        machine.write(".claude/settings.json", json.dumps(RULES))
        files = {
            "p/.claude-plugin/plugin.json": '{"name":"p","version":"1.0.0","description":"p"}',
            "p/evals/a/prompt.md": MARK,
            "p/evals/a/graders/g.md": "Is it good?",
        }
        for name, content in files.items():
            path = Path(machine.project, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        machine.client(*words, **env)

    return play


def in_background(machine: Machine, env: Mapping[str, str]) -> None:
    """Sessions in the background, which the client's own supervisor runs."""
    for _ in range(3):
        machine.client("--bg", MARK, *machine.options(plugin=True, model="sonnet"), **env)
        time.sleep(8)
    done = machine.client("agents", "--json", **env)
    rows = json.loads(done.stdout) if done.stdout.startswith("[") else []
    for one in rows:
        machine.client("stop", str(one.get("id") or one.get("sessionId")), **env)


def socketed(machine: Machine, env: Mapping[str, str]) -> None:
    """The client reaches its API by a socket of the machine."""
    path = os.path.join(machine.home, "s.sock")
    port = int(machine.api.url.rpartition(":")[2])

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def accept(server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                there, _ = server.accept()
                out = socket.create_connection(("127.0.0.1", port))
                for pair in ((there, out), (out, there)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        runs(2)(machine, {**env, "ANTHROPIC_UNIX_SOCKET": path})


def elsewhere(variable: str, name: Callable[[Machine, int], str]) -> Play:
    """Four runs, each with another name for a place."""

    def play(machine: Machine, env: Mapping[str, str]) -> None:
        for number in range(4):
            runs(1)(machine, {**env, variable: name(machine, number)})

    return play


def linked(machine: Machine, number: int) -> str:
    """The home by another name."""
    os.symlink(machine.home, f"{machine.home}.l{number}")
    return f"{machine.home}.l{number}"


def versions(machine: Machine, env: Mapping[str, str]) -> None:
    """Two versions of the client side by side."""
    older = client.find("2.1.270" if "2.1.270" not in machine.claude else "2.1.332")
    other = Machine(machine.home, machine.project, older, machine.api)
    together(runs(2), lambda _machine, told: runs(2)(other, told))(machine, env)


def fixed(machine: Machine, env: Mapping[str, str]) -> None:
    """A run, and whatever its shell has fixed is loose again."""
    try:
        runs(1)(machine, env)
    finally:
        words: Sequence[str] = ["chattr", "-R", "-i", machine.home]
        subprocess.run(words, check=False, capture_output=True)
