"""All machines as one table like `daily`, for a report: in one connection's memory, by UTC days."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from cheaproute.ledger.module import given_up
from cheaproute.ledger.query.totals import FIELDS, Sums
from cheaproute.ledger.schema import SOURCES, SUBAGENT
from cheaproute.machines import union
from cheaproute.machines.lines import lacks
from cheaproute.usage.call import COUNTS

if TYPE_CHECKING:
    import sqlite3

TABLE = given_up.EVERYWHERE
_NAMES = {"model": "name", "project": "path"}
_OF_UNION = (
    "count(*)", *(f"sum({name})" for name in COUNTS), "coalesce(sum(cost_nano), 0)", "0",
    "sum(cost_nano IS NULL)", "sum(open)",
)  # fmt: skip


class Other(NamedTuple):
    """What one other machine spent in a span; `as_of_ms`: the newest call that was heard of.

    `title` is what it calls itself, `name` tells it from others of the same.
    """

    machine: str
    title: str
    name: str
    sums: Sums
    as_of_ms: int


def known(data_dir: str) -> bool:
    """Whether anything was ever heard of other machines."""
    return os.path.exists(os.path.join(data_dir, union.FILE))


def first_day(data_dir: str) -> int | None:
    """The day of the oldest call of another machine, None where there is none."""
    with closing(union.connect(data_dir)) as others:
        day: int | None = others.execute("SELECT min(day) FROM call").fetchone()[0]
    return day


def fill(ledger: sqlite3.Connection, data_dir: str) -> str:
    """The name of a table that adds up this machine's days and all others'; for reading alone.

    Names that this ledger does not have are known to this connection from now on, and to no file.
    """
    columns = ", ".join(("day", "model", "source", "project", *FIELDS))
    ledger.execute(f"DROP TABLE IF EXISTS temp.{TABLE}")
    ledger.execute(f"CREATE TEMP TABLE {TABLE}({columns})")
    ledger.execute(f"INSERT INTO temp.{TABLE} SELECT {columns} FROM daily")  # noqa: S608
    with closing(union.connect(data_dir)) as others:
        lacking = lacks.others(others, ledger)
        rows = others.execute(
            f"SELECT day, model, source, project, {', '.join(_OF_UNION)} FROM call "  # noqa: S608
            "GROUP BY day, model, source, project"
        ).fetchall()
    given_up.fill_everywhere(
        ledger,
        [
            (one.day, one.model, one.source == SOURCES[SUBAGENT], one.requests, one.nano)
            for one in lacking
            if one.requests
        ],
    )
    models = _numbers(ledger, "model", {row[1] for row in rows})
    projects = _numbers(ledger, "project", {row[3] for row in rows} - {""})
    sources = {name: number for number, name in enumerate(SOURCES)}
    marks = ", ".join("?" * (4 + len(FIELDS)))
    ledger.executemany(
        f"INSERT INTO temp.{TABLE} VALUES({marks})",
        [
            (day, models[model], sources.get(source, 0), projects.get(project, 0), *sums)
            for day, model, source, project, *sums in rows
        ],
    )
    return TABLE


def by_machine(
    others: sqlite3.Connection, ledger: sqlite3.Connection, first: int, past: int
) -> list[Other]:
    """What each other machine spent from `first` to before `past`, the dearest first."""
    heard: dict[str, tuple[str, int]] = {}
    for one in union.sources(others):
        as_of_ms = max(one.as_of_ms, heard.get(one.machine, ("", 0))[1])
        heard[one.machine] = (one.title or one.machine, as_of_ms)
    rows = others.execute(
        f"SELECT machine, {', '.join(_OF_UNION)} FROM call WHERE day >= ? AND day < ? "  # noqa: S608
        "GROUP BY machine",
        (first, past),
    ).fetchall()
    spent = {machine: Sums(tuple(sums)) for machine, *sums in rows}
    for lack in lacks.within(lacks.others(others, ledger), first, past):
        sums = spent.setdefault(lack.machine, Sums())
        sums.compactions += lack.compactions
        sums.given_up = (sums.given_up[0] + lack.requests, sums.given_up[1] + lack.nano)
        sums.least = sums.least or lack.sessions > 0
    titles = [title for title, _ in heard.values()]
    found = []
    for machine, sums in spent.items():
        title, as_of_ms = heard.get(machine, (machine, 0))
        name = f"{title} ({machine[:4]})" if titles.count(title) > 1 else title
        found.append(Other(machine, title, name, sums, as_of_ms))
    return sorted(found, key=lambda one: (-one.sums.cost_nano, one.name))


def of_days(
    ledger: sqlite3.Connection, data_dir: str, first: int, past: int
) -> list[tuple[str, Sums, int]]:
    """(name, sums, as of) of each other machine, as a report lists it."""
    with closing(union.connect(data_dir)) as others:
        return [one[2:] for one in by_machine(others, ledger, first, past)]


def _numbers(ledger: sqlite3.Connection, table: str, names: set[str]) -> dict[str, int]:
    """{name: number} of `table` for all `names`, in a table that stands before the ledger's own."""
    column = _NAMES[table]
    numbers = {name: id_ for id_, name in ledger.execute(f"SELECT id, {column} FROM main.{table}")}  # noqa: S608
    ledger.execute(f"DROP TABLE IF EXISTS temp.{table}")
    ledger.execute(f"CREATE TEMP TABLE {table} AS SELECT id, {column} FROM main.{table}")  # noqa: S608
    ledger.execute(f"CREATE UNIQUE INDEX temp.{TABLE}_{table} ON {table}(id)")
    for at, name in enumerate(sorted(names - set(numbers)), 1):
        ledger.execute(f"INSERT INTO temp.{table} VALUES(?, ?)", (-at, name))
        numbers[name] = -at
    return numbers
