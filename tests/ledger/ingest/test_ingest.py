"""Transcripts into the ledger."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices
from tests.transcripts import SESSION, append, assistant, lines, progress, usage, write

PRICES = prices.load()
NOW = 1_795_341_600_000
ONE = 5_550_000  # what `assistant()` costs, nano-dollars


@pytest.fixture
def main(tmp_path: Path) -> Path:
    """Where the session's main transcript will be."""
    return tmp_path / "projects" / "-home-me-project" / f"{SESSION}.jsonl"


def run(db: sqlite3.Connection, path: Path) -> ingest.Metered:
    """Meter the session of `path`."""
    return ingest.meter(db, str(path), NOW, PRICES)


def total(db: sqlite3.Connection) -> Any:
    """(calls, output tokens, nano-dollars) as the kept totals say; they must equal the calls."""
    kept = db.execute("SELECT sum(calls), sum(output), sum(cost_nano) FROM daily").fetchone()
    real = db.execute("SELECT count(*), sum(output), sum(cost_nano) FROM call").fetchone()
    assert kept == real
    spent = db.execute("SELECT sum(cost_nano) FROM spent WHERE period LIKE 'month:%'").fetchone()
    assert spent[0] == real[2]
    return real


def test_new_rows_only_once(db: sqlite3.Connection, main: Path) -> None:
    """Metering again finds nothing; a row appended is found, and nothing else."""
    write(main, assistant("msg_1"), assistant("msg_1"))
    assert run(db, main).calls == 1
    assert run(db, main).calls == 0
    append(main, assistant("msg_2"))
    assert run(db, main).calls == 1
    assert total(db) == (2, 400, 2 * ONE)


def test_partial_then_final(db: sqlite3.Connection, main: Path) -> None:
    """A call seen half-way is brought up to its final counts, and its flag is lifted."""
    write(main, assistant(stop=None, used=usage(output_tokens=1)))
    run(db, main)
    assert db.execute("SELECT sum(partial), sum(output) FROM daily").fetchone() == (1, 1)
    append(main, assistant())
    run(db, main)
    assert db.execute("SELECT sum(partial), sum(output) FROM daily").fetchone() == (0, 200)
    assert total(db) == (1, 200, ONE)


def test_half_line(db: sqlite3.Connection, main: Path) -> None:
    """A half-written last line is read when it is whole."""
    write(main, assistant("msg_1"))
    row = lines(assistant("msg_2"))
    with open(main, "ab") as file:
        file.write(row[:40])
    assert run(db, main).calls == 1
    with open(main, "ab") as file:
        file.write(row[40:])
    assert run(db, main).calls == 1
    assert total(db) == (2, 400, 2 * ONE)


def test_subagents_below_the_session(db: sqlite3.Connection, main: Path) -> None:
    """Subagents' files count at any depth, with the dispatch that their meta file names."""
    write(main, assistant("msg_1"))
    below = main.with_suffix("") / "subagents"
    write(below / "agent-a1.jsonl", assistant("msg_2", isSidechain=True, agentId="a1"))
    (below / "agent-a1.meta.json").write_text(
        json.dumps({"agentType": "Explore", "toolUseId": "toolu_1"})
    )
    write(below / "workflows" / "wf" / "agent-a2.jsonl", assistant("msg_3", isSidechain=True))
    run(db, main)
    assert db.execute(
        "SELECT call.id, call.source, call.agent, agent_type, dispatch, call.session"
        " FROM call JOIN file ON file.id = file ORDER BY 1"
    ).fetchall() == [
        ("msg_1", 0, "", "", "", 1),
        ("msg_2", 1, "a1", "Explore", "toolu_1", 1),
        ("msg_3", 1, "a2", "", "", 1),
    ]


def test_session_and_project(db: sqlite3.Connection, main: Path) -> None:
    """The session knows its project and the latest model of its main loop, not of a subagent."""
    write(
        main,
        assistant("msg_1", model="claude-opus-5-5"),
        assistant("msg_2", model="claude-sonnet-5-5", ts="2026-11-22T10:00:00Z"),
        assistant("msg_3", model="<synthetic>", ts="2026-11-22T10:01:00Z"),
    )
    write(
        main.with_suffix("") / "subagents" / "agent-a1.jsonl",
        assistant("msg_4", model="claude-haiku-5-5", ts="2026-11-22T11:00:00Z", isSidechain=True),
    )
    found = run(db, main)
    assert db.execute(
        "SELECT uuid, model, path FROM session JOIN project ON project.id = project"
        " WHERE session.id = ?",
        (found.session,),
    ).fetchone() == (SESSION, "claude-sonnet-5-5", "/home/me/project")


