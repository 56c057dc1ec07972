"""What the reports ask of the ledger: nothing looks through all calls for each of its rows."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cheaproute.cli.main import main
from cheaproute.ledger.transactions import Connection
from tests.ledgers import NOW_MS

Plan = list[tuple[int, int, int, str]]
# They grow with use.
_LARGE = ("call", "dispatch", "turn", "tool", "file", "copy", "session")
_ALIAS = re.compile(rf"\b(?:FROM|JOIN)\s+(?:{'|'.join(_LARGE)})\s+(?:AS\s+)?(\w+)")
_COMMANDS = (
    "costs", "costs sessions", "costs projects", "costs agents", "costs misses", "costs all",
    "why", "report --out page.html", "plan", "export csv", "cap", "cap suggest", "ledger check",
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Plan]]:
    """Each statement as it is run, with SQLite's plan for it."""
    said: list[tuple[str, Plan]] = []
    execute = Connection.execute

    def noted(self: Connection, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if sql.lstrip().startswith(("SELECT", "WITH")):
            rows = execute(self, f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
            said.append((sql, rows))
        return execute(self, sql, parameters)

    monkeypatch.setattr(Connection, "execute", noted)
    return said


def scans_again(sql: str, plan: Plan) -> Iterator[str]:
    """The large tables that are looked through once for each row of something else."""
    large = {*_LARGE, *_ALIAS.findall(sql)}
    above = {id_: (parent, step) for id_, parent, _, step in plan}
    first: set[int] = set()
    for _, parent, _, step in plan:
        if not step.startswith(("SCAN ", "SEARCH ")):
            continue
        inner = parent in first  # the second of a join
        first.add(parent)
        around = parent
        while around in above and not inner:
            around, over = above[around]
            inner = over.startswith("CORRELATED")
        if inner and step.startswith("SCAN ") and step.split()[1] in large:
            yield step


@pytest.mark.parametrize("command", _COMMANDS)
def test_no_report_looks_through_all_for_each_row(
    full: sqlite3.Connection,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    asked: list[tuple[str, Plan]],
    command: str,
) -> None:
    """Each statement of the command finds by key what belongs to one row."""
    place = full.execute("PRAGMA database_list").fetchone()[2]
    monkeypatch.setenv("CHEAPROUTE_HOME", os.path.dirname(place))
    monkeypatch.setattr("time.time", lambda: NOW_MS / 1000)
    monkeypatch.chdir(tmp_path)
    asked.clear()
    assert main(command.split()) == 0
    assert asked
    assert [(step, sql) for sql, plan in asked for step in scans_again(sql, plan)] == []
