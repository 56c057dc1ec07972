"""What only the client's own totals know."""

from __future__ import annotations

import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cheaproute.ledger import intern, store
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.client_totals import reconcile
from cheaproute.ledger.ingest import history, ingest, interrupted
from cheaproute.ledger.schema import HELPER
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import rebuild
from cheaproute.usage import prices
from cheaproute.usage.call import ESTIMATED, Call
from tests.transcripts import SESSION, append, assistant, cost_state, open_ended, usage, write

PRICES = prices.load()
NOW = 1_795_341_600_000
SONNET, HAIKU = "claude-sonnet-5-5", "claude-haiku-5-5"
FORK = "00000000-2222-4333-8444-555555555555"
START = {"type": "queue-operation", "timestamp": "2026-11-22T10:30:00Z"}


def call(identity: str, minute: int, model: str = SONNET, **fields: Any) -> dict[str, Any]:
    """A call of 1000 tokens in and 200 out ($0.004 on Sonnet), at 10:`minute`."""
    fields.setdefault("used", {"input_tokens": 1000, "output_tokens": 200})
    return assistant(identity, model=model, ts=f"2026-11-22T10:{minute:02}:00Z", **fields)


def unlisted(db: sqlite3.Connection) -> list[Any]:
    """(session, model, input, output, nano-dollars) of each unlisted booking."""
    kept = db.execute(
        "SELECT coalesce(sum(calls), 0), sum(cost_nano), sum(partial) FROM daily"
    ).fetchone()
    real = "SELECT count(*), sum(coalesce(cost_nano, 0)), sum(1 - final) FROM call"
    assert kept == db.execute(real).fetchone()
    return db.execute(
        "SELECT uuid, name, input, output, cost_nano FROM call JOIN model ON model.id = call.model"
        " JOIN session ON session.id = call.session WHERE source = 3 ORDER BY uuid, name"
    ).fetchall()


