from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from cheaproute.ledger.ingest import activity
from cheaproute.routing.labels import Judge

UUID = "0abd9863-5a79-4555-9084-3c477b0968da"
SECRET = "please find where the frobnicator is defined"


def user(second: int, content: object, **more: object) -> dict[str, Any]:
    """A row of the user's role, that many seconds into the minute."""
    return {
        "type": "user",
        "sessionId": UUID,
        "timestamp": f"2026-11-22T10:00:{second:02d}.000Z",
        "message": {"role": "user", "content": content},
        **more,
    }


def use(second: int, id_: str, name: str, **given: object) -> dict[str, Any]:
    """An assistant's row with one tool use."""
    block = {"type": "tool_use", "id": id_, "name": name, "input": given}
    return {
        "type": "assistant",
        "sessionId": UUID,
        "timestamp": f"2026-11-22T10:00:{second:02d}.000Z",
        "message": {"id": f"msg_{id_}", "model": "claude-opus-5-5", "content": [block]},
    }


def result(second: int, id_: str, text: str, **detail: object) -> dict[str, Any]:
    """The row of a tool's output."""
    block = {"type": "tool_result", "tool_use_id": id_, "content": text}
    return user(second, [block], toolUseResult=detail)


def write(path: Path, *rows: dict[str, Any]) -> str:
    """Append rows to the transcript."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")
    return str(path)


def turns(db: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Second and kind of what happened in the main loops."""
    return db.execute("SELECT ts_ms / 1000 % 60, kind FROM turn ORDER BY 1, 2").fetchall()


