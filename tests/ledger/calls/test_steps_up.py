"""A subagent that was sent down and went up again amid its run: what that saved in all."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.ledger import intern
from cheaproute.ledger.ingest import ingest
from cheaproute.usage import prices as tables
from cheaproute.usage.call import Call
from cheaproute.usage.prices import cost_nano
from tests.hook.mod import test_explore as explore
from tests.hook.mod.test_questions import UUID
from tests.transcripts import SESSION, append, assistant, usage, write

OPUS, HAIKU, SONNET = "claude-opus-5-5", "claude-haiku-5-5", "claude-sonnet-5-5"
PRICES = tables.load()
NOW = 1_795_341_600_000
# Model, what it wrote for five minutes, what it read: two steps there, then two on its own model,
# which has another run's beginning in its cache.
STEPS = ((0, 20_000, 0), (1, 500, 20_000), (2, 15_500, 5_200), (3, 300, 20_700))
WENT = (
    (HAIKU, *STEPS[0][1:]),
    (HAIKU, *STEPS[1][1:]),
    (OPUS, *STEPS[2][1:]),
    (OPUS, *STEPS[3][1:]),
)
# The same on one model from the start.
STAYED = ((14_800, 5_200), (500, 20_000), (200, 20_500), (300, 20_700))


def cost(model: str, written: int, read: int) -> int:
    """The list price of a call."""
    found = cost_nano(Call("", NOW, model, output=100, write_5m=written, read=read), PRICES)
    assert found is not None
    return found


def right(lower: str) -> int:
    """What the whole run saved against its own model from the start."""
    stayed = sum(cost(OPUS, *one) for one in STAYED)
    return stayed - sum(cost(model if model == OPUS else lower, *one) for model, *one in WENT)


def row(number: int, model: str, written: int, read: int) -> dict[str, Any]:
    """A row of the subagent's transcript."""
    used = usage(
        input_tokens=0, output_tokens=100, cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
        cache_creation={"ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": written},
    )  # fmt: skip
    at = f"2026-11-22T09:53:{10 + number}.000Z"
    more: dict[str, Any] = {"isSidechain": True, "agentId": "a1"}
    return assistant(f"msg_{number}", model=model, ts=at, used=used, **more)


def saved(db: sqlite3.Connection) -> int:
    """What the books say, by the calls and by the days."""
    (found,) = db.execute("SELECT sum(saved_nano) FROM call").fetchone()
    assert found == db.execute("SELECT sum(saved_nano) FROM daily").fetchone()[0]
    return int(found)


@pytest.mark.parametrize(("rows_read", "many"), [(4, 200), (1, 200), (2, 200), (4, 1), (2, 1)])
def test_by_its_transcript(
    db: sqlite3.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    rows_read: int,
    many: int,
) -> None:
    """However it is read: at once or as it grows, counted one by one or summed up."""
    monkeypatch.setattr(ingest, "MANY", many)
    main = tmp_path / "projects" / "-p" / f"{SESSION}.jsonl"
    write(main, assistant("msg_main"))
    agent = main.with_suffix("") / "subagents" / "agent-a1.jsonl"
    rows = [row(number, *one) for number, one in enumerate(WENT)]
    write(agent, *rows[:rows_read])
    meta = {"agentType": "Explore", "toolUseId": "toolu_1"}
    agent.with_suffix(".meta.json").write_text(json.dumps(meta))
    db.execute(
        "INSERT INTO dispatch(id, ts_ms, session, routed, instead) VALUES('toolu_1', 1, 1, 'haiku',"
        " ?)",
        (OPUS,),
    )
    ingest.meter(db, str(main), NOW, PRICES)
    for start in range(rows_read, 4, rows_read):
        append(agent, *rows[start : start + rows_read])
        ingest.meter(db, str(main), NOW, PRICES)
    assert db.execute("SELECT count(*) FROM call WHERE agent = 'a1'").fetchone() == (4,)
    assert saved(db) == right(HAIKU)


def record(number: int, model: str, written: int, read: int) -> dict[str, object]:
    """An answered request of the subagent."""
    return {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 100 + number)),
        "session.id": UUID, "request_id": f"req_011CQabcdefghij{number:08d}", "model": model,
        "input_tokens": 0, "output_tokens": 100, "cache_creation_tokens": written,
        "cache_creation_5m_tokens": written, "cache_read_tokens": read, "cost_usd_micros": 1,
        "query_source": "agent:custom", "agent_id": "a1",
    }  # fmt: skip


def test_by_what_the_module_heard(tmp_path: Path) -> None:
    """Before any transcript is read, and when it is told again."""
    at = explore.home(tmp_path)
    assert explore.first(at)["model"] == SONNET
    told = [record(n, one[0].replace(HAIKU, SONNET), *one[1:]) for n, one in enumerate(WENT)]
    at.ask("ModBook", calls=told[:2])
    step = {"turn_id": "t1", "agent_id": "a1", "model": OPUS, "session_model": OPUS}
    failed = [{"name": "Bash", "key": str(n), "failed": True, "error": "e"} for n in range(2)]
    assert at.ask("ModStep", **step, index=2, uses=failed, tokens=[20_000, 20_500])["up"] is True
    for _ in range(2):
        at.ask("ModBook", calls=told[2:])
    with closing(at.ledger()) as db:
        assert intern.session_id(db, UUID)
        assert saved(db) == right(SONNET)
