"""A scratch machine: its own home, project, ledger and environment, gone when the demo ends."""

from __future__ import annotations

import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec

from cheaproute.cli.demo import api, build_log
from cheaproute.config import paths
from cheaproute.config.venv import status

CAP_USD = 5


class Stage:
    """Where the demo plays. `env` is the whole environment of its hooks."""

    def __init__(self, place: str, url: str, env: Mapping[str, str]) -> None:
        self.places = {"home": f"{place}/home", "project": f"{place}/home/shop"}
        self.data = f"{place}/data"
        # Whether delegated calls can be made: they need the SDK.
        self.delegates = find_spec("anthropic") is not None
        self.env = {
            "HOME": self.places["home"],
            "PATH": env.get("PATH", os.defpath),
            "CHEAPROUTE_HOME": self.data,
            "CLAUDE_PLUGIN_OPTION_MONTHLY_CAP_USD": str(CAP_USD),
            "ANTHROPIC_BASE_URL": url,
            "ANTHROPIC_API_KEY": "no-key-is-needed-here",
            "NO_PROXY": "127.0.0.1",
        }
        for directory in (*self.places.values(), self.data):
            os.makedirs(directory, mode=0o700)
        with open(f"{self.places['project']}/build.log", "w", encoding="utf-8") as file:
            file.write(build_log.text())
        status.bake(self.env)
        if self.delegates:
            self._borrow()
        else:  # a build that has just failed is not tried again: nothing is installed for a demo
            with open(paths.failure_file(self.env), "w", encoding="utf-8") as file:
                file.write("not for the demo\n")

    def _borrow(self) -> None:
        """Let the hooks find this interpreter as their environment."""
        program = status.python(self.env)
        os.makedirs(os.path.dirname(program))
        with open(program, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
        os.chmod(program, 0o700)
        with open(status.mark(status.place(self.env)), "w", encoding="utf-8") as file:
            file.write("{}")


@contextmanager
def build(env: Mapping[str, str]) -> Iterator[Stage]:
    """The stage, with the stand-in for the API running."""
    with tempfile.TemporaryDirectory(prefix="cheaproute-demo-") as place, api.serve() as url:
        yield Stage(os.path.realpath(place), url, env)
