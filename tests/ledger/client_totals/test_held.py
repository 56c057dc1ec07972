"""Calls that the client's total does not hold: broken off, a killed run's, named otherwise."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cheaproute import days
from cheaproute.ledger import store
from cheaproute.ledger.calls.record import Place, Recorder
from cheaproute.ledger.ingest import ingest
from cheaproute.ledger.query import totals
from cheaproute.ledger.schema import HELPER
from cheaproute.ledger.transactions import Immediate
from cheaproute.ledger.upkeep import check
from cheaproute.usage import prices
from cheaproute.usage.call import Call
from tests.transcripts import SESSION, append, assistant, cost_state, usage, write

PRICES = prices.load()
OPUS, HAIKU, OTHER = "claude-opus-5-5", "claude-haiku-5-5", "claude-opus-4-8"
COUNTER = itertools.count(1)
# Of Opus 5.5, in dollars a token.
INPUT, OUTPUT, READ, WRITE, HOUR = 4e-6, 20e-6, 0.2e-6, 5e-6, 8e-6


def call(name: str, minute: int, model: str = OPUS, **counts: int) -> dict[str, Any]:
    """A whole answer at 10:`minute`, by default of 20,000 tokens in and 1,000 out ($0.10)."""
    hour, five = counts.pop("hour", 0), counts.pop("five", 0)
    used = usage(
        input_tokens=counts.get("put", 20_000),
        output_tokens=counts.get("out", 1000),
        cache_read_input_tokens=counts.get("read", 0),
        cache_creation_input_tokens=hour + five,
        cache_creation={"ephemeral_1h_input_tokens": hour, "ephemeral_5m_input_tokens": five},
    )
    ts = f"2026-11-22T10:{minute:02}:00.000Z"
    return assistant(f"msg_01Abcdefghij{name}", model=model, used=used, ts=ts)


def broken_off(minute: int, name: str = "esc") -> dict[str, Any]:
    """What an answer leaves amid which the user pressed Esc."""
    row = call(name, minute, put=1000, out=1, read=50_000)
    row["message"]["stop_reason"] = None
    return row


BROKEN_USD = 1000 * INPUT + OUTPUT + 50_000 * READ


def older(models: dict[str, tuple[int, int, int, int, float]]) -> dict[str, Any]:
    """The total of 2.1.286; `models` is name -> input, output, writes, reads, dollars."""
    total = cost_state({name: (one[0], one[1], one[4]) for name, one in models.items()})
    for name, (_, _, writes, reads, _) in models.items():
        entry = total["modelUsage"][name]
        entry |= {"cacheCreationInputTokens": writes, "cacheReadInputTokens": reads}
        del entry["cacheCreationEphemeral5mInputTokens"]
        del entry["cacheCreationEphemeral1hInputTokens"]
    return total


def prompt(minute: int, origin: str | None = "sdk", **fields: Any) -> dict[str, Any]:
    """A prompt of a program's, or what bears the first number as its prompts do."""
    return {
        "type": "user",
        "promptId": f"prompt-{minute}",
        "timestamp": f"2026-11-22T10:{minute:02}:00.000Z",
        "turnPosition": {"promptIndex": 0, "turnIndex": 1},
        "sessionId": SESSION,
        **({"turnOrigin": origin} if origin else {}),
        **fields,
    }


def summary(minute: int) -> dict[str, Any]:
    """The summary of a compaction that a program asked for: its row names no origin."""
    return prompt(minute, None, isCompactSummary=True)


def read(tmp_path: Path, *rows: dict[str, Any]) -> tuple[float, bool]:
    """Dollars of a transcript, and whether they are a lower bound."""
    number = next(COUNTER)
    path = write(tmp_path / str(number) / f"{SESSION}.jsonl", *rows)
    place = str(tmp_path / "data" / f"{number}.db")
    with contextlib.closing(store.connect(place)) as db:
        ingest.read(db, [path], 0, PRICES)
        assert check.problems(db) == []
        sums = totals.total(totals.by(db, "model", 0, 40_000))
        return round(sums.cost_nano / 1e9, 6), sums.lower_bound


