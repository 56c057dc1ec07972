"""A user's machine for one test: a fresh home, a project, the stand-in API, the real client."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cheaproute.config.venv import status
from tests import terminal
from tests.api import Api
from tests.conftest import ROOT
from tests.e2e.hands import copy
from tests.e2e.tui import Tui

# Tells a client a prompt; the text that its turn ends with.
Say = Callable[[str], str]
KEY = "sk-ant-api03-" + "x" * 40
# A PATH with this Python in front, and no shims that ask HOME which version is meant.
PATH = f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin"
RUN_S = 90


@dataclass(frozen=True)
class Result:
    """How a `claude -p` run ended; `cost_usd` is the client's own total for the session."""

    text: str
    cost_usd: float
    session: str
    code: int
    raw: dict[str, Any]
    stderr: str


@dataclass
class Machine:
    """Where everything of one test lives. `claude` is the client's path, `extra` more variables."""

    home: str
    project: str
    claude: str
    api: Api
    extra: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        os.makedirs(self.home, exist_ok=True)
        os.makedirs(self.project, exist_ok=True)
        settled = {
            "hasCompletedOnboarding": True,
            "bypassPermissionsModeAccepted": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [KEY[-20:]], "rejected": []},
            "projects": {self.project: {"hasTrustDialogAccepted": True}},
        }
        self.write(".claude.json", json.dumps(settled))

    def prepare(self) -> None:
        """Stand these tests' Python in for the plugin's environment, as if a build had ended."""
        script = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
        env = {"CHEAPROUTE_HOME": self.data}
        status.bake(env)
        os.chmod(self.write(status.python(env), script), stat.S_IRWXU)
        self.write(status.mark(status.place(env)), "{}")
        if not os.path.lexists(self.data + "/venv"):
            os.symlink(status.name(), self.data + "/venv")

    @property
    def data(self) -> str:
        """The plugin's data directory."""
        return os.path.join(self.home, ".local", "share", "cheaproute")

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of a client, a hook or a command here."""
        return {
            "HOME": self.home,
            "PATH": PATH,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "IS_SANDBOX": "1",
            "ANTHROPIC_BASE_URL": self.api.url,
            "ANTHROPIC_API_KEY": KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1",
            "HTTPS_PROXY": self.api.url,
            "HTTP_PROXY": self.api.url,
            "NO_PROXY": "127.0.0.1,localhost",
            **self.extra,
        }

    def write(self, path: str, text: str) -> str:
        """Write `text` to `path` below the home; its full path."""
        full = os.path.join(self.home, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
        return full

    def run(
        self, prompt: str, *options: str, plugin: bool = True, model: str = "sonnet", **env: str
    ) -> Result:
        """One `claude -p` in the project, with the plugin of this repository unless told."""
        done = self.client(
            "-p", prompt, "--output-format", "json", *self.options(plugin, model), *options, **env
        )
        try:
            raw = json.loads(done.stdout)
        except ValueError:
            raw = {}
        return Result(
            text=str(raw.get("result", done.stdout)),
            cost_usd=float(raw.get("total_cost_usd", 0)),
            session=str(raw.get("session_id", "")),
            code=done.returncode,
            raw=raw,
            stderr=done.stderr,
        )

    @contextmanager
    def talk(
        self,
        *options: str,
        plugin: bool = True,
        model: str = "opus",
        begins: Mapping[str, object] | None = None,
    ) -> Iterator[Say]:
        """One client that is told one prompt after the other; what is yielded tells it one.

        `begins` is what a program tells it before the first.
        """
        stream = ["--input-format", "stream-json", "--output-format", "stream-json", "--verbose"]
        command = [self.claude, "-p", *stream, *self.options(plugin, model), *options]
        with subprocess.Popen(
            command, cwd=self.project, env=self.env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        ) as client:  # fmt: skip
            timer = threading.Timer(RUN_S, client.kill)
            timer.start()
            if begins is not None:
                assert client.stdin is not None
                client.stdin.write(json.dumps(begins) + "\n")
            try:
                yield lambda prompt: _told(client, prompt)
            finally:
                assert client.stdin is not None
                client.stdin.close()
                client.wait()
                timer.cancel()

    def client(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """One run of the client with these arguments."""
        return self._do(self.claude, *arguments, **env)

    def cheaproute(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """One run of the plugin's own command."""
        return self._do(os.path.join(ROOT, "bin", "cheaproute"), *arguments, **env)

    def person(self, *arguments: str) -> str:
        """What the plugin's own command prints to a person at a wide terminal, all being well."""
        command = [os.path.join(ROOT, "bin", "cheaproute"), *arguments]
        code, said = terminal.run(command, {**self.env, "COLUMNS": "200"}, self.project)
        assert code == 0, said
        return said

    def costs(self) -> dict[str, Any]:
        """The running month as `cheaproute costs --json` has it."""
        done = self.cheaproute("costs", "--json")
        assert done.returncode == 0, done.stderr
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def tui(self, *options: str, plugin: bool = True, model: str = "sonnet") -> Tui:
        """The interactive client in a terminal of its own; use it as a context manager."""
        return Tui(self.words(*options, plugin=plugin, model=model), self.project, self.env)

    def words(self, *options: str, plugin: bool, model: str) -> list[str]:
        """The interactive client's command line.

        It writes into the directory of a plugin that has a module, so it is given a copy of ours.
        """
        if plugin:
            place = f"{self.home}.plugin"
            options = ("--plugin-dir", place if os.path.exists(place) else copy(place), *options)
        return [self.claude, *self.options(plugin=False, model=model), *options]

    @contextmanager
    def begun(self, plugin: str) -> Iterator[Tui]:
        """The same on Opus with the copy of the plugin at `plugin`, ready for what is typed."""
        with self.tui("--plugin-dir", plugin, plugin=False, model="opus") as tui:
            tui.ready()
            tui.settle()
            yield tui

    @staticmethod
    def options(plugin: bool, model: str) -> list[str]:
        """The options every session here starts with."""
        options = ["--model", model, "--dangerously-skip-permissions"]
        return [*options, "--plugin-dir", ROOT] if plugin else options

    def transcript(self, session: str) -> str:
        """The main transcript of `session`."""
        slug = re.sub(r"[^a-zA-Z0-9]", "-", self.project)
        return os.path.join(self.home, ".claude", "projects", slug, f"{session}.jsonl")

    def _do(self, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.project,
            env=self.env | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_S,
            check=False,
        )


def _told(client: subprocess.Popen[str], prompt: str) -> str:
    assert client.stdin is not None
    assert client.stdout is not None
    message = {"role": "user", "content": prompt}
    client.stdin.write(json.dumps({"type": "user", "message": message}) + "\n")
    client.stdin.flush()
    for line in client.stdout:
        row = json.loads(line)
        if row.get("type") == "result":
            return str(row.get("result"))
    raise AssertionError("the client ended before its turn did")
