"""A stage for hooks: a made home, plugin, ledger and transcript, and a way to run a hook on it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from typing import Any

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SESSION = "0a1b2c3d-1111-4222-8333-{:012d}"
# What a session's environment holds, about as many as a real one.
_BYSTANDERS = {f"SOME_VARIABLE_{n}": "x" * 40 for n in range(40)}


def interpreter() -> str:
    """The Python that the first session would bake in: the one behind this virtual environment."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def of_command(place: str) -> dict[str, str]:
    """The whole environment of a command whose user has all at `place`."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": place,
        "CLAUDE_CONFIG_DIR": place,
        "CHEAPROUTE_HOME": os.path.join(place, "data"),
        "PYTHONPATH": ROOT,
    }


class Stage:
    """One session on a home of its own below `place`; `plugin` is the plugin's directory."""

    def __init__(self, place: str, *, plugin: str = ROOT, number: int = 0) -> None:
        self.home = os.path.join(place, "home")
        self.data = os.path.join(self.home, ".local", "share", "cheaproute")
        self.project = os.path.join(self.home, "src", "shop")
        self.session = SESSION.format(number)
        folder = os.path.join(self.home, ".claude", "projects", "-home-src-shop")
        self.transcript = os.path.join(folder, f"{self.session}.jsonl")
        self.plugin = plugin
        self.rows = 0
        for directory in (self.data, self.project, folder):
            os.makedirs(directory, mode=0o700, exist_ok=True)
        with open(os.path.join(self.data, "interpreter"), "w", encoding="utf-8") as file:
            file.write(interpreter() + "\n")
        self.env = {
            "HOME": self.home,
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "CLAUDE_PROJECT_DIR": self.project,
            **_BYSTANDERS,
        }

    def event(self, name: str, **fields: object) -> bytes:
        """The JSON of an event as Claude Code sends it."""
        common = {
            "session_id": self.session,
            "transcript_path": self.transcript,
            "cwd": self.project,
            "permission_mode": "default",
            "hook_event_name": name,
        }
        return json.dumps({**common, **fields}).encode()

    def append(self, count: int = 1, *, text: str = "done") -> None:
        """Let the session make `count` more API calls; their rows reach the transcript."""
        with open(self.transcript, "ab") as file:
            for _ in range(count):
                self.rows += 1
                file.write(json.dumps(self._row(text), separators=(",", ":")).encode() + b"\n")

    def tool_use(self) -> str:
        """The id of the tool use that the last call asked for."""
        return f"toolu_{self.session[-12:]}_{self.rows}"

    def _row(self, text: str) -> dict[str, Any]:
        usage = {
            "input_tokens": 10,
            "cache_creation_input_tokens": 1000,
            "cache_read_input_tokens": 40_000,
            "cache_creation": {"ephemeral_1h_input_tokens": 1000, "ephemeral_5m_input_tokens": 0},
            "output_tokens": 100,
            "service_tier": "standard",
        }
        return {
            "parentUuid": None,
            "isSidechain": False,
            "cwd": self.project,
            "sessionId": self.session,
            "type": "assistant",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "requestId": f"req_{self.session[-12:]}_{self.rows}",
            "message": {
                "id": f"msg_{self.session[-12:]}_{self.rows}",
                "role": "assistant",
                "model": "claude-opus-5-5",
                "content": [
                    {"type": "text", "text": text},
                    {"type": "tool_use", "id": self.tool_use(), "name": "Bash", "input": {}},
                ],
                "stop_reason": "tool_use",
                "usage": usage,
            },
        }

    def spawn(self, argv: list[str], stdin: bytes, out: str = os.devnull) -> int:
        """Start `argv` with `stdin`, without a shell and with little of our own; its pid."""
        fed = os.path.join(self.home, f"stdin-{self.session[-12:]}")
        with open(fed, "wb") as file:
            file.write(stdin)
        return os.posix_spawn(
            argv[0],
            argv,
            self.env,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, fed, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            ],
        )

    def hook(self, name: str, stdin: bytes, out: str = os.devnull) -> int:
        """Start the hook `name` as hooks.json does; its pid."""
        return self.spawn([os.path.join(self.plugin, "hooks", "run"), name], stdin, out)

    def timed(self, argv: list[str], stdin: bytes = b"") -> tuple[float, float]:
        """Seconds that `argv` takes, by the clock and of the processor; it must end in 0."""
        begin = time.perf_counter()
        pid = self.spawn(argv, stdin)
        _, status, used = os.wait4(pid, 0)
        taken = time.perf_counter() - begin
        if status:
            raise RuntimeError(f"{argv}: wait status {status}")
        return taken, used.ru_utime + used.ru_stime


def plugin_copy(place: str) -> str:
    """A copy of the plugin's hot half at `place`, without bytecode."""
    for part in ("hooks", "cheaproute"):
        shutil.copytree(
            os.path.join(ROOT, part),
            os.path.join(place, part),
            ignore=shutil.ignore_patterns("__pycache__"),
            symlinks=True,
        )
    return place