@pytest.mark.parametrize("of_a_program", [False, True])
def test_what_was_broken_off_is_no_killed_run(tmp_path: Path, of_a_program: bool) -> None:
    """Five answers, Esc amid the sixth, one more: the total has six of $0.10, and none is new."""
    rows = [call(name, minute) for minute, name in enumerate("abcde", 1)]
    rows += [broken_off(7), call("f", 8)]
    if of_a_program:
        rows = [row for one in enumerate(rows) for row in (prompt(one[0]), one[1])]
    for total in (
        older({OPUS: (120_000, 6000, 0, 0, 0.6)}),
        cost_state({OPUS: (120_000, 6000, 0.6)}),
    ):
        assert read(tmp_path, *rows, total) == (round(0.6 + BROKEN_USD, 6), True)


def test_what_is_hidden_beside_it_is_booked(tmp_path: Path) -> None:
    """Two answers broken off, and a title by another model that no row tells of."""
    rows = [call("a", 1), broken_off(2), call("b", 3), broken_off(4, "again")]
    total = older({OPUS: (40_000, 2000, 0, 0, 0.2), HAIKU: (1000, 100, 0, 0, 0.00015)})
    dollars, _ = read(tmp_path, *rows, total)
    assert dollars == pytest.approx(0.2 + 2 * BROKEN_USD + 0.00015, abs=1e-6)


def test_what_it_may_have_of_one_broken_off_is_not_booked(tmp_path: Path) -> None:
    """Newer clients' totals have a guess of it, less than ours: it is no call of its own."""
    total = cost_state({OPUS: (40_900, 2001, 0.2036)})
    total["modelUsage"][OPUS]["cacheReadInputTokens"] = 49_000
    rows = [call("a", 1), broken_off(2), call("b", 3)]
    assert read(tmp_path, *rows, total) == (round(0.2 + BROKEN_USD, 6), True)


@pytest.mark.parametrize("known", [False, True], ids=["terminal", "program"])
def test_writes_for_an_hour_where_the_total_does_not_split_them(
    tmp_path: Path, known: bool
) -> None:
    """They are the calls' own; what the total has beyond is booked alone."""
    rows = [prompt(0), call("a", 1, hour=10_000), call("b", 2, hour=10_000, five=500)]
    rows = rows[not known :]
    cost = 0.2 + 20_000 * HOUR + 500 * WRITE
    assert read(tmp_path, *rows, older({OPUS: (40_000, 2000, 20_500, 0, cost)})) == (cost, False)
    more = older({OPUS: (140_000, 5000, 21_000, 0, cost + 0.4 + 0.06 + 500 * WRITE)})
    hidden = 100_000 * INPUT + 3000 * OUTPUT + 500 * WRITE
    assert read(tmp_path, *rows, more) == (round(cost + hidden, 6), False)


def test_a_split_total_is_taken_at_its_word(tmp_path: Path) -> None:
    """Newer clients tell the kinds apart: what was written for an hour is not in five minutes."""
    cost = round(0.1 + 6000 * HOUR + 4000 * WRITE, 6)
    total = cost_state({OPUS: (20_000, 1000, cost)})
    fields = {
        "cacheCreationEphemeral5mInputTokens": 4000,
        "cacheCreationEphemeral1hInputTokens": 6000,
    }
    total["modelUsage"][OPUS] |= {"cacheCreationInputTokens": 10_000, **fields}
    rows = [prompt(0), call("a", 1, hour=6000)]
    assert read(tmp_path, *rows, total) == (cost, False)


COMPACTED = {"put": 110_000, "out": 3000}
COMPACTION_USD = 110_000 * INPUT + 3000 * OUTPUT


def test_a_programs_run_that_ends_with_a_compaction(tmp_path: Path) -> None:
    """It began with its first prompt, not with the compaction: its calls count once."""
    rows = [prompt(0), call("a", 1), summary(2)]
    total = cost_state({OPUS: (130_000, 4000, 0.1 + COMPACTION_USD)})
    assert read(tmp_path, *rows, total) == (round(0.1 + COMPACTION_USD, 6), False)
    whole = [prompt(0), call("a", 1), prompt(2), call("b", 3), summary(4), summary(5)]
    total = cost_state({OPUS: (260_000, 8000, 0.2 + 2 * COMPACTION_USD)})
    assert read(tmp_path, *whole, total) == (round(0.2 + 2 * COMPACTION_USD, 6), False)


