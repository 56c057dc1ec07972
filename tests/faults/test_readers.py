"""No reader of what others write hangs, eats the memory or fails, whatever the file is."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.faults import readers

PACKAGE = os.path.join(ROOT, "cheaproute")
OPENERS = {"open", "os.open", "fastjson.read", "fastjson.content"}
# Of these one run tells enough for every change; the others are for the long suite.
ESSENTIAL = ("6 GB of nothing", "a deep nest", "marks without end", "dotted keys", "a pipe")
# What opens nothing that others choose or write, and why that is so.
OURS = {
    "atomic.py": "writes; reads some bytes of the kernel's",
    "cap/fallback/unbooked.py:_read": "bounded, of our own directory; test_unbooked.py",
    "cap/reservations.py:end_leaves": "makes a file of ours",
    "cap/shared/lease.py:_gone": "bounded, of our own directory, as the lease is",
    "cap/shared/lease.py:prices": "bounded, of our own directory, as the lease is",
    "cap/shared/lease.py:started": "/proc",
    "cli/config.py:_take_along": "bounded, by a person's command",
    "cli/demo/": "its own sandbox",
    "cli/doctor/ledger.py:log": "our log, whose length is bounded",
    "cli/doctor/runtime.py": "what the build left, and a scratch directory",
    "cli/main.py": "/dev/null",
    "cli/output.py": "writes where the user says",
    "cli/price_sources.py": "a package",
    "cli/prices.py": "the plugin's own",
    "cli/route.py": "the file the user names, line by line",
    "cli/team.py": "the file the user names",
    "client/ancestry.py:in_the_clients_terminal": "the terminal",
    "client/ancestry.py:whose_word": "the terminal, /proc",
    "client/transcript/reader.py:_is_anew": "some bytes of a regular file, the one read before",
    "config/changes.py:all_of": "what `changes` kept",
    "config/venv/build.py": "a lock",
    "config/venv/install.py": "writes",
    "config/venv/probe.py": "the plugin's own",
    "config/venv/status.py:name": "the plugin's own",
    "config/version.py": "the plugin's own",
    "fastjson.py": "the opener itself",
    "hook/bulk_read.py:_complete": "bounded, without blocking; test_post_tool_use_read.py",
    "hook/notices.py:_first_beside": "writes; reads 64 KB",
    "hook/standby/process.py:_leave_streams": "/dev/null",
    "ledger/ingest/activity.py:_said": "a bounded stretch of what was just read",
    "ledger/ingest/tracked.py": "writes",
    "ledger/locks.py": "locks",
    "ledger/migrate.py": "the plugin's own",
    "ledger/store.py": "makes the ledger",
    "ledger/upkeep/copies.py": "writes",
    "ledger/upkeep/unreadable.py:_line": "as far as was read before",
    "ledger/upkeep/rebuild.py:_readable": "one byte of a regular file",
    "log.py": "writes",
    "machines/folder.py:append": "writes",
    "machines/identity.py:_fingerprint": "the system's, 200 bytes",
    "machines/team/admin.py": "the plugin's own",
    "machines/team/member.py:note": "bounded, of our own directory, and written anew",
    "machines/team/telling.py:kept": "makes a database",
    "machines/team/turn.py:taken": "a lock",
    "machines/union.py": "makes a database",
    "plan/look.py:_stamp": "the plugin's own",
    "report/page/render.py": "the plugin's own",
    "report/terminal/size.py": "the terminal",
    "routing/": "the plugin's own",
    "usage/prices.py": "the plugin's own",
}


@cache
def told(content: str) -> Any:
    """What all readers made of `content`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.readers", content, place],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=840,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def sites() -> Iterator[str]:
    """Every function of ours that opens a file."""
    for folder, _, files in os.walk(PACKAGE):
        for file in files:
            if file.endswith(".py"):
                path = os.path.join(folder, file)
                tree = ast.parse(Path(path).read_text("utf-8"), path)
                yield from _opening(tree, os.path.relpath(path, PACKAGE), "<module>")


def _opening(tree: ast.AST, module: str, function: str) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        # What is the kernel's is nobody else's.
        if isinstance(node, ast.Call) and ast.unparse(node.func) in OPENERS:
            yield from () if "'/proc/" in ast.unparse(node) else (f"{module}:{function}",)
        name = node.name if isinstance(node, ast.FunctionDef) else function
        yield from _opening(node, module, name)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(name, marks=[] if name in ESSENTIAL else [pytest.mark.long])
        for name in (*readers.QUICK, *readers.LONG)
    ],
)
def test_every_reader_ends_well(content: str) -> None:
    """Holes, nests, pipes, marks by the thousand, 50 MB: read as it is, or taken for none.

    Where a transcript has a good row behind such a one, that call is counted.
    """
    assert told(content)["wrong"] == {}


def test_no_reader_is_left_out() -> None:
    """Whatever opens a file is in the table above, or was seen to open such a file."""
    seen = set(told("a deep nest")["hit"])
    left = {one for one in sites() if not one.startswith(tuple(OURS))} - seen
    assert left == set()
