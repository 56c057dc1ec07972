"""What a question of the module reads does not grow: neither with the ledger nor a transcript."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cheaproute.days import DAY_MS
from cheaproute.ledger import store
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.schema import MAIN
from cheaproute.ledger.transactions import Connection
from cheaproute.usage import prices
from tests.hook.mod.test_main_loop import EASY, SEATS, home
from tests.hook.mod.test_questions import FLIGHT, OPUS, UUID, Home, record
from tests.transcripts import append, assistant

FEW, MANY = 50, 4_000
# By so much two runs may differ: an hour that ends, a page of the ledger's tree.
SLACK, PAGES = 100, 50_000
STEP = {"turn_id": "t1", "index": 0, "model": OPUS, "session_model": OPUS, "prompt": EASY}
TASK = {"type": "general-purpose", "description": "look", "prompt": EASY, "model": "",
        "parent_model": OPUS, "fork": False, "shared": False, "tool_use_id": "toolu_1"}  # fmt: skip
QUESTIONS: dict[str, dict[str, Any]] = {
    "ModTurn": {},
    "ModGate": {"asked": [FLIGHT], "flights": [FLIGHT]},
    "ModStep": {**STEP, "agent_id": ""},
    "ModStep of an agent": {**STEP, "agent_id": "a1", "task": TASK},
    "ModBook": {"calls": [record(90)]},
    "ModTool": {},
    "ModAnswer": {"turn_id": "t1", "index": 1, "agent_id": "a1", "model": OPUS, "text": "Done.",
                  "tokens": [1000]},
    "ModFailed": {"turn_id": "t1", "index": 0, "agent_id": "", "model": "claude-haiku-5-5",
                  "over": OPUS, "status": 404},
    "ModTurnEnd": {"turn_id": "t1", "agent_id": "", "broken": [], "guessed": [], "gap_usd": 0,
                   "seen_ms": 0},
    "ModStop": {"stop": {"permission_mode": "default"}, "busy": False},
}  # fmt: skip


# What a step is for one of the session's own calls, where a figure with `session` in it is made.
FIGURES, OWN_STEPS = ("ModBook", "ModTurnEnd"), 12


class Read:
    """What a question reads: steps of SQLite's own machine, and bytes by this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps = 0
        tick = self._tick

        class Counted(Connection):
            def __init__(self, *args: Any, **named: Any) -> None:
                super().__init__(*args, **named)
                self.set_progress_handler(tick, 1)

        monkeypatch.setattr(store, "Connection", Counted)

    def _tick(self) -> None:
        self.steps += 1

    def by(self, at: Home, name: str) -> tuple[int, int]:
        """The steps and the bytes of a question."""
        self.steps, before = 0, _bytes()
        at.ask(name.split(maxsplit=1)[0], seats=SEATS, **QUESTIONS[name])
        return self.steps, _bytes() - before


def _bytes() -> int:
    """How much this process has read so far."""
    return int(Path("/proc/self/io").read_text(encoding="ascii").split()[1])


def filled(at: Home, calls: int, *, own: bool) -> None:
    """So many calls more, of this session today or of others in the year before."""
    now_ms = int(time.time() * 1000)
    with closing(sqlite3.connect(at.data / "ledger.db")) as db:
        session, project = db.execute("SELECT id, project FROM session").fetchone()
        (model,) = db.execute("SELECT id FROM model WHERE name = ?", (OPUS,)).fetchone()
        rows = []
        for n in range(calls):
            ts_ms = now_ms - 3_600_000 - n if own else now_ms - (1 + n % 365) * DAY_MS
            of = session if own else 1000 + n // 50
            rows.append((f"m{n}", ts_ms, ts_ms // DAY_MS, model, project, of, f"req_{n}"))
        db.executemany(
            "INSERT INTO call(id, ts_ms, day, model, source, project, session, request, cost_nano,"
            f" read) VALUES(?, ?, ?, ?, {MAIN}, ?, ?, ?, 1000, 1000)",
            rows,
        )
        db.commit()


def transcribed(at: Home, rows: int) -> None:
    """A transcript of the session with so many rows, all of them read but the last."""
    path = Path(at.env["HOME"], ".claude", "projects", "-tmp-p", f"{UUID}.jsonl")
    path.parent.mkdir(parents=True)
    when = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
    known = assistant(ts=when, session=UUID)
    append(path, known, *({"type": "user", "message": "x" * 2_000} for _ in range(rows)))
    with closing(at.ledger()) as db:
        ingest.meter(db, str(path), int(time.time() * 1000), prices.load())
    append(path, assistant("msg_last", ts=when, session=UUID))


@pytest.mark.parametrize("what", ["the ledger", "the session", "the transcript"])
def test_no_question_reads_more_where_there_is_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The same steps and bytes after FEW and MANY calls of others, calls of its own, or rows.

    But that a figure, for which no request waits, goes through the calls of its own session.
    """
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in QUESTIONS}
    for count in (FEW, MANY):
        place = tmp_path / str(count)
        place.mkdir()
        at = home(place)
        at.ask("ModBook", seats=SEATS, calls=[record(n) for n in range(3)])
        if what == "the transcript":
            transcribed(at, count)
        else:
            filled(at, count, own=what == "the session")
        with monkeypatch.context() as patch:
            read = Read(patch)
            for name in QUESTIONS:
                found[name].append(read.by(at, name))
        assert not (at.data / "cheaproute.log").exists()
    for name, ((few, few_bytes), (many, many_bytes)) in found.items():
        own = MANY - FEW if what == "the session" and name in FIGURES else 0
        assert many <= few + SLACK + OWN_STEPS * own, name
        assert own or many_bytes <= few_bytes + PAGES, name


def test_a_row_of_what_the_module_booked_is_joined_by_no_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transcript's row finds its request's booking in as many steps, however large the ledger."""
    steps = []
    for count in (FEW, MANY):
        place = tmp_path / str(count)
        place.mkdir()
        at, told = home(place), record(1)
        at.ask("ModBook", seats=SEATS, calls=[told])
        filled(at, count, own=False)
        row = assistant(ts=str(told["at"]), session=UUID, model=OPUS, requestId=told["request_id"])
        row["message"]["usage"] = {"input_tokens": 50_000, "output_tokens": 0}
        append(place / f"{UUID}.jsonl", row)
        with monkeypatch.context() as patch:
            read = Read(patch)
            with closing(at.ledger()) as db:
                ingest.meter(db, f"{place}/{UUID}.jsonl", int(time.time() * 1000), prices.load())
            steps.append(read.steps)
        assert at.spent() == 200_000_000 + count * 1000
    assert steps[1] <= steps[0] + SLACK
