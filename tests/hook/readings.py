"""The plugin's environment for a test: the one the tests run in, linked to as if it were built."""

from __future__ import annotations

import json
import os
import sys

from cheaproute.config.venv import status


def link_environment(data: str) -> None:
    """Make the data directory `data` look as after a good build."""
    place = os.path.join(data, "venv")
    os.makedirs(os.path.join(place, "bin"), exist_ok=True)
    # A link would lose its way: an environment is found by where its interpreter lies.
    script = f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'
    python = os.path.join(place, "bin", "python")
    with open(python, "w", encoding="utf-8") as file:
        file.write(script)
    os.chmod(python, 0o700)
    with open(os.path.join(place, "ready.json"), "w", encoding="utf-8") as file:
        json.dump(status.wanted(), file)