def test_nothing_unlisted(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A total that the listed calls explain books nothing."""
    path = write(
        tmp_path / f"{SESSION}.jsonl", call("msg_1", 0), cost_state({SONNET: (1000, 200, 0.004)})
    )
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == []


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("before", ["10:31:59", "10:31:20"])
def test_a_call_that_is_written_after_the_total_that_holds_it(
    db: sqlite3.Connection, tmp_path: Path, before: str, *, apart: bool
) -> None:
    """The client's clock of the session says that the total is the later one."""
    path = tmp_path / f"{SESSION}.jsonl"
    start = 1_795_343_400_000  # 10:30
    total = cost_state({SONNET: (2000, 400, 0.008)}, start=start) | {"totalDuration": 121_000}
    write(path, START, call("msg_1", 30), {**START, "timestamp": f"2026-11-22T{before}Z"}, total)
    if apart:
        ingest.meter(db, str(path), NOW, PRICES)
    append(path, call("msg_2", 32))
    ingest.meter(db, str(path), NOW, PRICES)
    assert unlisted(db) == []
    again = cost_state({SONNET: (3500, 700, 0.0145)}, start=start) | {"totalDuration": 181_500}
    append(path, call("msg_3", 33), again, {**START, "timestamp": "2026-11-22T10:40:00Z"})
    ingest.meter(db, str(path), NOW, PRICES)
    assert [row[2:4] for row in unlisted(db)] == [(500, 100)]


@pytest.mark.parametrize("apart", [False, True])
def test_a_row_of_long_ago_after_a_total(
    db: sqlite3.Connection, tmp_path: Path, *, apart: bool
) -> None:
    """However the file is read, what stands before the total is in it."""
    path = tmp_path / f"{SESSION}.jsonl"
    write(path, call("msg_1", 30))
    ingest.meter(db, str(path), NOW, PRICES)
    append(path, cost_state({SONNET: (1000, 200, 0.004)}))
    if apart:
        ingest.meter(db, str(path), NOW, PRICES)
    append(path, {**START, "timestamp": "2026-01-22T10:31:59Z"})
    ingest.meter(db, str(path), NOW, PRICES)
    assert [tuple(row) for row in db.execute("SELECT until_ms - at_ms FROM cost_state")] == [(0,)]


@pytest.mark.parametrize("purpose", ["reader", "hand-over", "plugin_model_complete"])
@pytest.mark.parametrize("others", [0, 100], ids=["alone", "beside an agent on Haiku"])
@pytest.mark.parametrize("held", [False, True], ids=["2.1.322", "2.1.330"])
def test_what_a_module_asked_a_model_need_not_be_in_the_total(
    db: sqlite3.Connection, tmp_path: Path, purpose: str, others: int, *, held: bool
) -> None:
    """Older clients leave it out: then the calls before it are no killed run's, booked again."""
    path = tmp_path / f"{SESSION}.jsonl"
    agent = [call("msg_2", 1, HAIKU, used={"input_tokens": others, "output_tokens": 0})]
    write(path, call("msg_1", 0), *(agent if others else []))
    ingest.meter(db, str(path), NOW, PRICES)
    asked = Call("req:of-the-module", NOW + 90_000, HAIKU, input=900, output=80, purpose=purpose)
    with Immediate(db):
        Recorder(db, PRICES).put(asked, Place(HELPER, session=1))
    haiku = others + 900 * held
    total: dict[str, tuple[int, int, float]] = {SONNET: (2000, 400, 0.008)}
    if haiku:
        total[HAIKU] = (haiku, 80 * held, haiku * 1e-7 + 80 * held * 5e-7)
    append(path, call("msg_3", 2), cost_state(total))
    ingest.meter(db, str(path), NOW + 600_000, PRICES)
    assert unlisted(db) == []


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a hand-over"])
def test_a_ping_that_nobody_heard_of_is_not_in_the_total(
    db: sqlite3.Connection, tmp_path: Path, *, beside: bool
) -> None:
    """Counted by an estimate of ours: the calls before it, and a hand-over, are booked once."""
    path = tmp_path / f"{SESSION}.jsonl"
    write(path, call("msg_1", 0))
    ingest.meter(db, str(path), NOW, PRICES)
    ping = Call("ping:s:1", NOW + 90_000, SONNET, input=50, output=10, read=100_000,
                final=False, estimated=ESTIMATED, purpose="keep-warm")  # fmt: skip
    asked = Call("req:x", NOW + 80_000, HAIKU, input=900, output=80, purpose="hand-over")
    with Immediate(db):
        for one in (ping, asked) if beside else (ping,):
            Recorder(db, PRICES).put(one, Place(HELPER, session=1))
    total: dict[str, tuple[int, int, float]] = {SONNET: (2000, 400, 0.008)}
    if beside:
        total[HAIKU] = (900, 80, 900 * 1e-7 + 80 * 5e-7)
    append(path, call("msg_3", 2), cost_state(total))
    ingest.meter(db, str(path), NOW + 600_000, PRICES)
    assert unlisted(db) == []


CHECKS = "SELECT id, input, output, write_5m, cost_nano FROM call WHERE source = 5 ORDER BY ts_ms"


def check(db: sqlite3.Connection, name: str, minute: int, tokens: int = 800) -> None:
    """What the running total's growth tells of a call on Haiku: $0.0001 for 800 tokens."""
    one = Call(f"req:{name}", NOW + minute * 60_000, HAIKU, write_5m=tokens,
               estimated=ESTIMATED, purpose="auto_mode")  # fmt: skip
    with Immediate(db):
        Recorder(db, PRICES).put(one, Place(HELPER, session=1))


def test_what_was_booked_by_the_running_total_is_put_right_by_the_total_itself(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """It stays what it was; a run that goes on from the total keeps its own: nothing is twice."""
    path = tmp_path / f"{SESSION}.jsonl"
    write(path, call("msg_1", 0))
    ingest.meter(db, str(path), NOW, PRICES)
    check(db, "first", 1)
    total = {SONNET: (2000, 400, 0.008), HAIKU: (900, 20, 0.0001)}
    append(path, call("msg_2", 2), cost_state(total))
    ingest.meter(db, str(path), NOW + 600_000, PRICES)
    first = ("req:first", 900, 20, 0, 100_000)
    assert (unlisted(db), db.execute(CHECKS).fetchall()) == ([], [first])
    check(db, "second", 9)
    append(path, call("msg_3", 8))
    ingest.meter(db, str(path), NOW + 700_000, PRICES)
    second = ("req:second", 0, 0, 800, 100_000)
    assert (unlisted(db), db.execute(CHECKS).fetchall()) == ([], [first, second])


@pytest.mark.parametrize(
    ("counts", "dollars", "checks", "rest"),
    [
        ((900, 220), 0.0002, [50_000, 50_000], [(450, 110, 100_000)]),
        ((451, 30), 0.0000601, [30_050, 30_050], []),
        ((895, 22), 0.0001005, [50_250, 50_250], []),
        (None, 0, [50_000, 50_000], []),
        ((0, 0), 0, [0, 0], []),
    ],
    ids=["a title beside them", "less than was thought", "rounded", "left out", "nothing"],
)
@pytest.mark.parametrize("window", ["", "[1m]"])
def test_the_dollars_of_what_was_booked_by_growth_are_the_totals(
    db: sqlite3.Connection,
    tmp_path: Path,
    window: str,
    counts: tuple[int, int] | None,
    dollars: float,
    checks: list[int],
    rest: list[tuple[int, int, int]],
) -> None:
    """However often it is read: what is beyond them is unlisted; left out, they are estimates."""
    path = tmp_path / f"{SESSION}.jsonl"
    write(path, call("msg_1", 0))
    ingest.meter(db, str(path), NOW, PRICES)
    for number in range(2):
        check(db, str(number), number, 400)
    total = {SONNET: (2000, 400, 0.008)}
    if counts is not None:
        total[HAIKU + window] = (*counts, dollars)
    append(path, call("msg_2", 2), cost_state(total))
    for _ in range(2):
        ingest.meter(db, str(path), NOW + 600_000, PRICES)
        with Immediate(db):
            reconcile.reconcile(db, [1], PRICES)
        assert [row[4] for row in db.execute(CHECKS)] == checks
        assert unlisted(db) == [(SESSION, HAIKU, *some) for some in rest]


def test_compaction_and_title(db: sqlite3.Connection, tmp_path: Path) -> None:
    """What the total holds beyond the rows is booked by model, and once however often read."""
    total = {SONNET: (3000, 700, 0.013), HAIKU: (100, 10, 0.000015)}
    path = write(tmp_path / f"{SESSION}.jsonl", call("msg_1", 0), cost_state(total))
    for _ in range(2):
        ingest.meter(db, path, NOW, PRICES)
        assert unlisted(db) == [
            (SESSION, HAIKU, 100, 10, 15_000),
            (SESSION, SONNET, 2000, 500, 9_000_000),
        ]


def test_resume_goes_on_counting(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Totals after a resumption include those before: only what is new is booked, at its time."""
    path = write(
        tmp_path / f"{SESSION}.jsonl", call("msg_1", 0), cost_state({SONNET: (2000, 400, 0.008)})
    )
    ingest.meter(db, path, NOW, PRICES)
    before = unlisted(db)
    append(path, call("msg_2", 5))
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == before == [(SESSION, SONNET, 1000, 200, 4_000_000)]
    append(path, cost_state({SONNET: (3500, 600, 0.013)}))
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == [*before, (SESSION, SONNET, 500, 0, 1_000_000)]


def test_total_below_the_rows(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A client killed before it wrote its total makes nothing negative."""
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        call("msg_1", 0),
        call("msg_2", 1),
        cost_state({SONNET: (1000, 200, 0.004)}),
    )
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == []


def test_subagent_finishing_after_the_main_loops_last_row(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """A background call after the main loop's last row is in the total, and not counted twice."""
    path = write(
        tmp_path / f"{SESSION}.jsonl", call("msg_1", 0), cost_state({SONNET: (2000, 400, 0.008)})
    )
    ingest.meter(db, path, NOW, PRICES)
    agent = tmp_path / SESSION / "subagents" / "agent-a1.jsonl"
    write(agent, call("msg_a", 3, isSidechain=True))
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
@pytest.mark.parametrize("compacted", [False, True])
def test_fork(
    db: sqlite3.Connection, tmp_path: Path, order: tuple[int, ...], *, compacted: bool
) -> None:
    """A fork's total includes its parent's as of the fork, which is booked to the parent only."""
    first = call("msg_1", 0)
    parent = write(
        tmp_path / f"{SESSION}.jsonl",
        first,
        cost_state({SONNET: (3000, 600, 0.012)}),  # 2000, 400 unlisted
        call("msg_2", 40),  # the parent goes on after the fork
        cost_state({SONNET: (4000, 800, 0.016)}),
    )
    fork = write(
        tmp_path / f"{FORK}.jsonl",
        START,
        *([] if compacted else [first | {"sessionId": FORK}]),
        call("msg_3", 31, session=FORK),
        cost_state({SONNET: (4500, 900, 0.018)}, session=FORK),  # 500, 100 unlisted
    )
    for index in order * 2:
        ingest.meter(db, (parent, fork)[index], NOW, PRICES)
    assert unlisted(db) == [
        (FORK, SONNET, 500, 100, 2_000_000),
        (SESSION, SONNET, 2000, 400, 8_000_000),
    ]
    assert db.execute("SELECT sum(cost_nano) FROM daily").fetchone() == (22_000_000,)


def test_a_fork_that_waited_while_its_parent_went_on(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """It goes on from what its parent had written when it was opened, not when it first called."""
    parent = write(
        tmp_path / f"{SESSION}.jsonl",
        call("msg_1", 0),
        cost_state({SONNET: (1000, 200, 0.004)}),
        call("msg_2", 10),
        cost_state({SONNET: (2000, 400, 0.008)}),
    )
    small = {"input_tokens": 500, "output_tokens": 100}
    fork = write(
        tmp_path / f"{FORK}.jsonl",
        {**START, "timestamp": "2026-11-22T10:05:00Z"},
        call("msg_1", 0, session=FORK),
        call("msg_3", 20, session=FORK, used=small),
        cost_state({SONNET: (1500, 300, 0.006)}, session=FORK),
    )
    for path in (parent, fork):
        ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == []


def test_a_fork_of_a_session_whose_last_run_was_killed(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """The client took it from the last total that was written: what was killed is not in that."""
    small = {"input_tokens": 500, "output_tokens": 100}
    parent = write(
        tmp_path / f"{SESSION}.jsonl",
        call("msg_1", 0),
        cost_state({SONNET: (1000, 200, 0.004)}),
        call("msg_2", 10, used=small),
    )
    fork = write(
        tmp_path / f"{FORK}.jsonl",
        {**START, "timestamp": "2026-11-22T10:39:00Z"},
        call("msg_1", 0, session=FORK),
        call("msg_2", 10, session=FORK, used=small),
        call("msg_3", 40, session=FORK),
        cost_state({SONNET: (2000, 400, 0.008)}, session=FORK),
    )
    for path in (parent, fork):
        ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
def test_an_open_fork_of_a_session_whose_first_run_was_killed(
    db: sqlite3.Connection, tmp_path: Path, order: tuple[int, ...]
) -> None:
    """A counting that began after the first row is the parent's, where the fork holds its calls."""
    killed, ended = call("msg_1", 0), call("msg_2", 20)
    start = 1_795_343_400_000  # 10:30
    total = cost_state({SONNET: (1000, 200, 0.004)}, start=start - 15 * 60_000)
    parent = write(tmp_path / f"{SESSION}.jsonl", killed, ended, total)
    fork = write(
        tmp_path / f"{FORK}.jsonl",
        *(row | {"sessionId": FORK} for row in (killed, ended)),
        call("msg_3", 40, session=FORK),
    )
    for index in order:
        ingest.meter(db, (parent, fork)[index], NOW, PRICES)
    assert unlisted(db) == []
    owners = "SELECT call.id, uuid FROM call JOIN session s ON s.id = session ORDER BY 1"
    assert [row[1] for row in db.execute(owners)] == [SESSION, SESSION, FORK]


def copied(row: dict[str, Any], session: str) -> dict[str, Any]:
    """A call's row as a fork of 2.1.330 has it."""
    return row | {"sessionId": session, "requestSessionId": row["sessionId"]}


@pytest.mark.parametrize("hidden", [0, 2000])
@pytest.mark.parametrize("apart", [0, 20], ids=["at once", "hours apart"])
def test_forks_of_a_session_whose_transcript_is_not_there(
    db: sqlite3.Connection, tmp_path: Path, hidden: int, apart: int
) -> None:
    """What they took over is the parent's, once; so it stays when that is read later, then gone."""
    first = [call("msg_1", 0), call("msg_2", 1)]
    whole = 2000 + hidden
    usd = whole * 2e-6 + 0.004
    forks = []
    for number in range(3):
        fork = f"0000000{number}" + FORK[8:]
        minute = 31 + number * apart // 2
        forks.append(
            write(
                tmp_path / f"{fork}.jsonl",
                {**START, "timestamp": f"2026-11-22T10:{minute - 1}:00Z"},
                *(copied(row, fork) for row in first),
                call(f"msg_{fork}", minute, session=fork),
                cost_state({SONNET: (whole + 1000, 600, usd + 0.004)}, session=fork),
            )
        )
        ingest.meter(db, forks[-1], NOW, PRICES)
    spent = "SELECT sum(input), sum(partial) FROM daily"
    assert db.execute(spent).fetchone() == (whole + 3000, 0)
    total = cost_state({SONNET: (whole, 400, usd)})
    parent = write(tmp_path / f"{SESSION}.jsonl", *first, total)
    ingest.meter(db, parent, NOW, PRICES)
    assert db.execute(spent).fetchone() == (whole + 3000, 0)
    assert {row[0] for row in unlisted(db)} == ({SESSION} if hidden else set())
    Path(parent).unlink()
    for path in forks:
        ingest.meter(db, path, NOW, PRICES)
    assert db.execute(spent).fetchone() == (whole + 3000, 0)


def test_a_killed_run_of_a_session_whose_transcript_is_not_there(
    db: sqlite3.Connection, tmp_path: Path
) -> None:
    """Its calls are not in what the fork took over."""
    first = [call("msg_1", 0), call("msg_2", 1), call("msg_3", 2)]
    fork = write(
        tmp_path / f"{FORK}.jsonl",
        START,
        *(copied(row, FORK) for row in first),
        call("msg_4", 31, session=FORK),
        cost_state({SONNET: (3000, 600, 0.012)}, session=FORK),
    )
    ingest.meter(db, fork, NOW, PRICES)
    assert unlisted(db) == []


@pytest.mark.parametrize("own", [2000, 2500])
def test_forks_that_may_have_compacted_or_their_parent(
    db: sqlite3.Connection, tmp_path: Path, own: int
) -> None:
    """What both of them have beyond their rows is booked once, and marked where it may be more."""
    for number, more in enumerate((2000, own)):
        fork = f"0000000{number}" + FORK[8:]
        minute = 31 + 5 * number
        boundary = {
            "type": "system",
            "subtype": "compact_boundary",
            "timestamp": f"2026-11-22T10:{minute + 1}:00Z",
            "sessionId": fork,
        }
        path = write(
            tmp_path / f"{fork}.jsonl",
            {**START, "timestamp": f"2026-11-22T10:{minute - 1}:00Z"},
            copied(call("msg_1", 0), fork),
            call(f"msg_{fork}", minute, session=fork),
            boundary,
            cost_state({SONNET: (2000 + more, 400, 0.008 + more * 2e-6)}, session=fork),
        )
        ingest.meter(db, path, NOW, PRICES)
    assert sum(row[2] for row in unlisted(db)) == own
    assert db.execute("SELECT sum(partial) FROM daily").fetchone() == (1,)


def test_fork_that_counts_from_nothing(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A fork whose counting began with itself has no base."""
    parent = write(tmp_path / f"{SESSION}.jsonl", call("msg_1", 0))
    fork = write(
        tmp_path / f"{FORK}.jsonl",
        START,
        call("msg_1", 0, session=FORK),
        call("msg_3", 31, session=FORK),
        cost_state({SONNET: (2500, 500, 0.010)}, session=FORK, start=NOW + 1),
    )
    for path in (parent, fork):
        ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == [(FORK, SONNET, 1500, 300, 6_000_000)]


def test_gateway(db: sqlite3.Connection, tmp_path: Path) -> None:
    """The client books the model it asked for; that another answered is not unlisted."""
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        call("msg_1", 0, model=HAIKU, requestedModel="claude-opus-5-5"),
        cost_state({"claude-opus-5-5": (1000, 200, 0.008)}),
    )
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == []


def test_price_above_the_step_is_the_clients(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Only the client knows whether unlisted Haiku tokens were above the step: it is believed."""
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        call("msg_1", 0),
        cost_state({SONNET: (1000, 200, 0.004), HAIKU: (150_000, 0, 0.075)}),
    )
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == [(SESSION, HAIKU, 150_000, 0, 75_000_000)]


def test_implausible_price_is_not(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A claimed price that these tokens cannot have is replaced by the list price."""
    path = write(tmp_path / f"{SESSION}.jsonl", START, cost_state({HAIKU: (1000, 0, 7.0)}))
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == [(SESSION, HAIKU, 1000, 0, 100_000)]


def test_the_client_s_own_prices_are_not_booked(db: sqlite3.Connection, tmp_path: Path) -> None:
    """A company's table, half as dear again: what is hidden costs the list price, and is marked."""
    total = {"claude-opus-5-5": (51_000, 2_200, 1.5 * 0.248)}
    path = write(
        tmp_path / f"{SESSION}.jsonl", call("msg_1", 0, "claude-opus-5-5"), cost_state(total)
    )
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == [(SESSION, "claude-opus-5-5", 50_000, 2_000, 240_000_000)]
    assert db.execute("SELECT sum(partial) FROM daily").fetchone() == (1,)


@pytest.mark.parametrize("name", [f"{HAIKU}-20261007", f"anthropic/{HAIKU}"])
def test_another_spelling_of_the_model_that_answered_is_no_other_price(
    db: sqlite3.Connection, tmp_path: Path, name: str
) -> None:
    """A gateway dates its answers: that a compaction was above the step is seen all the same."""
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        call("msg_1", 0, name, requestedModel=HAIKU),
        cost_state({HAIKU: (111_000, 3_200, 0.0002 + 0.0625)}),
    )
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == [(SESSION, HAIKU, 110_000, 3_000, 62_500_000)]
    assert db.execute("SELECT sum(partial) FROM daily").fetchone() == (0,)


def test_unknown_model(db: sqlite3.Connection, tmp_path: Path) -> None:
    """The client prices unknown models as Opus; here the price is unknown."""
    path = write(tmp_path / f"{SESSION}.jsonl", START, cost_state({"claude-x-9": (1000, 0, 0.004)}))
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == [(SESSION, "claude-x-9", 1000, 0, None)]


def test_lost_final_rows_are_made_good(db: sqlite3.Connection, tmp_path: Path) -> None:
    """The tokens of a call that never got its final row are in the total; the flag is lifted."""
    used = usage(output_tokens=1, cache_creation_input_tokens=0, cache_read_input_tokens=0)
    used["cache_creation"] = {}
    path = write(tmp_path / f"{SESSION}.jsonl", call("msg_1", 0, stop=None, used=used))
    ingest.meter(db, path, NOW, PRICES)
    assert db.execute("SELECT sum(partial) FROM daily").fetchone() == (1,)
    append(path, cost_state({SONNET: (1000, 200, 0.004)}))
    ingest.meter(db, path, NOW, PRICES)
    assert unlisted(db) == [(SESSION, SONNET, 0, 199, 1_990_000)]
    assert db.execute("SELECT sum(partial), sum(cost_nano) FROM daily").fetchone() == (0, 4_000_000)


@pytest.mark.parametrize("row_first", [False, True])
def test_what_was_broken_off_stays_an_estimate(
    db: sqlite3.Connection, tmp_path: Path, *, row_first: bool
) -> None:
    """The client's total holds its own guess of the answer; only a final row tells."""
    used = {"input_tokens": 1000, "output_tokens": 1}
    request = "req_011CQabcdefghijkLMNOPqr"
    row = call("msg_1", 0, stop=None, used=used, requestId=request)
    told = {"agent": "", "model": SONNET, "request_id": request, "usage": used}
    path = write(tmp_path / f"{SESSION}.jsonl", *([row] if row_first else []))
    ingest.meter(db, path, NOW, PRICES)
    with Immediate(db):
        number = intern.session_id(db, SESSION)
        interrupted.book(db, told, 4_000_000, session=number, now_ms=NOW, prices=PRICES)
    append(path, *([] if row_first else [row]))
    ingest.meter(db, path, NOW, PRICES)
    append(path, cost_state({SONNET: (1000, 200, 0.004)}))
    ingest.meter(db, path, NOW, PRICES)
    kept = "SELECT sum(calls), sum(partial), sum(cost_nano) FROM daily"
    assert db.execute(kept).fetchone() == (1, 1, 4_000_000)
    append(path, call("msg_1", 0, used={**used, "output_tokens": 150}, requestId=request))
    ingest.meter(db, path, NOW, PRICES)
    assert db.execute(kept + " WHERE source != 3").fetchone() == (1, 0, 3_500_000)


@pytest.mark.parametrize("stop", [None, "end_turn"])
@pytest.mark.parametrize("guessed", [1, 200])
def test_what_was_cut_stays_a_bound_though_nothing_hooked_it(
    db: sqlite3.Connection, tmp_path: Path, guessed: int, stop: str | None
) -> None:
    """What the client's total has of it is a guess, or what its stream began with: neither is it.

    The sum is that total's; what was read again is marked as before.
    """
    used = {"input_tokens": 1000, "output_tokens": 1}
    cut = open_ended(call("msg_2", 1, stop=stop, used=used))
    nano = 4_000_000 + 2_000_000 + guessed * 10_000
    total = cost_state({SONNET: (2000, 200 + guessed, nano / 1e9)})
    path = write(tmp_path / f"{SESSION}.jsonl", call("msg_1", 0), cut, total)
    kept = "SELECT sum(cost_nano), sum(partial) FROM daily"
    ingest.meter(db, path, NOW, PRICES)
    assert db.execute(kept).fetchone() == (nano, 1)
    rebuild.rebuild(db, history.transcripts([str(tmp_path)]), NOW, PRICES)
    assert db.execute(kept).fetchone() == (nano, 1)


def test_days(db: sqlite3.Connection, tmp_path: Path) -> None:
    """Each day holds what its totals added."""
    path = write(
        tmp_path / f"{SESSION}.jsonl",
        {"type": "mode", "timestamp": "2026-11-30T23:00:00Z"},
        cost_state({SONNET: (1000, 0, 0.002)}),
        {"type": "mode", "timestamp": "2026-12-01T01:00:00Z"},
        cost_state({SONNET: (4000, 0, 0.008)}),
    )
    ingest.meter(db, path, NOW, PRICES)
    months = "SELECT period, cost_nano FROM spent WHERE period LIKE 'month:%' ORDER BY 1"
    assert db.execute(months).fetchall() == [
        ("month:2026-11", 2_000_000),
        ("month:2026-12", 6_000_000),
    ]


COUNTER = itertools.count(1)
# A total that is read with no row beside it.
TOTAL_ALONE = ["listed", "listed", "state", "listed", "state", "state", "listed", "hidden"]
STEPS = ["listed", "hidden", "grown", "guessed", "state", "meter"]
STEP = st.tuples(st.sampled_from(STEPS), st.integers(1, 10_000))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sqlite3.Connection, Path]]:
    """One ledger for all examples, and a place for their transcripts."""
    place = tmp_path_factory.mktemp("shared")
    with contextlib.closing(store.connect(str(place / "data" / "ledger.db"))) as connection:
        yield connection, place


@given(st.lists(STEP, max_size=25))
@example([(what, 1) for what in TOTAL_ALONE])
def test_sum_is_the_clients(
    shared: tuple[sqlite3.Connection, Path], steps: list[tuple[str, int]]
) -> None:
    """Whatever was hidden when, and whenever it was read: after a total the sums agree.

    What was booked by its growth, or a guess of that, is there still, as often as it was told.
    """
    db, place = shared
    uuid, start = str(uuid4()), next(COUNTER)
    path = place / f"{uuid}.jsonl"
    path.touch()
    spent = last = told = 0
    for number, (what, tokens) in enumerate([*steps, ("state", 1)]):
        if what not in ("state", "meter"):
            spent += tokens
        if what in ("grown", "guessed"):
            cached = tokens * 4 // 5 if what == "grown" else tokens
            one = Call(f"req:{uuid}.{number}", NOW + last * 60_000, SONNET, write_5m=cached,
                       estimated=ESTIMATED, purpose="auto_mode")  # fmt: skip
            told += 1
            with Immediate(db):
                place_of = Place(HELPER, session=intern.session_id(db, uuid))
                Recorder(db, PRICES).put(one, place_of)
        if what == "listed":
            last = number
            used = {"input_tokens": tokens}
            append(path, call(f"{uuid}.{number}", number, used=used, session=uuid))
        elif what == "state":
            total = {SONNET: (spent, 0, spent * 2e-6)}
            append(path, cost_state(total, session=uuid, start=start))
        if what in ("state", "meter"):
            ingest.meter(db, str(path), NOW, PRICES)
    calls = db.execute(
        "SELECT input, cost_nano, write_5m, source FROM call"
        " JOIN session ON session.id = call.session WHERE uuid = ?",
        (uuid,),
    ).fetchall()
    assert sum(tokens for tokens, *_ in calls) == spent
    assert sum(nano for _, nano, *_ in calls) == spent * 2000
    assert all(tokens >= 0 and nano >= 0 for tokens, nano, *_ in calls)
    assert not any(cached for *_, cached, _ in calls)
    assert sum(source == HELPER for *_, source in calls) == told
    unlisted(db)