@pytest.mark.parametrize("rewritten", [0, 1, 5])
def test_rewritten_file(db: sqlite3.Connection, main: Path, rewritten: int) -> None:
    """A file written anew is read from its start, whether it is shorter or longer now."""
    write(main, assistant("msg_1"), assistant("msg_2"))
    run(db, main)
    write(main, *[assistant(f"msg_9{n}") for n in range(rewritten)])
    assert run(db, main).calls == rewritten
    assert total(db)[0] == 2 + rewritten


@pytest.mark.parametrize("common", [0, 1])
def test_overwritten_in_place_by_another_machines_copy(
    db: sqlite3.Connection, main: Path, common: int
) -> None:
    """A longer file in the same place, whose rows end as those read before: all of it is read."""

    def row(n: int, machine: str) -> dict[str, Any]:
        told = assistant(f"msg_{machine}{n}", uuid=f"{machine}{n}-1111-2222-3333-444444444444")
        return told | {"userType": "external", "version": "2.1.330", "gitBranch": "main" * 20}

    shared = [row(n, "s") for n in range(common)]
    write(main, *shared, row(1, "a"), row(2, "a"))
    run(db, main)
    write(main, *shared, row(1, "b"), row(2, "b"), row(3, "b"))
    assert run(db, main).calls == 3
    assert total(db)[0] == common + 5


def test_replaced_file_of_the_same_size(db: sqlite3.Connection, main: Path) -> None:
    """Another file under the old name is another file, even at the same size."""
    write(main, assistant("msg_1"))
    run(db, main)
    other = main.with_suffix(".new")
    write(other, assistant("msg_2"))
    os.replace(other, main)
    assert run(db, main).calls == 1


def test_written_anew_in_place_and_as_long(db: sqlite3.Connection, main: Path) -> None:
    """The same file, emptied and filled again up to the same byte."""
    write(main, assistant("msg_1"))
    run(db, main)
    with main.open("r+b") as file:
        file.write(lines(assistant("msg_2")))
    assert run(db, main).calls == 1
    assert total(db) == (2, 400, 2 * ONE)


def test_missing_file(db: sqlite3.Connection, main: Path) -> None:
    """A transcript that is not there is no error and no row."""
    assert run(db, main).calls == 0
    assert db.execute("SELECT count(*) FROM file").fetchone() == (0,)


FORK = "99999999-2222-4333-8444-555555555555"
OLD_FORK = "00000000-2222-4333-8444-555555555555"


@pytest.mark.parametrize("fork", [FORK, OLD_FORK])
@pytest.mark.parametrize("parent_first", [True, False])
def test_fork(db: sqlite3.Connection, main: Path, fork: str, *, parent_first: bool) -> None:
    """A fork's copies are its parent's calls, whichever file is read first, whatever its name."""
    write(main, assistant("msg_1"), assistant("msg_2", ts="2026-11-22T09:54:00Z"))
    copies = main.with_name(f"{fork}.jsonl")
    write(
        copies,
        {"type": "queue-operation", "timestamp": "2026-11-22T10:00:00Z", "sessionId": fork},
        assistant("msg_1", session=fork),
        assistant("msg_2", session=fork, ts="2026-11-22T09:54:00Z"),
        assistant("msg_3", session=fork, ts="2026-11-22T10:00:01Z"),
    )
    for path in (main, copies) if parent_first else (copies, main):
        run(db, path)
    assert total(db) == (3, 600, 3 * ONE)
    assert db.execute(
        "SELECT call.id, uuid FROM call JOIN session ON session.id = call.session ORDER BY 1"
    ).fetchall() == [("msg_1", SESSION), ("msg_2", SESSION), ("msg_3", fork)]
    assert db.execute(
        "SELECT call, path FROM copy JOIN file ON file.id = file ORDER BY 1"
    ).fetchall() == [("msg_1", str(copies)), ("msg_2", str(copies))]


@pytest.mark.parametrize("branch", [FORK, OLD_FORK])
@pytest.mark.parametrize("parent_first", [True, False])
def test_branch(db: sqlite3.Connection, main: Path, branch: str, *, parent_first: bool) -> None:
    """A branch begins with copies that have the parent's very times, and say whose they are."""
    write(main, assistant("msg_1"))
    copies = main.with_name(f"{branch}.jsonl")
    write(
        copies,
        assistant("msg_1", session=branch, forkedFrom={"sessionId": SESSION}),
        assistant("msg_2", session=branch, ts="2026-11-22T10:00:01Z"),
    )
    for path in (main, copies) if parent_first else (copies, main):
        run(db, path)
    assert db.execute(
        "SELECT call.id, uuid, path FROM call JOIN session ON session.id = call.session"
        " JOIN file ON file.id = file ORDER BY 1"
    ).fetchall() == [("msg_1", SESSION, str(main)), ("msg_2", branch, str(copies))]


