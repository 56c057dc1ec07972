"""However transcripts are cut up, repeated and ordered, the ledger comes out the same."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.upkeep import check
from cheaproute.usage import prices
from tests.transcripts import append, assistant, cost_state, progress, usage, write

PRICES = prices.load()
NOW = 1_795_341_600_000
SESSIONS = [f"{n}0000000-2222-4333-8444-555555555555" for n in (2, 1, 3)]


@st.composite
def histories(draw: st.DrawFn) -> dict[str, list[Any]]:
    """Files of three sessions and a subagent: calls, partial rows, copies in forks, totals."""
    made: dict[str, list[Any]] = {}
    for index, session in enumerate(SESSIONS):
        rows: list[Any] = [
            {"type": "mode", "timestamp": f"2026-11-22T0{index}:00:00Z", "sessionId": session}
        ]
        for number in draw(st.lists(st.integers(0, 9), max_size=6)):
            owner = min(number % 3, index)  # a later session may hold copies of an earlier one's
            rows.append(
                assistant(
                    f"msg_{owner}_{number}",
                    session=session,
                    ts=f"2026-11-22T0{owner}:{10 + number}:00Z",
                    stop=draw(st.sampled_from([None, "end_turn"])),
                    used=usage(output_tokens=draw(st.integers(1, 500))),
                )
            )
        if draw(st.booleans()):
            total = {"claude-sonnet-5-5": (draw(st.integers(0, 20_000)), 0, 0.01)}
            rows.append(cost_state(total, session=session, start=1000 + index))
        made[f"{session}.jsonl"] = rows
    inner = [progress(f"msg_p{n}", output=n) for n in draw(st.lists(st.integers(0, 3), max_size=3))]
    made[f"{SESSIONS[0]}.jsonl"] += [row | {"sessionId": SESSIONS[0]} for row in inner]
    made[f"{SESSIONS[0]}/subagents/agent-a1.jsonl"] = [
        assistant(f"msg_p{n}", session=SESSIONS[0], isSidechain=True, agentId="a1",
                  ts="2026-01-22T09:53:16.303Z")
        for n in draw(st.lists(st.integers(0, 3), max_size=3))
    ]  # fmt: skip
    return made


def outcome(place: Path) -> Any:
    """The calls, with all that was kept of them; the totals must be their sums."""
    with contextlib.closing(store.connect(str(place / "ledger.db"))) as db:
        assert check.problems(db) == []
        return db.execute(
            "SELECT CASE source WHEN 3 THEN 'unlisted' ELSE call.id END, ts_ms, name, source, uuid,"
            " file.path, call.agent, input, output, cost_nano, final, project.path FROM call"
            " JOIN model ON model.id = call.model JOIN session ON session.id = call.session"
            " LEFT JOIN file ON file.id = call.file"
            " LEFT JOIN project ON project.id = call.project ORDER BY 5, 1, 4"
        ).fetchall()


@settings(max_examples=40)
@given(histories(), st.data())
def test_order_does_not_matter(history: dict[str, list[Any]], data: st.DataObject) -> None:
    """Row by row as hooks see it, or file by file in any order: the same calls, owners, sums."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary, "projects")
        whole = [write(place / name, *rows) for name, rows in history.items()]
        ledgers = [Path(temporary, "one"), Path(temporary, "two"), Path(temporary, "three")]
        for ledger, paths in zip(ledgers, (whole, data.draw(st.permutations(whole))), strict=False):
            with contextlib.closing(store.connect(str(ledger / "ledger.db"))) as db:
                ingest.read(db, paths, NOW, PRICES)
                ingest.read(db, paths, NOW, PRICES)
        with contextlib.closing(store.connect(str(ledgers[2] / "ledger.db"))) as db:
            for path in whole:
                Path(path).unlink()
            todo = [(path, row) for path, rows in zip(whole, history.values(), strict=True)
                    for row in rows]  # fmt: skip
            while todo:
                path, row = todo.pop(data.draw(st.sampled_from(_next_rows(todo))))
                append(path, row)
                if data.draw(st.booleans()):
                    ingest.read(db, [path], NOW, PRICES)
            ingest.read(db, whole, NOW, PRICES)
        first, second, third = map(outcome, ledgers)
        assert first == second
        assert first == third


def _next_rows(todo: list[tuple[str, Any]]) -> list[int]:
    """Where in `todo` each file's next row stands."""
    seen: dict[str, int] = {}
    for index, (path, _) in enumerate(todo):
        seen.setdefault(path, index)
    return list(seen.values())