def test_prompts_are_classified_and_not_kept(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A prompt leaves its category and tier; what nobody typed leaves nothing; no text is kept."""
    path = write(
        tmp_path / f"{UUID}.jsonl",
        user(1, SECRET, permissionMode="plan"),
        user(2, "<task-notification>\n<task-id>x</task-id>"),
        user(3, "meta", isMeta=True),
        user(4, "<command-name>/compact</command-name>"),
        {
            "type": "system",
            "subtype": "compact_boundary",
            "sessionId": UUID,
            "timestamp": "2026-11-22T10:00:05.000Z",
        },
    )
    activity.session(db, path, Judge())
    assert turns(db) == [(1, "plan"), (1, "prompt"), (4, "act"), (4, "command"), (5, "compact")]
    row = db.execute("SELECT category, tier FROM turn WHERE kind = 'prompt'").fetchone()
    assert row == ("search", "haiku")
    assert "frobnicator" not in "\n".join(db.iterdump())


def said(second: int, text: str) -> dict[str, Any]:
    """An assistant's row with a text."""
    return {
        "type": "assistant",
        "sessionId": UUID,
        "timestamp": f"2026-11-22T10:00:{second:02d}.000Z",
        "message": {"model": "claude-opus-5-5", "content": [{"type": "text", "text": text}]},
    }


@pytest.mark.parametrize("pieces", [1, 4, 7])
def test_what_a_prompt_says_hangs_on_the_answer_before(
    db: sqlite3.Connection, tmp_path: Path, pieces: int
) -> None:
    """New work and what did not work are told by the answer before, read at once or piece by piece.

    A first prompt is neither.
    """
    rows = [
        user(1, "Different topic: please add a dark theme to the settings page."),
        said(2, "Done."),
        user(3, "And now?"),
        said(4, "I have fixed the upload; it retries three times now."),
        user(5, "it still fails with the same error"),
        said(6, "Done."),
        user(7, "New task: write a changelog for the website."),
    ]
    path = tmp_path / f"{UUID}.jsonl"
    for place in range(pieces):
        first, past = (len(rows) * n // pieces for n in (place, place + 1))
        write(path, *rows[first:past])
        activity.session(db, str(path), Judge())
    assert [one for one in turns(db) if one[1] in ("task", "trouble")] == [
        (5, "trouble"),
        (7, "task"),
    ]
    assert "retries three" not in "\n".join(db.iterdump())


def test_outputs_are_weighed_by_file(db: sqlite3.Connection, tmp_path: Path) -> None:
    """An output leaves its size and the file's extension; its path and text are not kept."""
    path = write(
        tmp_path / f"{UUID}.jsonl",
        use(1, "t1", "Read", file_path="/secret/place.log"),
        result(2, "t1", "é" * 10),
        use(3, "t2", "ExitPlanMode", plan="x"),
        result(4, "t2", "approved"),
    )
    activity.session(db, path, Judge())
    row = db.execute("SELECT name, kind, bytes, changes FROM tool WHERE id = 't1'").fetchone()
    assert row == ("Read", ".log", 20, 0)
    assert turns(db) == [(4, "act")]
    assert "secret/place" not in "\n".join(db.iterdump())


def test_reading_on_is_the_same_as_reading_at_once(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A half line waits; a use and its output may come in different readings; twice is once."""
    path = tmp_path / f"{UUID}.jsonl"
    write(path, use(1, "t1", "Bash", command="ls"))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"type":"user"')
    activity.session(db, str(path), Judge())
    text = json.dumps(result(2, "t1", "abc"), separators=(",", ":"))
    with path.open("a", encoding="utf-8") as file:
        file.write(text.removeprefix('{"type":"user"') + "\n")
    activity.session(db, str(path), Judge())
    assert activity.read(db, str(path), Judge()) == 0
    assert db.execute("SELECT bytes FROM tool").fetchall() == [(3,)]


def test_a_subagent_no_hook_saw_becomes_a_dispatch(db: sqlite3.Connection, tmp_path: Path) -> None:
    """From the transcript alone: category, what ran, how it ended, tools, edits, the repeat."""
    task = {"description": "Find it", "prompt": SECRET, "subagent_type": "Explore"}
    path = write(
        tmp_path / f"{UUID}.jsonl",
        use(1, "t1", "Agent", **task),
        result(9, "t1", "", status="completed", agentId="a1", resolvedModel="claude-haiku-5-5"),
        use(10, "t2", "Agent", **task),
    )
    inner = tmp_path / UUID / "subagents" / "agent-a1.jsonl"
    write(inner, use(2, "s1", "Read", file_path="/a.py"), use(3, "s2", "Edit", file_path="/a.py"))
    activity.session(db, path, Judge())
    activity.subagent(db, path, "a1", Judge())
    first, second = db.execute(
        "SELECT id, agent_type, category, tier, resolved, status, tools, edits, follows,"
        " (ended_ms - ts_ms) / 1000 FROM dispatch ORDER BY ts_ms"
    ).fetchall()
    assert first == ("t1", "Explore", "search", "haiku", "claude-haiku-5-5", "empty", 2, 1, "", 8)
    assert second[8] == "t1"


def test_a_dispatch_a_hook_saw_stands(db: sqlite3.Connection, tmp_path: Path) -> None:
    """The decision made at the time is not made again."""
    db.execute("INSERT INTO dispatch(id, ts_ms, session, category) VALUES('t1', 5, 1, 'debug')")
    row = use(1, "t1", "Agent", description="x", prompt=SECRET)
    activity.session(db, write(tmp_path / f"{UUID}.jsonl", row), Judge())
    assert db.execute("SELECT category, ts_ms FROM dispatch").fetchall() == [("debug", 5)]


@pytest.mark.parametrize("field", ["id", "tool", "path", "agent", "kind", "model", "prompt"])
def test_half_a_letter_costs_its_own_row_alone(
    db: sqlite3.Connection, tmp_path: Path, field: str
) -> None:
    """No database takes a lone surrogate: what has one is passed over, all else is written."""
    half = "\ud83d"
    told = {"file_path": "/a"}
    odd = use(2, f"t2{half if field == 'id' else ''}", "Read", **told)
    if field == "tool":
        odd = use(2, "t2", f"Read{half}", **told)
    elif field == "path":
        odd = use(2, "t2", "Read", file_path=f"/a{half}")
    elif field == "agent":
        odd["agentId"] = half
    elif field != "id":
        given = {"subagent_type": "Explore", "model": "haiku", "prompt": SECRET}
        name = {"kind": "subagent_type"}.get(field, field)
        odd = use(2, "t2", "Agent", **{**given, name: f"a{half}"})
    path = write(tmp_path / f"{UUID}.jsonl", user(1, SECRET), odd, use(3, "t3", "Read", **told))
    activity.session(db, path, Judge())
    assert (1, "prompt") in turns(db)
    assert "t3" in [row[0] for row in db.execute("SELECT id FROM tool")]