def test_a_later_run_that_ends_with_a_compaction(tmp_path: Path) -> None:
    """The same after a total; the run before it was killed or not, nothing is booked twice."""
    first = cost_state({OPUS: (20_000, 1000, 0.1)})
    total = cost_state({OPUS: (150_000, 5000, 0.2 + COMPACTION_USD)})
    rows = [prompt(0), call("a", 1), first, prompt(2), call("b", 3), summary(4), total]
    assert read(tmp_path, *rows)[0] == round(0.2 + COMPACTION_USD, 6)
    alone = cost_state({OPUS: (130_000, 4000, 0.1 + COMPACTION_USD)})
    rows = [prompt(0), call("a", 1), first, summary(4), alone]
    assert read(tmp_path, *rows) == (round(0.1 + COMPACTION_USD, 6), False)
    killed = [prompt(0), call("a", 1), first, prompt(2), call("b", 3), summary(4), alone]
    dollars, lower = read(tmp_path, *killed)
    assert lower
    assert 0.2 < dollars <= round(0.2 + COMPACTION_USD, 6)


@pytest.mark.parametrize("known", [False, True], ids=["terminal", "program"])
def test_a_gateways_model_where_rows_do_not_name_the_one_asked_for(
    tmp_path: Path, known: bool
) -> None:
    """The total is under the model asked for, the rows under who answered: each counts once."""
    rows = [prompt(0), call("a", 1, OTHER), call("b", 2, OTHER), call("c", 3)][not known :]
    answered = 2 * (20_000 * 5e-6 + 1000 * 25e-6) + 0.1
    total = older({OPUS: (60_000, 3000, 0, 0, 0.3)})
    assert read(tmp_path, *rows, total) == (answered, False)
    hidden = older({OPUS: (170_000, 6000, 0, 0, 0.3 + COMPACTION_USD)})
    assert read(tmp_path, *rows, hidden) == (round(answered + COMPACTION_USD, 6), True)


def test_a_gateway_that_answers_all_by_one_model(tmp_path: Path) -> None:
    """What was asked of two models was answered by one of them, which the total has less of."""
    rows = [call("a", 1, HAIKU), call("b", 2, HAIKU), call("c", 3, HAIKU, put=500, out=7)]
    total = older({OPUS: (40_000, 2000, 0, 0, 0.2), HAIKU: (500, 7, 0, 0, 0.00005)})
    answered = 40_500 * 0.1e-6 + 2007 * 0.5e-6
    assert read(tmp_path, *rows, total)[0] == pytest.approx(answered, abs=1e-6)


def test_who_names_the_model_asked_for_is_believed(tmp_path: Path) -> None:
    """A killed run's calls of another model are not set off against what a newer client hid."""
    first = cost_state({OPUS: (20_000, 1000, 0.1)})
    last = cost_state({OPUS: (130_000, 4000, 0.1 + COMPACTION_USD)})
    rows = [call("a", 1), first, call("killed", 2, HAIKU), last]
    killed = 20_000 * 0.1e-6 + 1000 * 0.5e-6
    assert read(tmp_path, *rows)[0] == round(0.1 + COMPACTION_USD + killed, 6)


KINDS = ["call", "call", "call", "esc", "hidden", "end", "kill"]


