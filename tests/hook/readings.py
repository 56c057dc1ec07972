"""The plugin's environment for a test: the one the tests run in, linked to as if it were built."""

from __future__ import annotations

import os
import sys

from cheaproute.config.venv import status


def link_environment(data: str) -> None:
    """Make the data directory `data` look as after a good build."""
    env = {"CHEAPROUTE_HOME": data}
    python = status.python(env)
    os.makedirs(os.path.dirname(python), exist_ok=True)
    # A link would lose its way: an environment is found by where its interpreter lies.
    script = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
    with open(python, "w", encoding="utf-8") as file:
        file.write(script)
    os.chmod(python, 0o700)
    with open(status.mark(status.place(env)), "w", encoding="utf-8") as file:
        file.write("{}")
