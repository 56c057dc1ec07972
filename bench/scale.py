"""Whether a hook's and `/costs`' time grows with the ledger, or with the session's transcript."""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing

from bench import baseline
from bench.made import History
from bench.stage import Stage
from cheaproute.ledger import store
from cheaproute.ledger.calls.batch_totals import Tally
from cheaproute.ledger.transactions import Immediate

DAYS = 365


def run(*, quick: bool) -> None:
    """Hooks on two ledgers and two transcripts, by turns; print the medians and their ratio."""
    rows, size, rounds = (20_000, 2_000_000, 3) if quick else (1_000_000, 100_000_000, 40)
    with tempfile.TemporaryDirectory(prefix="cheaproute-bench-") as place:
        small, large = Stage(os.path.join(place, "a")), Stage(os.path.join(place, "b"))
        _fill(small, 1_000)
        _fill(large, rows)
        ledger = os.path.join(large.data, "ledger.db")
        print(f"{rows:,} calls: {os.path.getsize(ledger) / rows:,.0f} MB a million\n")
        _compare(f"1,000 and {rows:,} calls in the ledger", small, large, rounds)
        long = Stage(os.path.join(place, "c"))
        _fill(long, 1_000)
        _lengthen(long, size)
        _compare(f"a transcript of nothing and one of {size / 1e6:,.0f} MB", small, long, rounds)


def _fill(stage: Stage, rows: int) -> None:
    """A ledger of `rows` calls, spread over a year of sessions and projects."""
    chance = random.Random(rows)
    today = int(time.time() * 1000) // 86_400_000
    with closing(store.connect(os.path.join(stage.data, "ledger.db"))) as db:
        for number in range(1, 9):
            db.execute("INSERT INTO project(path) VALUES(?)", (f"/home/u/p{number}",))
        for name in ("claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-5-5"):
            db.execute("INSERT INTO model(name) VALUES(?)", (name,))
        with Immediate(db):
            tally = Tally(db)
            _insert(db, tally, chance, today, rows)
            tally.finish()


def _insert(
    db: sqlite3.Connection, tally: Tally, chance: random.Random, today: int, rows: int
) -> None:
    insert = (
        "INSERT INTO call(id, ts_ms, day, model, source, session, project, file, input, output, "
        "write_5m, write_1h, read, cost_nano) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    )
    for number in range(rows):
        day = today - number % DAYS
        model, project, source = chance.randint(1, 3), chance.randint(1, 8), number % 5 == 0
        session = 100 + number // 100
        counts = (3, chance.randint(1, 2000), 0, 2000, chance.randint(1, 90_000), 0)
        cost = sum(counts) * 1000
        identity = f"msg_{chance.getrandbits(96):024x}"
        ts_ms = day * 86_400_000 + number % 86_400_000
        row = (identity, ts_ms, day, model, source, session, project, session, *counts[:5], cost)
        db.execute(insert, row)
        key = (day, model, int(source), project)
        tally.add(key, session, (1, *counts, cost, 0, 0, 0))


def _lengthen(stage: Stage, size: int) -> None:
    """Let the stage's session have a transcript of `size` bytes, all of it read."""
    with tempfile.TemporaryDirectory(prefix="cheaproute-bench-") as place:
        history = History(place)
        history.write(size, one_file=True)
        (name,) = os.listdir(history.folder)
        with open(os.path.join(history.folder, name), "rb") as source:
            text = source.read()
    with open(stage.transcript, "wb") as target:
        target.write(text.replace(name.removesuffix(".jsonl").encode(), stage.session.encode()))


def _compare(title: str, one: Stage, other: Stage, rounds: int) -> None:
    print(title)
    for name, hook, feed in (
        ("PostToolBatch, one new row", "post_tool_batch", _batch),
        ("/costs", "user_prompt_submit", _costs),
    ):
        costs: dict[Stage, list[float]] = {one: [], other: []}
        for number in range(rounds + 1):
            for stage in (one, other):
                run_hook = [os.path.join(stage.plugin, "hooks", "run"), hook]
                _, cpu = stage.timed(run_hook, feed(stage))
                if number:  # the first one reads the transcript's past
                    costs[stage].append(cpu)
        a, b = statistics.median(costs[one]), statistics.median(costs[other])
        baseline.note("scale", f"{title}: {name}", b / a)
        print(f"  {name:28} {a * 1e3:6.1f} ms and {b * 1e3:6.1f} ms: ratio {b / a:.2f}", flush=True)


def _batch(stage: Stage) -> bytes:
    stage.append()
    return stage.event("PostToolBatch", tool_calls=[])


def _costs(stage: Stage) -> bytes:
    return stage.event("UserPromptSubmit", prompt="/costs")