@given(
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 9000)), max_size=14), st.booleans()
)
def test_never_more_than_was_billed(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]], old: bool
) -> None:
    """Whatever was broken off, hidden or killed: no dollar twice; and all, if nothing of that was.

    Totals hold no answer that was broken off; a run that is killed leaves none.
    """
    rows: list[dict[str, Any]] = []
    billed, kept, run = 0.0, [0, 0, 0], [0, 0, 0]
    whole = True
    for number, (kind, tokens) in enumerate([*steps, ("end", 1)]):
        if kind in ("call", "hidden"):
            run = [run[0] + tokens, run[1] + 10, run[2] + tokens % 7]
            billed += tokens * INPUT + 10 * OUTPUT + tokens % 7 * HOUR
        if kind == "call":
            rows.append(call(str(number), number, put=tokens, out=10, hour=tokens % 7))
        elif kind == "esc":
            row = call(str(number), number, put=tokens, out=1)
            row["message"]["stop_reason"] = None
            rows.append(row)
            billed += tokens * INPUT + OUTPUT
        elif kind == "end":
            kept = [a + b for a, b in zip(kept, run, strict=True)]
            cost = kept[0] * INPUT + kept[1] * OUTPUT + kept[2] * HOUR
            total = older({OPUS: (kept[0], kept[1], kept[2], 0, cost)})
            if not old:
                total = cost_state({OPUS: (kept[0], kept[1], cost)})
                entry = total["modelUsage"][OPUS]
                entry["cacheCreationInputTokens"] = kept[2]
                entry["cacheCreationEphemeral1hInputTokens"] = kept[2]
            rows.append(total)
        whole = whole and kind not in ("esc", "kill")
        run = [0, 0, 0] if kind in ("end", "kill") else run
    dollars, lower = read(tmp_path_factory.mktemp("made"), *rows)
    assert dollars <= round(billed + 1e-6, 6)
    if (whole and not old) or not (lower or "hidden" in dict(steps)):
        assert dollars == pytest.approx(billed, abs=2e-6)


def test_a_helper_that_ends_after_a_runs_last_row_is_of_that_run(tmp_path: Path) -> None:
    """The next run begins with a compaction whose record is known: it is not booked again."""
    began_ms = days.parse_ms("2026-11-22T10:00:00.000Z")
    usd = 900 * 0.1e-6 + 80 * 0.5e-6
    first = cost_state({OPUS: (20_000, 1000, 0.1), HAIKU: (900, 80, usd)}, start=began_ms)
    first["totalDuration"] = 90_000
    compacted = 0.1 + 110_000 * INPUT + 3000 * OUTPUT
    whole = {OPUS: (150_000, 5000, 0.1 + compacted), HAIKU: (900, 80, usd)}
    second = cost_state(whole, start=began_ms) | {"totalDuration": 200_000}
    rows = [prompt(0), call("a", 1), first, summary(3), prompt(4), call("b", 5), second]
    late = Call("req:late", began_ms + 60_200, HAIKU, input=900, output=80)
    asked = Call("req:asked", began_ms + 170_000, OPUS, input=110_000, output=3000)
    path = write(tmp_path / f"{SESSION}.jsonl", *rows[:3])
    with contextlib.closing(store.connect(str(tmp_path / "data" / "l.db"))) as db:
        ingest.read(db, [path], 0, PRICES)
        with Immediate(db):
            for one in (late, asked):
                Recorder(db, PRICES).put(one, Place(HELPER, session=1))
        append(path, *rows[3:])
        ingest.read(db, [path], 0, PRICES)
        sums = totals.total(totals.by(db, "model", 0, 40_000))
        assert round(sums.cost_nano / 1e9, 6) == round(0.1 + compacted + usd, 6)


def test_a_prompt_from_before_the_total_s_time_begins_no_run_of_it(tmp_path: Path) -> None:
    """A program's run was killed; a terminal went on, whose prompts do not begin at 0."""
    typed = prompt(6, None, turnPosition={"promptIndex": 1, "turnIndex": 2})
    began_ms = days.parse_ms("2026-11-22T10:05:00.000Z")
    hidden = 110_000 * INPUT + 3000 * OUTPUT
    total = cost_state({OPUS: (130_000, 4000, 0.1 + hidden)}, start=began_ms)
    for killed in range(1, 4):
        rows = [prompt(0), *(call(f"k{n}", n) for n in range(1, killed + 1)), typed, call("b", 7)]
        dollars, _ = read(tmp_path, *rows, total)
        assert dollars == round(0.1 * killed + 0.1 + hidden, 6)
