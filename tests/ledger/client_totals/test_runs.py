"""Runs that were killed, and sessions gone on with in two places: totals compared run by run."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import Any

import pytest

from cheaproute.days import parse_ms
from cheaproute.ledger import store
from cheaproute.ledger.ingest import history, ingest, telemetry
from cheaproute.ledger.query import totals
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import check
from cheaproute.usage import prices
from tests.transcripts import SESSION, append, assistant, cost_state, write

PRICES = prices.load()
OPUS = "claude-opus-5-5"
CALL = {"input_tokens": 10_000, "output_tokens": 0}  # $0.04


def call(name: str, minute: int, **fields: Any) -> dict[str, Any]:
    """A call of $0.04 at 10:`minute`."""
    ts = f"2026-11-22T10:{minute:02}:00.000Z"
    return assistant(f"msg_01Abcdefghij{name}", model=OPUS, used=CALL, ts=ts, **fields)


def prompt(minute: int, index: int = 0, name: str = "") -> dict[str, Any]:
    """The user's prompt with which a run begins, as clients since 2.1.322 number it."""
    return {
        "type": "user",
        "message": {"role": "user", "content": '"promptIndex":0,'},
        "promptId": name or f"prompt-{minute}",
        "timestamp": f"2026-11-22T10:{minute:02}:00.000Z",
        "turnPosition": {"promptIndex": index, "turnIndex": 1},
        "sessionId": SESSION,
    }


def state(tokens: int) -> dict[str, Any]:
    """The client's total of so many input tokens."""
    return cost_state({OPUS: (tokens, 0, tokens * 4e-6)})


def read(tmp_path: Path, *paths: str, rounds: int = 1) -> tuple[float, bool]:
    """Dollars of the month, and whether they are said to be a lower bound."""
    place = tmp_path / "data" / f"{len(list(tmp_path.rglob('*.db')))}.db"
    with contextlib.closing(store.connect(str(place))) as db:
        for path in paths * rounds:
            ingest.read(db, [path], 0, PRICES)
        assert check.problems(db) == []
        sums = totals.total(totals.by(db, "model", 0, 40_000))
        return round(sums.cost_nano / 1e9, 6), sums.lower_bound


def test_a_killed_runs_calls_are_not_set_off(tmp_path: Path) -> None:
    """Call, total; killed run; call and 30,000 hidden tokens, total: all of it, for sure."""
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        prompt(0),
        call("a", 1),
        state(10_000),
        prompt(2),
        call("b", 3),
        prompt(4),
        call("c", 5),
        prompt(6, 0, "prompt-4"),  # a summary that repeats its prompt
        state(50_000),
    )
    assert read(tmp_path, path) == (0.24, False)
    assert read(tmp_path, path, rounds=2) == (0.24, False)


def of_a_program(tmp_path: Path, calls: str, tokens: int) -> str:
    """A program's prompts, all numbered 0, a call after each; then the client's total."""
    rows: list[dict[str, Any]] = []
    for number, name in enumerate(calls):
        rows += [prompt(2 * number) | {"turnOrigin": "sdk"}, call(name, 2 * number + 1)]
    return write(tmp_path / f"{SESSION}.jsonl", *rows, state(tokens))


def test_a_programs_prompts_are_one_run(tmp_path: Path) -> None:
    """All of them are numbered 0 (`--input-format stream-json`): each call counts once."""
    path = of_a_program(tmp_path, "abc", 40_000)
    assert read(tmp_path, path) == (0.16, False)
    assert read(tmp_path, path, rounds=2) == (0.16, False)


def test_a_killed_run_of_a_program_is_not_set_off(tmp_path: Path) -> None:
    """Call, killed; call, total of that alone: both count, and nothing else is made up."""
    path = of_a_program(tmp_path, "ab", 10_000)
    assert read(tmp_path, path)[0] == 0.08


@pytest.mark.parametrize("late", [OPUS, "claude-haiku-5-5"])
def test_an_agent_that_ends_after_the_total_is_not_in_it(tmp_path: Path, late: str) -> None:
    """Its call stands by itself; what the total holds is listed, and not booked once more."""
    path = write(tmp_path / f"{SESSION}.jsonl", prompt(0, 1), call("a", 1), state(10_000))
    agent = tmp_path / SESSION / "subagents" / "agent-a1.jsonl"
    row = assistant(
        "msg_01Abcdefghijlate",
        model=late,
        used={"input_tokens": 40_000, "output_tokens": 0},
        ts="2026-11-22T10:09:00.000Z",
    )
    row |= {"isSidechain": True, "agentId": "a1"}
    other = write(agent, row)
    cost = 0.16 if late == OPUS else 0.004
    assert read(tmp_path, path, other) == (0.04 + cost, False)
    assert read(tmp_path, other, path, rounds=2) == (0.04 + cost, False)


@pytest.mark.parametrize("origin", ["task_notification", "teammate", "anything-new"])
def test_what_comes_by_itself_begins_no_run(tmp_path: Path, origin: str) -> None:
    """A finished agent's notice has the number of the prompt before it: what ran before counts."""
    notice = prompt(4, 0, "notice") | {"turnOrigin": origin}
    first = prompt(0) | {"turnOrigin": "sdk"}
    rows = [first, call("a", 1), notice, call("b", 5), notice, call("c", 7)]
    path = write(tmp_path / f"{SESSION}.jsonl", *rows, state(30_000))
    assert read(tmp_path, path) == (0.12, False)
    hidden = write(tmp_path / "b" / f"{SESSION}.jsonl", *rows, state(31_000))
    assert read(tmp_path, hidden) == (0.124, False)
    killed = [first, call("z", 0), *(row for row in rows)]
    path = write(tmp_path / "c" / f"{SESSION}.jsonl", *killed, state(30_000))
    assert read(tmp_path, path) == (0.16, False)