@pytest.mark.parametrize("order", [1, -1])
def test_progress_rows_yield_to_the_subagents_own_file(
    db: sqlite3.Connection, main: Path, order: int
) -> None:
    """A call told of in the main file and in the subagent's own is the latter's."""
    write(main, progress("msg_p", output=1))
    own = main.parent / "agent-a1.jsonl"
    row = assistant("msg_p", isSidechain=True, agentId="a1")
    write(own, row)
    ingest.read(db, [str(main), str(own)][::order], NOW, PRICES)
    path = db.execute("SELECT path FROM call JOIN file ON file.id = file").fetchone()
    assert path == (str(own),)
    assert total(db)[:2] == (1, 200)


def test_what_a_routed_subagent_saved(db: sqlite3.Connection, main: Path) -> None:
    """A routed subagent's calls book the difference to the model it would have run on."""
    write(main, assistant("msg_1"))
    run(db, main)
    db.execute(
        "INSERT INTO dispatch(id, ts_ms, session, routed, instead) VALUES"
        "('toolu_1', 0, 1, 'haiku', 'claude-sonnet-5-5'), ('toolu_2', 0, 1, '', 'claude-opus-5-5')"
    )
    below = main.with_suffix("") / "subagents"
    for number in (1, 2):
        write(
            below / f"agent-a{number}.jsonl",
            assistant(f"msg_a{number}", model="claude-haiku-5-5", isSidechain=True),
        )
        (below / f"agent-a{number}.meta.json").write_text(
            json.dumps({"toolUseId": f"toolu_{number}"})
        )
    run(db, main)
    saved = db.execute("SELECT id, cost_nano, saved_nano FROM call WHERE agent != ''").fetchall()
    assert saved == [("msg_a1", 302_500, ONE - 302_500), ("msg_a2", 302_500, 0)]


def test_unknown_price(db: sqlite3.Connection, main: Path) -> None:
    """A call of unknown price keeps its tokens, and is counted as unpriced."""
    write(main, assistant(model="claude-unheard-of"))
    run(db, main)
    row = db.execute("SELECT calls, output, cost_nano, unpriced FROM daily").fetchone()
    assert row == (1, 200, 0, 1)
    month = db.execute("SELECT cost_nano, unpriced FROM spent WHERE period = 'month:2026-11'")
    assert month.fetchone() == (0, 1)


def test_killed_at_any_point(db: sqlite3.Connection, main: Path) -> None:
    """A reader killed at any statement leaves nothing, and the next one counts everything once."""
    rows = [assistant(f"msg_{n}") for n in range(3)]
    write(main, *rows)
    write(main.with_suffix("") / "subagents" / "agent-a1.jsonl", assistant("msg_a"))
    budget = 1
    while True:
        left = [budget]

        def stop(left: list[int] = left) -> int:
            left[0] -= 1
            return left[0] <= 0

        db.set_progress_handler(stop, 10)
        try:
            run(db, main)
        except sqlite3.OperationalError:
            db.set_progress_handler(None, 0)
            if db.in_transaction:
                db.execute("ROLLBACK")
            assert db.execute("SELECT count(*) FROM call").fetchone() == (0,)
            budget += 3
        else:
            break
    db.set_progress_handler(None, 0)
    assert budget > 10
    assert run(db, main).calls == 0
    assert total(db) == (4, 800, 4 * ONE)


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_a_row_without_a_time_is_of_the_day_beside_it(
    db: sqlite3.Connection, tmp_path: Path, *, apart: bool, first: bool
) -> None:
    """An old history is no spending of today, however it is read."""
    beside, timeless = assistant("msg_1", ts="2026-01-22T09:53:16.303Z"), assistant("msg_2")
    del timeless["timestamp"]
    rows = [timeless, beside] if first and not apart else [beside, timeless]
    path = tmp_path / f"{SESSION}.jsonl"
    for part in [[row] for row in rows] if apart else [rows]:
        append(path, *part)
        ingest.meter(db, str(path), NOW, PRICES)
    months = "SELECT period FROM spent WHERE period LIKE 'month:%'"
    assert db.execute(months).fetchall() == [("month:2026-01",)]


def test_a_hole_of_many_gigabytes_is_passed_over(db: sqlite3.Connection, main: Path) -> None:
    """What a file holds behind it is read in no time; before, no hook came to its end."""
    write(main, assistant("msg_1"))
    run(db, main)
    os.truncate(main, 200 << 30)
    append(main, assistant("msg_2"), assistant("msg_3"))
    assert run(db, main).calls == 2
    assert run(db, main).calls == 0
    assert total(db) == (3, 600, 3 * ONE)
    os.truncate(main, 400 << 30)
    assert run(db, main).calls == 0
