"""Kinds of bulk files, and the hooks that start for them."""

from __future__ import annotations

import re

import pytest

from cheaproute.config.table import SETTINGS
from cheaproute.routing import bulk
from tools import hooks_json


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/p/app.log", "log"),
        ("/p/APP.LOG", "log"),
        ("/p/app.log.1", "log"),
        ("/p/nohup.out", "log"),
        ("C:\\p\\app.log", "log"),
        ("/p/package-lock.json", "lock"),
        ("/p/Cargo.lock", "lock"),
        ("/p/go.sum", "lock"),
        ("/p/dump.jsonl", "data"),
        ("/p/rows.csv", "data"),
        ("/p/app.min.js", "generated"),
        ("/p/app.js.map", "generated"),
        ("/p/app.py", ""),
        ("/p/app.js", ""),
        ("/p/package.json", ""),
        ("/p/logs/main.go", ""),
        ("/p/app.log.py", ""),
        ("/p/blog", ""),
        ("/p/.log", "log"),
    ],
)
def test_kinds(path: str, kind: str) -> None:
    """Logs, lockfiles, data and generated files; never source code."""
    assert bulk.kind(path) == kind


def test_the_setting_names_all_kinds() -> None:
    """By default every kind is digested."""
    assert SETTINGS["digest.kinds"][0] == list(bulk.KINDS)


def test_hooks_start_for_these_kinds_and_no_other() -> None:
    """hooks.json is what its generator writes: one rule a pattern, no process for other files."""
    assert hooks_json.main(["--check"]) == 0


@pytest.mark.parametrize("name", ["a.log", "a.log.1", "package-lock.json", "a.min.js", "x.js.map"])
def test_no_file_starts_two_hooks(name: str) -> None:
    """Two patterns that match one file would digest it twice."""
    patterns = [pattern for kind in bulk.KINDS.values() for pattern in kind]
    assert (
        sum(bool(re.fullmatch(p.replace(".", r"\.").replace("*", ".*"), name)) for p in patterns)
        == 1
    )