def test_a_compaction_alone_is_its_own_run(tmp_path: Path) -> None:
    """Its summary stands before its prompt, and was made after the calls that no row tells of."""
    sent_ms = 1_795_341_900_000  # 10:05
    summary = prompt(9, 0, "compact") | {"sentAtMs": sent_ms}
    command = prompt(8, 0, "compact")
    del command["turnPosition"]
    rows = [prompt(0), call("a", 1), state(10_000), summary, command, call("c", 7), state(50_000)]
    path = write(tmp_path / f"{SESSION}.jsonl", *rows)
    assert read(tmp_path, path) == (0.2, False)


def test_where_runs_cannot_be_told_it_is_a_lower_bound(tmp_path: Path) -> None:
    """The same from a client that does not number prompts: short, and said to be."""
    rows = [call("a", 1), state(10_000), call("b", 3), call("c", 5), state(50_000)]
    assert read(tmp_path, write(tmp_path / f"{SESSION}.jsonl", *rows)) == (0.2, True)


def test_a_run_killed_before_the_counting_began_is_not_set_off(tmp_path: Path) -> None:
    """No prompt is numbered; but what was called before the total's own start is not in it."""
    total = cost_state({OPUS: (40_000, 0, 0.16)}, start=parse_ms("2026-11-22T10:03:00.000Z"))
    rows = [call("a", 1), call("b", 2), call("c", 5), total]
    path = write(tmp_path / f"{SESSION}.jsonl", *rows)
    assert read(tmp_path, path) == (0.24, False)
    assert read(tmp_path, path, rounds=2) == (0.24, False)
    # A clock that was set back meanwhile: they are all of it.
    rows[-1] = total | {"modelUsage": state(30_000)["modelUsage"]}
    assert read(tmp_path, write(tmp_path / "b" / f"{SESSION}.jsonl", *rows)) == (0.12, False)


def test_a_killed_run_that_shows_is_not_set_off(tmp_path: Path) -> None:
    """A total that cannot hold the killed run's calls: what its own run hid is booked, marked."""
    rows = [call("a", 1), state(10_000), call("b", 3), call("c", 5), state(25_000)]
    assert read(tmp_path, write(tmp_path / f"{SESSION}.jsonl", *rows)) == (0.14, True)


def test_nothing_hidden_is_no_lower_bound(tmp_path: Path) -> None:
    """Totals that the calls explain leave no doubt."""
    rows = [call("a", 1), state(10_000), call("b", 3), call("c", 5), state(30_000)]
    assert read(tmp_path, write(tmp_path / f"{SESSION}.jsonl", *rows)) == (0.12, False)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
@pytest.mark.parametrize("shared", [False, True], ids=["no-total", "with-a-total"])
def test_a_session_on_two_machines(tmp_path: Path, order: tuple[int, ...], shared: bool) -> None:
    """Two common calls, two here, one there, a title hidden on each: each once, in any order."""
    hidden = 1000
    common = [call("a", 1), call("b", 2)]
    if shared:
        common.append(state(20_000 + hidden))
    more = hidden if shared else 0
    here = [*common, call("c", 5), call("d", 6), state(40_000 + more + hidden)]
    there = [*common, call("e", 7), state(30_000 + more + hidden)]
    paths = [
        write(tmp_path / f"{SESSION}.jsonl", *here),
        write(tmp_path / f"{SESSION}.sync-conflict-20261122-101010-ABCDEFG.jsonl", *there),
        write(tmp_path / f"{SESSION}.sync-conflict-20261122-101011-ABCDEFG.jsonl", *common),
    ]
    exact = 5 * 0.04 + (2 + shared) * hidden * 4e-6
    assert read(tmp_path, *(paths[n] for n in order), rounds=2)[0] == pytest.approx(exact)
    place = tmp_path / "all" / "l.db"
    with contextlib.closing(store.connect(str(place))) as db:
        history.read(db, history.transcripts([str(tmp_path)]), 0, PRICES)
        assert totals.total(totals.by(db, "day", 0, 40_000)).cost_nano == round(exact * 1e9)


def test_compactions_that_a_program_asked_for(tmp_path: Path) -> None:
    """Each looks like a run's first prompt; told one by one they make up the total: no more is."""
    path = write(tmp_path / f"{SESSION}.jsonl", prompt(0), call("a", 1), prompt(3), prompt(5))
    with contextlib.closing(store.connect(str(tmp_path / "data" / "l.db"))) as db:
        ingest.read(db, [path], 0, PRICES)
        told = [
            {
                "request_id": f"req_011CZNrn9bmLJsG1Vfx{minute:04d}",
                "model": OPUS,
                "input_tokens": 10_000,
                "output_tokens": 0,
                "cost_usd_micros": 40_000,
                "query_source": "compact",
                "at": f"2026-11-22T10:{minute:02}:30.000Z",
            }
            for minute in (3, 5)
        ]
        with Immediate(db):
            telemetry.book(db, told, session=SESSION, cwd="/p", now_ms=0, prices=PRICES)
        append(path, state(30_000))
        ingest.read(db, [path], 0, PRICES)
        assert check.problems(db) == []
        assert db.execute("SELECT count(*), sum(cost_nano) FROM call").fetchone() == (
            3,
            120_000_000,
        )
